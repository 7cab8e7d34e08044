"""Writes of the rules, windows and policies of requests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from scheduling.models import Department, RequestPolicy, RequestRule, RequestWindow
from scheduling.requesting.conditions import CONDITIONS
from scheduling.requesting.evaluate import EFFECTS
from scheduling.requesting.parameters import settings_parsed, settings_text
from scheduling.requesting.types import KINDS
from scheduling.services.request_parts import department_turn
from tenancy.changes import change_record, differing
from tenancy.types import Actor, NotFoundError, RefusedError


@dataclass(frozen=True)
class RuleTerms:
    """What a rule says; `settings` are texts as a form gives them."""

    condition: str
    effect: str
    kinds: Sequence[str]
    settings: Mapping[str, str]
    reason: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class WindowTerms:
    """What a window says. By date, or (`relative`) in days from the last published day; None has no limit."""

    kind: str
    name: str
    relative: bool = False
    opens_on: date | None = None
    closes_on: date | None = None
    covers_from: date | None = None
    covers_to: date | None = None
    opens_days: int | None = None
    closes_days: int | None = None
    covers_from_days: int | None = None
    covers_to_days: int | None = None


_ENDS = (
    ("opens_on", "closes_on"), ("covers_from", "covers_to"), ("opens_days", "closes_days"),
    ("covers_from_days", "covers_to_days"),
)  # fmt: skip


def rule_values(terms: RuleTerms) -> dict[str, Any]:
    """The columns of a rule. Raises RefusedError naming the field."""
    condition = CONDITIONS.get(terms.condition)
    if condition is None:
        raise RefusedError("Choose what the rule looks at.", field="condition")
    if terms.effect not in EFFECTS:
        raise RefusedError("Choose what the rule answers: approve, hold or deny.", field="effect")
    kinds = [key for key in KINDS if key in set(terms.kinds)]
    if not kinds:
        raise RefusedError("Choose at least one kind of request.", field="kinds")
    if len(terms.reason) > 400 or "\x00" in terms.reason:
        raise RefusedError("The reason has at most 400 printable characters.", field="reason")
    return {
        "condition": condition.key,
        "effect": terms.effect,
        "kinds": kinds,
        "settings": settings_parsed(condition.parameters, terms.settings),
        "reason": terms.reason.strip(),
        "is_active": terms.is_active,
    }


def rule_create(*, department_id: int | None, terms: RuleTerms, actor: Actor, now: datetime) -> RequestRule:
    """Add a rule after those that the department has; without a department it is for all of them."""
    values = rule_values(terms)
    last = RequestRule.objects.aggregate(last=Max("order"))["last"] or 0
    row = RequestRule.objects.create(department_id=department_id, order=last + 1, **values)
    _log(row, "request_rule.create", actor, now, None, _rule_told(row))
    return row


def rule_change(*, rule_id: uuid.UUID, version: int, terms: RuleTerms, actor: Actor, now: datetime) -> RequestRule:
    """Change a rule. Requests that were answered keep their answers."""
    row = _rule(rule_id, version)
    before = _rule_told(row)
    for name, value in rule_values(terms).items():
        setattr(row, name, value)
    was, became = differing(before, _rule_told(row))
    if became:
        row.version += 1
        row.save()
        _log(row, "request_rule.change", actor, now, was, became)
    return row


def rule_move(*, rule_id: uuid.UUID, version: int, up: bool, actor: Actor, now: datetime) -> None:
    """Let a rule be asked before (or after) its neighbour: among its department's rules, the first that holds decides."""
    row = _rule(rule_id, version)
    rows = list(RequestRule.objects.select_for_update().filter(department=row.department_id).order_by("order", "id"))
    at = next(n for n, one in enumerate(rows) if one.id == row.id)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        raise RefusedError("It is the first rule already." if up else "It is the last rule already.")
    rows[at], rows[to] = rows[to], rows[at]
    for order, one in zip(sorted(one.order for one in rows), rows, strict=True):
        RequestRule.objects.filter(id=one.id).update(order=order)
    _log(row, "request_rule.move", actor, now, {"place": at + 1}, {"place": to + 1})


def rule_remove(*, rule_id: uuid.UUID, version: int, actor: Actor, now: datetime) -> None:
    """Remove a rule. What it answered keeps its words."""
    row = _rule(rule_id, version)
    _log(row, "request_rule.remove", actor, now, _rule_told(row), None)
    row.delete()


def window_create(*, department_id: int, terms: WindowTerms, actor: Actor, now: datetime) -> RequestWindow:
    """Add a window: from now on requests of that kind are taken only inside the department's windows."""
    row = RequestWindow.objects.create(department_id=department_id, **_window_values(terms))
    _log(row, "request_window.create", actor, now, None, _window_told(row))
    return row


def window_change(
    *, window_id: uuid.UUID, version: int, terms: WindowTerms, actor: Actor, now: datetime
) -> RequestWindow:
    """Change a window."""
    row = _window(window_id, version)
    before = _window_told(row)
    for name, value in _window_values(terms).items():
        setattr(row, name, value)
    was, became = differing(before, _window_told(row))
    if became:
        row.version += 1
        row.save()
        _log(row, "request_window.change", actor, now, was, became)
    return row


def window_remove(*, window_id: uuid.UUID, version: int, actor: Actor, now: datetime) -> None:
    """Remove a window; a kind without any is always open."""
    row = _window(window_id, version)
    _log(row, "request_window.remove", actor, now, _window_told(row), None)
    row.delete()


def policy_change(*, department_id: int, show_counts: bool, place_off: bool, actor: Actor, now: datetime) -> None:
    """Say whether providers see how many are off, and whether approving places the named absence in the drafts."""
    row = department_turn(department_id)
    values = {"show_counts": show_counts, "place_off": place_off}
    before, after = differing({name: getattr(row, name) for name in values}, values)
    if not after:
        return
    RequestPolicy.objects.filter(id=row.id).update(**values)
    department = Department.objects.get(id=department_id)
    change_record(
        actor=actor, now=now, action="request_policy.change", subject_type="department",
        subject=f"Requests of {department.name}", subject_id=department.public_id, department_id=department_id,
        before=before, after=after,
    )  # fmt: skip


def _rule(rule_id: uuid.UUID, version: int) -> RequestRule:
    row = RequestRule.objects.select_for_update().filter(public_id=rule_id).first()
    if row is None:
        raise NotFoundError("There is no such rule.")
    _current_or_refuse(row.version, version, "rule")
    return row


def _window(window_id: uuid.UUID, version: int) -> RequestWindow:
    row = RequestWindow.objects.select_for_update().filter(public_id=window_id).first()
    if row is None:
        raise NotFoundError("There is no such window.")
    _current_or_refuse(row.version, version, "window")
    return row


def _current_or_refuse(was: int, version: int, noun: str) -> None:
    if was != version:
        raise RefusedError(f"Somebody changed this {noun} meanwhile. Look at it again.", code="stale")


def _window_values(terms: WindowTerms) -> dict[str, Any]:
    if terms.kind not in KINDS:
        raise RefusedError("Choose a kind of request.", field="kind")
    name = terms.name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise RefusedError("A window needs a name of at most 120 characters.", field="name")
    values = {"kind": terms.kind, "name": name, "relative": terms.relative}
    for first, last in _ENDS:
        used = terms.relative == first.endswith("_days")
        start, end = (getattr(terms, first), getattr(terms, last)) if used else (None, None)
        if start is not None and end is not None and end < start:
            raise RefusedError("The end is before the beginning.", field=last)
        values |= {first: start, last: end}
    return values


def _rule_told(row: RequestRule) -> dict[str, Any]:
    condition = CONDITIONS[row.condition]
    shown = settings_text(condition.parameters, row.settings)
    return {
        "looks at": condition.label,
        "answers": EFFECTS[row.effect],
        "kinds": [KINDS[key].label for key in row.kinds],
        **{one.label: shown[one.key] for one in condition.parameters},
        "reason": row.reason,
        "active": row.is_active,
    }


def _window_told(row: RequestWindow) -> dict[str, Any]:
    ends = {name: getattr(row, name) for pair in _ENDS for name in pair}
    return {
        "kind": KINDS[row.kind].label,
        "name": row.name,
        "relative": row.relative,
        **{name: "" if value is None else str(value) for name, value in ends.items()},
    }


def _log(
    row: RequestRule | RequestWindow,
    action: str,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    name = CONDITIONS[row.condition].label if isinstance(row, RequestRule) else row.name
    change_record(
        actor=actor, now=now, action=action, subject_type=action.partition(".")[0], subject=name,
        subject_id=row.public_id, department_id=row.department_id, before=before, after=after,
    )  # fmt: skip
