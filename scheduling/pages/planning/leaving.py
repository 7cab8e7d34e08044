"""End a person on a date: what becomes open, what everyone still relies on, and where to publish it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.planning.common import LINES_SHOWN
from scheduling.planning.types import LapsedError
from scheduling.selectors.staff import person_find
from scheduling.selectors.workspace import Access, access_of
from scheduling.services.departures import (
    Departure,
    LaterShift,
    person_end,
    person_end_preview,
    person_still_published,
)
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.MANAGE_PEOPLE)
def person_leaves(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """GET shows the form, with a date the preview, afterwards what is left to publish; POST ends the person."""
    account = account_of(request)
    said = request.POST if request.method == "POST" else request.GET
    on = date_or_none(said.get("on", ""))
    problem = "Say which day is the last." if "on" in said and on is None else ""
    if request.method == "POST" and on is not None:
        return _ended(request, person_id, on)
    with tenant_transaction(account.organization.id, snapshot=True):
        departure = person_end_preview(person_id=person_id, on=on, now=timezone.now()) if on else None
    return _page(request, person_id, departure, problem=problem)


def _ended(request: HttpRequest, person_id: uuid.UUID, on: date) -> HttpResponse:
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            departure = person_end(
                person_id=person_id, on=on, digest=request.POST.get("digest", ""),
                reason=request.POST.get("reason", "").strip()[:200], actor=actor_of(request), now=timezone.now(),
            )  # fmt: skip
    except LapsedError as lapsed:
        with tenant_transaction(account.organization.id, snapshot=True):
            again = person_end_preview(person_id=person_id, on=on, now=timezone.now())
        return _page(request, person_id, again, lapsed=lapsed.text)
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, person_id, None, problem=refused.text)
    opened = departure.opened
    drafts = (
        "" if not opened else " 1 draft shift is open now." if opened == 1 else f" {opened} draft shifts are open now."
    )
    when = f"{on:%b} {on.day}, {on.year}"
    messages.success(request, f"{departure.person.name} ends on {when}.{drafts} Nothing was published.")
    return redirect("person-end", person_id)


def _page(
    request: HttpRequest, person_id: uuid.UUID, departure: Departure | None, *, problem: str = "", lapsed: str = ""
) -> HttpResponse:
    account = account_of(request)
    now = timezone.now()
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        person = person_find(person_id)
        waiting = person_still_published(person=person, now=now)
    said = request.POST if request.method == "POST" else request.GET
    today = local_date(now, account.organization.zone)
    context: dict[str, Any] = {
        "section": "admin",
        "tab": "people",
        "person": person,
        "on": departure.on if departure else person.active_to or today,
        "reason": said.get("reason", ""),
        "departure": departure,
        "problem": problem,
        "lapsed": lapsed,
        "waiting": [{"still": one, "may": access.may(Right.PUBLISH, one.schedule.department.id)} for one in waiting],
    }
    if departure is not None:
        context |= _shown(departure, access)
    return render(
        request, "scheduling/planning/leaving.html", context, status=409 if lapsed else 422 if problem else 200
    )


def _shown(departure: Departure, access: Access) -> dict[str, Any]:
    """Line by line what the reader may see; drafts of departments that are not theirs are counted only."""
    seen = [one for one in departure.later if _may_see(one, access)]
    hidden: dict[str, int] = {}
    for one in departure.later:
        if not _may_see(one, access):
            hidden[one.department] = hidden.get(one.department, 0) + 1
    return {
        "rows": seen[:LINES_SHOWN],
        "not_shown": max(0, len(seen) - LINES_SHOWN),
        "hidden": sorted(hidden.items()),
        "departments": len({one.department_id for one in departure.later}),
    }


def _may_see(one: LaterShift, access: Access) -> bool:
    return one.published or access.may(Right.VIEW_DRAFT, one.department_id)
