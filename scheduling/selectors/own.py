"""What somebody sees of their own work: running and coming shifts as published, and until when there is a schedule."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from scheduling.models import PublishedDay
from scheduling.selectors.published import published_rows
from scheduling.types import Audience, PersonInfo, PublishedRow
from tenancy.wall import instant


def shifts_from(person: PersonInfo, *, now: datetime) -> list[PublishedRow]:
    """The person's published shifts that have not ended, by start."""
    return published_rows(person_ids=[person.id], ends_after=now)


def shifts_of_days(person: PersonInfo, *, first: date, last: date, zone: str) -> list[PublishedRow]:
    """The person's published shifts whose date is one of those days."""
    rows = published_rows(
        person_ids=[person.id],
        starts_from=instant(datetime.combine(first - timedelta(days=1), time()), zone),
        starts_before=instant(datetime.combine(last + timedelta(days=2), time()), zone),
    )
    return [row for row in rows if first <= row.date <= last]


def published_until(person: PersonInfo) -> date | None:
    """The last day that the person's department has published to everyone."""
    if person.department_id is None:
        return None
    days = PublishedDay.objects.filter(audience=Audience.EVERYONE.value, department_id=person.department_id)
    return days.order_by("-date").values_list("date", flat=True).first()
