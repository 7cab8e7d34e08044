"""Saved views and share links."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0010_tallies")]
    operations = []
