"""The kinds of rules: what each asks for, what finds it, and how far around a date it looks. A new kind is one more entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from scheduling.rules import amounts, duty, placing, together
from scheduling.rules.facts import Facts, RuleFact
from scheduling.rules.types import Conflict, Severity
from scheduling.rules.words import figure
from tenancy.types import RefusedError

Evaluate = Callable[[Sequence[RuleFact], Facts], Iterable[Conflict]]


@dataclass(frozen=True)
class Kind:
    """A kind of rule. `standing` is the severity with which it holds in every organisation, None where only rules ask for it.

    `reach` is how many days before and after a date it looks, by its parameters. `people` and `work` say which scopes make sense.
    """

    key: str
    label: str
    about: str
    evaluate: Evaluate
    parameters: type[Any] = placing.Nothing
    says: Callable[[Any], str] = lambda asked: ""
    reach: Callable[[Any], int] = lambda asked: 1
    standing: Severity | None = None
    standing_key: str = ""
    made: bool = True  # by administrators, with the form of its parameters
    people: bool = True
    work: bool = True


def _rest_says(asked: together.Rest) -> str:
    after = f" after {figure(asked.after_hours)} h of work" if asked.after_hours else ""
    return f"{figure(asked.hours)} h off{after}"


def _maximum_says(asked: amounts.Maximum) -> str:
    unit = {amounts.COUNT: "shifts", amounts.HOURS: "h", amounts.WEIGHTED: "weighted units"}[asked.measure]
    each = {amounts.WEEK: "a week", amounts.MONTH: "a month", amounts.ROLLING: f"in any {asked.days} days"}[
        asked.period
    ]
    names = [("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[one] for one in asked.weekdays]
    return f"at most {figure(asked.limit)} {unit} {each}" + (f", {' '.join(names)} only" if names else "")


def _maximum_reach(asked: amounts.Maximum) -> int:
    return {amounts.WEEK: 7, amounts.MONTH: 31, amounts.ROLLING: asked.days}[asked.period]


KINDS: dict[str, Kind] = {
    one.key: one
    for one in (
        Kind("eligible", "Eligibility", "People on an assignment whose list they are not on.", placing.eligibility,
             standing=Severity.HARD, made=False),
        Kind("active", "Active dates", "People outside their active dates, assignments that ended.", placing.activity,
             standing=Severity.HARD, made=False),
        Kind("leave", "Leave", "Work on days of approved leave.", placing.leave, standing=Severity.HARD, made=False),
        Kind("length", "Length", "Shifts wholly inside the hour that clocks skip.", placing.length,
             standing=Severity.HARD, made=False),
        Kind("compatibility", "Compatibility",
             "Which assignments one person may hold together. Without a word, two may not overlap and nobody works while off.",
             together.compatibility, together.Compatibility, lambda asked: f"{len(asked.pairs)} pairs",
             standing=Severity.HARD, standing_key="overlap", made=False, work=False),
        Kind("cover", "Cover", "How strict required cover is. How many are required stands with each assignment.", amounts.cover,
             amounts.Cover, lambda asked: "as each assignment requires", standing=Severity.SOFT, people=False),
        Kind("rest", "Rest", "Hours off between two shifts.", together.rest, together.Rest, _rest_says,
             lambda asked: int((asked.hours + asked.after_hours) // 24) + 3),
        Kind("maximum", "Maximum", "At most so many shifts, hours or weighted units in a period.", amounts.maximum, amounts.Maximum,
             _maximum_says, _maximum_reach),
        Kind("consecutive", "Consecutive", "At most so many days or weekends in a row.", amounts.consecutive, amounts.Consecutive,
             lambda asked: f"at most {asked.limit} {asked.unit} in a row",
             lambda asked: (asked.limit + 7) * (7 if asked.unit == amounts.WEEKENDS else 1)),
        Kind("average_hours", "Average hours", "Hours a week, averaged over a block of weeks.", duty.average, duty.Average,
             lambda asked: f"{figure(asked.hours)} h a week over {asked.weeks} weeks", lambda asked: asked.weeks * 7),
        Kind("days_free", "Free days", "Free days a week, averaged over a block of weeks.", duty.free_days, duty.FreeDays,
             lambda asked: f"{asked.days} a week over {asked.weeks} weeks", lambda asked: asked.weeks * 7 + 1),
        Kind("continuous", "Continuous work", "Hours of work without a break.", duty.stretch, duty.Stretch,
             lambda asked: f"at most {figure(asked.hours)} h + {figure(asked.transition)} h",
             lambda asked: int((asked.hours + asked.transition) // 24) + 2),
        Kind("call_nights", "Call nights", "Nights on call, averaged over a block of weeks.", duty.call_nights, duty.CallNights,
             lambda asked: f"at most one night in {asked.every} over {asked.weeks} weeks", lambda asked: asked.weeks * 7),
    )
}  # fmt: skip


def kind_of(key: str) -> Kind:
    """The kind by its key. Raises RefusedError."""
    if key not in KINDS:
        raise RefusedError(f"There is no kind of rule called {key!r}.", field="kind")
    return KINDS[key]


def standing_rules() -> list[RuleFact]:
    """What holds in every organisation without anybody saying so."""
    return [
        RuleFact(key=kind.standing_key or kind.key, kind=kind.key, severity=kind.standing, parameters=kind.parameters())
        for kind in KINDS.values()
        if kind.standing is not None
    ]


def reach_of(rules: Iterable[RuleFact]) -> timedelta:
    """How far before and after the dates asked for the rules look."""
    return timedelta(days=max((KINDS[rule.kind].reach(rule.parameters) for rule in rules), default=1))


def conflicts_find(rules: Sequence[RuleFact], facts: Facts) -> list[Conflict]:
    """What the rules find, hard first, then by date. Of rules of one kind the standing one comes first, a department's last."""
    by_kind: dict[str, list[RuleFact]] = {}
    for rule in sorted(rules, key=lambda one: (":" in one.key, one.by_department, one.key)):
        by_kind.setdefault(rule.kind, []).append(rule)
    since = {rule.key: rule.effective_from for rule in rules if rule.effective_from is not None}
    found = [
        conflict
        for key, some in by_kind.items()
        for conflict in KINDS[key].evaluate(some, facts)
        if conflict.rule not in since or conflict.date >= since[conflict.rule]
    ]
    return sorted(found, key=_order)


def _order(one: Conflict) -> tuple[bool, object, str, str, str]:
    return one.severity is not Severity.HARD, one.date, one.label, one.text, str(one.shift_ids)
