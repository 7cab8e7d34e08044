"""Rules and overrides: what conflicts are computed from."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_who_is_on")]
    operations = []
