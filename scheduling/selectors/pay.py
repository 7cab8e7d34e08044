"""Pay calendars, and the published schedules that are compared with their periods."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from scheduling.models import PayCalendar, PayCalendarScope, Schedule
from scheduling.types import PayCalendarInfo, ScheduleSpan


def pay_calendars() -> tuple[PayCalendarInfo, ...]:
    """Every pay calendar of the organisation, by name."""
    departments: dict[int, set[int]] = defaultdict(set)
    types: dict[int, set[int]] = defaultdict(set)
    for scope in PayCalendarScope.objects.all():
        if scope.department_id:
            departments[scope.calendar_id].add(scope.department_id)
        if scope.personnel_type_id:
            types[scope.calendar_id].add(scope.personnel_type_id)
    return tuple(
        PayCalendarInfo(
            public_id=row.public_id,
            name=row.name,
            anchor=row.anchor,
            days=row.days,
            department_ids=frozenset(departments[row.id]),
            personnel_type_ids=frozenset(types[row.id]),
        )
        for row in PayCalendar.objects.order_by("name")
    )


def schedule_spans(first: date | None, last: date | None) -> tuple[ScheduleSpan, ...]:
    """The schedules published to everyone that have a date in the range; None means without end. By department and start."""
    rows = Schedule.objects.select_related("department").filter(state="everyone")
    if first is not None:
        rows = rows.filter(ends_on__gte=first)
    if last is not None:
        rows = rows.filter(starts_on__lte=last)
    return tuple(
        ScheduleSpan(
            public_id=row.public_id,
            department_id=row.department_id,
            department_name=row.department.name,
            name=row.name,
            first=row.starts_on,
            last=row.ends_on,
        )
        for row in rows.order_by("department__name", "starts_on", "id")
    )
