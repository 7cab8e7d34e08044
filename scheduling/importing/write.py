"""Carries out a plan without errors: set by set, with the change log, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError

from scheduling.importing.pairing import Change
from scheduling.importing.plan import Plan
from scheduling.importing.target import Target
from scheduling.importing.wanted import Wanted
from scheduling.models import Assignment, AssignmentType, Person, RosterFormat, Schedule, Shift
from scheduling.services.outbox import data_changed
from scheduling.services.people import FIELDS
from scheduling.services.shifts import schedule_create, shift_entry, shift_told
from scheduling.services.structure import HUES, assignment_create, assignment_type_named
from tenancy.bulk import rows_insert
from tenancy.changes import change_entry, change_record, changes_record, differing
from tenancy.models import ChangeEntry
from tenancy.types import Actor, RefusedError

BATCH = 1000
_WRITTEN = (
    "assignment", "start_wall", "end_wall", "zone", "starts_at", "ends_at", "custom_time", "note", "source", "version",
    "changed_by", "changed_at",
)  # fmt: skip
_USUAL_HUES = {"working": "azure", "call": "iris", "clinic": "spruce", "backup": "honey"}


def schedule_written(plan: Plan, target: Target, *, actor: Actor, now: datetime) -> Schedule:
    """The schedule of the import, made when it is a new one."""
    if target.schedule is not None:
        return target.schedule
    return schedule_create(
        department=plan.place.department, name=target.name, starts_on=target.first, ends_on=target.last,
        actor=actor, now=now,
    )  # fmt: skip


def assignments_written(plan: Plan, *, actor: Actor, now: datetime) -> int:
    """Make the missing assignments; the plan's unsaved ones become them."""
    planned = _in_order(plan)
    types = {row.name.casefold(): row for row in AssignmentType.objects.all()}
    for order, row in enumerate(planned, start=len(plan.place.assignments)):
        kind = types.get(row.type.name.casefold()) or _new_type(row.type.name, types)
        types[kind.name.casefold()] = kind
        made = assignment_create(
            actor=actor, now=now, department=plan.place.department, type=kind, code=row.code, name=row.name,
            start_time=row.start_time, end_time=row.end_time, end_day_offset=row.end_day_offset, order=order,
        )  # fmt: skip
        row.id, row.public_id, row.type = made.id, made.public_id, made.type
    return len(planned)


def _in_order(plan: Plan) -> list[Assignment]:
    """The unsaved assignments, each once, as the shift-codes file lists them, else by their start."""
    explained = plan.request.codes.codes if plan.request.codes else ()
    places = {one.code.casefold(): place for place, one in enumerate(explained)}
    rows = {id(row): row for row in plan.codes.known.values() if row.pk is None}
    return sorted(
        rows.values(), key=lambda row: (places.get(row.code.casefold(), len(places)), row.start_time, row.code)
    )


def _new_type(name: str, types: dict[str, AssignmentType]) -> AssignmentType:
    key = name.strip().casefold()
    used = {row.hue for row in types.values()}
    free = next((hue for hue in HUES if hue not in used), HUES[0])
    return assignment_type_named(name=name, hue=_USUAL_HUES.get(key, free), is_off=key == "off")


def people_written(plan: Plan, *, actor: Actor, now: datetime) -> int:
    """Make the missing people at once; the plan's unsaved ones become them."""
    rows = list(plan.new_people.values())
    if not rows:
        return 0
    try:
        Person.objects.bulk_create(rows, batch_size=BATCH)
    except IntegrityError as taken:
        raise RefusedError(
            "Somebody else added one of these people just now. Nothing was applied: look at the preview again.",
            code="stale",
        ) from taken
    changes_record(
        change_entry(
            actor=actor, now=now, action="person.create", subject_type="person", subject=row.name,
            subject_id=row.public_id, person_id=row.id, department_id=plan.place.department.id,
            after={name: value for name in FIELDS if (value := getattr(row, name))},
        )
        for row in rows
    )  # fmt: skip
    data_changed(kind="people", now=now)
    return len(rows)


def shifts_written(plan: Plan, schedule: Schedule, *, actor: Actor, now: datetime) -> None:
    """Remove, change and add, each at once, with one change-log entry for each shift."""
    pairing = plan.pairing
    entries = [_removal(shift, actor, now) for shift in pairing.removed]
    if pairing.removed:
        Shift.objects.filter(id__in=[shift.id for shift in pairing.removed]).delete()
    entries += [_alteration(change, actor, now) for change in pairing.changed]
    Shift.objects.bulk_create(
        [change.shift for change in pairing.changed], batch_size=BATCH, update_conflicts=True,
        unique_fields=["organization_id", "public_id"], update_fields=_WRITTEN,
    )  # fmt: skip
    made = [_new(one, plan, schedule, actor, now) for one in pairing.added]
    rows_insert(made)
    entries += [shift_entry(shift, actor, now, "shift.add", None, shift_told(shift)) for shift in made]
    changes_record(entries)


def format_remembered(plan: Plan, *, actor: Actor, now: datetime) -> None:
    """Keep the mapping for the department's next file, if it is not what is kept already."""
    department = plan.place.department
    mapping = plan.request.mapping.to_json()
    held = plan.place.remembered
    if held == mapping:
        return
    RosterFormat.objects.update_or_create(department=department, defaults={"mapping": mapping, "changed_at": now})
    before, after = differing(held if isinstance(held, dict) else {}, mapping)
    change_record(
        actor=actor, now=now, action="roster.format", subject_type="department", subject=department.name,
        subject_id=department.public_id, department_id=department.id, before=before, after=after,
    )  # fmt: skip


def _new(one: Wanted, plan: Plan, schedule: Schedule, actor: Actor, now: datetime) -> Shift:
    return Shift(
        schedule=schedule, department=plan.place.department, assignment=one.assignment, person=one.person,
        date=one.entry.date, note=one.entry.note or "", source="import", changed_by=actor.label[:160], changed_at=now,
        **one.times,
    )  # fmt: skip


def _removal(shift: Shift, actor: Actor, now: datetime) -> ChangeEntry:
    return shift_entry(shift, actor, now, "shift.remove", shift_told(shift), None)


def _alteration(change: Change, actor: Actor, now: datetime) -> ChangeEntry:
    shift = change.shift
    was = shift_told(shift)
    shift.assignment = _saved(change.assignment)
    for name, value in change.times.items():
        setattr(shift, name, value)
    shift.note = change.note
    before, after = differing(was, shift_told(shift))
    shift.version += 1
    shift.changed_by, shift.changed_at, shift.source = actor.label[:160], now, "import"
    return shift_entry(shift, actor, now, "shift.change", before, after)


def _saved(assignment: Assignment) -> Assignment:
    assert assignment.pk is not None, "assignments are made before shifts are written"
    return assignment
