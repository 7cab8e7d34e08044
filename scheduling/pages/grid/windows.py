"""What the grid's address says: the layout, the first week, how many weeks, the chosen cell."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest

from scheduling.pages.grid.view import Layout
from scheduling.types import ScheduleInfo

WEEK_CHOICES = (1, 2, 4, 6)
_COOKIE = "rc_grid"


@dataclass(frozen=True)
class Window:
    """The part of a schedule on the page. `first` is the first day of a week."""

    layout: Layout
    first: date
    weeks: int
    show_times: bool

    @property
    def last(self) -> date:
        """The last day shown."""
        return self.first + timedelta(days=7 * self.weeks - 1)

    @property
    def cookie(self) -> str:
        """What the browser keeps of it, so that the next schedule opens the same way."""
        return f"{self.layout}.{self.weeks}.{int(self.show_times)}"


@dataclass(frozen=True)
class CellAddress:
    """A row and a date."""

    row: uuid.UUID
    date: date


def window_of(request: HttpRequest, schedule: ScheduleInfo, *, today: date, week_start: int) -> Window:
    """The window that the address asks for; what it does not say comes from the last one, nonsense from the default."""
    kept = [*request.COOKIES.get(_COOKIE, "").split("."), "", "", ""]
    asked = request.GET
    rows = asked.get("rows", kept[0])
    weeks = asked.get("weeks", kept[1])
    times = asked.get("times", "") if "weeks" in asked else asked.get("times", kept[2])
    start = date_or_none(asked.get("start", ""))
    if start is None:
        start = today if schedule.starts_on <= today <= schedule.ends_on else schedule.starts_on
    return Window(
        layout="person" if rows == "person" else "assignment",
        first=start - timedelta(days=(start.weekday() - week_start) % 7),
        weeks=int(weeks) if weeks in map(str, WEEK_CHOICES) else 4,
        show_times=times == "1",
    )


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
