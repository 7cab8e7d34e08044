"""Client keys, hosted directories, retention of files."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0005_layout_versions")]
    operations = []
