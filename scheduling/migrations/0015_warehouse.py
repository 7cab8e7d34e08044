"""What the warehouse reads."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0014_pay_calendars")]
    operations = []
