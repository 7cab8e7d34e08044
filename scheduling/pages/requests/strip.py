"""Who is off, day by day: the month of a department as a strip, and the counts beside a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.requesting.evaluate import RuleInfo
from scheduling.requesting.types import KINDS, RequestInfo
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.request_facts import off_between
from scheduling.selectors.request_rules import rules_of
from scheduling.selectors.requests import requests_between
from scheduling.types import DepartmentInfo, PersonInfo

_LOOKS = {"approved": ("ok", "✓"), "pending": ("info", "?"), "denied": ("bad", "✕")}
_WEIGHT = {"approved": 0, "pending": 1, "denied": 2}  # what shows where two fall on one day


@dataclass(frozen=True)
class Limit:
    """How many may be off at once, as far as one figure can say: the smallest limit of everybody in the department."""

    most: int | None

    def look(self, count: int) -> str:
        """The word for a day's count: over, full, or nothing."""
        if self.most is None:
            return ""
        return "over" if count > self.most else "full" if count == self.most else ""


@dataclass(frozen=True)
class DayCount:
    """A day: how many are off, how many have asked to be, and what speaks for it being special."""

    date: date
    off: int
    asked: int
    holiday: str
    limit: int | None
    look: str

    @property
    def weekend(self) -> bool:
        """True on Saturdays and Sundays."""
        return self.date.weekday() > 4

    @property
    def told(self) -> str:
        """The day in words."""
        limit = f" of {self.limit}" if self.limit is not None else ""
        parts = [f"{self.off}{limit} off", f"{self.asked} asked" if self.asked else "", self.look, self.holiday]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Cell:
    """A person's day: nothing, or the request that says most."""

    date: date
    request: RequestInfo | None = None
    look: str = ""
    glyph: str = ""
    starts: bool = False
    ends: bool = False

    @property
    def told(self) -> str:
        """The cell in words."""
        one = self.request
        return f"{one.state_name}: {one.title}, {one.dates}" if one else ""


@dataclass(frozen=True)
class Line:
    """A person's month."""

    person: PersonInfo
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Strip:
    """A department's month: its days with their counts, and a line for everybody who asked for some of them."""

    days: tuple[DayCount, ...]
    lines: tuple[Line, ...]
    limit: int | None


def strip_of(department: DepartmentInfo, first: date, last: date, *, kind: str) -> Strip:
    """The strip of a department for one kind of request."""
    found = [one for one in requests_between(first, last, department_id=department.id) if one.kind == kind]
    people: dict[int, PersonInfo] = {}
    days: dict[tuple[int, date], RequestInfo] = {}
    for one in sorted(found, key=lambda one: _WEIGHT[one.state], reverse=True):
        people[one.person.id] = one.person
        for day in _days(max(first, one.first), min(last, one.last)):
            days[one.person.id, day] = one
    counts = day_counts(department, first, last)
    lines = [
        Line(person, tuple(_cell(day, days.get((person.id, day))) for day in _days(first, last)))
        for person in sorted(people.values(), key=lambda one: one.name.casefold())
    ]
    return Strip(tuple(counts), tuple(lines), counts[0].limit if counts else None)


def _cell(day: date, one: RequestInfo | None) -> Cell:
    if one is None:
        return Cell(day)
    look, glyph = _LOOKS[one.state]
    return Cell(day, one, look, glyph, starts=day == one.first, ends=day == one.last)


def day_counts(department: DepartmentInfo, first: date, last: date, *, person_type: str = "") -> list[DayCount]:
    """How many are off on each day by approved requests, and how many more have asked."""
    off = off_between(first, last, department_ids=[department.id])
    asked: dict[date, set[int]] = defaultdict(set)
    for one in requests_between(first, last, department_id=department.id):
        if one.state == "pending" and KINDS[one.kind].is_absence:
            for day in _days(max(first, one.first), min(last, one.last)):
                asked[day].add(one.person.id)
    holidays = holidays_between(first, last, department_id=department.id)
    limit = limit_of(rules_of([department.id]), person_type)
    counts = []
    for day in _days(first, last):
        away = {one.person_id for one in off.get((department.id, day), ()) if one.request_id is not None}
        counts.append(
            DayCount(day, len(away), len(asked[day] - away), holidays.get(day, ""), limit.most, limit.look(len(away)))
        )
    return counts


def limit_of(rules: Sequence[RuleInfo], person_type: str = "") -> Limit:
    """The smallest limit that holds for everybody, or for people of a type."""
    found = [
        int(rule.settings["count"])
        for rule in rules
        if rule.is_active
        and rule.condition == "most_off"
        and not rule.settings.get("assignment")
        and rule.settings.get("personnel_type", "") in ("", person_type)
    ]
    return Limit(min(found) if found else None)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
