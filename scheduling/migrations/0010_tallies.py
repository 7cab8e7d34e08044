"""Tallies and targets."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable

_META = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}


def _keys():
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("organization_id", models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
    ]


def _reference(to, *, on_delete=django.db.models.deletion.PROTECT, **more):
    return tenancy.fields.TenantForeignKey(
        db_constraint=False, db_index=False, on_delete=on_delete, to=f"scheduling.{to}", **more
    )


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0009_swaps")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                *_keys(),
                ("department", _reference("department", null=True)),
                ("name", models.CharField(max_length=60)),
                ("short", models.CharField(max_length=8)),
                ("measure", models.CharField(max_length=12)),
                ("selection", models.JSONField(default=dict)),
                ("beside_grid", models.BooleanField(default=True)),
                ("order", models.IntegerField(default=0)),
                ("ended_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                **_META,
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "public_id"), name="scheduling_tally_public")
                ],
                "indexes": [
                    models.Index(fields=["organization_id", "department", "order"], name="scheduling_tally_dept")
                ],
            },
        ),
        TenantTable("Tally"),
        migrations.CreateModel(
            name="TallyTarget",
            fields=[
                *_keys(),
                ("tally", _reference("tally", on_delete=django.db.models.deletion.CASCADE)),
                ("person", _reference("person", null=True)),
                ("personnel_type", _reference("personneltype", null=True)),
                ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                ("period", models.CharField(max_length=12)),
                ("from_date", models.DateField(null=True)),
                ("to_date", models.DateField(null=True)),
            ],
            options={
                **_META,
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "public_id"), name="scheduling_target_public"),
                    models.UniqueConstraint(
                        fields=("organization_id", "tally", "person", "personnel_type", "from_date"),
                        name="scheduling_target_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("person__isnull", True), ("personnel_type__isnull", True), _connector="OR"
                        ),
                        name="scheduling_target_one_scope",
                    ),
                ],
            },
        ),
        TenantTable("TallyTarget"),
    ]
