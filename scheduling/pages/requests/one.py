"""One request: what it asks, what the rules say, its history, and the decision with the shifts it falls on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.requests.common import Asker, asker_of, row_of, tabs_context, when
from scheduling.pages.requests.handover import answers_posted, handovers, may_hand_over
from scheduling.pages.requests.strip import DayCount, day_counts
from scheduling.requesting.evaluate import against, rules_say
from scheduling.requesting.facts import Facts, Work
from scheduling.requesting.types import KINDS, RequestInfo, Saying, StaleRequest
from scheduling.selectors.changes import ChangeFilter, changes_list
from scheduling.selectors.request_facts import facts_for
from scheduling.selectors.request_rules import policies, rules_of
from scheduling.selectors.requests import request_find
from scheduling.services.request_decisions import Decided, decision_digest, request_decide
from scheduling.services.requests import request_withdraw
from scheduling.types import StaleShift
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import ChangeInfo, NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

_ACTS = {
    "request.make": "Asked", "request.change": "Changed", "request.approve": "Approved", "request.deny": "Denied",
    "request.withdraw": "Withdrawn",
}  # fmt: skip
_GONE = {"changed", "stale"}


@signed_in(Right.MAKE_REQUESTS)
@require_GET
def request_page(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The page."""
    return _page(request, request_id)


@signed_in(Right.DECIDE_REQUESTS)
@require_POST
def decide(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Approve or deny it."""
    posted = request.POST.dict()
    try:
        with tenant_transaction(account_of(request).organization.id):
            asker = asker_of(request)
            info = request_find(asker.access, request_id)
            if not asker.decides_in(info.department.id):
                raise PermissionDenied("You do not decide the requests of this department.")
            done = _decide(request, asker, info, posted)
    except NotFoundError:
        raise
    except (StaleRequest, StaleShift) as stale:
        return _page(request, request_id, refused=stale, status=409)
    except RefusedError as refused:
        gone = refused.code in _GONE
        return _page(request, request_id, posted={} if gone else posted, refused=refused, status=409 if gone else 422)
    _tell(request, done)
    return redirect("request", request_id)


@signed_in(Right.MAKE_REQUESTS)
@require_POST
def withdraw(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Take it back."""
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            asker = asker_of(request)
            info = request_find(asker.access, request_id)
            request_withdraw(
                request_id=request_id,
                version=_version(request),
                own=not asker.decides_in(info.department.id),
                actor=actor_of(request),
                now=timezone.now(),
                reason=request.POST.get("reason", "")[:400],
            )
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, request_id, refused=refused, status=409 if refused.code in _GONE else 422)
    messages.success(request, "The request was withdrawn.")
    return redirect("request", request_id)


def _decide(request: HttpRequest, asker: Asker, info: RequestInfo, posted: Mapping[str, str]) -> Decided:
    answers = answers_posted(posted)
    touched = {one.shift_id: one for one in facts_for([info]).touched(info)}
    for answer in answers:
        work = touched.get(answer.shift_id)
        if work is not None and answer.choice != "keep" and not may_hand_over(asker.access, work):
            raise PermissionDenied(f"You do not schedule {work.department.name}.")
    return request_decide(
        request_id=info.public_id,
        version=_version(request),
        state=posted.get("state", ""),
        reason=posted.get("reason", "")[:400],
        actor=actor_of(request),
        now=timezone.now(),
        answers=answers,
        digest=posted.get("digest", ""),
        place_off="place_off" in posted,
    )


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _tell(request: HttpRequest, done: Decided) -> None:
    info = done.request
    told = [f"{info.person.name}: {info.title}, {info.dates}, was {info.state_name.lower()}."]
    for one in done.publications:
        told.append(f"Publication {one.number} gives {one.changed} shift{'' if one.changed == 1 else 's'} to others.")
    if done.placed:
        days = "day" if done.placed == 1 else "days"
        told.append(f"{info.wanted} was placed in the draft on {done.placed} {days}.")
    if done.removed or done.kept:
        told.append(f"{info.wanted} left the draft on {done.removed} of {done.removed + done.kept} days.")
    numbers = [one.number for one in done.publications if one.audience == "everyone"]
    tag = f"publication:{numbers[0]}" if len(numbers) == 1 else ""
    messages.success(request, " ".join(told), extra_tags=tag)


def _page(
    request: HttpRequest,
    request_id: uuid.UUID,
    *,
    posted: Mapping[str, str] | None = None,
    refused: RefusedError | None = None,
    status: int = 200,
) -> HttpResponse:
    account = account_of(request)
    zone = account.organization.zone
    posted = posted or {}
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        info = request_find(asker.access, request_id)
        decides = asker.decides_in(info.department.id)
        facts, said = _weighed(info)
        touched = facts.touched(info) if KINDS[info.kind].is_absence else ()
        places = policies([info.department.id])[info.department.id].place_off
        history = changes_list(ChangeFilter(subject_id=info.public_id), limit=100)
        deciding = decides and info.state != "withdrawn"
        context: dict[str, Any] = {
            "handovers": handovers(asker.access, touched, posted, refused) if deciding else [],
            "days": _days(info) if decides else [],
        }
    own = asker.owns(info)
    return render(
        request,
        "requests/one.html",
        {
            **tabs_context(asker, ""),
            **context,
            **_words(info, said, touched, refused),
            "row": row_of(info),
            "info": info,
            "own": own,
            "decides": asker.decides,
            "deciding": deciding,
            "may_change": info.state == "pending" and (own or decides),
            "may_withdraw": info.state in ("pending", "approved")
            and (decides or info.state == "pending" or info.starts_at > timezone.now()),
            "digest": decision_digest(info, touched, said),
            "place_off": "place_off" in posted if posted else places,
            "reason": posted.get("reason", ""),
            "history": [_line(one, zone) for one in history],
            "made_at": when(info.made_at, zone),
            "decided_at": when(info.decided_at, zone),
            "zone": zone,
        },
        status=status,
    )


def _weighed(info: RequestInfo) -> tuple[Facts, tuple[Saying, ...]]:
    """What the rules say of it today."""
    facts = facts_for([info])
    today = local_date(timezone.now(), info.department.zone)
    return facts, rules_say(rules_of([info.department.id]), info, today=today, facts=facts)


def _words(
    info: RequestInfo, said: tuple[Saying, ...], touched: tuple[Work, ...], refused: RefusedError | None
) -> dict[str, Any]:
    placed = refused is not None and refused.field.startswith(("choice-", "person-", "why-"))
    return {
        "said": said if info.state == "pending" else info.said,
        "against": against(said),
        "touched": touched,
        "refused": refused.text if refused is not None and not placed and refused.field != "reason" else "",
        "reason_error": refused.text if refused is not None and refused.field == "reason" else "",
        "shift_error": placed,
    }


def _days(info: RequestInfo) -> list[DayCount]:
    last = min(info.last, info.first + timedelta(days=30))
    return day_counts(info.department, info.first, last)


def _line(one: ChangeInfo, zone: str) -> dict[str, Any]:
    """An entry of the history: who, when, what, and what became of the shifts."""
    after = one.after or {}
    before = one.before or {}
    shifts = after.get("shifts", [])
    changes = [
        (name, before.get(name) or "none", value or "none")
        for name, value in after.items()
        if one.action == "request.change" and name != "state"
    ]
    return {
        "at": when(one.at, zone), "who": one.actor, "what": _ACTS.get(one.action, one.action), "reason": one.reason,
        "shifts": shifts if isinstance(shifts, list) else [], "changes": changes, "state": after.get("state", ""),
    }  # fmt: skip
