"""Steps that can be undone."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
ORGANIZATION = (
    "organization_id",
    models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False),
)
OPTIONS = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}


def reference(to: str) -> tenancy.fields.TenantForeignKey:
    return tenancy.fields.TenantForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to=to
    )


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0005_planning"), ("tenancy", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name="EditStep",
            fields=[
                ID,
                ORGANIZATION,
                ("at", models.DateTimeField()),
                ("label", models.CharField(max_length=200)),
                ("undone", models.BooleanField(default=False)),
                ("account", reference("tenancy.account")),
                ("schedule", reference("scheduling.schedule")),
            ],
            options=OPTIONS,
        ),
        TenantTable("EditStep"),
        migrations.CreateModel(
            name="EditChange",
            fields=[
                ID,
                ORGANIZATION,
                ("shift_id", models.UUIDField()),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("before_version", models.IntegerField(null=True)),
                ("after_version", models.IntegerField(null=True)),
                ("step", reference("scheduling.editstep")),
            ],
            options=OPTIONS,
        ),
        TenantTable("EditChange"),
        migrations.AddIndex(
            model_name="editstep",
            index=models.Index(
                fields=["organization_id", "account", "schedule", "-id"], name="scheduling_step_last"
            ),
        ),
        migrations.AddIndex(
            model_name="editchange",
            index=models.Index(fields=["organization_id", "step"], name="scheduling_editchange_step"),
        ),
        migrations.AddIndex(
            model_name="editchange",
            index=models.Index(fields=["organization_id", "shift_id"], name="scheduling_editchange_shift"),
        ),
    ]
