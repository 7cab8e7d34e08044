"""One window: by date, or in days from the last published day."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.forms import PageForm
from scheduling.pages.requests.common import Asker, asker_of, kind_choices, tabs_context
from scheduling.pages.requests.rules import department_managed, managed, rules_url, version_posted
from scheduling.requesting.types import dates_text
from scheduling.requesting.windows import WindowInfo
from scheduling.selectors.request_rules import last_published, window_find
from scheduling.services.request_rules import WindowTerms, window_change, window_create, window_remove
from scheduling.types import DepartmentInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_DATES = ("opens_on", "closes_on", "covers_from", "covers_to")
_DAYS = ("opens_days", "closes_days", "covers_from_days", "covers_to_days")


def _date(label: str, empty: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, help_text=f"Empty: {empty}.")


def _days(label: str, empty: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=-400, max_value=800, help_text=f"Negative: before it. Empty: {empty}."
    )


class WindowForm(PageForm):
    """A window."""

    name = forms.CharField(label="Name", max_length=120, help_text="“Spring”, “Next block”.")
    kind = forms.ChoiceField(label="For requests of kind", choices=kind_choices)
    relative = forms.ChoiceField(
        label="Counted",
        choices=[("", "by date"), ("1", "in days from the last published day")],
        required=False,
        widget=forms.RadioSelect,
    )
    opens_on = _date("Opens on", "open already")
    closes_on = _date("Closes after", "stays open")
    covers_from = _date("For dates from", "no limit")
    covers_to = _date("For dates to", "no limit")
    opens_days = _days("Opens, days after it", "open already")
    closes_days = _days("Closes, days after it", "stays open")
    covers_from_days = _days("For dates from, days after it", "no limit")
    covers_to_days = _days("For dates to, days after it", "no limit")

    def terms(self) -> WindowTerms:
        """What the form says."""
        given = self.cleaned_data
        ends: dict[str, Any] = {name: given[name] for name in (*_DATES, *_DAYS)}
        return WindowTerms(kind=given["kind"], name=given["name"], relative=given["relative"] == "1", **ends)


@signed_in(Right.MANAGE_RULES)
def window_new(request: HttpRequest) -> HttpResponse:
    """Add a window."""
    account = account_of(request)
    given = request.POST if request.method == "POST" else request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        department = department_managed(asker, given.get("department", ""))
    form = WindowForm(request.POST or None, initial={"relative": ""})
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                window_create(
                    department_id=department.id, terms=form.terms(), actor=actor_of(request), now=timezone.now()
                )
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} was added.")
            return redirect(rules_url(department))
    return _form(request, asker, department, form, None)


@signed_in(Right.MANAGE_RULES)
def window(request: HttpRequest, request_window_id: uuid.UUID) -> HttpResponse:
    """Look at and change one window."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        info = window_find(asker.access, request_window_id)
        department = next(one for one in managed(asker) if one.id == info.department_id)
    initial = {name: getattr(info, name) for name in ("name", "kind", *_DATES, *_DAYS)}
    form = WindowForm(request.POST or None, initial={**initial, "relative": "1" if info.relative else ""})
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                window_change(
                    window_id=request_window_id,
                    version=version_posted(request),
                    terms=form.terms(),
                    actor=actor_of(request),
                    now=timezone.now(),
                )
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} was saved.")
            return redirect(rules_url(department))
    return _form(request, asker, department, form, info)


@signed_in(Right.MANAGE_RULES)
@require_POST
def window_drop(request: HttpRequest, request_window_id: uuid.UUID) -> HttpResponse:
    """Remove a window."""
    try:
        with tenant_transaction(account_of(request).organization.id):
            asker = asker_of(request)
            info = window_find(asker.access, request_window_id)
            window_remove(
                window_id=request_window_id,
                version=version_posted(request),
                actor=actor_of(request),
                now=timezone.now(),
            )
            department = next(one for one in managed(asker) if one.id == info.department_id)
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
        return redirect("request-rules")
    messages.success(request, f"{info.name} was removed.")
    return redirect(rules_url(department))


def _form(
    request: HttpRequest, asker: Asker, department: DepartmentInfo, form: WindowForm, info: WindowInfo | None
) -> HttpResponse:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        last = last_published([department.id]).get(department.id)
    return render(
        request,
        "requests/window.html",
        {
            **tabs_context(asker, "rules"),
            "department": department,
            "form": form,
            "info": info,
            "by_date": [form[name] for name in _DATES],
            "by_days": [form[name] for name in _DAYS],
            "last_published": dates_text(last, last) if last else "",
            "list_url": rules_url(department),
            "action_url": reverse("request-window", args=[info.public_id]) if info else reverse("request-window-new"),
        },
        status=422 if form.errors else 200,
    )
