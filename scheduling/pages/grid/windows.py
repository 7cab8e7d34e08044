"""What the grid's address says: the layout, the dates, what is shown of them, the chosen cell."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest

from scheduling.pages.grid.build import RowFilter
from scheduling.pages.grid.view import Layout
from scheduling.types import ScheduleInfo

# How much is shown: what stands in the address, and its words.
SPANS = {"day": "Day", "1": "Week", "2": "2 weeks", "4": "4 weeks", "month": "Month"}
_COOKIE = "rc_grid"


@dataclass(frozen=True)
class Window:
    """The part of a schedule on the page, and how it is shown. `kept` is what the browser keeps for the next schedule."""

    layout: Layout
    span: str
    first: date
    last: date
    show_times: bool
    wanted: RowFilter
    kept: str

    @property
    def month(self) -> int | None:
        """The month that a page of a whole month is about."""
        return (self.first + timedelta(days=6)).month if self.span == "month" else None

    @property
    def start(self) -> date:
        """The date that names this window in the address."""
        return (self.first + timedelta(days=6)).replace(day=1) if self.span == "month" else self.first

    @property
    def earlier(self) -> date:
        """A date of the page before."""
        return self.first - timedelta(days=1) if self.span in ("day", "month") else self.first - self._length

    @property
    def later(self) -> date:
        """A date of the page after."""
        return self.last + timedelta(days=1) if self.span != "month" else date_later(self.first)

    @property
    def text(self) -> str:
        """The dates in words."""
        if self.span == "day":
            return f"{self.first:%A}, {self.first:%b} {self.first.day}, {self.first.year}"
        if self.span == "month":
            return f"{self.first + timedelta(days=6):%B %Y}"
        return range_text(self.first, self.last)

    @property
    def _length(self) -> timedelta:
        return self.last - self.first + timedelta(days=1)


@dataclass(frozen=True)
class CellAddress:
    """A row and a date."""

    row: uuid.UUID
    date: date


def window_of(request: HttpRequest, schedule: ScheduleInfo, *, today: date, week_start: int) -> Window:
    """The window that the address asks for; what it does not say comes from the last one of the same layout."""
    asked = request.GET
    kept = [*request.COOKIES.get(_COOKIE, "").split("."), "", "", "", "", ""][:5]
    layout: Layout = "person" if asked.get("rows", kept[0]) == "person" else "assignment"
    place = 3 if layout == "person" else 1
    switched = asked.get("was_rows", layout) != layout  # the other layout has its own span and times
    span = kept[place] if switched else asked.get("weeks", kept[place])
    span = span if span in SPANS else "4"
    times = kept[place + 1] if switched or "weeks" not in asked else asked.get("times", "")
    times = asked.get("times", times)
    kept[0], kept[place], kept[place + 1] = layout, span, "1" if times == "1" else "0"
    start = date_or_none(asked.get("start", ""))
    if start is None:
        start = today if schedule.starts_on <= today <= schedule.ends_on else schedule.starts_on
    first, last = _dates(start, span, week_start)
    wanted = RowFilter(asked.get("open") == "1", asked.get("changed") == "1", asked.get("q", "").strip()[:80])
    return Window(layout, span, first, last, times == "1", wanted, ".".join(kept))


def _dates(start: date, span: str, week_start: int) -> tuple[date, date]:
    if span == "day":
        return start, start
    if span != "month":
        first = start - timedelta(days=(start.weekday() - week_start) % 7)
        return first, first + timedelta(days=7 * int(span) - 1)
    opening = start.replace(day=1)
    ending = date_next_month(opening) - timedelta(days=1)
    first = opening - timedelta(days=(opening.weekday() - week_start) % 7)
    return first, ending + timedelta(days=(week_start - 1 - ending.weekday()) % 7)


def date_next_month(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def date_later(first: date) -> date:
    """The first day of the month after the one that a month's page, which begins on `first`, is about."""
    return date_next_month(first + timedelta(days=6))


def layout_of(text: str | None) -> Layout:
    """By person when it says so, else by assignment."""
    return "person" if text == "person" else "assignment"


def cell_of(values: dict[str, str]) -> CellAddress | None:
    """The cell that `row` and `date` name, or None."""
    day = date_or_none(values.get("date", ""))
    try:
        row = uuid.UUID(values.get("row", ""))
    except ValueError:
        return None
    return CellAddress(row, day) if day is not None else None


def date_or_none(text: str) -> date | None:
    """An ISO date of this age, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def range_text(first: date, last: date) -> str:
    """`Nov 23 – Dec 20, 2026`."""
    year = f", {first.year}" if first.year != last.year else ""
    return f"{first:%b} {first.day}{year} – {last:%b} {last.day}, {last.year}"
