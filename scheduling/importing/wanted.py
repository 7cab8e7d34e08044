"""Lines of the file as shifts of the schedule: who, what, when; and why one cannot be placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.importing.issues import Issues
from scheduling.models import Assignment, AssignmentEligibility, Person
from scheduling.roster.text import quoted
from scheduling.roster.types import RosterEntry
from scheduling.services.shifts import shift_times
from tenancy.types import RefusedError


@dataclass(slots=True, eq=False)
class Wanted:
    """One shift that the file asks for. ``person`` None is an open shift; either may be unsaved still."""

    entry: RosterEntry
    assignment: Assignment
    person: Person | None
    times: dict[str, Any]

    @property
    def has_own_times(self) -> bool:
        """Whether the file itself states times; otherwise they are the assignment's."""
        return self.entry.start is not None


class Placing:
    """Turns entries into wanted shifts and says what cannot be: outside, not active, not eligible, ended."""

    def __init__(self, *, zone: str, first: date, last: date, issues: Issues) -> None:
        self._zone = zone
        self._first, self._last = first, last
        self._issues = issues
        self._times: dict[tuple[object, ...], dict[str, Any]] = {}
        self.outside: Counter[date] = Counter()
        self._outside_at: dict[date, RosterEntry] = {}

    def wanted(self, entry: RosterEntry, assignment: Assignment, person: Person | None) -> Wanted | None:
        """The shift, or None after noting what is wrong."""
        if not self._first <= entry.date <= self._last:
            self.outside[entry.date] += 1
            self._outside_at.setdefault(entry.date, entry)
            return None
        key = (id(assignment), entry.date, entry.start, entry.end, entry.end_day_offset)
        times = self._times.get(key)
        if times is None:
            try:
                times = self._times[key] = self._times_of(entry, assignment)
            except RefusedError as refused:
                self._issues.error_at(entry, refused.text, "Correct the times.")
                return None
        return Wanted(entry, assignment, person, times)

    def _times_of(self, entry: RosterEntry, assignment: Assignment) -> dict[str, Any]:
        if entry.start is None or entry.end is None:
            return shift_times(assignment, entry.date, self._zone)
        start = datetime.combine(entry.date, entry.start)
        end = datetime.combine(entry.date + timedelta(days=entry.end_day_offset or 0), entry.end)
        return shift_times(assignment, entry.date, self._zone, start, end)

    def say_outside(self, name: str) -> None:
        """One error for each date that the schedule does not have."""
        for day in sorted(self.outside):
            entry, count = self._outside_at[day], self.outside[day]
            shifts = "1 shift" if count == 1 else f"{count:,} shifts"
            self._issues.error_at(
                entry,
                f"{day} is outside {quoted(name)}, which runs from {self._first} to {self._last}; "
                f"the file has {shifts} on it.",
                "Choose the schedule of these dates, make one for them, or leave them out of the file.",
            )


def say_unplaceable(wanted: list[Wanted], issues: Issues) -> None:
    """Ended assignments, people who are not active, people who are not eligible: as the editor refuses them."""
    listed = {one.assignment.id for one in wanted if one.assignment.id and one.assignment.eligible_only_listed}
    pairs = AssignmentEligibility.objects.filter(assignment_id__in=listed) if listed else None
    eligible = set(pairs.values_list("assignment_id", "person_id")) if pairs is not None else set()
    for one in wanted:
        problem = _problem(one, listed, eligible)
        if problem:
            issues.error_at(one.entry, problem[0], problem[1])


def _problem(one: Wanted, listed: set[int], eligible: set[tuple[int, int]]) -> tuple[str, str] | None:
    assignment, person, day = one.assignment, one.person, one.entry.date
    if assignment.ended_on and day > assignment.ended_on:
        return f"{assignment.name} ended on {assignment.ended_on}.", "Choose another assignment for this code."
    if person is None:
        return None
    starts, ends = person.active_from, person.active_to
    if (starts and day < starts) or (ends and day > ends):
        return f"{person.name} is not active on {day}.", "Correct the person's active dates, or the file."
    if assignment.id in listed and (assignment.id, person.id) not in eligible:
        return f"{person.name} is not eligible for {assignment.name}.", "Add them to its list, or correct the file."
    return None


def times_text(times: Mapping[str, Any]) -> str:
    """Such as 21:00–07:00; an end that is not on the start's date or the next morning names its date."""
    start, end = times["start_wall"], times["end_wall"]
    later = f" ({end:%Y-%m-%d})" if end - start > timedelta(days=1) else ""
    return f"{start:%H:%M}–{end:%H:%M}{later}"
