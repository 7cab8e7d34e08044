"""Rule packs: applied to chosen personnel types, after a look at what they find."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Department, Rule
from scheduling.pages.forms import PageForm
from scheduling.pages.rules.common import Reach, choices_read, reach_of_account, today_of
from scheduling.pages.rules.forms import EVERYWHERE, Choices, department_choices, ticks
from scheduling.rules.kinds import KINDS
from scheduling.rules.packs import PACKS, Pack
from scheduling.rules.parameters import parsed
from scheduling.services.rule_trial import Trial, rules_tried
from scheduling.services.rules import pack_apply
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


class PackForm(PageForm):
    """Whom a pack is for, and which shifts are call."""

    department = forms.ChoiceField(label="Applies in")

    def __init__(self, *args: Any, departments: list[tuple[str, str]], choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = departments  # type: ignore[attr-defined]
        self.fields["personnel_types"] = ticks("Personnel types", choices.personnel_types)
        self.fields["call_types"] = ticks("Types that are in-house call", choices.types)
        self.fields["call_assignments"] = ticks("Assignments that are in-house call", choices.assignments)
        self.fields["home_assignments"] = ticks("Assignments that are call from home", choices.assignments)

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(heading, explanation, fields), in the order of the page."""
        return [
            (
                "For whom",
                "People of these personnel types, now and later.",
                [self["department"], self["personnel_types"]],
            ),
            (
                "In-house call",
                "Every third night, and fourteen hours after 24, are about in-house call. Nothing ticked: these two are left out.",
                [self["call_types"], self["call_assignments"]],
            ),
            (
                "Call from home",
                "It takes away a free day; its hours are not work. Those worked on it are not known here.",
                [self["home_assignments"]],
            ),
        ]


@signed_in(Right.MANAGE_RULES)
def rule_pack(request: HttpRequest) -> HttpResponse:
    """Look at a pack, try it, apply it."""
    account = account_of(request)
    pack = PACKS.get(request.GET.get("pack", ""), next(iter(PACKS.values())))
    with tenant_transaction(account.organization.id, snapshot=True):
        reach = reach_of_account(account)
        choices = choices_read(reach)
    places = department_choices(reach.departments, everywhere=reach.everywhere)
    form = PackForm(request.POST or None, departments=places, choices=choices)
    trial: Trial | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                if "try" in request.POST:
                    trial = rules_tried(
                        lambda: _apply(request, form, pack, reach), today=today_of(request), departments=reach.ids
                    )
                else:
                    made = len(_apply(request, form, pack, reach))
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            if trial is None:
                messages.success(request, f"{pack.name}: {made} rules hold from now on.")
                return redirect("rules")
    context = {
        "section": "admin", "tab": "rules", "pack": pack, "form": form, "groups": form.groups(), "trial": trial,
        "heading": pack.name, "list_name": "Rules", "list_url": reverse("rules"), "lines": _lines(pack),
    }  # fmt: skip
    return render(request, "scheduling/rules/pack.html", context, status=422 if form.errors else 200)


def _apply(request: HttpRequest, form: PackForm, pack: Pack, reach: Reach) -> list[Rule]:
    values = form.cleaned_data
    department = None
    if values["department"] != EVERYWHERE:
        department = Department.objects.filter(public_id=values["department"]).first()
        if department is None:
            raise NotFoundError("There is no such department.")
    reach.needed(department.id if department else None)
    return pack_apply(
        pack=pack.key, personnel_types=values["personnel_types"], department=department, call_types=values["call_types"],
        call_assignments=values["call_assignments"], home_assignments=values["home_assignments"],
        actor=actor_of(request), now=timezone.now(),
    )  # fmt: skip


def _lines(pack: Pack) -> list[dict[str, str]]:
    return [
        {
            "name": one.name,
            "says": KINDS[one.kind].says(parsed(KINDS[one.kind].parameters, one.parameters)),
            "severity": one.severity.value,
            "where": one.where,
        }
        for one in pack.rules
    ]
