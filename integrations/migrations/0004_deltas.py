"""The ledger says which run wrote a row last, and finds what is open or refused among very many rows; idle runs are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_lanes_and_subjects")]
    operations = [
        migrations.AddField(
            model_name="ledgerrow",
            name="run_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="times",
            field=models.IntegerField(db_default=1),
        ),
        migrations.AddIndex(
            model_name="ledgerrow",
            index=models.Index(
                condition=models.Q(("state__in", ["intended", "rejected"])),
                fields=["organization_id", "connection_id", "lane", "state"],
                name="integrations_ledger_open",
            ),
        ),
    ]
