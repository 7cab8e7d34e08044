"""Notices, and what each account wants to be told."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_editing")]
    operations = []
