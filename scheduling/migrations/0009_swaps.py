"""Swaps and whom they were offered to."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_requests")]
    operations = []
