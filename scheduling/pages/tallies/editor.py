"""Defining a tally, with the numbers it would give beside the form, and what is aimed at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.models import Department
from scheduling.pages.grid.page import fragment
from scheduling.pages.tallies.asked import departments_with
from scheduling.pages.tallies.definitions import ORGANIZATION, managed_or_refuse, may_manage
from scheduling.pages.tallies.editform import TallyForm, TargetForm, ticked_as
from scheduling.pages.tallies.preview import Preview, preview_of
from scheduling.selectors.staff import PeopleFilter, people_list, personnel_type_names
from scheduling.selectors.tallies import Selectable, TallyDefinition, selectable_for, tally_find
from scheduling.selectors.workspace import Access, access_of
from scheduling.services.tallies import tally_change, tally_create, tally_target_remove, tally_target_set
from scheduling.tallying.types import PERIODS
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in


@dataclass(frozen=True)
class Desk:
    """What the editor works on: a home (None: the organization), perhaps a tally, and what can be chosen."""

    home: DepartmentInfo | None
    tally: TallyDefinition | None
    selectable: Selectable
    people: list[PersonInfo]
    kinds: list[str]

    @property
    def home_name(self) -> str:
        """Whose tally it is."""
        return self.home.name if self.home else "Whole organization"

    @property
    def home_key(self) -> str:
        """The home in an address."""
        return str(self.home.public_id) if self.home else ORGANIZATION

    @property
    def home_id(self) -> int | None:
        """The home's id."""
        return self.home.id if self.home else None


@signed_in(Right.MANAGE_TALLIES)
def tally_new(request: HttpRequest) -> HttpResponse:
    """Define one."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        desk = _desk_of_home(access_of(account), request.GET.get("department", ""))
    form = TallyForm(request.POST or None, selectable=desk.selectable, initial={"beside_grid": True})
    if _to_save(request) and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                home = Department.objects.get(id=desk.home.id) if desk.home else None
                made = tally_create(department=home, fields=form.values(), actor=actor_of(request), now=timezone.now())
                public_id, name = made.public_id, made.name
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{name} was added. Say what is aimed at, if anything.")
            return redirect(reverse("tally", args=[public_id]) + "#targets")
    return _page(request, desk, form, None)


@signed_in(Right.MANAGE_TALLIES)
def tally(request: HttpRequest, tally_id: uuid.UUID) -> HttpResponse:
    """Look at and change one."""
    account = account_of(request)
    desk = _desk_of(request, tally_id)
    form = TallyForm(request.POST or None, selectable=desk.selectable, initial=_initial(desk))
    if _to_save(request) and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                tally_change(tally_id=tally_id, fields=form.values(), actor=actor_of(request), now=timezone.now())
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} was saved.")
            return redirect(reverse("tally-definitions") + f"?department={desk.home_key}")
    return _page(request, desk, form, None)


@signed_in(Right.MANAGE_TALLIES)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The numbers of a definition that is not saved yet, as a fragment. A POST only because the address would be too long."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        known = request.POST.get("tally", "")
        desk = (
            _desk_of_tally(access, _uuid(known)) if known else _desk_of_home(access, request.POST.get("department", ""))
        )
        shown = _preview(request.POST, desk, local_date(timezone.now(), account.organization.zone))
    return fragment(request, "scheduling/tallies/preview.html", {"preview": shown})


@signed_in(Right.MANAGE_TALLIES)
@require_POST
def target_set(request: HttpRequest, tally_id: uuid.UUID) -> HttpResponse:
    """Aim at a value."""
    account = account_of(request)
    desk = _desk_of(request, tally_id)
    form = TargetForm(request.POST, people=desk.people, kinds=desk.kinds)
    if form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                tally_target_set(tally_id=tally_id, fields=form.values(), actor=actor_of(request), now=timezone.now())
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The target was saved.")
            return redirect(reverse("tally", args=[tally_id]) + "#targets")
    return _page(request, desk, TallyForm(selectable=desk.selectable, initial=_initial(desk)), form)


@signed_in(Right.MANAGE_TALLIES)
@require_POST
def target_remove(request: HttpRequest, tally_id: uuid.UUID, target_id: uuid.UUID) -> HttpResponse:
    """Aim at it no longer."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        found = tally_find(tally_id)
        managed_or_refuse(access_of(account), found)
        if target_id not in {one.public_id for one in found.targets}:
            raise NotFoundError("There is no such target.")
        tally_target_remove(target_id=target_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, "The target was removed.")
    return redirect(reverse("tally", args=[tally_id]) + "#targets")


def _to_save(request: HttpRequest) -> bool:
    """False also for the button that only counts, which browsers without script have."""
    return request.method == "POST" and "look" not in request.POST


def _desk_of(request: HttpRequest, tally_id: uuid.UUID) -> Desk:
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        return _desk_of_tally(access_of(account), tally_id)


def _desk_of_tally(access: Access, tally_id: uuid.UUID) -> Desk:
    found = tally_find(tally_id)
    managed_or_refuse(access, found)
    homes = {one.id: one for one in departments_with(access, Right.MANAGE_TALLIES)}
    return _desk(homes.get(found.department_id or 0), found)


def _desk_of_home(access: Access, text: str) -> Desk:
    homes = departments_with(access, Right.MANAGE_TALLIES)
    if text == ORGANIZATION or not homes:
        if not may_manage(access, None):
            raise PermissionDenied("Tallies of the whole organization are defined by an administrator.")
        return _desk(None, None)
    home = next((one for one in homes if str(one.public_id) == text), None if text else homes[0])
    if home is None:
        raise NotFoundError("There is no such department, or its tallies are not yours to define.")
    return _desk(home, None)


def _desk(home: DepartmentInfo | None, tally: TallyDefinition | None) -> Desk:
    people = people_list(PeopleFilter(department_id=home.id if home else None))
    return Desk(
        home,
        tally,
        selectable_for(home.id if home else None),
        [one for one in people if not one.is_placeholder],
        personnel_type_names(),
    )


def _initial(desk: Desk) -> dict[str, Any]:
    one = desk.tally
    if one is None:
        return {}
    kept = {"name": one.name, "short": one.short, "measure": one.measure, "beside_grid": one.beside_grid}
    return kept | ticked_as(one.selection, desk.selectable)


def _preview(given: QueryDict, desk: Desk, today: Any) -> Preview:
    form = TallyForm(given, selectable=desk.selectable)
    form.is_valid()
    wrong = {name: errors for name, errors in form.errors.items() if name not in ("name", "short")}
    return preview_of(
        home_id=desk.home_id,
        measure=form.cleaned_data.get("measure", "count"),
        selection=form.selection() if not wrong else None,
        targets=desk.tally.targets if desk.tally else (),
        given=given,
        today=today,
    )


def _page(request: HttpRequest, desk: Desk, form: TallyForm, target: TargetForm | None) -> HttpResponse:
    account = account_of(request)
    given = request.POST if request.method == "POST" and target is None else _as_data(form, request.GET)
    with tenant_transaction(account.organization.id, snapshot=True):
        shown = _preview(given, desk, local_date(timezone.now(), account.organization.zone))
    context = {
        "section": "tallies",
        "desk": desk,
        "form": form,
        "ticked": form.ticked(),
        "groups": desk.selectable.groups(),
        "target": target or TargetForm(people=desk.people, kinds=desk.kinds),
        "periods": PERIODS,
        "preview": shown,
    }
    wrong = bool(form.errors or (target is not None and target.errors))
    return render(request, "scheduling/tallies/editor.html", context, status=422 if wrong else 200)


def _as_data(form: TallyForm, more: QueryDict) -> QueryDict:
    """The form's first values as if they had been sent, with the dates that the address asks for."""
    data = QueryDict(mutable=True)
    for name in ("measure", "holidays"):
        data[name] = str(form[name].value() or "")
    for name, values in form.ticked().items():
        data.setlist(name, sorted(values))
    for name in ("first", "last"):
        if name in more:
            data[name] = more.get(name, "")
    return data


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as wrong:
        raise NotFoundError("There is no such tally.") from wrong
