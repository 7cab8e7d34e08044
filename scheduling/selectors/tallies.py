"""Tallies, computed in SQL. (Room: tallies.)"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TallyValue:
    """What a person has of a tally in a range, and what was aimed at (None: nothing)."""

    tally_id: uuid.UUID
    person_id: int
    value: Decimal
    target: Decimal | None

    @property
    def delta(self) -> Decimal | None:
        """Above (+) or below (−) the target."""
        return None if self.target is None else self.value - self.target


@dataclass(frozen=True, slots=True)
class TallyInfo:
    """A tally's definition, as pages name it. `measure` is count, hours or weighted."""

    public_id: uuid.UUID
    name: str
    short: str  # fits a column's head: "Call", "Wkd"
    measure: str


def tallies_beside_grid(*, department_id: int) -> list[TallyInfo]:
    """The tallies that a department shows beside its grid, in order."""
    return []


def tally_values(
    *,
    tally_ids: Collection[uuid.UUID],
    first: date,
    last: date,
    person_ids: Collection[int] | None = None,
    schedule_id: int | None = None,
) -> list[TallyValue]:
    """Values by person: over a draft (`schedule_id`) with what other schedules have published, or over what is published."""
    return []
