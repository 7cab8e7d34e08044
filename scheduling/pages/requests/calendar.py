"""The calendar beside the form: which days windows are open for, what the person already has, and how many are off."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scheduling.pages.requests.strip import DayCount, day_counts
from scheduling.requesting.windows import Window
from scheduling.selectors.request_facts import work_between
from scheduling.selectors.request_rules import windows_by_kind
from scheduling.selectors.requests import requests_between
from scheduling.types import DepartmentInfo, PersonInfo


@dataclass(frozen=True)
class Day:
    """A day of the calendar."""

    date: date
    inside: bool  # of the month shown
    past: bool
    closed: bool
    holiday: str
    work: tuple[str, ...]
    mine: str  # the state of the person's own request: approved, pending
    count: DayCount | None
    chosen: bool = False
    today: bool = False
    ends: bool = False  # choosing it without script ends the range that was begun

    @property
    def told(self) -> str:
        """The day in words, for those who do not see it."""
        parts = [
            f"{self.date:%A, %B} {self.date.day}",
            "past" if self.past else "closed" if self.closed else "open",
            self.holiday,
            f"you asked for it ({self.mine})" if self.mine == "waiting" else "granted" if self.mine else "",
            f"works {', '.join(self.work)}" if self.work else "",
            self.count.told if self.count else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Calendar:
    """A month in weeks, with the windows that are open and those that open later."""

    first: date
    weeks: tuple[tuple[Day, ...], ...]
    weekdays: tuple[tuple[str, str], ...]
    opened: tuple[Window, ...]
    later: tuple[Window, ...]
    bounded: bool  # the department has windows for this kind
    counts: bool

    @property
    def previous(self) -> date:
        """The month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        """The month after."""
        return (self.first + timedelta(days=31)).replace(day=1)


def calendar_of(
    *,
    month: date,
    today: date,
    department: DepartmentInfo,
    person: PersonInfo,
    kind: str,
    week_start: int,
    counts: bool,
    binding: bool,
    chosen: tuple[date | None, date | None] = (None, None),
) -> Calendar:
    """The month for a person who asks a department. `binding`: windows and the past bind whoever asks."""
    last_of = month.replace(day=monthrange(month.year, month.month)[1])
    first = month - timedelta(days=(month.weekday() - week_start) % 7)
    last = last_of + timedelta(days=(week_start - 1 - last_of.weekday()) % 7)
    windows = windows_by_kind([department.id]).get((department.id, kind))
    opened = tuple(one for one in windows or () if one.open_on(today))
    counted = day_counts(department, first, last, person_type=person.personnel_type)
    work = _work(person, first, last)
    mine = _mine(person, first, last)
    start, end = chosen
    days = [
        Day(
            date=one.date,
            inside=one.date.month == month.month,
            past=binding and one.date < today,
            closed=binding and windows is not None and not any(window.covers(one.date) for window in opened),
            holiday=one.holiday,
            work=tuple(work[one.date]),
            mine=mine.get(one.date, ""),
            count=replace(one, holiday="") if counts else None,
            chosen=start is not None and start <= one.date <= (end or start),
            today=one.date == today,
            ends=start is not None and end is None and one.date >= start,
        )
        for one in counted
    ]
    return Calendar(
        first=month,
        weeks=tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7)),
        weekdays=tuple((f"{one.date:%A}", f"{one.date:%a}") for one in days[:7]),
        opened=opened,
        later=tuple(one for one in windows or () if one.opens is not None and one.opens > today),
        bounded=windows is not None,
        counts=counts,
    )


def _work(person: PersonInfo, first: date, last: date) -> dict[date, Sequence[str]]:
    """What everyone may know that the person does; drafts are not shown here."""
    found: dict[date, list[str]] = defaultdict(list)
    for one in work_between(first, last, person_ids=[person.id]).get(person.id, ()):
        if one.published == "everyone" and first <= one.date <= last:
            found[one.date].append(one.assignment.code)
    return defaultdict(tuple, found)


def _mine(person: PersonInfo, first: date, last: date) -> dict[date, str]:
    found: dict[date, str] = {}
    for one in requests_between(first, last, person_ids=[person.id]):
        day = max(first, one.first)
        while day <= min(last, one.last) and one.state in ("pending", "approved"):
            if found.get(day) != "granted":
                found[day] = "granted" if one.state == "approved" else "waiting"
            day += timedelta(days=1)
    return found
