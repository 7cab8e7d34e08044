"""What publishing would make each connection send: the connectors' own code over the shifts that differ, before they are published.

Only the units of the differing shifts are shaped and compared with the ledger, so the cost follows the change. A connector whose
units span several shifts cannot be told in advance from these alone: then only what is mapped is counted, and the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from integrations.contract import (
    ConfigError,
    Connector,
    Desired,
    Skipped,
    Trigger,
    Unit,
)
from integrations.diff import Plan, plan_within
from integrations.lanes import LIVE
from integrations.models import Connection, LedgerRow
from integrations.registry import connectors
from integrations.selectors import board_cards
from integrations.services.reading import (
    bounds_of,
    context_of,
    glance,
    listed_from,
    mapping_by_assignment,
    span_of,
)
from integrations.services.scope import RECORDWISE, Span, entries
from integrations.types import BoardCard, PublishEffect
from scheduling.selectors import departments_by_id
from scheduling.selectors.workspace import draft_shifts
from scheduling.types import DepartmentInfo, Difference, PublishedRow, PublishPreview, ScheduleInfo, ShiftInfo

_HELD = {"paused": "paused: nothing is sent until it is resumed", "config": "stopped: something must be mended first",
         "safety": "stopped: a person must confirm removals first"}  # fmt: skip


def publish_effects(*, schedule: ScheduleInfo, preview: PublishPreview, now: datetime) -> list[PublishEffect]:
    """One entry for each live connection, by name. Call inside tenant_transaction."""
    rows = _rows_after(schedule, preview)
    return [
        _effect(card, preview.differences, rows, now)
        for card in board_cards()
        if card.info.state == LIVE and card.info.kind in connectors()
    ]


def _effect(
    card: BoardCard, differences: Sequence[Difference], rows: Sequence[PublishedRow], now: datetime
) -> PublishEffect:
    declared = connectors()[card.info.kind]
    connection = Connection.objects.get(id=card.info.id)
    mapping = mapping_by_assignment(connection)
    every = declared.all_assignments or not declared.mapping
    mapped = sum(1 for one in differences if every or one.assignment_id in mapping)
    counts: Plan | None = None
    left_out = 0
    held = _HELD.get(card.info.hold, "")
    if type(declared).units is Connector.units:
        try:
            counts, left_out = _plan(connection, declared, differences, rows, now)
        except ConfigError as error:
            held = held or error.text
    return PublishEffect(
        info=card.info,
        at_once=Trigger.PUBLISH in declared.triggers,
        added=counts.count("create") if counts else None,
        changed=counts.count("update") if counts else None,
        removed=counts.count("remove") if counts else None,
        left_out=left_out,
        mapped=mapped,
        held=held,
    )


def _plan(
    connection: Connection,
    declared: Connector,
    differences: Sequence[Difference],
    rows: Sequence[PublishedRow],
    now: datetime,
) -> tuple[Plan, int]:
    units = {str(one.shift_id) for one in differences}
    seen = glance(connection_id=connection.id, now=now)
    given = LedgerRow.objects.filter(connection_id=connection.id, lane=connection.lane, unit__in=units)
    ledger = [entry for _, entry in entries(given)]
    delivered = set(given.exclude(state="removed").values_list("unit", flat=True))
    window = span_of(seen, now=now)
    context = context_of(seen, now=now)
    declared.guard(context)
    desired: list[Desired] = []
    left_out = 0
    for row in rows:
        managed = declared.mode in RECORDWISE and str(row.shift_id) in delivered
        passes = declared.all_assignments or row.assignment.id in context.mapping
        if not passes or not (managed or _inside(row, declared, window)):
            continue
        for record in declared.desired(Unit(str(row.shift_id), (row,)), context):
            if isinstance(record, Skipped):
                left_out += not record.silent
            else:
                desired.append(record)
    bounds = bounds_of(declared, context, window, listed_from=listed_from(connection, declared, now))
    todo = plan_within(desired, ledger, bounds)
    return todo, left_out + len(todo.held)


def _inside(row: PublishedRow, declared: Connector, window: Span) -> bool:
    if window.end is not None and row.starts_at >= window.end:
        return False
    if declared.keeps_past:
        return row.ends_at > window.past_edge
    return window.start is None or row.starts_at >= window.start


def _rows_after(schedule: ScheduleInfo, preview: PublishPreview) -> list[PublishedRow]:
    """The differing shifts as readers would see them once published; removed ones have no row."""
    drafts = draft_shifts(schedule_id=schedule.id, first=preview.from_date, last=preview.to_date)
    by_id = {one.public_id: one for one in drafts}
    by_place = {(one.assignment.id, one.date, one.person.id if one.person else None): one for one in drafts}
    departments = departments_by_id({schedule.department.id})
    rows = []
    for one in preview.differences:
        if one.kind == "removed":
            continue
        # A shift that takes over another schedule's keeps that one's id, so it is found by its place.
        draft = by_id.get(one.shift_id) or by_place.get((one.assignment_id, one.date, one.person_id))
        if draft is not None:
            rows.append(_published(draft, one, departments[draft.department_id]))
    return rows


def _published(draft: ShiftInfo, one: Difference, department: DepartmentInfo) -> PublishedRow:
    return PublishedRow(
        shift_id=one.shift_id,
        department=department,
        assignment=draft.assignment,
        person=draft.person,
        date=draft.date,
        start_wall=draft.start_wall,
        end_wall=draft.end_wall,
        zone=draft.zone,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        custom_time=draft.custom_time,
        note=draft.note,
        call_order=draft.call_order,
        recorded_from=0,
    )
