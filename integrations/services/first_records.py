"""The first few records of a connection, shaped by the same code as a run: what a sample of its file is made of.

However much is published, few rows are read. Where nothing is mapped or published, the connector's own example takes their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.contract import Connector, Desired, Mode, Operation, ShapeContext, Unit
from integrations.diff import plan
from integrations.examples import example_load, example_names, examples_folder, units_of
from integrations.services.reading import Glance, context_of, glance, span_of
from integrations.services.scope import published_first
from tenancy.tenant import tenant_transaction

_READ = (100, 1000, 4000)  # rows that are read, until enough of them make records


@dataclass(frozen=True)
class FirstRecords:
    """Records in the order of a first file, and what they are shaped with. `published`: not those of an example."""

    connector: Connector
    context: ShapeContext
    records: tuple[Desired, ...]
    operations: tuple[Operation, ...]  # what a file of differences would begin with
    sequence: int
    published: bool


def first_records(
    *, organization_id: int, connection_id: int, now: datetime, settings: Mapping[str, Any], most: int
) -> FirstRecords:
    """The first `most` records, as if `settings` were changed so. Opens its own transaction.

    Raises ConfigError where a run would read nothing at all. A connector whose files the database writes has no records.
    """
    with tenant_transaction(organization_id, snapshot=True):
        seen = glance(connection_id=connection_id, now=now)
        context = context_of(replace(seen, settings={**seen.settings, **settings}), now=now)
        records = [] if seen.connector.mode is Mode.EXTRACT else _first(seen, context, now=now, most=most)
    sequence = seen.connection.sequence + 1
    if records or seen.connector.mode is Mode.EXTRACT:
        return _ordered(seen.connector, context, records, sequence=sequence, published=True, most=most)
    return _of_example(seen.connector, context, settings, sequence=sequence, most=most)


def _first(seen: Glance, context: ShapeContext, *, now: datetime, most: int) -> list[Desired]:
    declared, span = seen.connector, span_of(seen, now=now)
    assignments = None if declared.all_assignments else set(context.mapping)
    records: list[Desired] = []
    for limit in _READ:
        rows = published_first(declared, span, assignments, limit=limit)
        records = _shaped(declared, units_of(declared, rows), context)
        if len(records) >= most or len(rows) < limit:
            break
    return records


def _shaped(declared: Connector, units: list[Unit], context: ShapeContext) -> list[Desired]:
    """Records that a first file would have: of those that are closed it has none."""
    found = [one for unit in units for one in declared.desired(unit, context) if isinstance(one, Desired)]
    return [one for one in found if not declared.closed(one.payload, one.starts_at, context)]


def _ordered(
    declared: Connector,
    context: ShapeContext,
    records: list[Desired],
    *,
    sequence: int,
    published: bool,
    most: int,
) -> FirstRecords:
    made = plan(records, [], now=context.generated_at, keeps_past=False)
    clashing = {(one.key, one.recipient) for one in made.conflicts}
    wanted = sorted(
        (one for one in records if (one.key, one.recipient) not in clashing),
        key=lambda one: (one.starts_at, one.key, one.recipient),
    )[:most]
    kept = {(one.key, one.recipient) for one in wanted}
    operations = tuple(one for one in made.operations if (one.key, one.recipient) in kept)
    return FirstRecords(declared, context, tuple(wanted), operations, sequence, published)


def _of_example(
    declared: Connector, context: ShapeContext, settings: Mapping[str, Any], *, sequence: int, most: int
) -> FirstRecords:
    """The first example that makes records. It keeps its own settings: a connection may know people by another identifier."""
    folder = examples_folder(declared)
    for name in example_names(folder):
        example = example_load(declared, folder / name)
        shown = replace(example.context, settings={**example.context.settings, **settings})
        records = _shaped(declared, units_of(declared, example.rows), shown)
        if records:
            shown = replace(shown, organization_name=context.organization_name)
            return _ordered(declared, shown, records, sequence=sequence, published=False, most=most)
    return _ordered(declared, context, [], sequence=sequence, published=False, most=most)
