"""Private calendar feeds."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0011_views")]
    operations = []
