"""What the Select panel shows, as values."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.types import PersonInfo


@dataclass(frozen=True)
class Issue:
    """A conflict, as panels list it: where it is, what it says, and where else to look."""

    rule: str
    severity: str  # hard, soft, kept
    label: str
    text: str
    kept: str  # the reason it was overridden with
    who: str  # the family name of whom it is about, empty for a day's cover
    place: str  # "OR Call 2, Sat Nov 28"
    date: date
    shift_id: uuid.UUID | None
    row: uuid.UUID | None  # the cell to jump to, in the layout that is shown
    other: uuid.UUID | None = None
    other_name: str = ""


@dataclass(frozen=True)
class Slot:
    """One shift of the cell."""

    id: uuid.UUID
    version: int
    title: str
    initials: str
    facts: str
    note: str
    private_note: str
    start: datetime
    end: datetime
    end_days: int
    custom_time: bool
    call_order: int | None
    locked: bool
    changed: bool
    changed_by: str
    changed_at: str
    swap: str
    issues: tuple[Issue, ...]
    middle: datetime | None  # where a split is offered
    handed_over: bool  # readers rely on it and somebody holds it: it may be replaced at once, or offered as a swap


@dataclass(frozen=True)
class Target:
    """What placing does: fill or replace a shift (`id:version`), or add one ("new")."""

    value: str
    label: str


@dataclass(frozen=True)
class Candidate:
    """Somebody (or, by person, an assignment) that one click places. `breaks` are the conflicts that placing makes."""

    id: uuid.UUID
    label: str
    search: str
    today: str
    busy: bool
    breaks: tuple[tuple[str, str], ...] = ()  # severity, words
    tallies: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotEligible:
    """Somebody who cannot be placed, and why. `id` is there when a reason overrides that."""

    label: str
    why: str
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class StripRow:
    """One line of the week strip: what stands on each of its days."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """All that the panel shows."""

    row: uuid.UUID
    strip_days: tuple[date, ...]
    date: date
    title: str
    code: str
    hue: str
    hours: str
    outside: bool
    slots: tuple[Slot, ...]
    targets: tuple[Target, ...]
    candidates: tuple[Candidate, ...]
    others: tuple[NotEligible, ...]
    considered: int
    strip: tuple[StripRow, ...]
    tally_heads: tuple[tuple[str, str], ...]  # short, name
    people: tuple[PersonInfo, ...] = ()  # whom the second half of a split may go to
    request: str = ""
    lack: str = ""

    @property
    def overridable(self) -> tuple[NotEligible, ...]:
        """Whom a reason places all the same."""
        return tuple(one for one in self.others if one.id is not None)
