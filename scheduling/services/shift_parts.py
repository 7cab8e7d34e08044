"""What every edit of a draft is made of, whether of one shift or of two hundred: no call here reads row by row, or writes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from scheduling.models import Assignment, AssignmentEligibility, Person, Schedule, Shift, ShiftOverride
from scheduling.rules.facts import LeaveFact
from scheduling.selectors.rows import assignment_info, person_info, shift_info
from scheduling.selectors.rule_facts import leave_facts
from scheduling.types import ShiftInfo, StaleShift
from tenancy.changes import change_entry, differing
from tenancy.models import ChangeEntry
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import instant

CHANGEABLE = ("person_id", "assignment_id", "date", "start", "end", "note", "private_note", "call_order", "locked")
# What a lock protects; notes, the call order and the lock itself stay free.
LOCKED_FIELDS = frozenset({"person_id", "assignment_id", "date", "start", "end"})
NOTE_LIMIT = 2000
PLACING_RULES = ("eligible", "leave")  # what gives way to a reason
OVERRIDABLE = frozenset({"not_eligible", "on_leave"})  # the codes of those refusals


@dataclass(frozen=True)
class Roll:
    """The assignments and people that edits name, who is listed where, who is on leave, and what somebody already keeps for whom on a
    shift in spite of that: read once for any number of edits."""

    assignments: Mapping[uuid.UUID, Assignment]
    people: Mapping[uuid.UUID, Person]
    listed: frozenset[tuple[int, int]] = frozenset()  # (assignment id, person id)
    leaves: Mapping[int, tuple[LeaveFact, ...]] = field(default_factory=dict)
    kept: Mapping[tuple[uuid.UUID, int, int], Mapping[str, str]] = field(
        default_factory=dict
    )  # (shift, assignment, person) → rule → reason

    def assignment(self, public_id: uuid.UUID) -> Assignment:
        """An assignment of the department. Raises NotFoundError."""
        if public_id not in self.assignments:
            raise NotFoundError("There is no such assignment in this department.", field="assignment")
        return self.assignments[public_id]

    def person(self, public_id: uuid.UUID | None) -> Person | None:
        """A person, or None for nobody yet. Raises NotFoundError."""
        if public_id is None:
            return None
        if public_id not in self.people:
            raise NotFoundError("There is no such person.", field="person")
        return self.people[public_id]


def roll_read(
    *,
    department_id: int,
    assignment_ids: Collection[uuid.UUID],
    person_ids: Collection[uuid.UUID],
    shifts: Collection[Shift] = (),
    days: Collection[date] = (),
) -> Roll:
    """What edits that name those ids, on those days and of those shifts, have to know."""
    assignments: dict[uuid.UUID, Assignment] = {one.assignment.public_id: one.assignment for one in shifts}
    people: dict[uuid.UUID, Person] = {one.person.public_id: one.person for one in shifts if one.person}
    if missing := set(assignment_ids) - set(assignments):
        rows = Assignment.objects.select_related("type").filter(public_id__in=missing, department_id=department_id)
        assignments |= {row.public_id: row for row in rows}
    if wanted := set(person_ids) - set(people):
        rows_of_people = Person.objects.select_related("personnel_type").filter(public_id__in=wanted)
        people |= {row.public_id: row for row in rows_of_people}
    asking = [one.id for one in assignments.values() if one.eligible_only_listed]
    ids = [one.id for one in people.values()]
    listed: frozenset[tuple[int, int]] = frozenset()
    if asking and ids:
        pairs = AssignmentEligibility.objects.filter(assignment_id__in=asking, person_id__in=ids)
        listed = frozenset(pairs.values_list("assignment_id", "person_id"))
    human = [one.id for one in people.values() if not one.is_placeholder]
    leaves = leave_facts(min(days), max(days) + timedelta(days=1), human) if days and human else {}
    return Roll(assignments, people, listed, leaves, _kept(shifts))


def _kept(shifts: Collection[Shift]) -> dict[tuple[uuid.UUID, int, int], dict[str, str]]:
    """What is overridden on the shifts as they stand, for whoever stands there."""
    here = {
        (one.public_id, one.person_id): (one.public_id, one.assignment_id, one.person_id)
        for one in shifts
        if one.person_id is not None
    }
    rows = ShiftOverride.objects.filter(shift_id__in=[one.public_id for one in shifts]) if shifts else ()
    kept: dict[tuple[uuid.UUID, int, int], dict[str, str]] = {}
    for row in rows:
        key = here.get((row.shift_id, row.person_id))
        if key is not None:
            kept.setdefault(key, {})[row.rule] = row.reason
    return kept


def override_of(shift: Shift, roll: Roll) -> str:
    """The reason for which its person stands there although not on the list, or on leave; empty when there is none."""
    kept = roll.kept.get((shift.public_id, shift.assignment_id, shift.person_id or 0), {})
    return next((kept[rule] for rule in PLACING_RULES if rule in kept), "")


def shifts_locked(rows: QuerySet[Shift]) -> list[Shift]:
    """Those shifts, locked, each with its schedule, assignment and person as they stand now; by id.

    Two statements: when a lock had to be waited for, PostgreSQL reads the locked row again but not what was joined to it, and a shift
    whose person had changed meanwhile would come back without one.
    """
    ids = list(rows.select_for_update().order_by("id").values_list("id", flat=True))
    joined = Shift.objects.select_related("schedule__department", "assignment__type", "person__personnel_type")
    return list(joined.filter(id__in=ids).order_by("id"))


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


def shift_made(
    *,
    schedule: Schedule,
    assignment: Assignment,
    person: Person | None,
    day: date,
    roll: Roll,
    actor: Actor,
    now: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    note: str = "",
    private_note: str = "",
    call_order: int | None = None,
    locked: bool = False,
    source: str = "",
    override: str = "",
) -> tuple[Shift, list[str]]:
    """An unsaved shift, and the rules that gave way to the reason of an override. Raises RefusedError when it may not stand there."""
    date_or_refuse(schedule, day)
    times = shift_times(assignment, day, schedule.department.zone, start, end)
    instants = times["starts_at"], times["ends_at"]
    gave_way = placeable_or_refuse(assignment, person, day, roll, instants, override=override)
    note_or_refuse(note)
    note_or_refuse(private_note)
    shift = Shift(
        schedule=schedule, department=schedule.department, assignment=assignment, person=person, date=day, note=note,
        private_note=private_note, call_order=call_order, locked=locked, source=source or actor.source,
        changed_by=actor.label, changed_at=now, **times,
    )  # fmt: skip
    return shift, gave_way


@dataclass(frozen=True)
class Applied:
    """What the log tells of both sides, empty where nothing differs, and the rules that gave way to the reason of an override."""

    before: dict[str, Any]
    after: dict[str, Any]
    gave_way: list[str]


def fields_apply(
    shift: Shift, fields: Mapping[str, Any], *, roll: Roll, actor: Actor, now: datetime, override: str = ""
) -> Applied:
    """Set named fields (CHANGEABLE) on a shift in memory. Raises RefusedError."""
    unknown = set(fields) - set(CHANGEABLE)
    if unknown:
        raise RefusedError(f"A shift has no field {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
    was = shift_told(shift)
    if "assignment_id" in fields:
        shift.assignment = roll.assignment(fields["assignment_id"])
    if "person_id" in fields:
        shift.person = roll.person(fields["person_id"])
    if "date" in fields:
        date_or_refuse(shift.schedule, fields["date"])
        shift.date = fields["date"]
    _retime(shift, fields)
    gave_way: list[str] = []
    if {"assignment_id", "person_id", "date"} & set(fields):
        gave_way = placeable_or_refuse(
            shift.assignment, shift.person, shift.date, roll, (shift.starts_at, shift.ends_at),
            shift_id=shift.public_id, override=override,
        )  # fmt: skip
    for name in ("note", "private_note"):
        if name in fields:
            note_or_refuse(fields[name])
            setattr(shift, name, fields[name])
    for name in ("call_order", "locked"):
        if name in fields:
            setattr(shift, name, fields[name])
    before, after = differing(was, shift_told(shift))
    if after:
        shift.version += 1
        shift.changed_by, shift.changed_at, shift.source = actor.label, now, actor.source
    return Applied(before, after, gave_way)


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


def stale(shift: Shift, now: datetime) -> StaleShift:
    """What the second writer is told of a shift that somebody changed first."""
    minutes = max(0, int((now - shift.changed_at).total_seconds() // 60))
    ago = "just now" if minutes == 0 else f"{minutes} min ago"
    name = shift.person.name if shift.person else "open"
    return StaleShift(
        f"{shift.changed_by} changed this shift {ago}: it is {name} now. Yours was not saved.", info_of(shift)
    )


def date_or_refuse(schedule: Schedule, day: date) -> None:
    """Raises RefusedError for a date that the schedule does not have."""
    if not schedule.starts_on <= day <= schedule.ends_on:
        raise RefusedError(
            f"{day} is outside the schedule, which runs from {schedule.starts_on} to {schedule.ends_on}.", field="date"
        )


def placeable_or_refuse(
    assignment: Assignment,
    person: Person | None,
    day: date,
    roll: Roll,
    times: tuple[datetime, datetime],
    *,
    shift_id: uuid.UUID | None = None,
    override: str = "",
) -> list[str]:
    """Raises RefusedError where the assignment has ended, or the person is not active, not listed, or on granted leave.

    `times` are the instants of start and end. The last two give way to a reason (`override`): returned are the rules that did.
    What was overridden on that shift (`shift_id`) for the same person needs no second reason while it only moves.
    """
    if assignment.ended_on and day > assignment.ended_on:
        raise RefusedError(f"{assignment.name} ended on {assignment.ended_on}.", field="assignment")
    if person is None:
        return []
    if not person_info(person).active_on(day):
        raise RefusedError(f"{person.name} is not active on {day}.", field="person")
    refused = list(_refusals(assignment, person, day, roll, times))
    if override.strip():
        return [rule for rule, _, _ in refused]
    kept = roll.kept.get((shift_id, assignment.id, person.id), {}) if shift_id else {}
    for rule, code, text in refused:
        if rule not in kept:
            raise RefusedError(f"{person.name} {text}", field="person", code=code)
    return []


def _refusals(
    assignment: Assignment, person: Person, day: date, roll: Roll, times: tuple[datetime, datetime]
) -> Iterator[tuple[str, str, str]]:
    """(rule, code, text) of what a reason can override."""
    if assignment.eligible_only_listed and (assignment.id, person.id) not in roll.listed:
        yield "eligible", "not_eligible", f"is not eligible for {assignment.name}."
    if assignment.type.is_off:
        return
    for leave in roll.leaves.get(person.id, ()):
        if leave.covers(day, *times):
            yield "leave", "on_leave", f"is on approved leave, {leave.text}. Nobody is placed while on leave."
            return


def note_or_refuse(note: str) -> None:
    """Raises RefusedError for a note that cannot be kept."""
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


def shift_entry(
    shift: Shift,
    actor: Actor,
    now: datetime,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    reason: str = "",
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
        on_date=shift.date, before=before, after=after, private=private, reason=reason,
    )  # fmt: skip


def info_of(shift: Shift) -> ShiftInfo:
    """The shift as a frozen value; assignment and person must have been joined."""
    return shift_info(shift, assignment_info(shift.assignment), person_info(shift.person) if shift.person else None)
