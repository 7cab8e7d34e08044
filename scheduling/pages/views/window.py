"""Which dates of a view are looked at: its own range, or a day, a week, a month around a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import QueryDict

from scheduling.pages.grid.windows import date_or_none, range_text
from scheduling.pages.tallies.asked import months_later
from scheduling.viewing.types import Reach

SPANS = {"": "Own range", "day": "Day", "week": "Week", "month": "Month"}


@dataclass(frozen=True)
class Window:
    """The dates, and where the arrows lead."""

    span: str
    first: date
    last: date
    earlier: date
    later: date
    around: date

    @property
    def text(self) -> str:
        """`Nov 23 – Dec 20, 2026`; a day says its weekday."""
        if self.first == self.last:
            return f"{self.first:%A}, {self.first:%B} {self.first.day}, {self.first.year}"
        return range_text(self.first, self.last)


def window_of(given: QueryDict, reach: Reach, *, today: date, week_start: int) -> Window:
    """What an address asks for; nonsense shows the view's own range."""
    span = given.get("show", "")
    start = date_or_none(given.get("start", ""))
    around = start or today
    if span == "day":
        return Window(span, around, around, around - timedelta(days=1), around + timedelta(days=1), around)
    if span == "week":
        first = _week(around, week_start)
        return Window(
            span, first, first + timedelta(days=6), first - timedelta(days=7), first + timedelta(days=7), around
        )
    if span == "month":
        month = around.replace(day=1)
        following = months_later(month, 1)
        last = _week(following - timedelta(days=1), week_start) + timedelta(days=6)
        return Window(span, _week(month, week_start), last, months_later(month, -1), following, around)
    first, last = reach.dates(today, week_start)
    length = last - first + timedelta(days=1)
    if start is not None:
        first, last = start, start + length - timedelta(days=1)
    return Window("", first, last, first - length, first + length, first if start is not None else today)


def _week(day: date, week_start: int) -> date:
    return day - timedelta(days=(day.weekday() - week_start) % 7)
