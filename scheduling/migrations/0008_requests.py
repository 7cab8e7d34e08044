"""Requests, their windows and rules."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_notices")]
    operations = []
