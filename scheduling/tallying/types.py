"""What a tally counts: a measure over a selection of shifts, as data that has been checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenancy.types import RefusedError

MEASURES = {"count": "Shifts", "hours": "Hours", "weighted": "Weighted shifts"}
HOLIDAYS = {
    "alike": "A holiday is a day like any other",
    "include": "Holidays count too, whatever their weekday",
    "only": "Only holidays count",
    "exclude": "Holidays do not count",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PERIODS = {"28_days": "each 28 days", "month": "a month", "year": "a year", "range": "in these dates, in all"}
NAME_LIMIT = 60
SHORT_LIMIT = 8


@dataclass(frozen=True)
class Selection:
    """Which shifts count: of these assignments or these types (neither: everything that is not off), on these weekdays (none: all).

    The day of a shift is its own date, in its department's zone. `holidays` is a word of HOLIDAYS.
    """

    assignments: tuple[int, ...] = ()
    types: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    holidays: str = "alike"

    @classmethod
    def checked(cls, data: Mapping[str, Any], *, assignments: Collection[int], types: Collection[int]) -> Selection:
        """From data of a form or a row, naming only assignments and types that exist. Raises RefusedError."""
        unknown = set(data) - {"assignments", "types", "weekdays", "holidays"}
        if unknown:
            raise RefusedError(f"A selection has no part {sorted(unknown)[0]!r}.", field="selection")
        chosen = {
            "assignments": _known(data.get("assignments", ()), assignments, "assignments"),
            "types": _known(data.get("types", ()), types, "types"),
            "weekdays": _known(data.get("weekdays", ()), range(7), "weekdays"),
        }
        holidays = data.get("holidays", "alike")
        if holidays not in HOLIDAYS:
            raise RefusedError("Choose what holidays count as.", field="holidays")
        return cls(holidays=holidays, **chosen)

    def data(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "assignments": list(self.assignments),
            "types": list(self.types),
            "weekdays": list(self.weekdays),
            "holidays": self.holidays,
        }

    def counts_on(self, day: date, holidays: Collection[date]) -> bool:
        """True if a shift of that date can count."""
        weekday = not self.weekdays or day.weekday() in self.weekdays
        if self.holidays == "include":
            return weekday or day in holidays
        if self.holidays == "only":
            return weekday and day in holidays
        return weekday and not (self.holidays == "exclude" and day in holidays)


def _known(values: Any, known: Collection[int], what: str) -> tuple[int, ...]:
    if not isinstance(values, list | tuple):
        raise RefusedError(f"{what.capitalize()} must be a list.", field=what)
    if any(isinstance(value, bool) or not isinstance(value, int) or value not in known for value in values):
        raise RefusedError(f"One of the {what} is not known here. Choose them again.", field=what)
    return tuple(sorted(set(values)))
