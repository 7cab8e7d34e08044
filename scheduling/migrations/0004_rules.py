"""Rules and overrides: what conflicts are computed from."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable

OPTIONS = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}
ONE_THING = """
ALTER TABLE scheduling_rulescope ADD CONSTRAINT scheduling_rule_scope_one
    CHECK (num_nonnulls(assignment_id, assignment_type_id, person_id, personnel_type_id) = 1);
"""


def key():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def organization():
    return (
        "organization_id",
        models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False),
    )


def public():
    return ("public_id", models.UUIDField(default=uuid.uuid4, editable=False))


def reference(to, on_delete=django.db.models.deletion.PROTECT, null=False):
    return tenancy.fields.TenantForeignKey(
        db_constraint=False, db_index=False, null=null, on_delete=on_delete, to=f"scheduling.{to}"
    )


CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_who_is_on")]
    operations = [
        migrations.CreateModel(
            name="Rule",
            fields=[
                key(),
                organization(),
                public(),
                ("kind", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("severity", models.CharField(max_length=8)),
                ("parameters", models.JSONField(default=dict)),
                ("source", models.CharField(blank=True, max_length=400)),
                ("effective_from", models.DateField(null=True)),
                ("pack", models.CharField(blank=True, max_length=40)),
                ("active", models.BooleanField(default=True)),
                ("revision", models.BigIntegerField(default=1)),
                ("changed_at", models.DateTimeField()),
                ("department", reference("department", null=True)),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "public_id"), name="scheduling_rule_public")
                ],
            },
        ),
        TenantTable("Rule"),
        migrations.CreateModel(
            name="RuleScope",
            fields=[
                key(),
                organization(),
                ("rule", reference("rule", CASCADE)),
                ("assignment", reference("assignment", CASCADE, null=True)),
                ("assignment_type", reference("assignmenttype", CASCADE, null=True)),
                ("person", reference("person", CASCADE, null=True)),
                ("personnel_type", reference("personneltype", CASCADE, null=True)),
                ("excepted", models.BooleanField(default=False)),
            ],
            options={
                **OPTIONS,
                "indexes": [models.Index(fields=["organization_id", "rule"], name="scheduling_rule_scope")],
            },
        ),
        TenantTable("RuleScope"),
        migrations.RunSQL(ONE_THING, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ShiftOverride",
            fields=[
                key(),
                organization(),
                public(),
                ("shift_id", models.UUIDField()),
                ("rule", models.CharField(max_length=80)),
                ("person", reference("person")),
                ("against", models.UUIDField(null=True)),
                ("reason", models.CharField(max_length=400)),
                ("actor", models.CharField(max_length=160)),
                ("at", models.DateTimeField()),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "shift_id", "rule", "person", "against"),
                        name="scheduling_override_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        TenantTable("ShiftOverride"),
    ]
