"""Requests: what waits, what was decided; for providers, their own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.listing import page_of
from scheduling.pages.requests.common import Asker, Row, asker_of, kind_choices, row_of, tabs_context
from scheduling.requesting.types import KINDS, RequestInfo
from scheduling.selectors.request_facts import facts_for
from scheduling.selectors.requests import (
    RequestFilter,
    request_find,
    requests_count,
    requests_list,
    sort_used,
)
from scheduling.services.request_decisions import requests_decide
from tenancy.lists import csv_response, page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.wall import wall
from tenancy.web import account_of, actor_of, signed_in

EXPORT_LIMIT = 20_000
STATES = (
    ("pending", "Waiting"), ("held", "Held by a rule"), ("approved", "Approved"), ("denied", "Denied"),
    ("withdrawn", "Withdrawn"), ("all", "All"),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The filters of the address: as the form shows them, and as the selector takes them."""

    shown: dict[str, Any]
    wanted: RequestFilter
    filtered: bool


@signed_in(Right.MAKE_REQUESTS)
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """The list: of those to decide, or of one's own."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        asked = _asked(request, asker)
        place = pager(requests_count(asker.access, asked.wanted), page_number(request))
        sort = request.GET.get("sort", "") or ("dates" if asker.decides else "-dates")
        found = requests_list(asker.access, asked.wanted, sort=sort, first=place.first - 1, limit=place.size)
        rows = _rows(found) if asker.decides else [row_of(one) for one in found]
    return render(
        request,
        "requests/inbox.html" if asker.decides else "requests/own.html",
        {
            **tabs_context(asker, "inbox"),
            "page": page_of(rows, place),
            "sort": sort_used(sort),
            "filters": asked.shown,
            "filtered": asked.filtered,
            "states": STATES,
            "kinds": kind_choices(),
            "asker": asker,
            "deciding": any(row.info.state == "pending" and asker.decides_in(row.info.department.id) for row in rows),
        },
    )


@signed_in(Right.MAKE_REQUESTS)
@require_GET
def requests_csv(request: HttpRequest) -> HttpResponse:
    """The same requests as a file."""
    account = account_of(request)
    zone = account.organization.zone
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        asked = _asked(request, asker)
        found = requests_list(asker.access, asked.wanted, sort=request.GET.get("sort", ""), limit=EXPORT_LIMIT)
    head = ["Person", "Department", "Kind", "Asks for", "First", "Last", "From", "To", "Zone", "State", "Decided by",
            "Decided at", "Reason", "Note", "Made by", "Made at", "Zone of moments"]  # fmt: skip
    return csv_response("requests.csv", [head, *(_line(one, zone) for one in found)])


def _line(one: RequestInfo, zone: str) -> list[str]:
    decided = f"{wall(one.decided_at, zone):%Y-%m-%d %H:%M}" if one.decided_at else ""
    return [
        one.person.name, one.department.name, KINDS[one.kind].label, one.title, one.first.isoformat(),
        one.last.isoformat(), f"{one.start:%H:%M}" if one.start else "", f"{one.end:%H:%M}" if one.end else "", one.zone,
        one.state_name, f"Rule: {one.decided_by}" if one.decided_by_rule else one.decided_by, decided,
        one.held or one.reason, one.note, one.made_by, f"{wall(one.made_at, zone):%Y-%m-%d %H:%M}", zone,
    ]  # fmt: skip


@signed_in(Right.DECIDE_REQUESTS)
@require_POST
def decide_many(request: HttpRequest) -> HttpResponse:
    """Approve or deny what is ticked, each for itself."""
    account = account_of(request)
    choices = [one for one in map(_choice, request.POST.getlist("choice")[:500]) if one is not None]
    state = request.POST.get("state", "")
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = ""
    if state not in ("approved", "denied") or not choices:
        messages.warning(request, "Nothing was decided: tick at least one request, then approve or deny.")
        return redirect(back or "requests")
    with tenant_transaction(account.organization.id):
        asker = asker_of(request)
        for request_id, _ in choices:
            if not asker.decides_in(request_find(asker.access, request_id).department.id):
                raise PermissionDenied("You do not decide the requests of this department.")
        try:
            done, left = requests_decide(
                choices=choices,
                state=state,
                reason=request.POST.get("reason", ""),
                actor=actor_of(request),
                now=timezone.now(),
            )
        except RefusedError as refused:
            messages.error(request, refused.text)
            return redirect(back or "requests")
    if done:
        word = "approved" if state == "approved" else "denied"
        messages.success(request, f"{len(done)} {'request was' if len(done) == 1 else 'requests were'} {word}.")
    for one in left:
        messages.error(request, f"Not decided: {one.title}. {one.why}")
    return redirect(back or "requests")


def _choice(text: str) -> tuple[uuid.UUID, int] | None:
    public_id, _, version = text.partition(":")
    try:
        return uuid.UUID(public_id), int(version)
    except ValueError:
        return None


def _rows(found: list[RequestInfo]) -> list[Row]:
    """With how many shifts the waiting ones fall on."""
    waiting = [one for one in found if one.state == "pending" and KINDS[one.kind].is_absence]
    facts = facts_for(waiting)
    touched = {one.id: len(facts.touched(one)) for one in waiting}
    return [row_of(one, touched.get(one.id, 0)) for one in found]


def _asked(request: HttpRequest, asker: Asker) -> Asked:
    given = request.GET
    usual = "pending" if asker.decides else "all"
    state = given.get("state", usual)
    state = state if state in dict(STATES) else usual
    kind = given.get("kind", "") if given.get("kind", "") in KINDS else ""
    department = asker.department(given.get("department", ""))
    decided = given.get("decided", "") if given.get("decided", "") in ("rule", "people") else ""
    first, last = date_or_none(given.get("first", "")), date_or_none(given.get("last", ""))
    person = given.get("person", "").strip()[:120]
    wanted = RequestFilter(
        state="" if state == "all" else state,
        kind=kind,
        department_id=department.id if department else None,
        person=person,
        decided=decided,
        first=first,
        last=last,
    )
    shown = {
        "state": state, "kind": kind, "department": str(department.public_id) if department else "", "person": person,
        "decided": decided, "first": first, "last": last,
    }  # fmt: skip
    plain = RequestFilter(state="" if usual == "all" else usual)
    return Asked(shown, wanted, wanted != plain)
