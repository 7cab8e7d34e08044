"""When requests are taken, and for which dates."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.requesting.types import dates_text


@dataclass(frozen=True)
class WindowInfo:
    """A window as it was set: by date, or in days from the last day that the department has published."""

    public_id: uuid.UUID
    department_id: int
    kind: str
    name: str
    relative: bool
    opens_on: date | None
    closes_on: date | None
    covers_from: date | None
    covers_to: date | None
    opens_days: int | None
    closes_days: int | None
    covers_from_days: int | None
    covers_to_days: int | None
    version: int


@dataclass(frozen=True)
class Window:
    """A window with its dates: taken from `opens` to `closes`, for `covers_from` to `covers_to`; None has no limit."""

    name: str
    opens: date | None
    closes: date | None
    covers_from: date | None
    covers_to: date | None

    def open_on(self, today: date) -> bool:
        """True if requests are taken on that day."""
        return (self.opens is None or self.opens <= today) and (self.closes is None or today <= self.closes)

    def covers(self, day: date) -> bool:
        """True if the window is for that date."""
        return (self.covers_from is None or self.covers_from <= day) and (
            self.covers_to is None or day <= self.covers_to
        )

    @property
    def told(self) -> str:
        """The window in words: "Spring: for Apr 1–30, 2026, until Mar 15, 2026"."""
        if self.covers_from and self.covers_to:
            dates = dates_text(self.covers_from, self.covers_to)
        elif self.covers_from:
            dates = f"{dates_text(self.covers_from, self.covers_from)} and later"
        elif self.covers_to:
            dates = f"dates until {dates_text(self.covers_to, self.covers_to)}"
        else:
            dates = "any date"
        parts = [f"{self.name}: for {dates}"]
        if self.opens:
            parts.append(f"from {dates_text(self.opens, self.opens)}")
        if self.closes:
            parts.append(f"until {dates_text(self.closes, self.closes)}")
        return ", ".join(parts)


def window_placed(window: WindowInfo, last_published: date | None) -> Window | None:
    """The window's dates. None if it counts from the last published day and nothing has been published."""
    if not window.relative:
        return Window(window.name, window.opens_on, window.closes_on, window.covers_from, window.covers_to)
    if last_published is None:
        return None
    ends = (window.opens_days, window.closes_days, window.covers_from_days, window.covers_to_days)
    return Window(window.name, *(None if days is None else last_published + timedelta(days=days) for days in ends))


def closed_reason(windows: Sequence[Window] | None, today: date, first: date, last: date) -> str | None:
    """Why a request of those dates is not taken today, or None if it is.

    `windows` are those of the department and kind that have dates; None: the department has set none, so it is always open.
    """
    if windows is None:
        return None
    opened = [one for one in windows if one.open_on(today)]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    outside = [day for day in days if not any(one.covers(day) for one in opened)]
    if not outside:
        return None
    asked = dates_text(first, last) if len(outside) == len(days) else _days_text(outside)
    later = [one for one in windows if one.opens is not None and one.opens > today]
    told = [f"Open now is {one.told}." for one in opened] + [f"Opening later: {one.told}." for one in later]
    return " ".join([f"{asked}: no window is open for {'it' if len(outside) == 1 else 'them'}.", *told])


def _days_text(days: Sequence[date]) -> str:
    shown = ", ".join(f"{day:%b} {day.day}" for day in days[:4])
    return f"{shown} and {len(days) - 4} more" if len(days) > 4 else shown
