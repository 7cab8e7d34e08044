"""The schedule grid as data: what stands in which cell, and with which marks. Pure: no database, no clock, no HTML."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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


@dataclass(frozen=True)
class Mark:
    """A glyph and its word."""

    glyph: str
    word: str


@dataclass(frozen=True)
class ShiftView:
    """One shift as a cell draws it."""

    id: uuid.UUID
    version: int
    text: str
    hue: str
    time: str
    is_open: bool
    is_placeholder: bool
    changed: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Cell:
    """One row on one date."""

    date: date
    shifts: tuple[ShiftView, ...]
    classes: str


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


@dataclass(frozen=True)
class Week:
    """A block of seven days."""

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


def weeks_build(
    facts: GridFacts,
    *,
    first: date,
    weeks: int,
    today: date,
    layout: Layout,
    show_times: bool,
    week_start: int,
) -> tuple[Week, ...]:
    """The week blocks from the week of `first` on. `week_start` is 0 for Monday."""
    monday = first - timedelta(days=(first.weekday() - week_start) % 7)
    by_cell = _by_cell(facts.shifts, layout)
    opens = _open_by_day(facts.shifts)
    row_keys = _rows(facts, layout)
    built = []
    for index in range(weeks):
        days = [monday + timedelta(days=7 * index + n) for n in range(7)]
        rows = tuple(
            _row(facts, key, days, by_cell, today=today, layout=layout, show_times=show_times) for key in row_keys
        )
        built.append(
            Week(
                number=days[3].isocalendar().week,
                is_current=False,
                is_draft=any(day in facts.draft_days for day in days),
                days=tuple(_day(facts, day, first=n == 0, today=today, opens=opens) for n, day in enumerate(days)),
                rows=_grouped(facts, rows, layout),
            )
        )
    return _with_current(built, today)


def cell_build(facts: GridFacts, *, row: uuid.UUID, day: date, today: date, layout: Layout, show_times: bool) -> Cell:
    """One cell alone: what an edit draws again."""
    by_cell = _by_cell(facts.shifts, layout)
    return _cell(facts, row, day, by_cell, today=today, layout=layout, show_times=show_times)


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


def _by_cell(shifts: Sequence[ShiftFact], layout: Layout) -> dict[tuple[uuid.UUID, date], list[ShiftFact]]:
    cells: dict[tuple[uuid.UUID, date], list[ShiftFact]] = defaultdict(list)
    for shift in shifts:
        key = shift.assignment_id if layout == "assignment" else shift.person_id or OPEN_ROW
        cells[key, shift.date].append(shift)
    return cells


def _open_by_day(shifts: Sequence[ShiftFact]) -> dict[date, int]:
    opens: dict[date, int] = defaultdict(int)
    for shift in shifts:
        if shift.person_id is None:
            opens[shift.date] += 1
    return opens


def _rows(facts: GridFacts, layout: Layout) -> list[uuid.UUID]:
    return list(facts.assignments if layout == "assignment" else facts.people)


def _grouped(facts: GridFacts, rows: tuple[Row, ...], layout: Layout) -> tuple[Row, ...]:
    """Marks the first row of every assignment type, or of the placeholders."""
    before: object = None
    marked = []
    for row in rows:
        group: object = (
            facts.assignments[row.id].group if layout == "assignment" else facts.people[row.id].is_placeholder
        )
        marked.append(row if group == before else Row(row.id, row.label, row.detail, row.hue, True, row.cells))
        before = group
    return tuple(marked)


def _row(
    facts: GridFacts,
    key: uuid.UUID,
    days: Sequence[date],
    by_cell: Mapping[tuple[uuid.UUID, date], list[ShiftFact]],
    *,
    today: date,
    layout: Layout,
    show_times: bool,
) -> Row:
    cells = tuple(_cell(facts, key, day, by_cell, today=today, layout=layout, show_times=show_times) for day in days)
    if layout == "assignment":
        assignment = facts.assignments[key]
        return Row(key, assignment.name, assignment.hours, assignment.hue, False, cells)
    person = facts.people[key]
    return Row(key, person.name, "", "", False, cells)


def _cell(
    facts: GridFacts,
    key: uuid.UUID,
    day: date,
    by_cell: Mapping[tuple[uuid.UUID, date], list[ShiftFact]],
    *,
    today: date,
    layout: Layout,
    show_times: bool,
) -> Cell:
    shifts = sorted(by_cell.get((key, day), ()), key=lambda s: (s.start, s.call_order or 99))
    return Cell(
        date=day,
        shifts=tuple(_shift(facts, shift, layout=layout, show_times=show_times) for shift in shifts),
        classes=_classes(facts, day, today),
    )


def _classes(facts: GridFacts, day: date, today: date) -> str:
    names = ["cell"]
    if day.weekday() >= 5:
        names.append("is-weekend")
    if day == today:
        names.append("is-today")
    elif day < today:
        names.append("is-past")
    if day in facts.draft_days:
        names.append("is-draft")
    if not facts.starts_on <= day <= facts.ends_on:
        names.append("is-outside")
    return " ".join(names)


def _shift(facts: GridFacts, shift: ShiftFact, *, layout: Layout, show_times: bool) -> ShiftView:
    assignment = facts.assignments.get(shift.assignment_id)
    person = facts.people.get(shift.person_id) if shift.person_id else None
    if layout == "person":
        text = assignment.code if assignment else "Ended assignment"
    elif shift.person_id is None:
        text = "OPEN"
    else:
        text = person.short if person else "Former person"
    marks = []
    if shift.note:
        marks.append(Mark("note", "note"))
    if shift.custom_time:
        marks.append(Mark("clock", "custom time"))
    if person is not None and person.is_placeholder and layout == "assignment":
        marks.append(Mark("phone", "placeholder"))
    if shift.locked:
        marks.append(Mark("lock", "locked"))
    if shift.changed:
        marks.append(Mark("pencil", "changed since publish"))
    if shift.person_id is None:
        marks.append(Mark("open", "open"))
    return ShiftView(
        id=shift.id,
        version=shift.version,
        text=text,
        hue="" if assignment is None or assignment.is_off else assignment.hue,
        time=hours_text(shift.start, shift.end) if shift.custom_time or show_times else "",
        is_open=shift.person_id is None,
        is_placeholder=person is not None and person.is_placeholder and layout == "assignment",
        changed=shift.changed,
        marks=tuple(marks),
    )


def _day(facts: GridFacts, day: date, *, first: bool, today: date, opens: Mapping[date, int]) -> Day:
    names = [name for name in _classes(facts, day, today).split() if name not in ("cell", "is-draft")]
    return Day(
        date=day,
        weekday=f"{day:%a}",
        text=f"{day:%b} {day.day}" if first or day.day == 1 else str(day.day),
        name=f"{day:%a}, {day:%b} {day.day}",
        classes=" ".join(names),
        is_today=day == today,
        open_count=opens.get(day, 0),
    )


def _with_current(weeks: list[Week], today: date) -> tuple[Week, ...]:
    """The week a phone opens at: the one of today, or the first."""
    current = next((n for n, week in enumerate(weeks) if any(day.is_today for day in week.days)), 0)
    return tuple(Week(week.number, n == current, week.is_draft, week.days, week.rows) for n, week in enumerate(weeks))
