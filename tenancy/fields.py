"""Field types of tenant rows."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from tenancy.lookups import Among as Among  # registered by being imported


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference inside one organisation.

    The database checks it as (organization_id, this column) against the target's composite primary key, because a plain foreign
    key looks straight through row-level security. Django's own single-column constraint and index are therefore off;
    migrations_support.TenantTable adds the composite one.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)


def public_id_field() -> models.UUIDField[uuid.UUID, uuid.UUID]:
    """The identifier that leaves the building: random, never changes, says nothing about counts."""
    return models.UUIDField(default=uuid.uuid4, editable=False)


class WallField(models.Field):  # type: ignore[type-arg]
    """A local wall time: a timestamp without zone, a naive datetime in Python. The zone stands in another column."""

    description = "Local wall time"

    def db_type(self, connection: Any) -> str:
        """The column's type."""
        return "timestamp without time zone"

    def get_internal_type(self) -> str:
        """Not a DateTimeField: Django must not convert it between zones."""
        return "WallField"
