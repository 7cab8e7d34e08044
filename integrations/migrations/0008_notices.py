"""Edits of mapping tables that wait to take effect together, and new assignments that nobody has to send."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable

_ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
_ORGANIZATION = (
    "organization_id",
    models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False),
)
_OPTIONS = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}


class Migration(migrations.Migration):
    dependencies = [("integrations", "0007_inbound")]

    operations = [
        migrations.CreateModel(
            name="MappingDraft",
            fields=[
                _ID,
                _ORGANIZATION,
                ("edits", models.JSONField(default=dict)),
                ("version", models.BigIntegerField(default=1)),
                ("changed_by", models.CharField(max_length=160)),
                ("changed_at", models.DateTimeField()),
                (
                    "connection",
                    tenancy.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="integrations.connection",
                    ),
                ),
            ],
            options=_OPTIONS
            | {
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "connection"), name="integrations_draft_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="AssignmentDismissal",
            fields=[
                _ID,
                _ORGANIZATION,
                ("dismissed_by", models.CharField(max_length=160)),
                ("dismissed_at", models.DateTimeField()),
                (
                    "assignment",
                    tenancy.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="scheduling.assignment",
                    ),
                ),
            ],
            options=_OPTIONS
            | {
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "assignment"), name="integrations_dismissal_once"
                    )
                ]
            },
        ),
        TenantTable("MappingDraft"),
        TenantTable("AssignmentDismissal"),
    ]
