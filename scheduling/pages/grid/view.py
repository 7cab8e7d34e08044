"""The schedule grid as data: what stands in which cell, and with which marks. Pure: no database, no clock, no HTML."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Layout = Literal["assignment", "person"]
OPEN_ROW = uuid.UUID(int=0)  # by person, the row of shifts that nobody holds


@dataclass(frozen=True)
class AssignmentFact:
    """An assignment as the grid names it. Times are the default local wall times."""

    id: uuid.UUID
    code: str
    name: str
    hue: str
    group: str
    is_off: bool
    hours: str
    cover: Sequence[int] = ()


@dataclass(frozen=True)
class PersonFact:
    """A person as the grid names them: `short` fits a cell, `name` is the full one."""

    id: uuid.UUID
    name: str
    short: str
    kind: str
    is_placeholder: bool


@dataclass(frozen=True)
class ShiftFact:
    """A shift of the draft, or of the published log for those who may not see drafts (`version` 0)."""

    id: uuid.UUID
    version: int
    assignment_id: uuid.UUID
    person_id: uuid.UUID | None
    date: date
    start: datetime
    end: datetime
    custom_time: bool = False
    note: str = ""
    call_order: int | None = None
    locked: bool = False
    changed: bool = False
    private: bool = False  # it has a private note


@dataclass(frozen=True)
class Mark:
    """A glyph and its word; `look` is a class that colours the glyph."""

    glyph: str
    word: str
    look: str = ""


@dataclass(frozen=True)
class ConflictFact:
    """What the rules found of one shift, or of an assignment's day that lacks cover: hard, soft, or kept with a reason."""

    severity: str
    word: str
    person_id: uuid.UUID | None = None


@dataclass(frozen=True)
class RequestFact:
    """A request that hangs over a person's day."""

    granted: bool
    text: str


@dataclass(frozen=True)
class GridMarks:
    """What hangs over cells and days besides shifts."""

    conflicts: Mapping[uuid.UUID, ConflictFact] = field(default_factory=dict)  # by shift
    lacks: Mapping[tuple[uuid.UUID, date], ConflictFact] = field(default_factory=dict)  # by assignment and day
    hard_days: Mapping[date, int] = field(default_factory=dict)
    swaps: Mapping[uuid.UUID, str] = field(default_factory=dict)
    requests: Mapping[tuple[uuid.UUID, date], RequestFact] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShiftView:
    """One shift as a cell draws it, or several open ones alike: `more` names the others as `id:version`."""

    id: uuid.UUID
    version: int
    text: str
    hue: str
    time: str
    is_open: bool
    is_placeholder: bool
    changed: bool
    marks: tuple[Mark, ...]
    is_swap: bool = False
    conflict: ConflictFact | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One row on one date."""

    date: date
    shifts: tuple[ShiftView, ...]
    classes: str
    request: RequestFact | None = None  # by person, on a day without a shift
    lack: ConflictFact | None = None


@dataclass(frozen=True)
class Row:
    """An assignment or a person with seven cells."""

    id: uuid.UUID
    label: str
    detail: str
    hue: str
    starts_group: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Day:
    """A column's head."""

    date: date
    weekday: str
    text: str
    name: str
    classes: str
    is_today: bool
    open_count: int
    hard_count: int = 0
    holiday: str = ""


@dataclass(frozen=True)
class Week:
    """A block of seven days, or of the one day that is shown."""

    number: int
    is_current: bool
    is_draft: bool
    days: tuple[Day, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class GridFacts:
    """All that the grid draws from. `draft_days` are dates of the schedule that nobody has published yet."""

    assignments: Mapping[uuid.UUID, AssignmentFact]
    people: Mapping[uuid.UUID, PersonFact]
    shifts: Sequence[ShiftFact]
    starts_on: date
    ends_on: date
    draft_days: frozenset[date] = field(default_factory=frozenset)
    marks: GridMarks = field(default_factory=GridMarks)


def hours_text(start: datetime, end: datetime) -> str:
    """`07–19` on the hour, `07:30–16:00` otherwise, "all day" from midnight to midnight."""
    if (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0):
        return "all day"
    if start.minute == 0 and end.minute == 0:
        return f"{start:%H}–{end:%H}"
    return f"{start:%H:%M}–{end:%H:%M}"


def short_names(people: Iterable[tuple[uuid.UUID, str, str, str]]) -> dict[uuid.UUID, str]:
    """(id, last, first, own short name) → the name that fits a cell; an initial tells equal last names apart."""
    listed = list(people)
    lasts: dict[str, int] = defaultdict(int)
    for _, last, _, short in listed:
        if not short:
            lasts[last.casefold()] += 1
    return {
        person: short or (f"{last} {first[:1]}" if lasts[last.casefold()] > 1 and first else last)
        for person, last, first, short in listed
    }
