"""Holidays, templates and patterns."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0004_rules")]
    operations = []
