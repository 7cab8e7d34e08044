"""What hangs over a grid's cells besides shifts: pending swaps (room: swaps), pending and granted requests (room: requests)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SwapMark:
    """A swap under way: "Haddad → Osei", or "→ 3 asked"."""

    swap_id: uuid.UUID
    shift_id: uuid.UUID
    text: str


@dataclass(frozen=True, slots=True)
class RequestMark:
    """A request that touches a person's day. `state` is pending, approved or denied; `kind` time_off, work or preference."""

    request_id: uuid.UUID
    person_id: int
    date: date
    kind: str
    state: str
    assignment_id: int | None
    text: str  # "Asks for the day off", "Wants OR Call 1"


def swap_marks(shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SwapMark]:
    """Swaps under way by the shift they would move."""
    return {}


def request_marks(*, department_id: int, first: date, last: date) -> list[RequestMark]:
    """Pending and approved requests of a department's people on those dates."""
    return []
