"""The public holidays of the United States government, by rule (5 U.S.C. 6103 and Executive Order 11582). Pure.

A holiday that falls on a Saturday is observed on the Friday before, one on a Sunday on the Monday after. A hospital may keep the
day itself, the observed one, or both: whoever adds them chooses. Inauguration Day is left out: it is kept around the capital only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1986, 2100  # from the first Birthday of Martin Luther King, Jr.
_JUNETEENTH_SINCE = 2021
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


@dataclass(frozen=True, slots=True)
class FederalHoliday:
    """A holiday: its day, and the weekday on which offices keep it."""

    name: str
    day: date
    observed: date


def federal_holidays(year: int) -> tuple[FederalHoliday, ...]:
    """Those of a year, in order. New Year's Day on a Saturday is observed in the year before."""
    days = [
        ("New Year's Day", date(year, 1, 1)),
        ("Martin Luther King, Jr. Day", _nth(year, 1, _MONDAY, 3)),
        ("Washington's Birthday", _nth(year, 2, _MONDAY, 3)),
        ("Memorial Day", _last(year, 5, _MONDAY)),
        *([("Juneteenth", date(year, 6, 19))] if year >= _JUNETEENTH_SINCE else []),
        ("Independence Day", date(year, 7, 4)),
        ("Labor Day", _nth(year, 9, _MONDAY, 1)),
        ("Columbus Day", _nth(year, 10, _MONDAY, 2)),
        ("Veterans Day", date(year, 11, 11)),
        ("Thanksgiving Day", _nth(year, 11, _THURSDAY, 4)),
        ("Christmas Day", date(year, 12, 25)),
    ]
    return tuple(FederalHoliday(name, day, _observed(day)) for name, day in days)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last(year: int, month: int, weekday: int) -> date:
    end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def _observed(day: date) -> date:
    if day.weekday() == _SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == _SUNDAY else day
