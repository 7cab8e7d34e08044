"""New assignments that no connection maps: where to map each, and which nobody needs sent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from integrations.pages.common import manage_or_refuse, may_manage
from integrations.pages.words import clock
from integrations.registry import connectors
from integrations.selectors import connections_by_kind
from integrations.services.unsent import assignments_unsent, maps_assignments, unsent_ask_again, unsent_dismiss
from integrations.types import UnsentInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

_NAMED = 5


@dataclass(frozen=True)
class Place:
    """A connection that could map an assignment, and the address where."""

    name: str
    url: str


@dataclass(frozen=True)
class UnsentLine:
    """An assignment of the list."""

    info: UnsentInfo
    made: str
    dismissed: str
    places: list[Place]


@signed_in(Right.VIEW_INTEGRATIONS)
def unsent(request: HttpRequest) -> HttpResponse:
    """GET lists them; POST with `dismiss` says of the chosen that nobody needs them sent, with `ask` takes that back."""
    organization = account_of(request).organization
    now = timezone.now()
    if request.method == "POST":
        manage_or_refuse(request)
        return _act(request, now)
    with tenant_transaction(organization.id, snapshot=True):
        found = assignments_unsent(today=local_date(now, organization.zone))
        kinds = {kind for kind, declared in connectors().items() if maps_assignments(declared)}
        targets = [
            (one.name, one.public_id) for kind, rows in connections_by_kind().items() if kind in kinds for one in rows
        ]
    lines = [_line(one, targets, organization.zone, now) for one in found]
    context = {
        "section": "integrations",
        "waiting": [one for one in lines if not one.dismissed],
        "dismissed": [one for one in lines if one.dismissed],
        "may_manage": may_manage(request),
    }
    return render(request, "integrations/unsent.html", context)


def unsent_told(found: list[UnsentInfo]) -> dict[str, object]:
    """What the board says of those that wait: how many, and the first by name."""
    waiting = [one for one in found if one.dismissed_at is None]
    return {
        "unsent": len(waiting),
        "unsent_named": [f"{one.assignment.name} ({one.department.name})" for one in waiting[:_NAMED]],
        "unsent_more": max(0, len(waiting) - _NAMED),
    }


def _act(request: HttpRequest, now: datetime) -> HttpResponse:
    ids = {_uuid(one) for one in request.POST.getlist("assignment")}
    act = unsent_ask_again if "ask" in request.POST else unsent_dismiss
    with tenant_transaction(account_of(request).organization.id):
        count = act(assignment_ids=ids, actor=actor_of(request), now=now)
    noun = "assignment" if count == 1 else "assignments"
    if not ids:
        messages.info(request, "Choose at least one assignment first.")
    elif "ask" in request.POST:
        messages.success(request, f"{count} {noun} will be asked for again.")
    else:
        messages.success(request, f"{count} {noun} will not be asked for any more.")
    return redirect("integrations:unsent")


def _line(one: UnsentInfo, targets: list[tuple[str, uuid.UUID]], zone: str, now: datetime) -> UnsentLine:
    asked = urlencode({"table": "assignment", "q": one.assignment.name, "show": "unmapped"})
    dismissed = f"{one.dismissed_by}, {clock(one.dismissed_at, zone, now)}" if one.dismissed_at else ""
    places = [Place(name, f"{reverse('integrations:mapping', args=[id])}?{asked}") for name, id in targets]
    return UnsentLine(one, clock(one.made_at, zone, now), dismissed, places)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError("There is no such assignment.") from None
