"""Many new shifts at once: what a template, a copied block or a generator places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import Assignment, Person, Schedule, Shift
from scheduling.services.shift_parts import shift_entry, shift_times, shift_told
from tenancy.bulk import rows_insert
from tenancy.changes import changes_record
from tenancy.types import Actor


@dataclass(frozen=True)
class NewShift:
    """A shift to add: at the assignment's times unless others are given; nobody's yet without a person."""

    assignment: Assignment
    day: date
    person: Person | None = None
    start: datetime | None = None
    end: datetime | None = None
    note: str = ""
    call_order: int | None = None


def shifts_add(*, schedule: Schedule, shifts: Iterable[NewShift], source: str, actor: Actor, now: datetime) -> int:
    """Insert them, with a change-log entry each, and return how many. What may stand where is for the caller to have checked."""
    zone = schedule.department.zone
    made = [
        Shift(
            schedule=schedule, department=schedule.department, assignment=one.assignment, person=one.person, date=one.day,
            note=one.note, call_order=one.call_order, source=source, changed_by=actor.label, changed_at=now,
            **shift_times(one.assignment, one.day, zone, one.start, one.end),
        )
        for one in shifts
    ]  # fmt: skip
    rows_insert(made)
    changes_record(shift_entry(shift, actor, now, "shift.add", None, shift_told(shift)) for shift in made)
    return len(made)
