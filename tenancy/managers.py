"""Managers that fail closed: no organisation, no query."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models.sql import Query

from tenancy.tenant import NoTenant, current_organization_id

M = TypeVar("M", bound=models.Model)


class TenantQuery(Query):
    """A query that can only be compiled inside the transaction of the organisation it was built for."""

    built_for: int | None = None

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse to run later, or for somebody else."""
        current = current_organization_id()
        if self.built_for not in (None, current):
            raise NoTenant("This query was built for another organisation.")
        return super().get_compiler(*args, **kwargs)


class TenantQuerySet(models.QuerySet[M]):
    """Adds the literal organisation to every query besides the policy, so that the planner sees it."""

    def update(self, **kwargs: Any) -> int:
        """Update inside a tenant_transaction only."""
        current_organization_id()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete inside a tenant_transaction only."""
        current_organization_id()
        return super().delete()


class TenantManager(models.Manager[M]):
    """The default and base manager of every tenant model."""

    def get_queryset(self) -> TenantQuerySet[M]:
        """All rows of the current organisation. Raises NoTenant outside tenant_transaction."""
        organization_id = current_organization_id()
        query = TenantQuery(self.model)
        query.built_for = organization_id
        return TenantQuerySet(self.model, query=query, using=self._db).filter(organization_id=organization_id)
