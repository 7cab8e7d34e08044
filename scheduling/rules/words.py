"""How rules speak: hours, days and stretches of dates, always in figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours(length: timedelta) -> str:
    """8 h, 7 h 30 min, 0 h."""
    minutes = int(length.total_seconds() // 60)
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest} min" if rest else f"{whole} h"


def figure(number: Decimal | float | int) -> str:
    """80, 82.5, 7.25: at most two decimals, none that says nothing."""
    return f"{round(Decimal(number), 2).normalize():f}"


def day(one: date) -> str:
    """Nov 23."""
    return f"{one:%b} {one.day}"


def weekday(one: date) -> str:
    """Friday."""
    return WEEKDAYS[one.weekday()]


def span(first: date, last: date) -> str:
    """Nov 23, Nov 23–29, Nov 30–Dec 2."""
    if first == last:
        return day(first)
    return (
        f"{day(first)}–{last.day}"
        if (first.year, first.month) == (last.year, last.month)
        else f"{day(first)}–{day(last)}"
    )


def clock(start: datetime, end: datetime) -> str:
    """07:00–15:00, or 19:00–07:00 Sun when it ends on another day."""
    later = f" {WEEKDAYS[end.weekday()][:3]}" if end.date() != start.date() else ""
    return f"{start:%H:%M}–{end:%H:%M}{later}"


def plural(number: int, one: str, many: str = "") -> str:
    """1 day, 2 days."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listing(names: Sequence[str]) -> str:
    """a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
