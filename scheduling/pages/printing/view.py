"""A schedule as sheets of paper: which weeks go on one sheet, which names stand in which cell. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.pages.grid.view import hours_text
from scheduling.types import AssignmentInfo, PersonInfo, PublishedRow, ShiftInfo

Row = ShiftInfo | PublishedRow
_LINES_ON_A_SHEET = 36  # landscape letter, at the size of the print style


@dataclass(frozen=True)
class Day:
    """A column's head."""

    date: date
    holiday: str
    is_weekend: bool
    is_outside: bool


@dataclass(frozen=True)
class Entry:
    """One shift in a cell: a name or a code, times where they are not the usual ones, the note where notes are printed."""

    text: str
    times: str
    note: str
    is_open: bool


@dataclass(frozen=True)
class Line:
    """An assignment or a person with a cell for each day."""

    label: str
    detail: str
    cells: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True)
class Week:
    """Seven days and their lines."""

    days: tuple[Day, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """Weeks that begin on a sheet of their own. One that may be longer than a sheet stands alone: its dates are repeated."""

    weeks: tuple[Week, ...]

    @property
    def is_single(self) -> bool:
        """True where the dates belong into the table's head."""
        return len(self.weeks) == 1


def week_days(
    first: date, last: date, *, week_start: int, holidays: Mapping[date, str], inside: tuple[date, date]
) -> list[list[Day]]:
    """Whole weeks that hold the dates. `inside` is the part that is printed; the rest of a week stays empty."""
    begin = first - timedelta(days=(first.weekday() - week_start) % 7)
    weeks = -(-((last - begin).days + 1) // 7)
    return [
        [
            Day(day, holidays.get(day, ""), day.weekday() >= 5, not inside[0] <= day <= inside[1])
            for day in (begin + timedelta(days=7 * week + n) for n in range(7))
        ]
        for week in range(weeks)
    ]


def by_assignment(
    weeks: Iterable[Sequence[Day]], shifts: Sequence[Row], assignments: Sequence[AssignmentInfo], *, notes: bool
) -> list[Week]:
    """Lines are assignments, cells hold names. An assignment without any shift on the printed dates has no line."""
    cells: dict[tuple[int, date], list[Row]] = defaultdict(list)
    for one in shifts:
        cells[one.assignment.id, one.date].append(one)
    used = {one.assignment.id for one in shifts}
    rows = [one for one in assignments if one.id in used]
    return [
        Week(
            tuple(days),
            tuple(
                Line(
                    row.name,
                    "" if row.is_off else _usual_hours(row),
                    tuple(
                        tuple(
                            _entry(one, one.person.name if one.person else "OPEN", notes=notes)
                            for one in _in_order(cells.get((row.id, day.date), ()))
                        )
                        if not day.is_outside
                        else ()
                        for day in days
                    ),
                )
                for row in rows
            ),
        )
        for days in weeks
    ]


def by_person(weeks: Iterable[Sequence[Day]], shifts: Sequence[Row], *, notes: bool) -> list[Week]:
    """Lines are people, cells hold assignments; shifts that nobody has come last."""
    people: dict[int, PersonInfo] = {one.person.id: one.person for one in shifts if one.person}
    cells: dict[tuple[int, date], list[Row]] = defaultdict(list)
    for one in shifts:
        cells[one.person.id if one.person else 0, one.date].append(one)
    order = sorted(people.values(), key=lambda one: (one.is_placeholder, one.name.casefold()))
    rows = [(one.id, one.name, one.personnel_type) for one in order]
    if any(one.person is None for one in shifts):
        rows.append((0, "OPEN", "nobody yet"))
    return [
        Week(
            tuple(days),
            tuple(
                Line(
                    name,
                    detail,
                    tuple(
                        tuple(
                            _entry(one, one.assignment.name, notes=notes)
                            for one in _in_order(cells.get((key, day.date), ()))
                        )
                        for day in days
                    ),
                )
                for key, name, detail in rows
            ),
        )
        for days in weeks
    ]


def sheets_of(weeks: Sequence[Week]) -> list[Sheet]:
    """As many weeks on a sheet as fit; a week is never torn where it could begin on the next sheet."""
    sheets: list[Sheet] = []
    held: list[Week] = []
    lines = 0
    for week in weeks:
        needed = 1 + sum(max(1, *(len(cell) for cell in line.cells)) for line in week.lines)
        if held and lines + needed > _LINES_ON_A_SHEET:
            sheets.append(Sheet(tuple(held)))
            held, lines = [], 0
        held.append(week)
        lines += needed
    return [*sheets, Sheet(tuple(held))] if held else sheets


def _usual_hours(row: AssignmentInfo) -> str:
    return hours_text(datetime.combine(date.min, row.start_time), datetime.combine(date.min, row.end_time))


def _entry(one: Row, text: str, *, notes: bool) -> Entry:
    return Entry(
        text=text,
        times=hours_text(one.start_wall, one.end_wall) if one.custom_time else "",
        note=one.note if notes else "",
        is_open=one.person is None,
    )


def _in_order(shifts: Iterable[Row]) -> list[Row]:
    return sorted(shifts, key=lambda one: (one.call_order or 99, one.starts_at, one.person.name if one.person else ""))
