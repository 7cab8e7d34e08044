"""Rules, windows and policies of requests, read."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q

from scheduling.models import PublishedDay, RequestPolicy, RequestRule, RequestWindow
from scheduling.requesting.evaluate import RuleInfo
from scheduling.requesting.windows import Window, WindowInfo, window_placed
from scheduling.selectors.workspace import Access
from scheduling.types import Audience
from tenancy.rights import Right
from tenancy.types import NotFoundError


@dataclass(frozen=True)
class PolicyInfo:
    """How a department handles requests."""

    show_counts: bool = False
    place_off: bool = True


def rules_of(department_ids: Collection[int] | None = None) -> list[RuleInfo]:
    """The rules of some departments with those for all of them, in order; or every rule."""
    rows = RequestRule.objects.order_by("order", "id")
    if department_ids is not None:
        rows = rows.filter(Q(department=None) | Q(department_id__in=department_ids))
    return [rule_info(row) for row in rows]


def rule_find(access: Access, rule_id: uuid.UUID) -> RuleInfo:
    """A rule that the account may manage. Raises NotFoundError."""
    row = RequestRule.objects.filter(public_id=rule_id).first()
    if row is None or not may_manage(access, row.department_id):
        raise NotFoundError("There is no such rule.")
    return rule_info(row)


def may_manage(access: Access, department_id: int | None) -> bool:
    """True if the account manages the rules of a department; those for all departments are for accounts that manage all."""
    if department_id is None:
        return access.account.may(Right.MANAGE_RULES) and access.granted is None
    return access.may(Right.MANAGE_RULES, department_id)


def windows_listed(department_ids: Collection[int]) -> list[WindowInfo]:
    """The windows of some departments, by kind and name."""
    rows = RequestWindow.objects.filter(department_id__in=department_ids).order_by("kind", "name", "id")
    return [window_info(row) for row in rows]


def window_find(access: Access, window_id: uuid.UUID) -> WindowInfo:
    """A window that the account may manage. Raises NotFoundError."""
    row = RequestWindow.objects.filter(public_id=window_id).first()
    if row is None or not may_manage(access, row.department_id):
        raise NotFoundError("There is no such window.")
    return window_info(row)


def windows_by_kind(department_ids: Collection[int]) -> dict[tuple[int, str], tuple[Window, ...]]:
    """The windows with their dates, by department and kind; a kind without any is always open and has no entry."""
    last = last_published(department_ids)
    found: dict[tuple[int, str], tuple[Window, ...]] = {}
    for one in windows_listed(department_ids):
        placed = window_placed(one, last.get(one.department_id))
        key = (one.department_id, one.kind)
        found[key] = (*found.get(key, ()), *((placed,) if placed else ()))
    return found


def last_published(department_ids: Collection[int]) -> dict[int, date]:
    """Department → the last day that everyone may rely on."""
    rows = PublishedDay.objects.filter(audience=Audience.EVERYONE.value, department_id__in=department_ids)
    return dict(rows.values_list("department_id").annotate(last=Max("date")).values_list("department_id", "last"))


def policies(department_ids: Collection[int]) -> dict[int, PolicyInfo]:
    """Each department's policy."""
    rows = RequestPolicy.objects.filter(department_id__in=department_ids)
    found = {row.department_id: PolicyInfo(row.show_counts, row.place_off) for row in rows}
    return {one: found.get(one, PolicyInfo()) for one in department_ids}


def rule_info(row: RequestRule) -> RuleInfo:
    """A rule."""
    return RuleInfo(
        public_id=row.public_id,
        department_id=row.department_id,
        condition=row.condition,
        settings=row.settings,
        kinds=tuple(row.kinds),
        effect=row.effect,
        reason=row.reason,
        order=row.order,
        is_active=row.is_active,
        version=row.version,
    )


def window_info(row: RequestWindow) -> WindowInfo:
    """A window."""
    return WindowInfo(
        public_id=row.public_id,
        department_id=row.department_id,
        kind=row.kind,
        name=row.name,
        relative=row.relative,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        covers_from=row.covers_from,
        covers_to=row.covers_to,
        opens_days=row.opens_days,
        closes_days=row.closes_days,
        covers_from_days=row.covers_from_days,
        covers_to_days=row.covers_to_days,
        version=row.version,
    )
