"""Swaps: what one is asked, what one offers, what waits for approval, and all of them for those who decide."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from scheduling.pages.listing import page_of
from scheduling.pages.swaps.show import CHIPS
from scheduling.selectors.accounts import person_of_account
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.swap_words import moment_words, return_words, state_words
from scheduling.selectors.swaps import STATES, SwapFilter, SwapInfo, swaps_count, swaps_list
from scheduling.selectors.workspace import Access, access_of
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.lists import csv_response, page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

EXPORT_LIMIT = 50_000
_SHOWS = (("asked", "Asked of me"), ("mine", "My offers"), ("approve", "To approve"), ("all", "All"))
_STATE_NAMES = {
    "open": "Under way", "offered": "Offered", "accepted": "Waiting for approval", "done": "Done",
    "declined": "Declined", "expired": "Expired", "cancelled": "Cancelled",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A swap as the list shows it."""

    public_id: uuid.UUID
    words: str
    department: str
    giver: str
    taker: str
    wanted: str
    state: str
    chip_kind: str
    chip_glyph: str
    until: str
    is_open: bool
    made: str


@signed_in(Right.OFFER_SWAPS, Right.DECIDE_SWAPS)
@require_GET
def swaps(request: HttpRequest) -> HttpResponse:
    """The list."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        context, wanted, sort = _asked(request, access)
        place = pager(swaps_count(access, wanted), page_number(request))
        rows = swaps_list(access, wanted, sort=sort, first=place.first - 1, limit=place.size)
    return render(
        request,
        "swaps/inbox.html",
        {**context, "section": "swaps", "page": page_of([_row(one) for one in rows], place), "sort": sort},
    )


@signed_in(Right.OFFER_SWAPS, Right.DECIDE_SWAPS)
@require_GET
def swaps_csv(request: HttpRequest) -> HttpResponse:
    """The same swaps as a file."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        _, wanted, sort = _asked(request, access)
        rows = swaps_list(access, wanted, sort=sort, limit=EXPORT_LIMIT)
    head = ["Department", "Assignment", "Date", "Start", "End", "Zone", "Giver", "Taker", "In return", "State",
            "Made", "Made by", "Answer until", "Ended", "Reason", "Publication"]  # fmt: skip
    return csv_response("swaps.csv", [head, *map(_line, rows)])


def _line(one: SwapInfo) -> list[str]:
    return [
        one.department.name, one.assignment.name, one.date.isoformat(), f"{one.start_wall:%Y-%m-%d %H:%M}",
        f"{one.end_wall:%Y-%m-%d %H:%M}", one.zone, one.giver.name, one.taker.name if one.taker else "", return_words(one),
        _STATE_NAMES[one.state], _local(one.created_at, one.zone), one.created_by, _local(one.expires_at, one.zone),
        _local(one.ended_at, one.zone), one.reason, str(one.publication or ""),
    ]  # fmt: skip


def _local(moment: datetime | None, zone: str) -> str:
    return f"{wall(moment, zone):%Y-%m-%d %H:%M}" if moment is not None else ""


def _asked(request: HttpRequest, access: Access) -> tuple[dict[str, Any], SwapFilter, str]:
    """What the address asks: as the form shows it, and as the selector takes it."""
    asked = request.GET
    person = person_of_account(access.account.id) if access.account.may(Right.OFFER_SWAPS) else None
    decides = access.account.may(Right.DECIDE_SWAPS)
    shows = [(key, label) for key, label in _SHOWS if (decides if key in ("approve", "all") else person or not decides)]
    show = asked.get("show", "")
    if show not in {key for key, _ in shows}:
        show = shows[0][0]
    departments = sorted(
        (one for one in departments_by_id().values() if _of_interest(access, one)),
        key=lambda one: (one.order, one.name),
    )
    chosen = next((one for one in departments if str(one.public_id) == asked.get("department", "")), None)
    state = asked.get("state", "")
    state = state if state in STATES or state in ("open", "all") else "open"
    wanted = SwapFilter(
        show=show,
        person_id=person.id if person else None,
        department_id=chosen.id if chosen else None,
        state="" if state == "all" or show == "approve" else state,
        text=asked.get("q", "").strip()[:120],
    )
    sort = asked.get("sort", "") or "date"
    context = {
        "shows": [{"key": key, "label": label, "count": _count(access, key, person)} for key, label in shows],
        "show": show,
        "q": wanted.text,
        "state": state,
        "states": [("open", "Under way"), ("all", "All"), *((one, _STATE_NAMES[one]) for one in STATES)],
        "department": chosen.public_id if chosen else "",
        "departments": departments,
        "person": person,
        "settings": [one for one in ([chosen] if chosen else departments) if access.may(Right.DECIDE_SWAPS, one.id)],
    }
    return context, wanted, sort


def _count(access: Access, show: str, person: PersonInfo | None) -> int | None:
    """How many wait, beside the tabs where something can wait."""
    if show not in ("asked", "approve"):
        return None
    state = "offered" if show == "asked" else ""
    return swaps_count(access, SwapFilter(show, person.id if person else None, state=state))


def _of_interest(access: Access, one: DepartmentInfo) -> bool:
    return one.ended_on is None and (
        not access.account.may(Right.DECIDE_SWAPS) or access.may(Right.DECIDE_SWAPS, one.id)
    )


def _row(one: SwapInfo) -> Row:
    kind, glyph = CHIPS[one.state]
    return Row(
        public_id=one.public_id,
        words=one.words,
        department=one.department.name,
        giver=one.giver.name,
        taker=one.taker.name if one.taker else "",
        wanted=return_words(one),
        state=state_words(one),
        chip_kind=kind,
        chip_glyph=glyph,
        until=moment_words(one.deadline, one.zone) if one.is_open else "",
        is_open=one.is_open,
        made=moment_words(one.created_at, one.zone),
    )
