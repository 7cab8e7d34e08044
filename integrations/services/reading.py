"""READ and SHAPE: everything a run needs, read in one snapshot and turned into plain data; then the pure part."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version as package_version
from typing import Any

from django.conf import settings

from egress.guard import AddressPolicy, Forbidden, Grant, system_resolver
from integrations.contract import (
    Connector,
    Desired,
    MappingValues,
    Mode,
    Notice,
    ShapeContext,
    Skipped,
    Subject,
    SubjectKey,
    Unit,
)
from integrations.diff import LedgerEntry, Plan, plan
from integrations.models import Connection, EgressGrant, LedgerRow, MappingRow, SubjectRow
from integrations.registry import connector
from scheduling import selectors
from scheduling.types import PayCalendarInfo, PublishedRow
from tenancy.secrets import secret_reveal
from tenancy.selectors import organization_info
from tenancy.types import OrganizationInfo
from tenancy.wall import instant, local_date

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Glance:
    """What tells whether there is anything to do: a few small rows, however much is published."""

    connection: Connection
    connector: Connector
    organization: OrganizationInfo
    pay_calendars: tuple[PayCalendarInfo, ...]
    first: date | None
    last: date | None
    number: int
    fingerprint: str


@dataclass(frozen=True)
class Reading:
    """What one run knows. `partial` means: only the units that changed since `seen_number`, not the whole window."""

    connection: Connection
    connector: Connector
    context: ShapeContext
    rows: tuple[PublishedRow, ...]
    ledger: tuple[LedgerEntry, ...]
    delivered: int
    partial: bool
    number: int
    fingerprint: str
    window_start: datetime | None
    past_edge: datetime
    secrets: Mapping[str, str]
    policy: AddressPolicy
    organization: str  # its slug


@dataclass(frozen=True)
class Shape:
    """The pure result: what the destination should have, what is left out, and what is to be told besides."""

    desired: tuple[Desired, ...]
    skipped: tuple[Skipped, ...]
    notices: tuple[Notice, ...] = ()


def glance(*, connection_id: int, now: datetime) -> Glance:
    """Look before reading. Call inside tenant_transaction(snapshot=True), and read in the same one."""
    row = Connection.objects.get(id=connection_id)
    declared = connector(row.kind)
    organization = organization_info()
    pay_calendars = selectors.pay_calendars() if declared.reads_pay_calendars else ()
    first, last = declared.window_dates(row.settings, local_date(now, organization.zone), pay_calendars)
    revisions = selectors.revisions()
    return Glance(
        connection=row,
        connector=declared,
        organization=organization,
        pay_calendars=pay_calendars,
        first=first,
        last=last,
        number=revisions.get("everyone", 0),
        fingerprint=_fingerprint(row, declared, organization.revision, revisions, first, last),
    )


def read(seen: Glance, *, now: datetime, full: bool, reveal: bool = True) -> Reading:
    """Read everything. Call inside the transaction of the glance."""
    row, declared, organization = seen.connection, seen.connector, seen.organization
    first, last, number, fingerprint = seen.first, seen.last, seen.number, seen.fingerprint
    context = context_of(seen, now=now)
    assignments = None if declared.all_assignments else set(context.mapping)
    partial = (
        not full
        and not row.uncertain
        and declared.mode is Mode.SYNC
        and type(declared).units is Connector.units
        and row.fingerprint == fingerprint
        and row.seen_number > 0
    )
    ledger_rows = LedgerRow.objects.filter(connection_id=row.id, lane=row.lane)
    delivered = ledger_rows.filter(state__in=["confirmed", "intended"], ends_at__gt=now).count()
    edge = now if first is None or first >= local_date(now, organization.zone) else edge_of(first, organization.zone)
    start, end = window_edges(first, last, organization.zone)
    if partial:
        scope = selectors.shifts_touched(since=row.seen_number, until=number)
        unsettled = ledger_rows.filter(state="intended") | ledger_rows.filter(state="rejected", retry_at__lte=now)
        units = {str(one) for one in scope} | set(unsettled.values_list("unit", flat=True))
        ledger_rows = ledger_rows.filter(unit__in=units)
        rows = _rows(declared, assignments, edge, start, end, units)
    else:
        rows = _rows(declared, assignments, edge, start, end, None)
        rows = _still_managed(declared, rows, ledger_rows, assignments, now)
    return Reading(
        connection=row,
        connector=declared,
        context=context,
        rows=tuple(rows),
        ledger=tuple(ledger_entry(one) for one in ledger_rows.iterator(chunk_size=2000)),
        delivered=delivered,
        partial=partial,
        number=number,
        fingerprint=fingerprint,
        window_start=start,
        past_edge=edge,
        secrets=revealed(row, declared) if reveal else {},
        policy=address_policy(),
        organization=organization.slug,
    )


def context_of(seen: Glance, *, now: datetime) -> ShapeContext:
    """What `desired` may look at. Call inside the transaction of the glance."""
    guarded = type(seen.connector).guard is not Connector.guard
    return ShapeContext(
        connection_id=seen.connection.public_id,
        organization_name=seen.organization.name,
        organization_zone=seen.organization.zone,
        settings=seen.connection.settings,
        mapping=mapping_by_assignment(seen.connection),
        generated_at=now,
        publication=seen.number,
        tables=tables_by_subject(seen.connection) if seen.connector.tables else {},
        pay_calendars=seen.pay_calendars,
        schedules=selectors.schedule_spans(seen.first, seen.last) if guarded else (),
    )


def shape(reading: Reading) -> Shape:
    """Run the connector's pure part over every unit. Raises ConfigError when nothing may be sent at all."""
    reading.connector.guard(reading.context)
    units: dict[str, list[PublishedRow]] = defaultdict(list)
    for row in reading.rows:
        for key in reading.connector.units(row):
            units[key].append(row)
    desired: list[Desired] = []
    skipped: list[Skipped] = []
    for key, rows in units.items():
        for record in reading.connector.desired(Unit(key, tuple(rows)), reading.context):
            if isinstance(record, Desired):
                desired.append(record)
            else:
                skipped.append(record)
    notices = () if reading.partial else reading.connector.notices(reading.rows, desired, reading.context)
    return Shape(tuple(desired), tuple(skipped), tuple(notices))


def plan_of(reading: Reading, shaped: Shape, *, now: datetime) -> Plan:
    """What a run would do: the one call that runs and previews share."""
    keeps_past = reading.connector.keeps_past
    return plan(
        shaped.desired,
        reading.ledger,
        now=now,
        keeps_past=keeps_past,
        window_start=None if keeps_past else reading.window_start,
        past_edge=reading.past_edge,
    )


def mapping_by_assignment(row: Connection) -> dict[int, tuple[MappingValues, ...]]:
    """The mapping table as the connector sees it."""
    found: dict[int, list[MappingValues]] = defaultdict(list)
    for one in MappingRow.objects.filter(connection=row).order_by("assignment_id", "number"):
        found[one.assignment_id].append(MappingValues(one.id, one.number, one.values))
    return {assignment: tuple(rows) for assignment, rows in found.items()}


def tables_by_subject(row: Connection) -> dict[Subject, dict[SubjectKey, Mapping[str, Any]]]:
    """The mapping tables of other subjects, as the connector sees them."""
    found: dict[Subject, dict[SubjectKey, Mapping[str, Any]]] = defaultdict(dict)
    for one in SubjectRow.objects.filter(connection=row):
        found[Subject(one.subject)][subject_key(one)] = one.values
    return dict(found)


def subject_key(row: SubjectRow) -> SubjectKey:
    """The key that `ShapeContext.about` finds it by."""
    if row.subject == Subject.TYPE_PAIR:
        return (row.personnel_type_id or 0, row.assignment_type_id or 0)
    return (row.person_id or row.department_id or 0,)


def ledger_entry(row: LedgerRow) -> LedgerEntry:
    """A ledger row as the plan sees it."""
    return LedgerEntry(
        key=row.key,
        recipient=row.recipient,
        state=row.state,
        hash=row.hash,
        payload=row.payload,
        handle=row.handle,
        generation=row.generation,
        label=row.label,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        retry_at=row.retry_at,
    )


def revealed(row: Connection, declared: Connector) -> dict[str, str]:
    """The secrets the connector signs in with."""
    found = {one.name: secret_reveal(owner=row.public_id, name=one.name) for one in declared.secrets}
    return {name: value for name, value in found.items() if value}


def address_policy() -> AddressPolicy:
    """Where the organisation may connect: its own grants and the installation's, never our own services."""
    grants = [Grant.of(one.network, *one.ports) for one in EgressGrant.objects.all()]
    for text in filter(None, (part.strip() for part in settings.ROTACAST_EGRESS_GRANTS.split(","))):
        network, _, port = text.rpartition("=")
        grants.append(Grant.of(network, int(port)))
    return AddressPolicy(grants=tuple(grants), forbidden=_own_services())


@lru_cache(maxsize=1)
def _own_services() -> tuple[Forbidden, ...]:
    """The database and the broker, by address; names are looked up once a process."""
    found = []
    for host, port in settings.ROTACAST_OWN_SERVICES:
        try:
            found += [Forbidden.of(address, port) for address in system_resolver(host, port)]
        except OSError:
            log.warning("the name %s of a service of ours cannot be looked up: it is not closed by address", host)
    return tuple(found)


def edge_of(day: date, zone: str) -> datetime:
    """The first instant of a local date."""
    return instant(datetime.combine(day, time()), zone)


def window_edges(first: date | None, last: date | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """A window of local dates, both included, as instants: from, and before; None means without end."""
    return (
        None if first is None else edge_of(first, zone),
        None if last is None else edge_of(last + timedelta(days=1), zone),
    )


def _rows(
    declared: Connector,
    assignments: set[int] | None,
    past_edge: datetime,
    start: datetime | None,
    end: datetime | None,
    units: set[str] | None,
) -> list[PublishedRow]:
    """Files select by start, calendars what has not ended."""
    ended = past_edge if declared.keeps_past else None
    return selectors.published_rows(
        starts_from=None if declared.keeps_past else start,
        starts_before=end,
        ends_after=ended,
        assignment_ids=assignments,
        shift_ids=units,  # type: ignore[arg-type]
    )


def _still_managed(
    declared: Connector, rows: list[PublishedRow], ledger: Any, assignments: set[int] | None, now: datetime
) -> list[PublishedRow]:
    """A window limits additions: what was delivered beyond it and has not ended is still compared (mode sync)."""
    if declared.mode is not Mode.SYNC or type(declared).units is not Connector.units:
        return rows
    known = {str(row.shift_id) for row in rows}
    units = set(ledger.filter(ends_at__gt=now).exclude(state="removed").values_list("unit", flat=True)) - known
    if not units:
        return rows
    return rows + selectors.published_rows(shift_ids=units, assignment_ids=assignments)


def _fingerprint(
    row: Connection,
    declared: Connector,
    organization_revision: int,
    revisions: Mapping[str, int],
    first: date | None,
    last: date | None,
) -> str:
    """Everything but the publication that can alter what is desired. Same fingerprint, same publication: nothing to do."""
    parts = [
        declared.kind,
        declared.version,
        row.revision,
        organization_revision,
        *(revisions.get(name, 0) for name in ("people", "departments", "assignments", "pay_calendars")),
        str(first),
        str(last),
        package_version("tzdata"),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
