"""One swap: what it is, whose the shift is until it is done, both calendars, its history, and what the reader may do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.swaps.show import choices_of, posted_uuid, posted_version, swap_context
from scheduling.selectors.accounts import person_of_account
from scheduling.selectors.changes import ChangeFilter, changes_list
from scheduling.selectors.swap_words import moment_words
from scheduling.selectors.swaps import SwapInfo, involved, swap_find
from scheduling.selectors.workspace import Access, access_of
from scheduling.services.swap_agree import swap_accept, swap_approve, swap_refuse
from scheduling.services.swaps import swap_cancel, swap_decline, swap_seen
from scheduling.types import PersonInfo, StaleShift
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, ChangeInfo, NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_ACTS = {
    "swap.offer": "Offered", "swap.see": "Opened", "swap.accept": "Accepted", "swap.decline": "Declined",
    "swap.approve": "Approved", "swap.refuse": "Not approved", "swap.cancelled": "Withdrawn or ended",
    "swap.declined": "Ended", "swap.expired": "Expired", "swap.follow": "Followed the schedule",
    "swap.link_refuse": "Link used in vain",
}  # fmt: skip
# What one who was asked is not told of the others who were.
_DISCREET = frozenset({"swap.see", "swap.decline", "swap.link_refuse"})
Act = Callable[[SwapInfo, Access, PersonInfo | None, datetime], str]


@signed_in(Right.OFFER_SWAPS, Right.DECIDE_SWAPS)
@require_GET
def swap(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """The page. That somebody who was asked opened it, is remembered once."""
    return _page(request, swap_id)


@signed_in(Right.OFFER_SWAPS)
@require_POST
def accept(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Take the shift: only somebody who was asked."""

    def act(info: SwapInfo, access: Access, person: PersonInfo | None, now: datetime) -> str:
        if person is None or info.offer_of(person.id) is None:
            raise PermissionDenied("This swap was not offered to you.")
        made = swap_accept(
            swap_id=swap_id,
            person_id=person.id,
            version=posted_version(request),
            return_shift_id=posted_uuid(request, "return_shift"),
            actor=actor_of(request),
            now=now,
        )
        if made.state == "done":
            return f"Done and published: {made.words} is yours."
        return f"Accepted. {made.giver.name} stays responsible until the department approves it."

    return _answer(request, swap_id, act)


@signed_in(Right.OFFER_SWAPS)
@require_POST
def decline(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Say no, or take an acceptance back while it waits."""

    def act(info: SwapInfo, access: Access, person: PersonInfo | None, now: datetime) -> str:
        if person is None or info.offer_of(person.id) is None:
            raise PermissionDenied("This swap was not offered to you.")
        swap_decline(swap_id=swap_id, person_id=person.id, actor=actor_of(request), now=now)
        return "Declined. Nothing changes for you."

    return _answer(request, swap_id, act)


@signed_in(Right.OFFER_SWAPS, Right.DECIDE_SWAPS)
@require_POST
def cancel(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Withdraw it: the giver, or somebody who decides."""

    def act(info: SwapInfo, access: Access, person: PersonInfo | None, now: datetime) -> str:
        own = person is not None and info.giver.id == person.id
        if not own and not access.may(Right.DECIDE_SWAPS, info.department.id):
            raise PermissionDenied("Only the giver or the department can withdraw a swap.")
        swap_cancel(swap_id=swap_id, actor=actor_of(request), now=now, reason=request.POST.get("reason", ""))
        return f"Withdrawn. {info.giver.name} keeps the shift."

    return _answer(request, swap_id, act)


@signed_in(Right.DECIDE_SWAPS)
@require_POST
def approve(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Approve what was agreed: done and published."""

    def act(info: SwapInfo, access: Access, person: PersonInfo | None, now: datetime) -> str:
        _decider(info, access)
        made = swap_approve(
            swap_id=swap_id,
            version=posted_version(request),
            reason=request.POST.get("reason", ""),
            person_id=person.id if person else None,
            actor=actor_of(request),
            now=now,
        )
        return f"Approved, done and published: {made.taker.name if made.taker else ''} has {made.words}."

    return _answer(request, swap_id, act)


@signed_in(Right.DECIDE_SWAPS)
@require_POST
def refuse(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Do not approve it, and say why."""

    def act(info: SwapInfo, access: Access, person: PersonInfo | None, now: datetime) -> str:
        _decider(info, access)
        swap_refuse(
            swap_id=swap_id,
            version=posted_version(request),
            reason=request.POST.get("reason", ""),
            actor=actor_of(request),
            now=now,
        )
        return f"Not approved. {info.giver.name} keeps the shift; both are told why."

    return _answer(request, swap_id, act)


def _decider(info: SwapInfo, access: Access) -> None:
    if not access.may(Right.DECIDE_SWAPS, info.department.id):
        raise PermissionDenied("This department is not among those whose swaps you decide.")


def _answer(request: HttpRequest, swap_id: uuid.UUID, act: Act) -> HttpResponse:
    """Do it in one transaction; a refusal rolls back and stands above the swap as it is now."""
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            access = access_of(account)
            person = person_of_account(account.id)
            info = swap_find(access, swap_id, person_id=person.id if person else None)
            said = act(info, access, person, timezone.now())
    except NotFoundError:
        raise
    except RefusedError as refused:
        # Somebody was first, or the schedule moved on: 409. What cannot be done as asked: 422.
        meanwhile = refused.code in ("gone", "stale") or isinstance(refused, StaleShift)
        return _page(request, swap_id, refused=refused, status=409 if meanwhile else 422)
    messages.success(request, said)
    return redirect("me") if request.POST.get("back") == "me" else redirect("swap", swap_id)


def _page(
    request: HttpRequest, swap_id: uuid.UUID, *, refused: RefusedError | None = None, status: int = 200
) -> HttpResponse:
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        access = access_of(account)
        person = person_of_account(account.id)
        info = swap_find(access, swap_id, person_id=person.id if person else None)
        if person is not None and info.offer_of(person.id) is not None:
            swap_seen(swap_id=swap_id, person_id=person.id, actor=actor_of(request), now=timezone.now())
        context = _context(request, account, access, person, info)
    context |= {"section": "swaps", "refused": refused, "refused_title": "Nothing was changed."}
    return render(request, "swaps/swap.html", context, status=status)


def _context(
    request: HttpRequest, account: AccountInfo, access: Access, person: PersonInfo | None, info: SwapInfo
) -> dict[str, Any]:
    person_id = person.id if person else None
    decides = access.may(Right.DECIDE_SWAPS, info.department.id)
    mine = info.giver.id == person_id
    offer = info.offer_of(person_id)
    asked_person = offer.person if offer and offer.state == "asked" and info.state == "offered" else None
    open_offers = [one.person for one in info.offers if one.state != "declined"]
    beside = request.GET.get("with", "")
    chosen = next((one for one in open_offers if str(one.public_id) == beside), None)
    partner = info.taker or asked_person or chosen or (open_offers[0] if open_offers else None)
    give = request.POST.get("return_shift", "") or request.GET.get("give", "")
    context = swap_context(info, partner=partner, give=give, week_start=account.organization.week_start)
    sees_all = decides or mine
    history = changes_list(ChangeFilter(subject_id=info.public_id), limit=200)
    return context | {
        "history": [_line(one, info.zone, sees_all) for one in history if sees_all or one.action not in _DISCREET],
        "mine": mine,
        "sees_all": sees_all,
        "partners": open_offers if sees_all and info.state == "offered" and len(open_offers) > 1 else [],
        "may_answer": asked_person is not None,
        "choices": choices_of(info, asked_person) if asked_person else [],
        "may_take_back": info.state == "accepted" and info.taker is not None and info.taker.id == person_id,
        "may_cancel": info.is_open and (mine or decides),
        "may_decide": info.state == "accepted" and decides,
        "part_of_it": involved(info, person_id) and (mine or (info.taker is not None and info.taker.id == person_id)),
        "as_of": moment_words(timezone.now(), info.zone),
    }


def _line(one: ChangeInfo, zone: str, sees_all: bool) -> dict[str, str]:
    after = one.after or {}
    asked = after.get("asked") if sees_all else None
    told = ", ".join(map(str, asked)) if isinstance(asked, list) else str(after.get("shift") or after.get("why") or "")
    if one.action in ("swap.accept", "swap.approve") and after.get("publication"):
        told = f"done and published as number {after['publication']}"
    if one.action == "swap.decline":
        told = str(after.get("by") or "")
    return {
        "at": moment_words(one.at, zone),
        "act": _ACTS.get(one.action, one.action),
        "actor": one.actor,
        "source": one.source,
        "told": told,
        "reason": one.reason,
    }
