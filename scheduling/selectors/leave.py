"""Absence that has been granted: nobody is placed while on it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import Request
from scheduling.requesting.types import LONGEST, leave_covers


@dataclass(frozen=True, slots=True)
class Leave:
    """An approved time-off request. Whole days, or from a wall time to another in `zone`."""

    request_id: uuid.UUID
    person_id: int
    first: date
    last: date
    start: datetime | None  # wall times; None: whole days
    end: datetime | None
    label: str  # "Vacation"
    zone: str
    starts_at: datetime  # the same as instants; of whole days, midnight to midnight
    ends_at: datetime

    def covers(self, day: date, starts_at: datetime, ends_at: datetime) -> bool:
        """True if a shift of that date and time falls on it."""
        hours = (self.starts_at, self.ends_at) if self.start is not None else None
        return leave_covers(self.first, self.last, hours, day, starts_at, ends_at)


def leave_between(first: date, last: date, *, person_ids: Collection[int] | None = None) -> list[Leave]:
    """Approved leave that touches those dates, by person and first day."""
    rows = Request.objects.select_related("assignment").filter(
        state="approved", kind="time_off", first__lte=last, first__gte=first - LONGEST, last__gte=first
    )
    if person_ids is not None:
        rows = rows.filter(person_id__in=list(person_ids))
    return [
        Leave(
            request_id=row.public_id,
            person_id=row.person_id,
            first=row.first,
            last=row.last,
            start=row.start_wall,
            end=row.end_wall,
            label=row.assignment.name if row.assignment else "Time off",
            zone=row.zone,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )
        for row in rows.order_by("person_id", "first", "id")
    ]
