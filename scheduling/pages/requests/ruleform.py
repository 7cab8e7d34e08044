"""One rule: what it looks at, what it answers, and what it would have said about the last requests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.pages.forms import PageForm
from scheduling.pages.requests.common import Asker, Row, asker_of, kind_choices, row_of, tabs_context
from scheduling.pages.requests.rules import EFFECT_LOOKS, department_managed, managed, rules_url, version_posted
from scheduling.requesting.conditions import CONDITIONS, Condition
from scheduling.requesting.evaluate import EFFECTS, RuleInfo, rule_says
from scheduling.requesting.parameters import Parameter, settings_text
from scheduling.requesting.types import KINDS
from scheduling.selectors.request_facts import facts_for
from scheduling.selectors.request_rules import may_manage, rule_find
from scheduling.selectors.requests import requests_latest
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.staff import personnel_type_names
from scheduling.services.request_rules import RuleTerms, rule_change, rule_create, rule_values
from scheduling.types import DepartmentInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

PREVIEWED = 50


@dataclass(frozen=True)
class Desk:
    """The department, and what parameters may choose from."""

    asker: Asker
    department: DepartmentInfo
    assignments: tuple[tuple[str, str], ...]
    personnel: tuple[tuple[str, str], ...]
    rule: RuleInfo | None = None


@dataclass(frozen=True)
class Heard:
    """A request, and what the rule would have said about it."""

    row: Row
    effect: str
    look: str
    glyph: str
    text: str


def _number(one: Parameter, desk: Desk) -> forms.Field:
    return forms.IntegerField(min_value=one.minimum, max_value=one.maximum)


def _choice(one: Parameter, desk: Desk) -> forms.Field:
    return forms.ChoiceField(choices=one.choices)


def _flag(one: Parameter, desk: Desk) -> forms.Field:
    return forms.BooleanField(required=False)


def _personnel(one: Parameter, desk: Desk) -> forms.Field:
    return forms.ChoiceField(choices=(("", "Everybody"), *desk.personnel), required=False)


def _assignment(one: Parameter, desk: Desk) -> forms.Field:
    return forms.ChoiceField(choices=(("", "Any"), *desk.assignments), required=False)


def _dates(one: Parameter, desk: Desk) -> forms.Field:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}))


CONTROLS = {
    "number": _number, "choice": _choice, "flag": _flag, "personnel_type": _personnel, "assignment": _assignment,
    "dates": _dates,
}  # fmt: skip


class RuleForm(PageForm):
    """A rule; the fields after the first few are its condition's parameters."""

    effect = forms.ChoiceField(label="Then", choices=EFFECTS.items(), widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(
        label="For requests of kind", choices=kind_choices, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label="In your words",
        required=False,
        max_length=400,
        help_text="Stands in front of the figures; people read it.",
    )
    everywhere = forms.BooleanField(label="For every department", required=False)
    is_active = forms.BooleanField(label="Active", required=False)

    def __init__(self, *args: Any, condition: Condition, desk: Desk, **kwargs: Any) -> None:
        self.base_fields = {  # type: ignore[misc]
            **{one.key: _labelled(one, desk) for one in condition.parameters},
            **type(self).base_fields,
        }
        super().__init__(*args, **kwargs)
        self.parameters = [self[one.key] for one in condition.parameters]
        if desk.rule is not None or not may_manage(desk.asker.access, None):
            del self.fields["everywhere"]


def _labelled(one: Parameter, desk: Desk) -> forms.Field:
    field = CONTROLS[one.kind](one, desk)
    field.label, field.help_text, field.initial = one.label, one.help, one.default
    return field


@signed_in(Right.MANAGE_RULES)
def rule_new(request: HttpRequest) -> HttpResponse:
    """Choose a condition, then make a rule of it."""
    account = account_of(request)
    given: QueryDict = request.POST if request.method == "POST" else request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        desk = _desk(request, given.get("department", ""))
    condition = CONDITIONS.get(given.get("condition", ""))
    if condition is None:
        context = {**tabs_context(desk.asker, "rules"), "desk": desk, "conditions": CONDITIONS.values()}
        return render(request, "requests/conditions.html", context, status=422 if request.method == "POST" else 200)
    initial = {"effect": condition.effect, "kinds": ["time_off"], "is_active": True}
    form = RuleForm(request.POST or None, condition=condition, desk=desk, initial=initial)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        everywhere = form.cleaned_data.get("everywhere", False)
        try:
            with tenant_transaction(account.organization.id):
                rule_create(
                    department_id=None if everywhere else desk.department.id,
                    terms=_terms(condition, form),
                    actor=actor_of(request),
                    now=timezone.now(),
                )
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{condition.label}: the rule stands from now on.")
            return redirect(rules_url(desk.department))
    return _form(request, desk, condition, form)


@signed_in(Right.MANAGE_RULES)
def rule(request: HttpRequest, request_rule_id: uuid.UUID) -> HttpResponse:
    """Look at and change one rule."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        info = rule_find(asker.access, request_rule_id)
        home = next((one for one in managed(asker) if one.id == info.department_id), None)
        desk = _desk(request, str(home.public_id) if home else "", info)
    condition = CONDITIONS[info.condition]
    initial = {
        **settings_text(condition.parameters, info.settings), "effect": info.effect, "kinds": list(info.kinds),
        "reason": info.reason, "is_active": info.is_active,
    }  # fmt: skip
    form = RuleForm(request.POST or None, condition=condition, desk=desk, initial=initial)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            with tenant_transaction(account.organization.id):
                rule_change(
                    rule_id=request_rule_id,
                    version=version_posted(request),
                    terms=_terms(condition, form),
                    actor=actor_of(request),
                    now=timezone.now(),
                )
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{condition.label} was saved. Requests that were answered keep their answers.")
            return redirect(rules_url(desk.department))
    return _form(request, desk, condition, form)


def _desk(request: HttpRequest, department: str, info: RuleInfo | None = None) -> Desk:
    asker = asker_of(request)
    place = department_managed(asker, department)
    own = assignments_by_id(department_id=place.id).values()
    return Desk(
        asker=asker,
        department=place,
        assignments=tuple((str(one.public_id), one.name) for one in own if one.is_off and one.ended_on is None),
        personnel=tuple((name, name) for name in personnel_type_names()),
        rule=info,
    )


def _terms(condition: Condition, form: RuleForm) -> RuleTerms:
    given = form.cleaned_data
    settings = {one.key: _text(given.get(one.key)) for one in condition.parameters}
    return RuleTerms(condition.key, given["effect"], given["kinds"], settings, given["reason"], given["is_active"])


def _text(value: object) -> str:
    return "1" if value is True else "" if value in (None, False) else str(value)


def _form(request: HttpRequest, desk: Desk, condition: Condition, form: RuleForm) -> HttpResponse:
    """The page, with what the rule as it stands in the form would have said."""
    heard, weighed = _heard(request, desk, condition, form)
    shown = desk.rule
    return render(
        request,
        "requests/rule.html",
        {
            **tabs_context(desk.asker, "rules"),
            "desk": desk,
            "condition": condition,
            "form": form,
            "heard": heard,
            "weighed": weighed,
            "version": shown.version if shown else 0,
            "list_url": rules_url(desk.department),
            "action_url": reverse("request-rule", args=[shown.public_id]) if shown else reverse("request-rule-new"),
        },
        status=422 if form.errors else 200,
    )


def _heard(request: HttpRequest, desk: Desk, condition: Condition, form: RuleForm) -> tuple[list[Heard], int]:
    """What it would have said about the last requests of the department, on the day that each was made."""
    values = _values(condition, form)
    if values is None:
        return [], 0
    rule = RuleInfo(
        public_id=desk.rule.public_id if desk.rule else uuid.uuid4(),
        department_id=None,
        condition=condition.key,
        settings=values["settings"],
        kinds=tuple(values["kinds"]),
        effect=values["effect"],
        reason=values["reason"],
        order=0,
        is_active=True,
        version=0,
    )
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        found = requests_latest(department_ids=[desk.department.id], kinds=rule.kinds or KINDS, limit=PREVIEWED)
        facts = facts_for(found)
        heard = []
        for one in found:
            today = local_date(one.made_at, one.department.zone)
            said = rule_says(rule, one, today=today, facts=facts)
            if said is not None:
                look, glyph = EFFECT_LOOKS[said.effect]
                heard.append(Heard(row_of(one), EFFECTS[said.effect], look, glyph, said.text))
    return heard, len(found)


def _values(condition: Condition, form: RuleForm) -> Mapping[str, Any] | None:
    """The rule as it stands in the form; None while it cannot be one."""
    try:
        if form.is_bound:
            return rule_values(_terms(condition, form)) if form.is_valid() else None
        settings = {one.key: str(form[one.key].value() or "") for one in condition.parameters}
        kinds: Sequence[str] = form["kinds"].value() or ()
        reason = str(form["reason"].value() or "")
        return rule_values(RuleTerms(condition.key, str(form["effect"].value()), kinds, settings, reason))
    except RefusedError:
        return None
