"""Every layout that a file was written with."""

import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import APPEND_ONLY, TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_deltas")]
    operations = [
        migrations.AddField(
            model_name="artifact",
            name="layouts",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="LayoutVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_id", models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ("setting", models.CharField(max_length=80)),
                ("number", models.IntegerField()),
                ("name", models.CharField(max_length=120)),
                ("content", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("made_by", models.CharField(blank=True, max_length=160)),
                ("made_at", models.DateTimeField()),
                (
                    "connection",
                    tenancy.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="integrations.connection",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="layoutversion",
            constraint=models.UniqueConstraint(
                fields=("organization_id", "connection", "setting", "number"), name="integrations_layout_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="layoutversion",
            constraint=models.UniqueConstraint(
                fields=("organization_id", "connection", "setting", "digest"), name="integrations_layout_once"
            ),
        ),
        TenantTable("LayoutVersion", grants=APPEND_ONLY),
    ]
