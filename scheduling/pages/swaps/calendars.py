"""Two calendars side by side: the weeks in which shifts change hands, as published, with what would go and come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.published import published_rows
from scheduling.types import PersonInfo, PublishedRow
from tenancy.wall import instant


@dataclass(frozen=True)
class Entry:
    """A shift in a calendar. `sign`: "−" would go, "+" would come, empty stays."""

    sign: str
    name: str
    hours: str
    hue: str


@dataclass(frozen=True)
class Day:
    """One date, with a cell for each person."""

    date: date
    holiday: str
    concerned: bool
    cells: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True)
class SideBySide:
    """The people, and the days of the weeks concerned."""

    people: tuple[PersonInfo, ...]
    weeks: tuple[tuple[Day, ...], ...]
    zone: str


def side_by_side(
    people: Sequence[PersonInfo],
    *,
    given: PublishedRow | None,
    back: PublishedRow | None,
    week_start: int,
    done: bool = False,
) -> SideBySide | None:
    """The first person gives `given` to the second, who gives `back`. Nothing when the shift is no longer published.

    `done`: it has happened, so the calendars show what came and no longer what would go.
    """
    if given is None:
        return None
    concerned = {row.date for row in (given, back) if row is not None}
    starts = sorted({day - timedelta(days=(day.weekday() - week_start) % 7) for day in concerned})
    days = [start + timedelta(days=n) for start in starts for n in range(7)]
    rows = _rows(people, days, given.zone)
    holidays = holidays_between(days[0], days[-1], department_id=given.department.id)
    moves = [] if done else _moves(given, back)
    weeks = []
    for start in starts:
        week = [start + timedelta(days=n) for n in range(7)]
        weeks.append(tuple(_day(day, people, rows, moves, holidays, concerned) for day in week))
    return SideBySide(tuple(people), tuple(weeks), given.zone)


def hours_of(start: datetime, end: datetime) -> str:
    """`19:00–07:00`, with the day of the end when it is another."""
    later = f" {end:%a}" if end.date() != start.date() else ""
    return f"{start:%H:%M}–{end:%H:%M}{later}"


def _rows(people: Sequence[PersonInfo], days: Sequence[date], zone: str) -> list[PublishedRow]:
    """Their published shifts; a day to both sides, because departments may lie in other zones."""
    first = instant(datetime.combine(days[0] - timedelta(days=1), time()), zone)
    last = instant(datetime.combine(days[-1] + timedelta(days=2), time()), zone)
    return published_rows(person_ids=[one.id for one in people], starts_from=first, starts_before=last)


def _moves(given: PublishedRow, back: PublishedRow | None) -> list[tuple[PublishedRow, int, int]]:
    """(shift, the place of who gives it, the place of who takes it)."""
    return [(given, 0, 1)] + ([(back, 1, 0)] if back is not None else [])


def _day(
    day: date,
    people: Sequence[PersonInfo],
    rows: Sequence[PublishedRow],
    moves: Sequence[tuple[PublishedRow, int, int]],
    holidays: dict[date, str],
    concerned: set[date],
) -> Day:
    going = {row.shift_id for row, _, _ in moves}
    cells = []
    for place, person in enumerate(people):
        own = [row for row in rows if row.date == day and row.person is not None and row.person.id == person.id]
        entries = [_entry(row, "−" if row.shift_id in going else "") for row in own]
        entries += [_entry(row, "+") for row, _, taker in moves if row.date == day and taker == place]
        cells.append(tuple(entries))
    return Day(day, holidays.get(day, ""), day in concerned, tuple(cells))


def _entry(row: PublishedRow, sign: str) -> Entry:
    return Entry(sign, row.assignment.name, hours_of(row.start_wall, row.end_wall), row.assignment.hue)
