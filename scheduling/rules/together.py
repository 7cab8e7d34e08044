"""What one person may do together: overlap and compatibility, and the rest between two shifts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from scheduling.rules.facts import AssignmentFact, Facts, RuleFact, Work
from scheduling.rules.parameters import number, pairs
from scheduling.rules.types import Conflict
from scheduling.rules.words import clock, figure, hours, weekday

COMPATIBLE, NEVER, APART = "compatible", "not", "apart"
HOW = (
    (APART, "Compatible without overlap"),
    (COMPATIBLE, "Compatible, also at the same time"),
    (NEVER, "Not compatible on one day"),
)
ASSIGNMENT, TYPE = "assignment", "type"
Found = tuple[str, RuleFact]


@dataclass(frozen=True)
class Compatibility:
    """Pairs: two of "assignment:<public id>" or "type:<public id>", and how they go together."""

    pairs: tuple[tuple[str, str, str], ...] = pairs()


@dataclass(frozen=True)
class Rest:
    """Hours off between two shifts; with `after_hours`, only after that many hours of work without a break."""

    hours: Decimal = number("Rest", "hours", least=1, most=168)
    after_hours: Decimal = number(
        "Only after work of at least", "hours", least=0, most=168, default=Decimal(0), help="0: after any shift."
    )


def pairing(rules: Sequence[RuleFact]) -> Callable[[AssignmentFact, AssignmentFact], Found | None]:
    """How two assignments go together, and which rule says so: named assignments before types, departments before the whole."""
    said: dict[tuple[str, str], Found] = {}
    for rule in sorted(rules, key=lambda one: one.by_department):  # a department's word comes last, and stays
        for first, second, how in rule.parameters.pairs:
            said[first, second] = said[second, first] = (how, rule)
    known: dict[tuple[int, int], Found | None] = {}

    def find(one: AssignmentFact, two: AssignmentFact) -> Found | None:
        key = (one.id, two.id)
        if key not in known:
            ones = (f"{ASSIGNMENT}:{one.public_id}", f"{TYPE}:{one.type_public_id}")
            twos = (f"{ASSIGNMENT}:{two.public_id}", f"{TYPE}:{two.type_public_id}")
            tried = ((ones[0], twos[0]), (ones[0], twos[1]), (ones[1], twos[0]), (ones[1], twos[1]))
            known[key] = next((said[pair] for pair in tried if pair in said), None) if said else None
        return known[key]

    return find


def compatibility(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Two things at once, absence and work that starts on its days, and pairs that somebody said do not go together."""
    usual = rules[0]  # the one that stands in every organisation
    find = pairing(rules[1:])
    for shifts in facts.humans.values():
        for one, two in _near(shifts):
            if not (one.judged or two.judged):
                continue
            how, rule = find(one.assignment, two.assignment) or (APART, usual)
            if not rule.governs(facts.people[one.person_id or 0]):
                how, rule = APART, usual
            wrong = _wrong(one, two, how, explicit=rule is not usual)
            if wrong:
                yield _pair(rule, one, two, *wrong)


def _near(shifts: list[Work]) -> Iterator[tuple[Work, Work]]:
    """Pairs by start that overlap or lie on one date: all others go together whatever the rules say."""
    open_: list[Work] = []
    for two in shifts:
        open_ = [one for one in open_ if one.ends_at > two.starts_at or one.date >= two.date]
        yield from ((one, two) for one in open_)
        open_.append(two)


def _wrong(one: Work, two: Work, how: str, *, explicit: bool) -> tuple[str, str] | None:
    if how == COMPATIBLE:
        return None
    offs = one.assignment.is_off + two.assignment.is_off
    same_day = one.date == two.date
    overlap = min(one.ends_at, two.ends_at) - max(one.starts_at, two.starts_at)
    if how == NEVER and (same_day or overlap > timedelta(0)):
        return "Compatibility", f"{one.name} and {two.name} do not go together on one day."
    if not explicit and offs == 2:
        return None
    if not explicit and offs == 1 and same_day:
        off, work = (one, two) if one.assignment.is_off else (two, one)
        return "Off", f"{off.name} and {work.name} are on the same day."
    if not explicit and two.assignment.is_off:
        return None  # a night that began the day before belongs to the day before: it may run into the day off
    if overlap > timedelta(0):
        first, second = (f"{it.name} ({clock(it.start_wall, it.end_wall)})" for it in (one, two))
        return "Overlap", f"{second} overlaps {first} by {hours(overlap)}."
    return None


def _pair(rule: RuleFact, one: Work, two: Work, label: str, text: str) -> Conflict:
    here, there = (two, one) if two.judged else (one, two)
    return Conflict(
        rule=rule.key,
        label=label,
        severity=rule.severity,
        text=text,
        date=here.date,
        shift_ids=tuple(it.id for it in (here, there) if it.judged),
        person_id=here.person_id,
        assignment_id=here.assignment.id,
        other=there.id,
        members=(here.id, there.id),
    )


def rest(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Too few hours between the end of one shift and the start of the next, in hours that really pass.

    Where a scope is set it names the shift before. Shifts of one date that touch are one piece of work; those of two dates are not.
    """
    for rule in rules:
        asked = timedelta(hours=float(rule.parameters.hours))
        least = timedelta(hours=float(rule.parameters.after_hours))
        for person, shifts in facts.humans.items():
            if not rule.governs(facts.people[person]):
                continue
            for before, after in _followers([one for one in shifts if not one.assignment.is_off], rule, least):
                gap = after.starts_at - before.ends_at
                if gap < asked and (before.judged or after.judged):
                    yield _too_short(rule, before, after, gap)


def _followers(shifts: list[Work], rule: RuleFact, least: timedelta) -> Iterator[tuple[Work, Work]]:
    """Each shift with the one in scope that ended last before it; not where they overlap, nor where they are one piece of work."""
    last: Work | None = None
    worked = timedelta(0)  # without a break, when the last one ended
    started: datetime | None = None  # the present stretch
    until: datetime | None = None
    for one in shifts:
        if last is not None and last.ends_at <= one.starts_at and worked >= least:
            one_piece = last.date == one.date and last.ends_at == one.starts_at
            if not one_piece:
                yield last, one
        if started is None or until is None or one.starts_at > until:
            started, until = one.starts_at, one.ends_at
        until = max(until, one.ends_at)
        if rule.counts(one) and (last is None or one.ends_at >= last.ends_at):
            last, worked = one, one.ends_at - started


def _too_short(rule: RuleFact, before: Work, after: Work, gap: timedelta) -> Conflict:
    asked = f"The rule is {figure(rule.parameters.hours)} h."
    if rule.parameters.after_hours:
        asked = f"The rule is {figure(rule.parameters.hours)} h after {figure(rule.parameters.after_hours)} h of work."
    here, there = (after, before) if after.judged else (before, after)
    if here is after:
        text = f"{hours(gap)} after {before.name} on {weekday(before.date)} (to {before.end_wall:%H:%M}). {asked}"
    else:
        text = f"{hours(gap)} before {after.name} on {weekday(after.date)} (from {after.start_wall:%H:%M}). {asked}"
    return Conflict(
        rule=rule.key,
        label="Rest",
        severity=rule.severity,
        text=text,
        date=here.date,
        shift_ids=(here.id,),
        person_id=here.person_id,
        assignment_id=here.assignment.id,
        other=there.id,
        members=(here.id, there.id),
    )
