"""Draft edits: one shift at a time, each a service call that logs itself. Editing a draft never touches the published log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.models import Assignment, Department, Person, Schedule, Shift
from scheduling.selectors.placing import overrides_of, refusals
from scheduling.selectors.rows import assignment_info, person_info, shift_info
from scheduling.services.rules import overrides_lapse, placing_override
from scheduling.types import ShiftInfo, StaleShift
from tenancy.changes import change_entry, change_record, differing
from tenancy.models import ChangeEntry
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import instant

CHANGEABLE = ("person_id", "assignment_id", "date", "start", "end", "note", "private_note", "call_order", "locked")
NOTE_LIMIT = 2000


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


def shift_times(
    assignment: Assignment, day: date, zone: str, start: datetime | None = None, end: datetime | None = None
) -> dict[str, Any]:
    """Wall times and instants of a shift: the assignment's, or custom wall times. Raises RefusedError."""
    default_start = datetime.combine(day, assignment.start_time)
    default_end = datetime.combine(day + timedelta(days=assignment.end_day_offset), assignment.end_time)
    start_wall, end_wall = start or default_start, end or default_end
    if start_wall.date() != day:
        raise RefusedError("A shift starts on its own date.", field="start")
    if end_wall <= start_wall:
        raise RefusedError("The end is not after the start.", field="end")
    if end_wall - start_wall > timedelta(days=31):
        raise RefusedError("A shift lasts at most 31 days.", field="end")
    return {
        "start_wall": start_wall,
        "end_wall": end_wall,
        "zone": zone,
        "starts_at": instant(start_wall, zone),
        "ends_at": instant(end_wall, zone),
        "custom_time": (start_wall, end_wall) != (default_start, default_end),
    }


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
    assignment = _assignment(schedule, assignment_id)
    person = _person(person_id)
    _date_or_refuse(schedule, day)
    _note_or_refuse(note)
    shift = Shift(
        schedule=schedule, department=schedule.department, assignment=assignment, person=person, date=day, note=note,
        call_order=call_order, source=source, changed_by=actor.label, changed_at=now,
        **shift_times(assignment, day, schedule.department.zone, start, end),
    )  # fmt: skip
    kept = _placeable_or_refuse(shift, override)
    shift.save(force_insert=True)
    _log(shift, actor, now, "shift.add", None, {"person": person.name if person else "open", **shift_told(shift)})
    placing_override(shift=shift, rules=kept, reason=override, actor=actor, now=now)
    return _info(shift)


def shift_change(
    *,
    shift_id: uuid.UUID,
    version: int,
    actor: Actor,
    now: datetime,
    fields: Mapping[str, Any],
    override: str = "",
) -> ShiftInfo:
    """Change named fields (CHANGEABLE; `person_id` and `assignment_id` are public ids, `start`/`end` wall times or None).

    `override` is the reason to place somebody who is not on the list, or on approved leave, all the same.
    Raises StaleShift when somebody changed or removed it since `version`, with what it is now.
    """
    unknown = set(fields) - set(CHANGEABLE)
    if unknown:
        raise RefusedError(f"A shift has no field {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
    shift = _locked(shift_id, version, now)
    was = shift_told(shift)
    if "assignment_id" in fields:
        shift.assignment = _assignment(shift.schedule, fields["assignment_id"])
    if "person_id" in fields:
        shift.person = _person(fields["person_id"])
    if "date" in fields:
        _date_or_refuse(shift.schedule, fields["date"])
        shift.date = fields["date"]
    _retime(shift, fields)
    moved = {"assignment_id", "person_id", "date"} & set(fields)
    kept = _placeable_or_refuse(shift, override) if moved else ()
    for name in ("note", "private_note"):
        if name in fields:
            _note_or_refuse(fields[name])
            setattr(shift, name, fields[name])
    for name in ("call_order", "locked"):
        if name in fields:
            setattr(shift, name, fields[name])
    before, after = differing(was, shift_told(shift))
    if not after:
        return _info(shift)
    shift.version += 1
    shift.changed_by, shift.changed_at, shift.source = actor.label, now, actor.source
    shift.save()
    _log(shift, actor, now, "shift.change", before, after)
    if "person_id" in after:
        overrides_lapse(shift_id=shift.public_id)
    placing_override(shift=shift, rules=kept, reason=override, actor=actor, now=now)
    return _info(shift)


def shift_remove(*, shift_id: uuid.UUID, version: int, actor: Actor, now: datetime) -> None:
    """Take a shift out of the draft; what is published stays until the next publication. Raises StaleShift."""
    shift = _locked(shift_id, version, now)
    if shift.locked:
        raise RefusedError("The shift is locked. Unlock it first.", code="locked")
    before = {"person": shift.person.name if shift.person else "open", **shift_told(shift)}
    _log(shift, actor, now, "shift.remove", before, None)
    shift.delete()


def _retime(shift: Shift, fields: Mapping[str, Any]) -> None:
    if not {"assignment_id", "date", "start", "end"} & set(fields):
        return
    start: datetime | None = fields.get("start", shift.start_wall if shift.custom_time else None)
    end: datetime | None = fields.get("end", shift.end_wall if shift.custom_time else None)
    if "date" in fields and shift.custom_time and "start" not in fields:
        start = datetime.combine(shift.date, shift.start_wall.time())
        end = start + (shift.end_wall - shift.start_wall)
    for name, value in shift_times(shift.assignment, shift.date, shift.zone, start, end).items():
        setattr(shift, name, value)


def _locked(shift_id: uuid.UUID, version: int, now: datetime) -> Shift:
    shift = Shift.objects.select_for_update(of=("self",)).filter(public_id=shift_id).first()
    if shift is None:
        raise StaleShift("The shift was removed meanwhile. Nothing was changed.", None)
    if shift.version != version:
        minutes = max(0, int((now - shift.changed_at).total_seconds() // 60))
        ago = "just now" if minutes == 0 else f"{minutes} min ago"
        name = shift.person.name if shift.person else "open"
        raise StaleShift(
            f"{shift.changed_by} changed this shift {ago}: it is {name} now. Yours was not saved.", _info(shift)
        )
    return shift


def _assignment(schedule: Schedule, public_id: uuid.UUID) -> Assignment:
    row = Assignment.objects.select_related("type").filter(public_id=public_id, department_id=schedule.department_id)
    found = row.first()
    if found is None:
        raise NotFoundError("There is no such assignment in this department.", field="assignment")
    return found


def _person(public_id: uuid.UUID | None) -> Person | None:
    if public_id is None:
        return None
    found = Person.objects.select_related("personnel_type").filter(public_id=public_id).first()
    if found is None:
        raise NotFoundError("There is no such person.", field="person")
    return found


def _date_or_refuse(schedule: Schedule, day: date) -> None:
    if not schedule.starts_on <= day <= schedule.ends_on:
        raise RefusedError(
            f"{day} is outside the schedule, which runs from {schedule.starts_on} to {schedule.ends_on}.", field="date"
        )


def _placeable_or_refuse(shift: Shift, override: str) -> list[str]:
    """Refuse whom nobody may place there; returns the rules that gave way to the reason of an override.

    What was overridden for this person before needs no second reason while the shift only moves.
    """
    assignment, person, day = shift.assignment, shift.person, shift.date
    if assignment.ended_on and day > assignment.ended_on:
        raise RefusedError(f"{assignment.name} ended on {assignment.ended_on}.", field="assignment")
    if person is None:
        return []
    if not person_info(person).active_on(day):
        raise RefusedError(f"{person.name} is not active on {day}.", field="person")
    refused = refusals(shift)
    if override.strip():
        return [one.rule for one in refused]
    kept = overrides_of(shift) if refused else set()
    for one in refused:
        if one.rule not in kept:
            raise RefusedError(f"{person.name} {one.text}", field="person", code=one.code)
    return []


def _note_or_refuse(note: str) -> None:
    if len(note) > NOTE_LIMIT:
        raise RefusedError(f"A note has at most {NOTE_LIMIT} characters; this one has {len(note)}.", field="note")
    if "\x00" in note:
        raise RefusedError("The note holds a character that cannot be stored.", field="note")


def shift_told(shift: Shift) -> dict[str, Any]:
    """What the change log tells of a shift; before and after are compared with it."""
    return {
        "person": shift.person.name if shift.person else "open",
        "person_id": str(shift.person.public_id) if shift.person else None,
        "assignment": shift.assignment.code,
        "date": shift.date.isoformat(),
        "start": shift.start_wall.strftime("%Y-%m-%d %H:%M"),
        "end": shift.end_wall.strftime("%Y-%m-%d %H:%M"),
        "note": shift.note,
        "private_note": shift.private_note,
        "call_order": shift.call_order,
        "locked": shift.locked,
    }


def _log(
    shift: Shift, actor: Actor, now: datetime, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    shift_entry(shift, actor, now, action, before, after).save(force_insert=True)


def shift_entry(
    shift: Shift, actor: Actor, now: datetime, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> ChangeEntry:
    """An unsaved change-log entry. Private notes are logged as changed, never with their text."""
    private = False
    for side in (before, after):
        if side is not None and "private_note" in side:
            private = private or bool(side["private_note"])
            side["private_note"] = "(private)" if side["private_note"] else ""
    person = shift.person
    return change_entry(
        actor=actor, now=now, action=action, subject_type="shift",
        subject=f"{shift.assignment.name}, {shift.date}, {person.name if person else 'open'}",
        subject_id=shift.public_id, department_id=shift.department_id, person_id=person.id if person else None,
        on_date=shift.date, before=before, after=after, private=private,
    )  # fmt: skip


def _info(shift: Shift) -> ShiftInfo:
    return shift_info(shift, assignment_info(shift.assignment), person_info(shift.person) if shift.person else None)
