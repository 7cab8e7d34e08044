"""Targets in proportion: what a person should have in a range, given by the days on which they are active."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Target:
    """An aim for one person, for a personnel type, or (neither) for everyone; valid between two dates, None without end.

    `period` is a word of PERIODS. With "range" the value is for the whole of its own dates.
    """

    id: int
    person_id: int | None
    personnel_type_id: int | None
    value: Decimal
    period: str
    first: date | None
    last: date | None

    def holds_on(self, day: date) -> bool:
        """True if it is valid that day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def share_of(self, day: date) -> Fraction:
        """What it asks for of one day."""
        return Fraction(self.value) / self._days(day)

    def _days(self, day: date) -> int:
        if self.period == "28_days":
            return 28
        if self.period == "month":
            return calendar.monthrange(day.year, day.month)[1]
        if self.period == "year":
            return 366 if calendar.isleap(day.year) else 365
        if self.first is None or self.last is None:
            raise ValueError("A target for a range of dates has both of them.")
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Aimed:
    """A person as targets see them."""

    id: int
    personnel_type_id: int | None
    active_from: date | None
    active_to: date | None


def aims(people: Iterable[Aimed], targets: Sequence[Target], first: date, last: date) -> dict[int, Decimal]:
    """What each person should have from `first` to `last`, both included; somebody for whom no target holds is left out.

    A day counts by the nearest target: the person's own, else their type's, else everyone's; of several, the one that began last.
    Days on which the person is not active ask for nothing.
    """
    own = {target.person_id for target in targets if target.person_id is not None}
    runs: dict[tuple[int | None, int | None], _Run] = {}
    found = {}
    for person in people:
        start = max(first, person.active_from or first)
        end = min(last, person.active_to or last)
        if start > end:
            continue
        key = (person.id if person.id in own else None, person.personnel_type_id)
        if key not in runs:
            runs[key] = _Run(_applying(targets, *key), first, last)
        share = runs[key].between(start, end)
        if share is not None:
            found[person.id] = _rounded(share)
    return found


class _Run:
    """Daily shares of one kind of person, summed up from the left, so that any part of the range is two look-ups."""

    def __init__(self, targets: Sequence[Target], first: date, last: date) -> None:
        self._first = first
        self._sums = [Fraction(0)]
        self._held = [0]
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            target = next((one for one in targets if one.holds_on(day)), None)
            self._sums.append(self._sums[-1] + (target.share_of(day) if target else 0))
            self._held.append(self._held[-1] + (target is not None))

    def between(self, start: date, end: date) -> Fraction | None:
        """The sum over those days; None when no target holds on any of them."""
        a, b = (start - self._first).days, (end - self._first).days + 1
        return self._sums[b] - self._sums[a] if self._held[b] > self._held[a] else None


def _applying(targets: Sequence[Target], person_id: int | None, personnel_type_id: int | None) -> list[Target]:
    """Those that may hold for such a person, the nearest first."""

    def nearness(target: Target) -> int:
        return 0 if target.person_id is not None else 1 if target.personnel_type_id is not None else 2

    applying = [
        target
        for target in targets
        if (target.person_id is None or target.person_id == person_id)
        and (target.personnel_type_id is None or target.personnel_type_id == personnel_type_id)
    ]
    latest = sorted(applying, key=lambda target: (target.first or date.min, target.id), reverse=True)
    return sorted(latest, key=nearness)


def _rounded(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
