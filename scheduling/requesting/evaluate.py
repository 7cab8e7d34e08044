"""What the rules say about a request. The first rule whose condition holds decides; the others are told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scheduling.requesting.conditions import CONDITIONS
from scheduling.requesting.facts import Facts
from scheduling.requesting.types import KINDS, RequestInfo, Saying

EFFECTS = {"approve": "Approve", "hold": "Hold", "deny": "Deny"}
SHIFTS_RULE = "shifts"  # the one answer that is not a rule's: nobody but people can say who takes a shift


@dataclass(frozen=True)
class RuleInfo:
    """A rule: its condition with its settings, the kinds of request it looks at, its answer and its own words."""

    public_id: uuid.UUID
    department_id: int | None
    condition: str
    settings: Mapping[str, Any]
    kinds: tuple[str, ...]
    effect: str
    reason: str
    order: int
    is_active: bool
    version: int

    @property
    def label(self) -> str:
        """What its condition is called."""
        return CONDITIONS[self.condition].label

    def looks_at(self, request: RequestInfo) -> bool:
        """True if it is for that request's department and kind."""
        return self.is_active and request.kind in self.kinds and self.department_id in (None, request.department.id)


def rule_says(rule: RuleInfo, request: RequestInfo, *, today: date, facts: Facts) -> Saying | None:
    """What one rule says, or None if its condition does not hold."""
    if not rule.looks_at(request):
        return None
    figures = CONDITIONS[rule.condition].holds(request, today, facts, rule.settings)
    if figures is None:
        return None
    return Saying(str(rule.public_id), rule.label, rule.effect, f"{rule.reason} {figures}".strip())


def rules_say(rules: Iterable[RuleInfo], request: RequestInfo, *, today: date, facts: Facts) -> tuple[Saying, ...]:
    """All answers, in the order of the rules: the first decides.

    An approval over shifts is never a rule's: an answer that holds it for people stands in front.
    """
    found = [said for rule in rules if (said := rule_says(rule, request, today=today, facts=facts)) is not None]
    touched = facts.touched(request) if KINDS[request.kind].is_absence else ()
    if found and found[0].effect == "approve" and touched:
        named = ", ".join(f"{one.title} ({one.standing})" for one in touched[:4])
        more = f" and {len(touched) - 4} more" if len(touched) > 4 else ""
        found.insert(0, Saying(SHIFTS_RULE, "Shifts to hand over", "hold", f"Somebody must take {named}{more}."))
    return tuple(found)


def against(said: Iterable[Saying]) -> tuple[Saying, ...]:
    """The answers that speak against approving: a person who approves nevertheless gives a reason."""
    return tuple(one for one in said if one.effect != "approve" and one.rule != SHIFTS_RULE)
