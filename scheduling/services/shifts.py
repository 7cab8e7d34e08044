"""Draft edits: one shift at a time, each a service call that logs itself. Editing a draft never touches the published log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from scheduling.models import Department, Schedule, Shift
from scheduling.services.rules import overrides_lapse, placing_override
from scheduling.services.shift_parts import (
    CHANGEABLE,
    NOTE_LIMIT,
    fields_apply,
    info_of,
    roll_read,
    shift_entry,
    shift_made,
    shift_times,
    shift_told,
    shifts_locked,
    stale,
)
from scheduling.types import ShiftInfo, StaleShift
from tenancy.changes import change_record
from tenancy.types import Actor, NotFoundError, RefusedError

__all__ = [
    "CHANGEABLE",
    "NOTE_LIMIT",
    "schedule_create",
    "shift_change",
    "shift_entry",
    "shift_place",
    "shift_remove",
    "shift_times",
    "shift_told",
]


def schedule_create(
    *, department: Department, name: str, starts_on: date, ends_on: date, actor: Actor, now: datetime
) -> Schedule:
    """Make an empty draft schedule."""
    if ends_on < starts_on:
        raise RefusedError("The last date is before the first.", field="ends_on")
    if (ends_on - starts_on).days > 400:
        raise RefusedError("A schedule spans at most 400 days.", field="ends_on")
    schedule = Schedule.objects.create(
        department=department, name=name.strip() or f"{department.name} {starts_on}", starts_on=starts_on,
        ends_on=ends_on, created_at=now,
    )  # fmt: skip
    change_record(
        actor=actor, now=now, action="schedule.create", subject_type="schedule", subject=schedule.name,
        subject_id=schedule.public_id, department_id=department.id,
        after={"starts_on": str(starts_on), "ends_on": str(ends_on)},
    )  # fmt: skip
    return schedule


def shift_place(
    *,
    schedule_id: uuid.UUID,
    assignment_id: uuid.UUID,
    day: date,
    actor: Actor,
    now: datetime,
    person_id: uuid.UUID | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    note: str = "",
    call_order: int | None = None,
    source: str = "editor",
    override: str = "",
) -> ShiftInfo:
    """Put a person (or nobody yet: open) on an assignment and date.

    Somebody who is not on the list, or on approved leave, is refused (code not_eligible, on_leave) unless `override` says why.
    """
    schedule = Schedule.objects.select_related("department").filter(public_id=schedule_id).first()
    if schedule is None:
        raise NotFoundError("There is no such schedule.")
    roll = roll_read(
        department_id=schedule.department_id,
        assignment_ids=[assignment_id],
        person_ids=[person_id] if person_id else [],
        days=[day],
    )
    shift, gave_way = shift_made(
        schedule=schedule, assignment=roll.assignment(assignment_id), person=roll.person(person_id), day=day, roll=roll,
        actor=actor, now=now, start=start, end=end, note=note, call_order=call_order, source=source, override=override,
    )  # fmt: skip
    shift.save(force_insert=True)
    shift_entry(shift, actor, now, "shift.add", None, shift_told(shift)).save(force_insert=True)
    placing_override(shift=shift, rules=gave_way, reason=override, actor=actor, now=now)
    return info_of(shift)


def shift_change(
    *,
    shift_id: uuid.UUID,
    version: int,
    actor: Actor,
    now: datetime,
    fields: Mapping[str, Any],
    reason: str = "",
    override: str = "",
) -> ShiftInfo:
    """Change named fields (CHANGEABLE; `person_id` and `assignment_id` are public ids, `start`/`end` wall times or None).

    `override` is the reason to place somebody who is not on the list, or on approved leave, all the same.
    Raises StaleShift when somebody changed or removed it since `version`, with what it is now.
    """
    shift = _locked(shift_id, version, now)
    assignment, person = fields.get("assignment_id"), fields.get("person_id")
    roll = roll_read(
        department_id=shift.department_id,
        assignment_ids=[assignment] if assignment else [],
        person_ids=[person] if person else [],
        shifts=[shift],
        days=[fields.get("date", shift.date)],
    )
    done = fields_apply(shift, fields, roll=roll, actor=actor, now=now, override=override)
    if done.after:
        shift.save()
        shift_entry(shift, actor, now, "shift.change", done.before, done.after, reason).save(force_insert=True)
        if "person_id" in done.after:
            overrides_lapse(shift_ids=[shift.public_id])
        placing_override(shift=shift, rules=done.gave_way, reason=override, actor=actor, now=now)
    return info_of(shift)


def shift_remove(*, shift_id: uuid.UUID, version: int, actor: Actor, now: datetime) -> None:
    """Take a shift out of the draft; what is published stays until the next publication. Raises StaleShift."""
    shift = _locked(shift_id, version, now)
    if shift.locked:
        raise RefusedError("The shift is locked. Unlock it first.", code="locked")
    shift_entry(shift, actor, now, "shift.remove", shift_told(shift), None).save(force_insert=True)
    shift.delete()


def _locked(shift_id: uuid.UUID, version: int, now: datetime) -> Shift:
    shift = next(iter(shifts_locked(Shift.objects.filter(public_id=shift_id))), None)
    if shift is None:
        raise StaleShift("The shift was removed meanwhile. Nothing was changed.", None)
    if shift.version != version:
        raise stale(shift, now)
    return shift
