"""How requests are answered: a department's windows, its rules in order, its policy."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.requests.common import Asker, asker_of, tabs_context
from scheduling.requesting.conditions import CONDITIONS
from scheduling.requesting.evaluate import EFFECTS, RuleInfo
from scheduling.requesting.parameters import settings_text
from scheduling.requesting.types import KINDS, dates_text
from scheduling.requesting.windows import Window, WindowInfo, window_placed
from scheduling.selectors.request_rules import (
    last_published,
    may_manage,
    policies,
    rule_find,
    rules_of,
    windows_listed,
)
from scheduling.selectors.rows import assignments_by_id
from scheduling.services.request_rules import policy_change, rule_move, rule_remove
from scheduling.types import DepartmentInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

EFFECT_LOOKS = {"approve": ("ok", "check"), "hold": ("warn", "pause"), "deny": ("bad", "x")}


@dataclass(frozen=True)
class RuleRow:
    """A rule as the list shows it."""

    info: RuleInfo
    label: str
    settings: str
    kinds: str
    effect: str
    look: str
    glyph: str
    everywhere: bool
    may: bool


@dataclass(frozen=True)
class WindowRow:
    """A window as the list shows it, with the dates it has now."""

    info: WindowInfo
    kind: str
    placed: Window | None
    open: bool


@signed_in(Right.MANAGE_RULES)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The page of a department."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        department = department_managed(asker, request.GET.get("department", ""))
        assignments = {str(one.public_id): one.name for one in assignments_by_id().values()}
        listed = rules_of([department.id])
        rows = [rule_row(asker, one, assignments) for one in listed]
        last = last_published([department.id]).get(department.id)
        today = local_date(timezone.now(), department.zone)
        windows = [_window_row(one, last, today) for one in windows_listed([department.id])]
        policy = policies([department.id])[department.id]
    return render(
        request,
        "requests/rules.html",
        {
            **tabs_context(asker, "rules"),
            "departments": managed(asker),
            "department": department,
            "rows": rows,
            "windows": windows,
            "policy": policy,
            "last_published": dates_text(last, last) if last else "",
            "ends": any(row.info.condition == "otherwise" and row.info.is_active for row in rows),
        },
    )


@signed_in(Right.MANAGE_RULES)
@require_POST
def policy(request: HttpRequest) -> HttpResponse:
    """Change a department's policy."""
    with tenant_transaction(account_of(request).organization.id):
        department = department_managed(asker_of(request), request.POST.get("department", ""), named=True)
        policy_change(
            department_id=department.id,
            show_counts="show_counts" in request.POST,
            place_off="place_off" in request.POST,
            actor=actor_of(request),
            now=timezone.now(),
        )
    messages.success(request, f"Saved for {department.name}.")
    return redirect(rules_url(department))


@signed_in(Right.MANAGE_RULES)
@require_POST
def rule_shift(request: HttpRequest, request_rule_id: uuid.UUID) -> HttpResponse:
    """Let a rule be asked earlier or later."""
    return _rule_act(request, request_rule_id, move=request.POST.get("to", ""))


@signed_in(Right.MANAGE_RULES)
@require_POST
def rule_drop(request: HttpRequest, request_rule_id: uuid.UUID) -> HttpResponse:
    """Remove a rule."""
    return _rule_act(request, request_rule_id, move=None)


def _rule_act(request: HttpRequest, rule_id: uuid.UUID, *, move: str | None) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            asker = asker_of(request)
            info = rule_find(asker.access, rule_id)
            by: dict[str, Any] = {
                "rule_id": rule_id, "version": version_posted(request), "actor": actor_of(request), "now": timezone.now(),
            }  # fmt: skip
            if move is None:
                rule_remove(**by)
            else:
                rule_move(up=move == "up", **by)
            back = _home(asker, info, request.POST.get("department", ""))
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
        return redirect("request-rules")
    messages.success(request, f"{info.label}: {'removed' if move is None else 'moved'}.")
    return redirect(rules_url(back))


def _home(asker: Asker, info: RuleInfo, asked: str) -> DepartmentInfo:
    """The department whose page one came from."""
    found = asker.department(asked)
    own = next((one for one in asker.departments if one.id == info.department_id), None)
    return found or own or managed(asker)[0]


def managed(asker: Asker) -> list[DepartmentInfo]:
    """The departments whose rules the account manages."""
    return [one for one in asker.departments if may_manage(asker.access, one.id)]


def department_managed(asker: Asker, public_id: str, *, named: bool = False) -> DepartmentInfo:
    """The department that is asked for, the first one if none is. Raises NotFoundError, PermissionDenied."""
    found = managed(asker)
    if not found:
        raise PermissionDenied("You manage the rules of no department.")
    chosen = next((one for one in found if str(one.public_id) == public_id), None)
    if chosen is None and (public_id or named):
        raise NotFoundError("There is no such department, or you do not manage its rules.")
    return chosen or found[0]


def rules_url(department: DepartmentInfo) -> str:
    """The page of a department."""
    return f"{reverse('request-rules')}?department={department.public_id}"


def version_posted(request: HttpRequest) -> int:
    """The version that the form showed; 0, which nothing has, for nonsense."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def rule_row(asker: Asker, one: RuleInfo, assignments: dict[str, str]) -> RuleRow:
    """A rule as the list shows it."""
    condition = CONDITIONS[one.condition]
    shown = settings_text(condition.parameters, one.settings)
    told = []
    for parameter in condition.parameters:
        value = shown[parameter.key].replace("\n", ", ")
        value = assignments.get(value, value) if parameter.kind == "assignment" else value
        value = dict(parameter.choices).get(value, value)
        value = "yes" if parameter.kind == "flag" and value else value
        if value:
            told.append(f"{parameter.label}: {value}")
    look, glyph = EFFECT_LOOKS[one.effect]
    return RuleRow(
        info=one,
        label=condition.label,
        settings=" · ".join(told),
        kinds=", ".join(KINDS[key].label for key in one.kinds),
        effect=EFFECTS[one.effect],
        look=look,
        glyph=glyph,
        everywhere=one.department_id is None,
        may=may_manage(asker.access, one.department_id),
    )


def _window_row(one: WindowInfo, last: Any, today: Any) -> WindowRow:
    placed = window_placed(one, last)
    return WindowRow(one, KINDS[one.kind].label, placed, placed is not None and placed.open_on(today))
