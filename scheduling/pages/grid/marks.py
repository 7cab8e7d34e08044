"""What hangs over the grid's cells and days: conflicts, swaps, requests, holidays."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from scheduling.pages.grid.view import ConflictFact, GridMarks, RequestFact
from scheduling.rules.types import Conflict, Severity
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.marks import request_marks, swap_marks
from scheduling.types import AssignmentInfo, PersonInfo, PublishedRow, ScheduleInfo, ShiftInfo

_RANK = {"hard": 2, "soft": 1, "kept": 0}


def marks_read(
    schedule: ScheduleInfo,
    *,
    first: date,
    last: date,
    shifts: Sequence[ShiftInfo | PublishedRow],
    people: Sequence[PersonInfo],
    assignments: Mapping[int, AssignmentInfo],
    conflicts: Sequence[Conflict],
    requests: bool = True,
) -> GridMarks:
    """The marks of a window of a draft."""
    by_person = {one.id: one.public_id for one in people}
    held = [shift.public_id for shift in shifts if isinstance(shift, ShiftInfo) and shift.person]
    asked = request_marks(department_id=schedule.department.id, first=first, last=last) if requests else []
    by_shift, lacks = conflict_facts(conflicts, by_person, {one.id: one.public_id for one in assignments.values()})
    return GridMarks(
        conflicts=by_shift,
        lacks=lacks,
        hard_days=hard_days(conflicts),
        swaps={key: mark.text for key, mark in swap_marks(held).items()} if held else {},
        requests={
            (by_person[one.person_id], one.date): RequestFact(one.state == "approved", one.text)
            for one in asked
            if one.person_id in by_person and one.state != "denied"
        },
        holidays=holidays_between(first, last),
    )


def severity_of(conflict: Conflict) -> str:
    """hard, soft, or kept: overridden with a reason, which stays marked."""
    if not conflict.stands:
        return "kept"
    return "hard" if conflict.severity is Severity.HARD else "soft"


def conflict_word(conflict: Conflict) -> str:
    """A conflict in one line, for a mark."""
    kept = f" Kept: {conflict.override}" if conflict.override else ""
    return f"{severity_of(conflict)} conflict, {conflict.label}: {conflict.text}{kept}"


def conflict_facts(
    conflicts: Iterable[Conflict], people: Mapping[int, uuid.UUID], assignments: Mapping[int, uuid.UUID]
) -> tuple[dict[uuid.UUID, ConflictFact], dict[tuple[uuid.UUID, date], ConflictFact]]:
    """The gravest conflict of each shift, and of each assignment's day that marks no shift."""
    by_shift: dict[uuid.UUID, ConflictFact] = {}
    lacks: dict[tuple[uuid.UUID, date], ConflictFact] = {}
    for one in conflicts:
        fact = ConflictFact(severity_of(one), conflict_word(one), people.get(one.person_id) if one.person_id else None)
        for shift_id in one.shift_ids:
            known = by_shift.get(shift_id)
            if known is None or _RANK[fact.severity] > _RANK[known.severity]:
                by_shift[shift_id] = fact
        if not one.shift_ids and one.assignment_id is not None and one.assignment_id in assignments:
            lacks.setdefault((assignments[one.assignment_id], one.date), fact)
    return by_shift, lacks


def hard_days(conflicts: Iterable[Conflict]) -> dict[date, int]:
    """How many hard conflicts stand on each day."""
    days: dict[date, int] = {}
    for one in conflicts:
        if severity_of(one) == "hard":
            days[one.date] = days.get(one.date, 0) + 1
    return days


def counts(conflicts: Iterable[Conflict]) -> tuple[int, int]:
    """How many hard and soft conflicts stand."""
    found = [severity_of(one) for one in conflicts]
    return found.count("hard"), found.count("soft")
