"""Making and changing a view, with what it would show below the form."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.grid.page import fragment
from scheduling.pages.views.editform import Choices, ViewForm, initial_of
from scheduling.pages.views.page import managed_or_refuse
from scheduling.pages.views.read import board_read
from scheduling.selectors.rows import assignments_by_id, departments_by_id
from scheduling.selectors.staff import PeopleFilter, people_list
from scheduling.selectors.tallies import selectable_for
from scheduling.selectors.views import ViewInfo
from scheduling.services.views import shown_checked, view_change, view_create
from scheduling.viewing.types import PARTS, Reach, Sight
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.SAVE_VIEWS)
def view_new(request: HttpRequest) -> HttpResponse:
    """Make one."""
    account = account_of(request)
    choices = _choices(request)
    form = ViewForm(request.POST or None, choices=choices)
    if _to_save(request) and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                made = view_create(
                    owner_id=account.id, fields=form.values(), actor=actor_of(request), now=timezone.now()
                )
                public_id, name = made.public_id, made.name
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{name} was saved. Only you see it until you share it.")
            return redirect("view", public_id)
    return _page(request, form, choices, None)


@signed_in(Right.SAVE_VIEWS)
def view_edit(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """Change one."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = managed_or_refuse(account, view_id)
    choices = _choices(request)
    form = ViewForm(request.POST or None, choices=choices, initial=initial_of(info.name, info.sight, choices))
    if _to_save(request) and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                view_change(view_id=view_id, fields=form.values(), actor=actor_of(request), now=timezone.now())
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} was saved.")
            return redirect("view", view_id)
    return _page(request, form, choices, info)


@signed_in(Right.SAVE_VIEWS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the form would show, as a fragment. A POST only because the address would be too long."""
    return fragment(request, "scheduling/views/preview.html", _preview(request, request.POST, _choices(request)))


def _to_save(request: HttpRequest) -> bool:
    """False also for the button that only looks, which browsers without script have."""
    return request.method == "POST" and "look" not in request.POST


def _choices(request: HttpRequest) -> Choices:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        departments = sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))
        return Choices(
            departments, people_list(PeopleFilter()), list(assignments_by_id().values()), selectable_for(None).types
        )


def _preview(request: HttpRequest, given: QueryDict, choices: Choices) -> dict[str, Any]:
    """The board that the form asks for, or why there is none."""
    account = account_of(request)
    form = ViewForm(given, choices=choices)
    form.is_valid()
    wrong = [name for name in form.errors if name != "name"]
    if wrong:
        return {"problem": f"{form.fields[wrong[0]].label}: {form.errors[wrong[0]][0]}"}
    values = form.cleaned_data
    today = local_date(timezone.now(), account.organization.zone)
    try:
        with tenant_transaction(account.organization.id, snapshot=True):
            reach = Reach.checked(values["range_kind"], values["range_count"], values["range_first"])
            sight = Sight(shown_checked(form.selection()), values["layout"], tuple(values["columns"]), reach)
            first, last = reach.dates(today, account.organization.week_start)
            board = board_read(
                sight, first=first, last=last, today=today, zone=account.organization.zone,
                contacts=account.may(Right.VIEW_CONTACTS),
            )  # fmt: skip
    except RefusedError as refused:
        return {"problem": refused.text}
    return {"board": board}


def _page(request: HttpRequest, form: ViewForm, choices: Choices, info: ViewInfo | None) -> HttpResponse:
    ticked = form.ticked()
    given = request.POST if request.method == "POST" else _as_data(form, ticked)
    context = {
        "section": "views",
        "form": form,
        "info": info,
        "choices": choices,
        "ticked": ticked,
        "folds": choices.folded(ticked),
        "parts_errors": [error for name in PARTS for error in form[name].errors],
        **_preview(request, given, choices),
    }
    return render(request, "scheduling/views/editor.html", context, status=422 if form.errors else 200)


def _as_data(form: ViewForm, ticked: dict[str, set[str]]) -> QueryDict:
    """The form's first values as if they had been sent."""
    data = QueryDict(mutable=True)
    for name in ("layout", "range_kind", "range_count", "range_first"):
        data[name] = str(form[name].value() or "")
    for name, values in ticked.items():
        data.setlist(name, sorted(values))
    return data
