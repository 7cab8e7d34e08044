"""Absence that has been granted: nobody is placed while on it. (Room: requests.)"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """An approved time-off request. Whole days, or from a wall time to another in the zone of the person's department."""

    request_id: uuid.UUID
    person_id: int
    first: date
    last: date
    start: datetime | None  # wall times; None: whole days
    end: datetime | None
    label: str  # "Vacation"


def leave_between(first: date, last: date, *, person_ids: Collection[int] | None = None) -> list[Leave]:
    """Approved leave that touches those dates."""
    return []
