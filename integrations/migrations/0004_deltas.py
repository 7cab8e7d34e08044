"""What delta files, idle recurrences and the lanes keep."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_lanes_and_subjects")]
    operations = []
