"""How much and how often: maxima in a period, days and weekends in a row, required cover."""

from __future__ import annotations

import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from scheduling.rules.facts import AssignmentFact, Facts, RuleFact, Work
from scheduling.rules.parameters import choice, number, weekdays, whole
from scheduling.rules.types import Conflict, Severity
from scheduling.rules.words import day, figure, plural, span

COUNT, HOURS, WEIGHTED = "count", "hours", "weighted"
WEEK, MONTH, ROLLING = "week", "month", "rolling"
DAYS, WEEKENDS = "days", "weekends"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Maximum:
    """At most so many shifts, hours or weighted units in a period; on some weekdays only, where they are named."""

    limit: Decimal = number("At most", "", least=0, most=2000)
    measure: str = choice(
        "Counted as", ((COUNT, "shifts"), (HOURS, "hours"), (WEIGHTED, "weighted units")), default=COUNT
    )
    period: str = choice(
        "In each", ((WEEK, "week"), (MONTH, "calendar month"), (ROLLING, "so many days in a row")), default=WEEK
    )
    days: int = whole("Days in a row", "days", least=1, most=120, default=7, help="For “so many days in a row” only.")
    weekdays: tuple[int, ...] = weekdays("On these days only", "None ticked: on every day.")


@dataclass(frozen=True)
class Consecutive:
    """At most so many days, or weekends, in a row with work."""

    limit: int = whole("At most", "in a row", least=1, most=60)
    unit: str = choice("Counted in", ((DAYS, "days"), (WEEKENDS, "weekends")), default=DAYS)


@dataclass(frozen=True)
class Cover:
    """How strict required cover is where the rule applies. How many are required stands with each assignment."""


def maximum(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Sums over a period; a shift belongs to the period of its date, with all its hours."""
    for rule in rules:
        asked: Maximum = rule.parameters
        for person, shifts in facts.governed(rule):
            counted = [one for one in shifts if not asked.weekdays or one.date.weekday() in asked.weekdays]
            for first, last, part in _periods(counted, asked, facts.week_start):
                total = sum((_measured(one, asked.measure) for one in part), Decimal(0))
                if total > asked.limit and any(one.judged for one in part):
                    yield over(rule, "Maximum", person, part, _too_much(asked, total, first, last))


def _periods(shifts: list[Work], asked: Maximum, week_start: int) -> Iterator[tuple[date, date, list[Work]]]:
    if asked.period == ROLLING:
        yield from rolling(shifts, asked)
        return
    found: dict[tuple[date, date], list[Work]] = defaultdict(list)
    for one in shifts:
        found[_week(one.date, week_start) if asked.period == WEEK else _month(one.date)].append(one)
    for (first, last), part in found.items():
        yield first, last, part


def rolling(shifts: list[Work], asked: Maximum) -> Iterator[tuple[date, date, list[Work]]]:
    """Windows that begin with a shift and hold too much, each as far right as the one reported before it allows."""
    ordered = sorted(shifts, key=lambda one: (one.date, one.starts_at))
    dates = [one.date for one in ordered]
    amounts = [_measured(one, asked.measure) for one in ordered]
    reported: date | None = None  # the last date of the window before
    for place, first in enumerate(dates):
        if (reported is not None and first <= reported) or (place and dates[place - 1] == first):
            continue
        end = bisect_left(dates, first + asked.days * _DAY)
        part = ordered[place:end]
        if sum(amounts[place:end], Decimal(0)) > asked.limit and any(one.judged for one in part):
            reported = first + (asked.days - 1) * _DAY
            yield first, reported, part


def _week(one: date, week_start: int) -> tuple[date, date]:
    first = one - ((one.weekday() - week_start) % 7) * _DAY
    return first, first + 6 * _DAY


def _month(one: date) -> tuple[date, date]:
    first = one.replace(day=1)
    return first, (first + 31 * _DAY).replace(day=1) - _DAY


def week_of(one: date, week_start: int) -> date:
    """The first day of its week."""
    return _week(one, week_start)[0]


def _measured(one: Work, measure: str) -> Decimal:
    return _MEASURES[measure](one)


def elapsed_hours(one: Work) -> Decimal:
    """The hours that really pass, to the second."""
    return Decimal(int(one.elapsed.total_seconds())) / 3600


_MEASURES: dict[str, Callable[[Work], Decimal]] = {
    COUNT: lambda one: Decimal(1),
    HOURS: elapsed_hours,
    WEIGHTED: lambda one: Decimal(one.assignment.weight),
}


_UNITS: dict[str, Callable[[Decimal], str]] = {
    COUNT: lambda n: "shift" if n == 1 else "shifts",
    HOURS: lambda n: "h",
    WEIGHTED: lambda n: "weighted units",
}
_PERIODS: dict[str, Callable[[Maximum, date, date], tuple[str, str]]] = {
    WEEK: lambda asked, first, last: (f"in the week of {day(first)}", "a week"),
    MONTH: lambda asked, first, last: (f"in {first:%B}", "a month"),
    ROLLING: lambda asked, first, last: (
        f"in the {plural(asked.days, 'day')} {span(first, last)}", f"in any {plural(asked.days, 'day')}"
    ),
}  # fmt: skip


def _too_much(asked: Maximum, total: Decimal, first: date, last: date) -> str:
    there, each = _PERIODS[asked.period](asked, first, last)
    on = " on the days counted" if asked.weekdays else ""
    return f"{figure(total)} {_UNITS[asked.measure](total)}{on} {there}. The rule is {figure(asked.limit)} {each}."


def over(
    rule: RuleFact, label: str, person: int, part: list[Work], text: str, severity: Severity | None = None
) -> Conflict:
    """A conflict of several shifts: it stands at the last judged one."""
    marked = [one for one in part if one.judged]
    last = max(marked, key=lambda one: (one.date, one.starts_at, one.id))
    return Conflict(
        rule=rule.key,
        label=label,
        severity=severity or rule.severity,
        text=text,
        date=last.date,
        shift_ids=(last.id, *(one.id for one in marked if one is not last)),
        person_id=person,
        assignment_id=last.assignment.id,
        members=tuple(one.id for one in part),
    )


def consecutive(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Days in a row on which a shift starts, or weekends in a row with work on Saturday or Sunday."""
    for rule in rules:
        asked: Consecutive = rule.parameters
        step = 1 if asked.unit == DAYS else 7
        for person, shifts in facts.governed(rule):
            by_mark: dict[date, list[Work]] = defaultdict(list)
            for one in shifts:
                if asked.unit == DAYS:
                    by_mark[one.date].append(one)
                elif one.date.weekday() >= 5:
                    by_mark[one.date - (one.date.weekday() - 5) * _DAY].append(one)
            for run in runs(sorted(by_mark), step):
                part = [one for mark in run for one in by_mark[mark]]
                if len(run) > asked.limit and any(one.judged for one in part):
                    yield over(rule, "Consecutive", person, part, _in_a_row(asked, run))


def runs(dates: Sequence[date], step: int) -> Iterator[list[date]]:
    """Sorted dates cut into runs whose neighbours are `step` days apart."""
    run: list[date] = []
    for one in dates:
        if run and one - run[-1] != step * _DAY:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _in_a_row(asked: Consecutive, run: list[date]) -> str:
    if asked.unit == DAYS:
        return f"{plural(len(run), 'day')} in a row, {span(run[0], run[-1])}. The rule is {asked.limit}."
    return f"{plural(len(run), 'weekend')} in a row, {span(run[0], run[-1] + _DAY)}. The rule is {asked.limit}."


def cover(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Too few people for what an assignment requires that weekday, too many, and open shifts where nothing is required.

    A rule of this kind says how strict it is for its assignments; the one that stands in every organisation is soft. Too many is
    always soft.
    """
    strict: dict[int, RuleFact] = {}
    for rule in rules:  # the standing one first, a department's last
        for one in facts.cover:
            if rule.everywhere or one.id in rule.assignment_ids or one.type_id in rule.type_ids:
                strict[one.id] = rule
    there: dict[tuple[int, date], list[Work]] = defaultdict(list)
    for work in facts.work:
        if work.judged:
            there[work.assignment.id, work.date].append(work)
    for one in facts.cover:
        for place in range((facts.last - facts.first).days + 1):
            on = facts.first + place * _DAY
            if one.id in strict:
                yield from _cover(strict[one.id], one, on, there.get((one.id, on), []))


def _cover(rule: RuleFact, one: AssignmentFact, on: date, work: list[Work]) -> Iterator[Conflict]:
    opened = tuple(it.id for it in work if it.person_id is None)
    filled = len(work) - len(opened)
    asked = one.cover[on.weekday()] if one.cover and not (one.ended_on is not None and on > one.ended_on) else None
    if asked is not None and filled < asked:
        yield _cell(rule, "Cover", rule.severity, f"{filled} of {asked} filled.", one, on, opened)
    elif opened:
        many = "nobody is placed yet"
        yield _cell(rule, "Open", rule.severity, f"{len(opened)} open: {many}.", one, on, opened)
    if asked is not None and filled > asked:
        yield _cell(rule, "Cover", Severity.SOFT, f"{filled} filled, {asked or 'none'} required.", one, on, ())


def _cell(
    rule: RuleFact, label: str, severity: Severity, text: str, one: AssignmentFact, on: date, ids: tuple[uuid.UUID, ...]
) -> Conflict:
    return Conflict(
        rule=rule.key, label=label, severity=severity, text=text, date=on, shift_ids=ids, assignment_id=one.id
    )
