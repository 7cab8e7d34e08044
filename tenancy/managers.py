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
        built_for_current(self)
        return super().get_compiler(*args, **kwargs)


def built_for_current(query: Query) -> None:
    """Raise NoTenant unless the open tenant_transaction is the one of the organisation that the query was built for."""
    current = current_organization_id()
    if getattr(query, "built_for", None) not in (None, current):
        raise NoTenant("This query was built for another organisation.")


class TenantQuerySet(models.QuerySet[M]):
    """Adds the literal organisation to every query besides the policy, so that the planner sees it."""

    def update(self, **kwargs: Any) -> int:
        """Update in the query's own organisation only: Django turns the query into one of its own class before compiling."""
        built_for_current(self.query)
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete in the query's own organisation only."""
        built_for_current(self.query)
        return super().delete()


class TenantManager(models.Manager[M]):
    """The default and base manager of every tenant model."""

    def get_queryset(self) -> TenantQuerySet[M]:
        """All rows of the current organisation. Raises NoTenant outside tenant_transaction."""
        organization_id = current_organization_id()
        query = TenantQuery(self.model)
        query.built_for = organization_id
        return TenantQuerySet(self.model, query=query, using=self._db).filter(organization_id=organization_id)
