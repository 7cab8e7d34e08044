"""Files that come to us."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0006_hosting")]
    operations = []
