"""READ and SHAPE: everything a run needs, read in one snapshot and turned into plain data; then the pure part."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version as package_version
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast

from egress.guard import AddressPolicy, Forbidden, Grant, system_resolver
from integrations.closed import held_listed
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
from integrations.diff import Bounds, Closed, LedgerEntry, Plan, plan_within
from integrations.lanes import SHADOW, secret_name, sends_unchanged, settings_in
from integrations.models import Connection, EgressGrant, MappingRow, Run, SubjectRow
from integrations.registry import connector
from integrations.services.heartbeat import heartbeat_due
from integrations.services.scope import (
    RECORDWISE,
    Scope,
    Span,
    by_shift,
    carried,
    changed_units,
    may_be_carried,
    may_be_partial,
    scope_read,
)
from scheduling import selectors
from scheduling.types import PayCalendarInfo, PublishedRow
from tenancy.secrets import secret_reveal
from tenancy.selectors import organization_info
from tenancy.types import OrganizationInfo
from tenancy.wall import instant, local_date

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Glance:
    """What tells whether there is anything to do: a few small rows, however much is published. `settings`: those in force."""

    connection: Connection
    connector: Connector
    settings: Mapping[str, Any]
    organization: OrganizationInfo
    pay_calendars: tuple[PayCalendarInfo, ...]
    first: date | None
    last: date | None
    number: int
    fingerprint: str
    beat: bool  # a file is due although nothing changed

    @property
    def as_it_was(self) -> bool:
        """Nothing changed since the last run, which left the destination in step, and nothing is sent all the same."""
        row = self.connection
        return (
            not row.uncertain
            and not sends_unchanged(self.connector, self.settings)
            and not self.beat
            and row.fingerprint == self.fingerprint
            and row.seen_number == self.number
            and row.in_step_number == self.number
        )


@dataclass(frozen=True)
class Reading:
    """What one run knows. `partial` means: only the units that changed since `seen_number`, not the whole window.

    `carried`: nothing changed, and this is what the last file held. `everything`: a delta that repeats what was delivered.
    Closed differences are listed from the first delivery (`listed_from`) on.
    """

    connection: Connection
    connector: Connector
    context: ShapeContext
    rows: tuple[PublishedRow, ...]
    ledger: tuple[LedgerEntry, ...]
    carried: tuple[Desired, ...] | None
    partial: bool
    everything: bool
    number: int
    fingerprint: str
    beat: bool
    window_start: datetime | None
    past_edge: datetime
    listed_from: datetime
    secrets: Mapping[str, str]
    policy: AddressPolicy
    organization: str  # its slug


@dataclass(frozen=True)
class Shape:
    """The pure result: what the destination should have, what is left out, and what is to be told besides."""

    desired: tuple[Desired, ...]
    skipped: tuple[Skipped, ...]
    notices: tuple[Notice, ...] = ()


def glance(*, connection_id: int, now: datetime, state: str = "") -> Glance:
    """Look before reading. Call inside tenant_transaction(snapshot=True), and read in the same one.

    `state`: as if the connection were in that state, for previews.
    """
    row = Connection.objects.get(id=connection_id)
    row.state = state or row.state
    return glance_of(row, organization_info(), now=now)


def glance_of(row: Connection, organization: OrganizationInfo, *, now: datetime) -> Glance:
    """The glance of a connection that was read already."""
    declared = connector(row.kind)
    settings = settings_in(row.lane, declared, row.settings, row.test_settings)
    pay_calendars = selectors.pay_calendars() if declared.reads_pay_calendars else ()
    first, last = declared.window_dates(settings, local_date(now, organization.zone), pay_calendars)
    revisions = selectors.revisions()
    # What keeps records is compared as a whole once a day, also where no window moves.
    dates = (first, last, local_date(now, organization.zone) if declared.mode in RECORDWISE else None)
    return Glance(
        connection=row,
        connector=declared,
        settings=settings,
        organization=organization,
        pay_calendars=pay_calendars,
        first=first,
        last=last,
        number=revisions.get("everyone", 0),
        fingerprint=_fingerprint(row, declared, organization.revision, revisions, dates),
        beat=heartbeat_due(row, declared, settings, zone=organization.zone, now=now),
    )


def read(seen: Glance, *, now: datetime, full: bool, everything: bool = False, reveal: bool = True) -> Reading:
    """Read everything, or without `full` only what changed if that will do. Call inside the transaction of the glance."""
    row, declared = seen.connection, seen.connector
    context = context_of(seen, now=now)
    span = span_of(seen, now=now)
    partial = not full and may_be_partial(row, declared, seen.fingerprint)
    as_it_was = not full and may_be_carried(row, declared, seen.fingerprint, seen.number)
    scope = Scope((), ())
    if not as_it_was:
        scope = scope_read(
            row,
            declared,
            span,
            None if declared.all_assignments else set(context.mapping),
            changed_units(row, until=seen.number, now=now) if partial else None,
        )
    return Reading(
        connection=row,
        connector=declared,
        context=context,
        rows=scope.rows,
        ledger=scope.ledger,
        carried=carried(row, span) if as_it_was else None,
        partial=partial or as_it_was,
        everything=everything and declared.mode is Mode.DELTA,
        number=seen.number,
        fingerprint=seen.fingerprint,
        beat=seen.beat,
        window_start=span.start,
        past_edge=span.past_edge,
        listed_from=listed_from(row, declared, now),
        secrets=revealed(row.public_id, declared, row.lane) if reveal else {},
        policy=address_policy(),
        organization=seen.organization.slug,
    )


def span_of(seen: Glance, *, now: datetime) -> Span:
    """The window as instants; how far back is looked for what has ended."""
    zone = seen.organization.zone
    start, end = window_edges(seen.first, seen.last, zone)
    looks_back = start is not None and seen.first is not None and seen.first < local_date(now, zone)
    return Span(start=start, end=end, past_edge=start if looks_back and start else now, now=now)


def listed_from(row: Connection, declared: Connector, now: datetime) -> datetime:
    """The first delivery: closed records of an earlier time that were never delivered are nobody's concern."""
    if type(declared).closed is Connector.closed:
        return now
    delivered = Run.objects.filter(connection_id=row.id, lane=row.lane, state="done", bytes__gt=0).order_by("id")
    return delivered.values_list("finished_at", flat=True).first() or now


def context_of(seen: Glance, *, now: datetime) -> ShapeContext:
    """What `desired` may look at. Call inside the transaction of the glance."""
    guarded = type(seen.connector).guard is not Connector.guard
    return ShapeContext(
        connection_id=seen.connection.public_id,
        organization_name=seen.organization.name,
        organization_zone=seen.organization.zone,
        settings=seen.settings,
        mapping=mapping_by_assignment(seen.connection),
        generated_at=now,
        publication=seen.number,
        tables=tables_by_subject(seen.connection) if seen.connector.tables else {},
        pay_calendars=seen.pay_calendars,
        schedules=selectors.schedule_spans(seen.first, seen.last) if guarded else (),
    )


def shape(reading: Reading) -> Shape:
    """Run the connector's pure part over every unit. Raises ConfigError when nothing may be sent at all."""
    if reading.carried is not None:
        return Shape(reading.carried, ())
    reading.connector.guard(reading.context)
    desired: list[Desired] = []
    skipped: list[Skipped] = []
    for unit in _units(reading):
        for record in reading.connector.desired(unit, reading.context):
            if isinstance(record, Desired):
                desired.append(record)
            else:
                skipped.append(record)
    notices = () if reading.partial else reading.connector.notices(reading.rows, desired, reading.context)
    return Shape(tuple(desired), tuple(skipped), tuple(notices))


def _units(reading: Reading) -> Iterator[Unit]:
    if by_shift(reading.connector):
        for row in reading.rows:
            yield Unit(str(row.shift_id), (row,))
        return
    units: dict[str, list[PublishedRow]] = defaultdict(list)
    for row in reading.rows:
        for key in reading.connector.units(row):
            units[key].append(row)
    for key, rows in units.items():
        yield Unit(key, tuple(rows))


def left_out(reading: Reading, shaped: Shape, todo: Plan) -> tuple[Skipped, ...]:
    """What the connector left out, and the differences that are held because their records are closed."""
    if not todo.held:
        return shaped.skipped
    return (*shaped.skipped, *held_listed(todo.held, shaped.desired, _units(reading)))


def plan_of(reading: Reading, shaped: Shape, *, now: datetime) -> Plan:
    """What a run would do: the one call that runs and previews share."""
    if reading.carried is not None:
        count = len(reading.carried)
        return Plan((), (), unchanged=count, kept=0, waiting=0, ledger_size=count)
    span = Span(reading.window_start, None, reading.past_edge, now)
    bounds = bounds_of(
        reading.connector, reading.context, span, listed_from=reading.listed_from, everything=reading.everything
    )
    return plan_within(shaped.desired, reading.ledger, bounds)


def bounds_of(
    declared: Connector, context: ShapeContext, span: Span, *, listed_from: datetime, everything: bool = False
) -> Bounds:
    """What the plan of a connection must leave alone."""

    def closed(payload: Mapping[str, Any], starts_at: datetime) -> str:
        return declared.closed(payload, starts_at, context)

    hook: Closed | None = None if type(declared).closed is Connector.closed else closed
    return Bounds(
        now=span.now,
        keeps_past=declared.keeps_past,
        window_start=None if declared.keeps_past else span.start,
        past_edge=span.past_edge,
        closed=hook,
        listed_from=listed_from,
        everything=everything,
    )


def mapping_by_assignment(row: Connection) -> dict[int, tuple[MappingValues, ...]]:
    """The mapping table as the connector sees it."""
    found: dict[int, list[MappingValues]] = defaultdict(list)
    rows = MappingRow.objects.filter(connection=row).order_by("assignment_id", "number")
    texts = rows.annotate(text_values=Cast("values", TextField()))
    for assignment, id, number, values in texts.values_list("assignment_id", "id", "number", "text_values"):
        found[assignment].append(MappingValues(id, number, orjson.loads(values)))
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


def revealed(owner: UUID, declared: Connector, lane: str) -> dict[str, str]:
    """The secrets a connection signs in with in a lane. In shadow it signs in nowhere: there are none."""
    if lane == SHADOW:
        return {}
    found = {one.name: secret_reveal(owner=owner, name=secret_name(lane, one.name)) for one in declared.secrets}
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


@lru_cache(maxsize=1)
def _zones_version() -> str:
    """Of the database of time zones: looked up once a process."""
    return package_version("tzdata")


def _fingerprint(
    row: Connection,
    declared: Connector,
    organization_revision: int,
    revisions: Mapping[str, int],
    dates: tuple[date | None, ...],
) -> str:
    """Everything but the publication that can alter what is desired. Same fingerprint, same publication: nothing to do."""
    parts = [
        declared.kind,
        declared.version,
        row.revision,
        organization_revision,
        *(revisions.get(name, 0) for name in ("people", "departments", "assignments", "pay_calendars")),
        *map(str, dates),
        _zones_version(),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
