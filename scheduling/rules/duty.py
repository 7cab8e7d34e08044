"""Duty hours of trainees: averages over weeks, free days, the longest stretch of work, nights on call.

Averages look at every block of whole weeks, moving on by one week. Of blocks that break a rule and overlap, the worst is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from scheduling.rules.amounts import elapsed_hours, over, week_of
from scheduling.rules.facts import Facts, RuleFact, Work
from scheduling.rules.parameters import number, whole
from scheduling.rules.types import Conflict, Severity
from scheduling.rules.words import day, figure, hours, plural

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Average:
    """Hours a week, averaged over a block of weeks."""

    hours: Decimal = number("At most", "hours a week", least=1, most=168)
    weeks: int = whole("Averaged over", "weeks", least=1, most=12, default=4)


@dataclass(frozen=True)
class FreeDays:
    """Free days a week, averaged: a free day is 24 hours by the clock between two pieces of work."""

    days: int = whole("At least", "free days a week", least=1, most=6, default=1)
    weeks: int = whole("Averaged over", "weeks", least=1, most=12, default=4)


@dataclass(frozen=True)
class Stretch:
    """Hours of work without a break, and how many more are for handing over and education only."""

    hours: Decimal = number("At most", "hours without a break", least=1, most=168)
    transition: Decimal = number(
        "And for handing over", "hours", least=0, most=24, default=Decimal(0), help="Inside these it is a warning."
    )


@dataclass(frozen=True)
class CallNights:
    """Nights on call: not more often than every n-th, averaged."""

    every: int = whole("Not more often than one night in", "nights", least=2, most=14)
    weeks: int = whole("Averaged over", "weeks", least=1, most=12, default=4)


def blocks(shifts: list[Work], weeks: int, week_start: int) -> Iterator[tuple[date, list[Work]]]:
    """Blocks of whole weeks that hold a judged shift, by their first day, with the shifts whose dates lie in them."""
    judged = [one.date for one in shifts if one.judged]
    if not judged:
        return
    first = week_of(min(judged), week_start) - (weeks - 1) * 7 * _DAY
    while first <= max(judged):
        end = first + weeks * 7 * _DAY
        part = [one for one in shifts if first <= one.date < end]
        if any(one.judged for one in part):
            yield first, part
        first += 7 * _DAY


Wrong = tuple[Decimal, str]  # how bad, in words


def _blocked(
    rule: RuleFact, facts: Facts, label: str, wrong: Callable[[date, list[Work], list[Work]], Wrong | None]
) -> Iterator[Conflict]:
    """Of the blocks that break the rule, the worst, then the worst that overlaps none before, and so on."""
    length = timedelta(weeks=rule.parameters.weeks)
    for person, shifts in facts.governed(rule):
        broken = [
            (*found, first, part)
            for first, part in blocks(shifts, rule.parameters.weeks, facts.week_start)
            if (found := wrong(first, part, shifts)) is not None
        ]
        taken: list[date] = []
        for _, text, first, part in sorted(broken, key=lambda one: (one[0], one[2]), reverse=True):
            if all(abs(first - other) >= length for other in taken):
                taken.append(first)
                yield over(rule, label, person, part, text)


def average(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Hours a week over a block; a shift belongs to the week of its date, with all its hours."""
    for rule in rules:
        asked: Average = rule.parameters

        def wrong(first: date, part: list[Work], shifts: list[Work], asked: Average = asked) -> Wrong | None:
            total = sum(map(elapsed_hours, part), Decimal(0))
            if total <= asked.hours * asked.weeks:
                return None
            return total, (
                f"{figure(total / asked.weeks)} h a week over the {plural(asked.weeks, 'week')} from {day(first)} "
                f"({figure(total)} h). The rule is {figure(asked.hours)} h."
            )

        yield from _blocked(rule, facts, "Duty hours", wrong)


def free_days(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Whole days without work in a block, counted between pieces of work by the clock on the wall."""
    for rule in rules:
        asked: FreeDays = rule.parameters

        def wrong(first: date, part: list[Work], shifts: list[Work], asked: FreeDays = asked) -> Wrong | None:
            found, due = days_free(shifts, first, asked.weeks), asked.days * asked.weeks
            if found >= due:
                return None
            where = f"in the {plural(asked.weeks, 'week')} from {day(first)}"
            return Decimal(due - found), f"{plural(found, 'free day')} {where}. The rule is {due}."

        yield from _blocked(rule, facts, "Day off", wrong)


def days_free(shifts: list[Work], first: date, weeks: int) -> int:
    """How many times 24 hours by the clock fit between pieces of work in a block of weeks."""
    start = datetime.combine(first, time())
    end = start + weeks * 7 * _DAY
    found, free_since = 0, start
    for one in sorted(shifts, key=lambda one: one.start_wall):
        if one.end_wall <= start or one.start_wall >= end:
            continue
        found += max(one.start_wall - free_since, timedelta(0)) // _DAY
        free_since = max(free_since, one.end_wall)
    return int(found + max(end - free_since, timedelta(0)) // _DAY)


def stretch(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Work without a break: shifts that touch or overlap are one piece, in hours that really pass."""
    for rule in rules:
        asked: Stretch = rule.parameters
        usual = timedelta(hours=float(asked.hours))
        most = usual + timedelta(hours=float(asked.transition))
        for person, shifts in facts.governed(rule):
            for piece, length in pieces(shifts):
                if length > usual and any(one.judged for one in piece):
                    severity = rule.severity if length > most else Severity.SOFT
                    yield over(rule, "Continuous", person, piece, _too_long(asked, length), severity)


def pieces(shifts: list[Work]) -> Iterator[tuple[list[Work], timedelta]]:
    """Shifts by start cut into pieces without a break, each with its length."""
    piece: list[Work] = []
    until: datetime | None = None
    for one in shifts:
        if until is not None and one.starts_at > until:
            yield piece, until - piece[0].starts_at
            piece, until = [], None
        piece.append(one)
        until = one.ends_at if until is None else max(until, one.ends_at)
    if until is not None:
        yield piece, until - piece[0].starts_at


def _too_long(asked: Stretch, length: timedelta) -> str:
    rule = f"The rule is {figure(asked.hours)} h"
    if asked.transition:
        rule += f", and up to {figure(asked.transition)} h more for handing over and education"
    return f"{hours(length)} without a break. {rule}."


def call_nights(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Nights on call in a block: dates with a shift in scope that runs past midnight."""
    for rule in rules:
        asked: CallNights = rule.parameters

        def wrong(first: date, part: list[Work], shifts: list[Work], asked: CallNights = asked) -> Wrong | None:
            nights = len({one.date for one in part if one.end_wall > datetime.combine(one.date + _DAY, time())})
            most = asked.weeks * 7 // asked.every
            if nights <= most:
                return None
            return Decimal(nights), (
                f"{plural(nights, 'call night')} in the {plural(asked.weeks, 'week')} from {day(first)}. "
                f"The rule is one night in {asked.every}: {most}."
            )

        yield from _blocked(rule, facts, "Call nights", wrong)
