"""Every layout that a file was written with."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_deltas")]
    operations = []
