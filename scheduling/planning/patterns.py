"""A pattern laid over dates: which week of it a date is in, and who fills its positions then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from scheduling.planning.types import Wanted
from scheduling.types import AssignmentInfo, PersonInfo


@dataclass(frozen=True, slots=True)
class Entry:
    """One shift of a pattern. `position` counts from 1; without person and position it is open."""

    id: int
    assignment_id: int
    week: int
    weekday: int
    person_id: int | None
    position: int | None
    start_time: time | None = None
    end_time: time | None = None
    end_day_offset: int | None = None
    note: str = ""
    call_order: int | None = None


def week_of(day: date, anchor: date, *, weeks: int, week_start: int) -> tuple[int, int]:
    """(cycle, week in the pattern) of a date, when the anchor's week is the first. Before the anchor, cycles are negative."""
    passed = (_week_begin(day, week_start) - _week_begin(anchor, week_start)).days // 7
    return passed // weeks, passed % weeks


def at_position(position: int, cycle: int, people: Sequence[PersonInfo | None], *, rotates: bool) -> PersonInfo | None:
    """Who fills a position in a cycle: with rotation, the list moves up by one each cycle. None: nobody is named for it."""
    if rotates and people:
        return people[(position - 1 + cycle) % len(people)]
    return people[position - 1] if position <= len(people) else None


def pattern_wanted(
    entries: Iterable[Entry],
    *,
    weeks: int,
    first: date,
    last: date,
    anchor: date,
    week_start: int,
    positions: Sequence[PersonInfo | None],
    rotates: bool,
    people: Mapping[int, PersonInfo],
    assignments: Mapping[int, AssignmentInfo],
) -> list[Wanted]:
    """The pattern's shifts on every date from `first` to `last`."""
    by_day: dict[tuple[int, int], list[Entry]] = {}
    for entry in entries:
        by_day.setdefault((entry.week, entry.weekday), []).append(entry)
    found = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        cycle, week = week_of(day, anchor, weeks=weeks, week_start=week_start)
        for entry in by_day.get((week, day.weekday()), ()):
            person = people[entry.person_id] if entry.person_id else None
            if entry.position is not None:
                person = at_position(entry.position, cycle, positions, rotates=rotates)
            one = Wanted(
                assignments[entry.assignment_id], day, person, note=entry.note or None, call_order=entry.call_order
            )
            found.append(_timed(one, entry))
    return found


def _timed(one: Wanted, entry: Entry) -> Wanted:
    if entry.start_time is None or entry.end_time is None:
        return one
    end = datetime.combine(one.date + timedelta(days=entry.end_day_offset or 0), entry.end_time)
    return replace(one, start=datetime.combine(one.date, entry.start_time), end=end)


def _week_begin(day: date, week_start: int) -> date:
    return day - timedelta(days=(day.weekday() - week_start) % 7)
