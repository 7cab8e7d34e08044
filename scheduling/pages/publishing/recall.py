"""Taking back: look at what readers would lose and what would return, say why, and confirm exactly that."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.pages.grid.page import grid_address
from scheduling.pages.publishing.page import (
    announce,
    audience_asked,
    diff_context,
    page_context,
    range_asked,
    say,
    schedule_to_publish,
)
from scheduling.pages.publishing.show import reach_of
from scheduling.selectors.recall import recall_preview
from scheduling.services.announce import MESSAGE_LIMIT
from scheduling.services.recall import schedule_recall
from scheduling.types import Audience
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.PUBLISH)
def recall(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """GET shows what a recall would do; POST does exactly what was shown."""
    if request.method == "POST":
        return _recall(request, schedule_id)
    return _page(request, schedule_id)


def _page(request: HttpRequest, schedule_id: uuid.UUID, *, refused: str = "", status: int = 200) -> HttpResponse:
    account = account_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    audience, restore = audience_asked(asked.get("audience", "")), asked.get("restore") == "1"
    with tenant_transaction(account.organization.id, snapshot=True):
        schedule = schedule_to_publish(account, schedule_id)
        first, last = range_asked(schedule, asked.get("first", ""), asked.get("last", ""))
        preview = recall_preview(
            schedule_id=schedule.public_id,
            audience=audience,
            first=first,
            last=last,
            restore=restore,
            now=timezone.now(),
        )
        reaches = [reach_of(schedule, one) for one in (Audience.EVERYONE, Audience.ADMINISTRATORS)]
    context: dict[str, Any] = diff_context(preview.differences, first, last) | page_context(schedule, audience)
    context |= {
        "preview": preview,
        "reaches": reaches,
        "refused": refused,
        "reason": asked.get("reason", "")[:400],
        "message": asked.get("message", "")[:MESSAGE_LIMIT],
        "tell_people": asked.get("tell_people") == "1" if request.method == "POST" else True,
        "tell_schedulers": asked.get("tell_schedulers") == "1",
        "back_url": grid_address(schedule, start=first),
    }
    return render(request, "scheduling/recall.html", context, status=status)


def _recall(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    account, posted = account_of(request), request.POST
    told = 0
    try:
        with tenant_transaction(account.organization.id):
            schedule = schedule_to_publish(account, schedule_id)
            first, last = range_asked(schedule, posted.get("first", ""), posted.get("last", ""))
            reason = posted.get("reason", "").strip()[:400]
            if not reason:
                raise RefusedError("Say why it is taken back: the change log keeps it.", field="reason")
            made = schedule_recall(
                schedule_id=schedule.public_id,
                audience=audience_asked(posted.get("audience", "")),
                first=first,
                last=last,
                restore=posted.get("restore") == "1",
                actor=actor_of(request),
                now=timezone.now(),
                confirmed_digest=posted.get("digest", ""),
                reason=reason,
            )
            if made is not None:
                told = announce(request, made, schedule, posted)
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, schedule_id, refused=refused.text, status=409)
    say(request, made, told, nothing="There was nothing to take back.")
    return redirect(grid_address(schedule_id, start=first))
