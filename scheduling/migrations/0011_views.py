"""Saved views and share links."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import APPEND_ONLY, TenantTable

_META = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}
_GONE, _KEPT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT


def _keys(public=True):
    keys = [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("organization_id", models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
    ]
    return [*keys, ("public_id", models.UUIDField(default=uuid.uuid4, editable=False))] if public else keys


def _reference(to, on_delete=_KEPT, **more):
    return tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=on_delete, to=to, **more)


def _unique(name, *fields, **more):
    return models.UniqueConstraint(fields=("organization_id", *fields), name=name, **more)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0010_tallies"), ("tenancy", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name="View",
            fields=[
                *_keys(),
                ("owner", _reference("tenancy.account")),
                ("name", models.CharField(max_length=80)),
                ("selection", models.JSONField(default=dict)),
                ("layout", models.CharField(max_length=12)),
                ("columns", models.JSONField(default=list)),
                ("range_kind", models.CharField(max_length=8)),
                ("range_count", models.SmallIntegerField()),
                ("range_first", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                **_META,
                "constraints": [_unique("scheduling_view_public", "public_id")],
                "indexes": [models.Index(fields=["organization_id", "owner"], name="scheduling_view_owner")],
            },
        ),
        TenantTable("View"),
        migrations.CreateModel(
            name="ViewAccess",
            fields=[
                *_keys(public=False),
                ("view", _reference("scheduling.view", _GONE)),
                ("account", _reference("tenancy.account", _GONE, null=True)),
                ("role", models.CharField(blank=True, max_length=16)),
                ("department", _reference("scheduling.department", _GONE, null=True)),
            ],
            options={
                **_META,
                "constraints": [
                    _unique(
                        "scheduling_viewaccess_once", "view", "account", "role", "department", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(account__isnull=False, role="", department__isnull=True)
                        | models.Q(account__isnull=True, department__isnull=False, role="")
                        | (models.Q(account__isnull=True, department__isnull=True) & ~models.Q(role="")),
                        name="scheduling_viewaccess_one",
                    ),
                ],
            },
        ),
        TenantTable("ViewAccess"),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                *_keys(),
                ("view", _reference("scheduling.view", _GONE)),
                ("secret_hash", models.BinaryField(max_length=32)),
                ("label", models.CharField(max_length=80)),
                ("contacts", models.BooleanField(default=False)),
                ("created_by", _reference("tenancy.account")),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.CharField(blank=True, max_length=160)),
            ],
            options={
                **_META,
                "constraints": [
                    _unique("scheduling_sharelink_public", "public_id"),
                    _unique("scheduling_sharelink_secret", "secret_hash"),
                ],
                "indexes": [models.Index(fields=["organization_id", "view"], name="scheduling_sharelink_view")],
            },
        ),
        TenantTable("ShareLink"),
        migrations.CreateModel(
            name="ShareVisit",
            fields=[
                *_keys(public=False),
                ("link", _reference("scheduling.sharelink")),
                ("at", models.DateTimeField()),
                ("address", models.CharField(blank=True, max_length=45)),
                ("agent", models.CharField(blank=True, max_length=200)),
                ("outcome", models.CharField(max_length=12)),
            ],
            options={
                **_META,
                "indexes": [models.Index(fields=["organization_id", "link", "-at"], name="scheduling_sharevisit_link")],
            },
        ),
        TenantTable("ShareVisit", grants=APPEND_ONLY),
    ]
