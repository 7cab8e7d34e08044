"""Which published rows and which ledger entries a run compares: all that its window covers, or only the units that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from integrations.contract import Connector, Desired, Mode
from integrations.diff import LedgerEntry
from integrations.models import Connection, LedgerRow
from scheduling import selectors
from scheduling.types import PublishedRow

RECORDWISE = frozenset({Mode.SYNC, Mode.DELTA})  # the destination keeps records: what was delivered stays managed
_ENTRY = (
    "key", "recipient", "state", "hash", "handle", "generation", "label", "starts_at", "ends_at", "retry_at",
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The window as instants. What has ended at `past_edge` is over for a connector that keeps the past."""

    start: datetime | None
    end: datetime | None
    past_edge: datetime
    now: datetime


@dataclass(frozen=True)
class Scope:
    """What is compared."""

    rows: tuple[PublishedRow, ...]
    ledger: tuple[LedgerEntry, ...]


def by_shift(declared: Connector) -> bool:
    """True if each shift is a unit of its own, so that the units of a change are known without reading anything else."""
    return type(declared).units is Connector.units


def may_be_partial(row: Connection, declared: Connector, fingerprint: str) -> bool:
    """True if nothing but publications came since the last run: then only the shifts they touched can differ."""
    return (
        declared.mode in RECORDWISE
        and by_shift(declared)
        and not row.uncertain
        and row.fingerprint == fingerprint
        and row.seen_number > 0
    )


def may_be_carried(row: Connection, declared: Connector, fingerprint: str, number: int) -> bool:
    """True if what a file would hold stands in the ledger word for word: nothing at all changed since the last one of the day."""
    return (
        declared.mode is Mode.SNAPSHOT
        and not declared.keeps_past
        and type(declared).closed is Connector.closed
        and type(declared).guard is Connector.guard
        and not row.uncertain
        and row.fingerprint == fingerprint
        and row.seen_number == row.in_step_number == number
    )


def carried(row: Connection, span: Span) -> tuple[Desired, ...]:
    """The records of the last file that are still in the window."""
    given = LedgerRow.objects.filter(connection_id=row.id, lane=row.lane, state="confirmed")
    if span.start is not None:
        given = given.filter(starts_at__gte=span.start)
    found = given.annotate(text_payload=Cast("payload", TextField())).values_list(
        "key", "unit", "text_payload", "label", "starts_at", "ends_at", "recipient"
    )
    return tuple(
        Desired(key, unit, orjson.loads(payload), label, starts_at, ends_at, recipient)
        for key, unit, payload, label, starts_at, ends_at, recipient in found.iterator(chunk_size=5000)
    )


def changed_units(row: Connection, *, until: int, now: datetime) -> set[str]:
    """Units touched by publications since the last run, and those whose outcome is open or due again."""
    open_rows = LedgerRow.objects.filter(connection_id=row.id, lane=row.lane)
    unsettled = open_rows.filter(Q(state="intended") | Q(state="rejected", retry_at__lte=now))
    touched = selectors.shifts_touched(since=row.seen_number, until=until)
    return touched | set(unsettled.values_list("unit", flat=True))


def scope_read(
    row: Connection, declared: Connector, span: Span, assignments: set[int] | None, units: Collection[str] | None
) -> Scope:
    """Read both sides, of everything or of these units. Call inside tenant_transaction(snapshot=True)."""
    rows = _published(declared, span, assignments, units)
    given = LedgerRow.objects.filter(connection_id=row.id, lane=row.lane)
    if units is not None:
        found = list(entries(given.filter(unit__among=units)))
    else:
        found = list(entries(given.filter(_managed(declared, span))))
        if declared.mode in RECORDWISE:
            # A shift that came into the window from beyond it was delivered before: it is changed, not made anew.
            missing = {key for one in rows for key in declared.units(one)} - {unit for unit, _ in found}
            found += list(entries(given.filter(unit__among=missing))) if missing else []
    rows += _still_managed(declared, span, rows, found, assignments)
    return Scope(tuple(rows), tuple(entry for _, entry in found))


def _published(
    declared: Connector,
    span: Span,
    assignments: set[int] | None,
    units: Collection[str] | None,
    *,
    limit: int | None = None,
) -> list[PublishedRow]:
    """Files select by start, calendars what has not ended. Of units that are named few are not mapped: those are dropped here."""
    rows = selectors.published_rows(
        starts_from=None if declared.keeps_past else span.start,
        starts_before=span.end,
        ends_after=span.past_edge if declared.keeps_past else None,
        assignment_ids=assignments if units is None else None,
        shift_ids=units,  # type: ignore[arg-type]
        limit=limit,
    )
    if units is None or assignments is None:
        return rows
    return [row for row in rows if row.assignment.id in assignments]


def published_first(declared: Connector, span: Span, assignments: set[int] | None, *, limit: int) -> list[PublishedRow]:
    """The first of the rows that a run would read, in their order."""
    return _published(declared, span, assignments, None, limit=limit)


def _managed(declared: Connector, span: Span) -> Q:
    """What may still be changed or removed at the destination."""
    if declared.keeps_past:
        return Q(ends_at__gt=span.past_edge)
    return Q() if span.start is None else Q(starts_at__gte=span.start)


def _still_managed(
    declared: Connector,
    span: Span,
    rows: list[PublishedRow],
    found: list[tuple[str, LedgerEntry]],
    assignments: set[int] | None,
) -> list[PublishedRow]:
    """A window limits additions: what was delivered and lies beyond it now is still compared."""
    if declared.mode not in RECORDWISE or not by_shift(declared):
        return []
    known = {str(row.shift_id) for row in rows}
    beyond = {
        unit
        for unit, entry in found
        if unit not in known
        and entry.state != "removed"
        and (not declared.keeps_past or entry.ends_at > span.now)
        and (declared.keeps_past or span.start is None or entry.starts_at >= span.start)
    }
    if not beyond:
        return []
    return selectors.published_rows(shift_ids=beyond, assignment_ids=assignments)  # type: ignore[arg-type]


def entries(rows: QuerySet[LedgerRow]) -> Iterator[tuple[str, LedgerEntry]]:
    """Ledger rows as the plan sees them, each with its unit. Payloads come as text: one parser instead of two, and a fast one."""
    found = rows.annotate(text_payload=Cast("payload", TextField())).values_list("unit", "text_payload", *_ENTRY)
    for unit, payload, key, recipient, state, hashed, *values in found.iterator(chunk_size=5000):
        yield unit, LedgerEntry(key, recipient, state, hashed, orjson.loads(payload), *values)
