"""The values of planning ahead: what is wanted, what becomes of it, and why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduling.rules.types import Conflict, Severity
from scheduling.types import AssignmentInfo, PersonInfo, ScheduleInfo, ShiftInfo
from tenancy.types import RefusedError


class Filled(StrEnum):
    """What becomes of a cell in which somebody stands already."""

    SKIP = "skip"
    REPLACE = "replace"


class Unplaceable(StrEnum):
    """What becomes of a shift whose person may not stand there."""

    SKIP = "skip"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shift that should stand in the draft. `start` and `end` are wall times, None for the assignment's usual ones.

    A `note` of None says nothing about notes: who stays keeps theirs, who is new has none.
    """

    assignment: AssignmentInfo
    date: date
    person: PersonInfo | None
    start: datetime | None = None
    end: datetime | None = None
    note: str | None = None
    call_order: int | None = None

    @property
    def who(self) -> str:
        """The person's name, or open."""
        return self.person.name if self.person else "open"


@dataclass(frozen=True, slots=True)
class Left:
    """A shift that is not placed as wanted, and why. `code` groups the reasons."""

    date: date
    assignment: str
    who: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """A shift that stands there and what it becomes; it keeps its id."""

    shift: ShiftInfo
    wanted: Wanted
    fields: Mapping[str, object]


@dataclass(frozen=True)
class Plan:
    """What a draft needs to become what is wanted."""

    schedule: ScheduleInfo
    places: tuple[Wanted, ...]
    changes: tuple[Pairing, ...]
    removes: tuple[ShiftInfo, ...]
    same: int
    left: tuple[Left, ...]
    opened: tuple[Left, ...]  # placed, but without their person

    @property
    def size(self) -> int:
        """How many shifts would be touched."""
        return len(self.places) + len(self.changes) + len(self.removes)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last date touched."""
        days = [one.date for one in self.places]
        days += [one.shift.date for one in self.changes] + [one.date for one in self.removes]
        return (min(days), max(days)) if days else None

    @property
    def people(self) -> tuple[PersonInfo, ...]:
        """Everybody whose work would change."""
        people = [one.person for one in self.places] + [one.person for one in self.removes]
        people += [side.person for one in self.changes for side in (one.shift, one.wanted)]
        return tuple({person.id: person for person in people if person}.values())

    @property
    def person_ids(self) -> frozenset[int]:
        """Their row ids."""
        return frozenset(one.id for one in self.people)


@dataclass(frozen=True)
class Preview:
    """A plan, the conflicts that it would make, and the digest that a confirmation is bound to."""

    plan: Plan
    conflicts: tuple[Conflict, ...]
    digest: str

    def count(self, severity: str) -> int:
        """How many of the new conflicts are of that severity."""
        return sum(1 for one in self.conflicts if one.severity == Severity(severity))


@dataclass(frozen=True, slots=True)
class Result:
    """What was done, and what was left, in the words of the preview."""

    schedule_id: uuid.UUID
    added: int
    changed: int
    removed: int
    same: int
    left: tuple[Left, ...]


class LapsedError(RefusedError):
    """A confirmation whose preview is no longer true. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was changed: the schedule or the people changed after you looked. Look at the preview again, then apply.",
            code="stale",
        )
