"""Connections of the generated health system, mapped and live, for the measurements of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bench.data import HealthSystem, Unit


def connected(
    made: HealthSystem, kind: str, values: Callable[[Unit], Mapping[str, Any]], **settings: Any
) -> tuple[int, int]:
    """A live connection of that kind with every assignment mapped, made unless it is there. Returns organisation and id."""
    from integrations.models import Connection, MappingRow
    from integrations.services.connections import connection_create
    from tenancy.tenant import tenant_transaction
    from tenancy.types import Actor

    with tenant_transaction(made.organization_id):
        row = Connection.objects.filter(kind=kind).first()
        if row is None:
            row = connection_create(
                kind=kind, name=kind, actor=Actor(label="Bench", source="bench"), now=datetime.now(UTC)
            )
            MappingRow.objects.bulk_create(
                [MappingRow(connection=row, assignment_id=unit.id, values=values(unit)) for unit in made.assignments],
                batch_size=1000,
            )
        row.settings, row.state = {**row.settings, **settings}, "live"
        row.save()
        return made.organization_id, row.id
