"""Pay calendars, and the published schedules that are compared with their periods."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from scheduling.models import PayCalendar, PayCalendarScope, PublishedDay, Schedule
from scheduling.types import Audience, PayCalendarInfo, ScheduleSpan
from tenancy.types import NotFoundError


def pay_calendars() -> tuple[PayCalendarInfo, ...]:
    """Every pay calendar of the organisation, by name."""
    scopes: dict[int, list[PayCalendarScope]] = defaultdict(list)
    for scope in PayCalendarScope.objects.all():
        scopes[scope.calendar_id].append(scope)
    return tuple(_info(row, scopes[row.id]) for row in PayCalendar.objects.order_by("name"))


def pay_calendar_info(row: PayCalendar) -> PayCalendarInfo:
    """One pay calendar with what it governs."""
    return _info(row, PayCalendarScope.objects.filter(calendar=row))


def pay_calendar_find(public_id: uuid.UUID) -> PayCalendarInfo:
    """One pay calendar. Raises NotFoundError."""
    row = PayCalendar.objects.filter(public_id=public_id).first()
    if row is None:
        raise NotFoundError("There is no such pay calendar.")
    return pay_calendar_info(row)


def schedule_spans(first: date | None, last: date | None) -> tuple[ScheduleSpan, ...]:
    """The schedules published to everyone that own a date in the range; None means without end. By department and start."""
    days = PublishedDay.objects.filter(audience=Audience.EVERYONE.value)
    if first is not None:
        days = days.filter(date__gte=first)
    if last is not None:
        days = days.filter(date__lte=last)
    owned: dict[int, set[date]] = defaultdict(set)
    for schedule_id, day in days.values_list("schedule_id", "date"):
        owned[schedule_id].add(day)
    rows = Schedule.objects.select_related("department").filter(id__in=owned)
    return tuple(
        ScheduleSpan(
            public_id=row.public_id,
            department_id=row.department_id,
            department_name=row.department.name,
            name=row.name,
            first=row.starts_on,
            last=row.ends_on,
            dates=frozenset(owned[row.id]),
        )
        for row in rows.order_by("department__name", "starts_on", "id")
    )


def _info(row: PayCalendar, scopes: Iterable[PayCalendarScope]) -> PayCalendarInfo:
    scopes = list(scopes)
    return PayCalendarInfo(
        public_id=row.public_id,
        name=row.name,
        anchor=row.anchor,
        days=row.days,
        department_ids=frozenset(one.department_id for one in scopes if one.department_id),
        personnel_type_ids=frozenset(one.personnel_type_id for one in scopes if one.personnel_type_id),
        revision=row.revision,
    )
