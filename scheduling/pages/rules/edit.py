"""One rule: made, changed, switched off; and what it finds now, before anybody has to live with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.models import Department, Rule
from scheduling.pages.rules.common import Reach, choices_read, reach_of_account, today_of
from scheduling.pages.rules.forms import EVERYWHERE, PARAMETER, Choices, RuleForm, department_choices
from scheduling.rules.kinds import KINDS, kind_of
from scheduling.selectors.rule_list import RuleInfo, people_named, rule_find, rule_scoped
from scheduling.services.rule_trial import Trial, rules_asked, rules_tried
from scheduling.services.rules import Scope, rule_change, rule_create
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_SCOPES = ("assignments", "assignment_types", "personnel_types", "excepted")


@signed_in(Right.MANAGE_RULES)
def rule_new(request: HttpRequest) -> HttpResponse:
    """Choose a kind; then its form. "Show what it finds" keeps nothing."""
    asked = request.GET.get("kind", "")
    kind = KINDS.get(asked)
    if kind is None or not kind.made:
        context = {"section": "admin", "tab": "rules", "kinds": [one for one in KINDS.values() if one.made]}
        return render(request, "scheduling/rules/kinds.html", context)
    reach, choices = _offered(request)
    places = department_choices(reach.departments, everywhere=reach.everywhere)
    form = RuleForm(request.POST or None, kind=kind, departments=places, choices=choices)
    trial: Trial | None = None
    if request.method == "POST" and form.is_valid():
        if "try" in request.POST:
            trial = _tried(request, form, lambda: [_create(request, form, reach)], reach)
        elif _done(request, form, lambda: _create(request, form, reach)):
            messages.success(request, f"{form.cleaned_data['name']} holds from now on.")
            return redirect("rules")
    return _page(request, form, f"New rule: {kind.label}", trial=trial)


@signed_in(Right.MANAGE_RULES)
def rule(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Look at and change one rule."""
    account = account_of(request)
    reach, choices = _offered(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = rule_find(rule_id)
        scoped = rule_scoped(info.id)
    if info.department_id is not None or request.method == "POST":
        reach.needed(info.department_id)
    kind = kind_of(info.kind)
    if not kind.made:
        return redirect("department-compatibility", _department(reach, info).public_id)
    initial: dict[str, Any] = {
        "department": EVERYWHERE, "name": info.name, "severity": info.severity, "source": info.source,
        "effective_from": info.effective_from, "people": "\n".join(scoped.people),
        **{name: [str(one) for one in getattr(scoped, name)] for name in _SCOPES},
        **{PARAMETER + name: value for name, value in info.parameters.items()},
    }  # fmt: skip
    form = RuleForm(
        request.POST or None, kind=kind, departments=_only_place(info, reach), choices=choices, initial=initial
    )
    form.fields["department"].required = False
    trial: Trial | None = None
    if request.method == "POST" and form.is_valid():
        if "try" in request.POST:
            trial = _tried(request, form, lambda: [_change(request, form, info)], reach)
        elif _done(request, form, lambda: _change(request, form, info)):
            messages.success(request, f"{form.cleaned_data['name']} was saved.")
            return redirect("rules")
    return _page(request, form, info.name, trial=trial, info=info, may_change=reach.may(info.department_id))


@signed_in(Right.MANAGE_RULES)
@require_POST
def rule_switch(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Switch a rule off, or on again."""
    account, on = account_of(request), request.POST.get("on") == "1"
    with tenant_transaction(account.organization.id):
        info = rule_find(rule_id)
        reach_of_account(account).needed(info.department_id)
        rule_change(rule_id=rule_id, actor=actor_of(request), now=timezone.now(), fields={"active": on})
    messages.success(request, f"{info.name} is {'on' if on else 'off: it finds nothing any more'}.")
    return redirect("rules")


@signed_in(Right.MANAGE_RULES)
@require_GET
def rule_finds(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    """What a rule finds now in the schedules that run or lie ahead."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = rule_find(rule_id)
        reach = reach_of_account(account)
        if info.department_id is not None:
            reach.needed(info.department_id)
        trial = rules_asked(list(Rule.objects.filter(id=info.id)), today=today_of(request), departments=reach.ids)
    context = {
        "section": "admin",
        "tab": "rules",
        "info": info,
        "trial": trial,
        "heading": f"What {info.name} finds now",
    }
    return render(request, "scheduling/rules/finds.html", context)


def _offered(request: HttpRequest) -> tuple[Reach, Choices]:
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        reach = reach_of_account(account)
        return reach, choices_read(reach)


def _department(reach: Reach, info: RuleInfo) -> Any:
    return next(one for one in reach.departments if one.id == info.department_id)


def _only_place(info: RuleInfo, reach: Reach) -> list[tuple[str, str]]:
    if info.department_id is None:
        return [(EVERYWHERE, "The whole organization")]
    return [(str(_department(reach, info).public_id), info.department)]


def _create(request: HttpRequest, form: RuleForm, reach: Reach) -> Rule:
    values, chosen = form.cleaned_data, form.cleaned_data["department"]
    department = None
    if chosen != EVERYWHERE:
        department = Department.objects.filter(public_id=chosen).first()
        if department is None:
            raise NotFoundError("There is no such department.")
    reach.needed(department.id if department else None)
    return rule_create(
        kind=form.kind.key, name=values["name"], severity=values["severity"], parameters=form.parameters(),
        department=department, scope=_scope(form), source=values["source"], effective_from=values["effective_from"],
        actor=actor_of(request), now=timezone.now(),
    )  # fmt: skip


def _change(request: HttpRequest, form: RuleForm, info: RuleInfo) -> Rule:
    values = form.cleaned_data
    fields = {name: values[name] for name in ("name", "severity", "source", "effective_from")}
    return rule_change(
        rule_id=info.public_id, actor=actor_of(request), now=timezone.now(),
        fields=fields | {"parameters": form.parameters()}, scope=_scope(form),
    )  # fmt: skip


def _scope(form: RuleForm) -> Scope:
    lines = form.cleaned_data.get("people", "").splitlines()
    found, wrong = people_named(lines) if lines else ({}, [])
    if wrong:
        raise RefusedError("; ".join(wrong), field="people")
    return Scope(
        assignments=form.chosen("assignments"),
        assignment_types=form.chosen("assignment_types"),
        people=[one.public_id for one in found.values()],
        personnel_types=form.chosen("personnel_types"),
        excepted=form.chosen("excepted"),
    )


def _done(request: HttpRequest, form: RuleForm, write: Callable[[], Rule]) -> bool:
    try:
        with tenant_transaction(account_of(request).organization.id):
            write()
    except NotFoundError:
        raise
    except RefusedError as refused:
        _refuse(form, refused)
        return False
    return True


def _tried(request: HttpRequest, form: RuleForm, write: Callable[[], list[Rule]], reach: Reach) -> Trial | None:
    try:
        with tenant_transaction(account_of(request).organization.id):
            return rules_tried(write, today=today_of(request), departments=reach.ids)
    except NotFoundError:
        raise
    except RefusedError as refused:
        _refuse(form, refused)
        return None


def _refuse(form: RuleForm, refused: RefusedError) -> None:
    own = PARAMETER + refused.field
    form.refuse(RefusedError(refused.text, field=own if own in form.fields else refused.field, code=refused.code))


def _page(
    request: HttpRequest,
    form: RuleForm,
    heading: str,
    *,
    trial: Trial | None,
    info: RuleInfo | None = None,
    may_change: bool = True,
) -> HttpResponse:
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    return render(
        request,
        "scheduling/rules/rule.html",
        {
            "section": "admin", "tab": "rules", "heading": heading, "list_name": "Rules", "list_url": reverse("rules"),
            "form": form, "groups": form.groups(), "trial": trial, "info": info, "may_change": may_change,
        },
        status=422 if form.errors else 200,
    )  # fmt: skip
