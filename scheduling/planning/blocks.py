"""A block of a draft, carried to other dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from scheduling.planning.types import Wanted
from scheduling.types import AssignmentInfo, ShiftInfo


def block_dates(to: date, *, times: int, every: int) -> list[date]:
    """The first dates of all copies: `to`, and from there every so many days."""
    return [to + timedelta(days=every * n) for n in range(times)]


def usual_step(first: date, last: date) -> int:
    """How far apart copies stand when nobody says: whole weeks, so that every weekday keeps its own."""
    return -(-((last - first).days + 1) // 7) * 7


def block_wanted(
    shifts: Iterable[ShiftInfo],
    *,
    first: date,
    targets: Sequence[date],
    with_people: bool,
    keep_notes: bool,
    assignments: dict[int, AssignmentInfo],
) -> list[Wanted]:
    """The block's shifts at every target. Wall times stay what they are, whichever nights clocks change."""
    found = []
    shifts = list(shifts)
    for target in targets:
        move = target - first
        for shift in shifts:
            one = Wanted(
                assignment=assignments[shift.assignment.id],
                date=shift.date + move,
                person=shift.person if with_people else None,
                note=shift.note if keep_notes else None,
                call_order=shift.call_order,
            )
            found.append(_timed(one, shift) if shift.custom_time else one)
    return found


def _timed(one: Wanted, shift: ShiftInfo) -> Wanted:
    """Times of its own, moved as wall times: 19:00 to 07:00 stays that on the night that clocks change."""
    start = datetime.combine(one.date, shift.start_wall.time())
    return replace(one, start=start, end=start + (shift.end_wall - shift.start_wall))
