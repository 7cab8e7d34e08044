"""Whether somebody may stand on an assignment on a date, for any number of shifts at once, and in words why not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from scheduling.models import AssignmentEligibility
from scheduling.planning.types import Wanted
from scheduling.selectors.leave import Leave, leave_between
from scheduling.types import AssignmentInfo, PersonInfo, ScheduleInfo

# Codes of what is wrong with the person, not with the cell: an open shift could stand there all the same.
ABOUT_THE_PERSON = frozenset({"inactive", "not_eligible", "leave"})


class Placing:
    """Reads once who is listed where and who is on leave; then answers for each shift from memory."""

    def __init__(
        self, *, assignments: Iterable[AssignmentInfo], person_ids: Collection[int], first: date, last: date
    ) -> None:
        asking = [one.id for one in assignments if one.eligible_only_listed]
        pairs = AssignmentEligibility.objects.filter(assignment_id__in=asking, person_id__in=person_ids)
        self._listed = set(pairs.values_list("assignment_id", "person_id")) if asking and person_ids else set()
        self._leave: dict[int, list[Leave]] = {}
        for leave in leave_between(first, last + timedelta(days=1), person_ids=person_ids) if person_ids else ():
            self._leave.setdefault(leave.person_id, []).append(leave)

    def problem(self, schedule: ScheduleInfo, wanted: Wanted) -> tuple[str, str] | None:
        """(code, sentence) of what stands against it, or None."""
        assignment, day = wanted.assignment, wanted.date
        if not schedule.starts_on <= day <= schedule.ends_on:
            return "outside", f"outside {schedule.name}, which runs from {schedule.starts_on} to {schedule.ends_on}"
        if assignment.ended_on and day > assignment.ended_on:
            return "ended", f"{assignment.name} ended on {assignment.ended_on}"
        if wanted.person is None:
            return None
        return self.person_problem(wanted.person, assignment, day, *walls(wanted))

    def person_problem(
        self, person: PersonInfo, assignment: AssignmentInfo, day: date, start: datetime, end: datetime
    ) -> tuple[str, str] | None:
        """(code, sentence) of why that person cannot take it, or None."""
        if not person.active_on(day):
            return "inactive", f"{person.name} is not active on {day}"
        if assignment.eligible_only_listed and (assignment.id, person.id) not in self._listed:
            return "not_eligible", f"{person.name} is not eligible for {assignment.name}"
        if assignment.is_off:
            return None
        for leave in self._leave.get(person.id, ()):
            if _away(leave, day, start, end):
                return "leave", f"{person.name} is on granted leave ({leave.label})"
        return None


def walls(wanted: Wanted) -> tuple[datetime, datetime]:
    """The wall times of a wanted shift: its own, else the assignment's usual ones."""
    assignment, day = wanted.assignment, wanted.date
    start = wanted.start or datetime.combine(day, assignment.start_time)
    end = wanted.end or datetime.combine(day + timedelta(days=assignment.end_day_offset), assignment.end_time)
    return start, end


def _away(leave: Leave, day: date, start: datetime, end: datetime) -> bool:
    if leave.start is None or leave.end is None:
        return leave.first <= day <= leave.last
    return leave.start < end and start < leave.end
