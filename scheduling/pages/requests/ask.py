"""Asking: a provider for themself, a scheduler for somebody of their departments; and changing what nobody has answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.requests.askform import RequestForm
from scheduling.pages.requests.calendar import Calendar, calendar_of
from scheduling.pages.requests.common import Asker, asker_of, tabs_context
from scheduling.pages.requests.month import month_asked
from scheduling.requesting.types import KINDS, RequestInfo, StaleRequest
from scheduling.selectors.request_rules import policies
from scheduling.selectors.requests import departments_to_ask, people_to_ask_for, request_find, wants_of
from scheduling.services.requests import Terms, request_change, request_make
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in


@dataclass(frozen=True)
class Desk:
    """For whom is asked, which department, and what it may name."""

    asker: Asker
    people: tuple[PersonInfo, ...]  # whom one may ask for; empty: only oneself
    person: PersonInfo | None
    departments: tuple[DepartmentInfo, ...]
    department: DepartmentInfo | None
    wants: list[tuple[str, list[tuple[str, str]]]]

    @property
    def own(self) -> bool:
        """True if somebody who does not decide there asks for themself: windows bind them."""
        return self.department is None or not self.asker.decides_in(self.department.id)


@signed_in(Right.MAKE_REQUESTS)
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask for something."""
    account = account_of(request)
    given = request.POST if request.method == "POST" else request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        desk = _desk(asker_of(request), given.get("person", ""), given.get("department", ""))
        if request.headers.get("X-Fragment") and desk.department and desk.person:
            return _fragment(request, desk)
    if desk.person is None or desk.department is None:
        return _nobody(request, desk)
    initial = _dates(request)
    if request.GET.get("kind", "") in KINDS:
        initial["kind"] = request.GET["kind"]
    form = RequestForm(request.POST or None, desk=desk, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                made = request_make(
                    person_id=desk.person.public_id,
                    department_id=desk.department.public_id,
                    terms=_terms(form),
                    own=desk.own,
                    actor=actor_of(request),
                    now=timezone.now(),
                )
        except RefusedError as refused:
            form.refuse(refused)
        else:
            _tell(request, made)
            return redirect("request", made.public_id)
    return _form(request, desk, form, None)


@signed_in(Right.MAKE_REQUESTS)
def request_edit(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Ask for something else while it waits."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        info = request_find(asker.access, request_id)
        desk = _desk_of(asker, info)
    if info.state != "pending":
        messages.warning(request, f"It is {info.state_name.lower()}: only a waiting request can be changed.")
        return redirect("request", request_id)
    form = RequestForm(request.POST or None, desk=desk, initial=_initial(info) | _dates(request))
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                made = request_change(
                    request_id=request_id,
                    version=form.cleaned_data["version"] or 0,
                    terms=_terms(form),
                    own=desk.own,
                    actor=actor_of(request),
                    now=timezone.now(),
                )
        except StaleRequest as stale:
            messages.error(request, stale.text)
            return redirect("request", request_id)
        except RefusedError as refused:
            form.refuse(refused)
        else:
            _tell(request, made)
            return redirect("request", request_id)
    return _form(request, desk, form, info, status=status)


def _desk(asker: Asker, person: str, department: str) -> Desk:
    """For a new request: the person named if one may ask for them, else oneself."""
    people = tuple(people_to_ask_for([one.id for one in asker.departments]))
    chosen = next((one for one in people if str(one.public_id) == person), None)
    if person and chosen is None and not (asker.person and str(asker.person.public_id) == person):
        raise NotFoundError("There is no such person for whom you may ask.")
    found = chosen or asker.person
    if found is None:
        return Desk(asker, people, None, (), None, [])
    own = asker.person is not None and found.id == asker.person.id
    departments = tuple(one for one in departments_to_ask(found) if own or asker.decides_in(one.id))
    place = next((one for one in departments if str(one.public_id) == department), None)
    if department and place is None and departments:
        raise NotFoundError("There is no such department for this person.")
    place = place or (departments[0] if departments else None)
    return Desk(asker, people, found, departments, place, wants_of(place.id) if place else [])


def _desk_of(asker: Asker, info: RequestInfo) -> Desk:
    """For a request that is being changed: its person and department stay."""
    if not asker.owns(info) and not asker.decides_in(info.department.id):
        raise PermissionDenied("It is not yours to change.")
    return Desk(asker, (), info.person, (info.department,), info.department, wants_of(info.department.id))


def _nobody(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Nobody to ask for yet: a scheduler chooses somebody; a provider without a person learns what to do."""
    context = {**tabs_context(desk.asker, ""), "desk": desk}
    return render(request, "requests/whom.html", context, status=422 if request.method == "POST" else 200)


def _calendar(request: HttpRequest, desk: Desk, kind: str, chosen: tuple[date | None, date | None]) -> Calendar:
    assert desk.person is not None  # the callers have looked
    assert desk.department is not None
    today = local_date(timezone.now(), desk.department.zone)
    month = month_asked(request, chosen[0] or today)
    shows = not desk.own or policies([desk.department.id])[desk.department.id].show_counts
    return calendar_of(
        month=month,
        today=today,
        department=desk.department,
        person=desk.person,
        kind=kind if kind in KINDS else "time_off",
        week_start=account_of(request).organization.week_start,
        counts=shows,
        binding=desk.own,
        chosen=chosen,
    )


def _fragment(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The calendar alone: another month, another kind."""
    chosen = (date_or_none(request.GET.get("first", "")), date_or_none(request.GET.get("last", "")))
    calendar = _calendar(request, desk, request.GET.get("kind", ""), chosen)
    answer = render(
        request,
        "requests/calendar.html",
        {"calendar": calendar, "desk": desk, "calendar_url": reverse("request-new")},
    )
    answer["X-Fragment"] = "1"
    return answer


def _form(
    request: HttpRequest, desk: Desk, form: RequestForm, info: RequestInfo | None, *, status: int = 422
) -> HttpResponse:
    chosen = form.dates_shown()
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        calendar = _calendar(request, desk, str(form["kind"].value()), chosen)
    return render(
        request,
        "requests/ask.html",
        {
            **tabs_context(desk.asker, ""),
            "desk": desk,
            "form": form,
            "info": info,
            "calendar": calendar,
            "calendar_url": reverse("request-change", args=[info.public_id]) if info else reverse("request-new"),
        },
        status=status if form.errors else 200,
    )


def _terms(form: RequestForm) -> Terms:
    given = form.cleaned_data
    kind, _, wanted = given["wants"].partition(":")
    first, last = given["first"], given["last"] or given["first"]
    return Terms(
        kind=given["kind"],
        first=first,
        last=last,
        start=_wall(first, given["start"]) if given["part"] else None,
        end=_wall(last, given["end"]) if given["part"] else None,
        assignment_id=uuid.UUID(wanted) if kind == "a" else None,
        type_id=uuid.UUID(wanted) if kind == "t" else None,
        avoid=given["avoid"] == "1",
        weight=int(given["weight"] or 1),
        note=given["note"],
    )


def _wall(day: date, at: time | None) -> datetime | None:
    return datetime.combine(day, at) if at is not None else None


def _initial(info: RequestInfo) -> dict[str, Any]:
    wants = f"a:{info.assignment.public_id}" if info.assignment else f"t:{info.type_public_id}" if info.type_id else ""
    return {
        "kind": info.kind, "first": info.first, "last": info.last, "part": info.start is not None,
        "start": info.start.time() if info.start else None, "end": info.end.time() if info.end else None,
        "wants": wants, "avoid": "1" if info.avoid else "", "weight": str(info.weight), "note": info.note,
        "version": info.version,
    }  # fmt: skip


def _dates(request: HttpRequest) -> dict[str, Any]:
    """The range that the calendar's links have chosen, where there is no script to write it into the fields."""
    first, last = date_or_none(request.GET.get("first", "")), date_or_none(request.GET.get("last", ""))
    return {"first": first, "last": last} if first is not None else {}


def _tell(request: HttpRequest, made: RequestInfo) -> None:
    told = f"{made.title}, {made.dates}"
    if made.state == "pending":
        why = f" {made.held}" if made.held else ""
        messages.success(request, f"Sent: {told}. It waits for a decision.{why}")
    elif made.state == "approved":
        messages.success(request, f"Approved at once: {told}.")
    else:
        messages.warning(request, f"Denied: {told}. {made.reason}")
