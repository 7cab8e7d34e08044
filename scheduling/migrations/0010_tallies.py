"""Tallies and targets."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0009_swaps")]
    operations = []
