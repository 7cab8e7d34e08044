"""Publishing: look at what would change, then make it the truth."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.pages.grid.page import grid_address
from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.publishing.diffview import SHOWN_AT_MOST, by_day, by_person, day_counts, people_touched
from scheduling.selectors import publication_number, publish_preview
from scheduling.selectors.workspace import access_of, schedule_visible
from scheduling.services import schedule_publish
from scheduling.types import Audience, PublicationInfo, PublishPreview, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, NotFoundError, RefusedError
from tenancy.wall import wall
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.PUBLISH)
def publish(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """GET shows what a range and an audience would change; POST publishes exactly what was shown."""
    if request.method == "POST":
        return _publish(request, schedule_id)
    return _page(request, schedule_id)


def _page(request: HttpRequest, schedule_id: uuid.UUID, *, refused: str = "", status: int = 200) -> HttpResponse:
    account = account_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    audience = _audience(asked.get("audience", ""))
    with tenant_transaction(account.organization.id, snapshot=True):
        schedule = _schedule(account, schedule_id)
        first, last = _range(schedule, asked.get("first", ""), asked.get("last", ""))
        preview = publish_preview(schedule_id=schedule.public_id, first=first, last=last, audience=audience)
        number = publication_number(audience)
    context = _context(schedule, preview, number)
    context |= {"refused": refused, "replace": asked.get("replace") == "1"}
    return render(request, "scheduling/publish.html", context, status=status)


def _publish(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    account = account_of(request)
    posted = request.POST
    try:
        with tenant_transaction(account.organization.id):
            schedule = _schedule(account, schedule_id)
            first, last = _range(schedule, posted.get("first", ""), posted.get("last", ""))
            made = schedule_publish(
                schedule_id=schedule.public_id,
                audience=_audience(posted.get("audience", "")),
                actor=actor_of(request),
                now=timezone.now(),
                first=first,
                last=last,
                replace=posted.get("replace") == "1",
                confirmed_digest=posted.get("digest", ""),
            )
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, schedule_id, refused=refused.text, status=409)
    if made is None:
        messages.info(request, "Nothing differed, so nothing was published.")
    else:
        # The number lets the next page follow where the publication has arrived.
        followed = f"publication:{made.number}" if made.audience == Audience.EVERYONE.value else ""
        messages.success(request, published_text(made), extra_tags=followed)
    return redirect(grid_address(schedule_id, start=first))


def published_text(made: PublicationInfo) -> str:
    """What the page says after publishing."""
    counts = [
        f"{count} {word}"
        for count, word in ((made.added, "added"), (made.changed, "changed"), (made.removed, "removed"))
        if count
    ]
    return f"Publication {made.number} to {made.audience}: {', '.join(counts) or 'dates taken over'}."


def _schedule(account: AccountInfo, schedule_id: uuid.UUID) -> ScheduleInfo:
    access = access_of(account)
    schedule = schedule_visible(access, schedule_id)
    if not access.may(Right.PUBLISH, schedule.department.id):
        raise PermissionDenied("This department is not among those you schedule.")
    return schedule


def _range(schedule: ScheduleInfo, first: str, last: str) -> tuple[date, date]:
    """The dates asked for, kept inside the schedule; the whole schedule when they make no sense."""
    start = max(date_or_none(first) or schedule.starts_on, schedule.starts_on)
    end = min(date_or_none(last) or schedule.ends_on, schedule.ends_on)
    return (start, end) if start <= end else (schedule.starts_on, schedule.ends_on)


def _audience(text: str) -> Audience:
    return Audience.ADMINISTRATORS if text == Audience.ADMINISTRATORS.value else Audience.EVERYONE


def _context(schedule: ScheduleInfo, preview: PublishPreview, number: int) -> dict[str, Any]:
    differences = preview.differences
    return {
        "section": "schedule",
        "schedule": schedule,
        "preview": preview,
        "audience": preview.audience.value,
        "next_number": number + 1,
        "added": preview.count("added"),
        "changed": preview.count("changed"),
        "removed": preview.count("removed"),
        "people": people_touched(differences),
        "days": day_counts(differences, preview.from_date, preview.to_date),
        "groups_by_person": by_person(differences),
        "groups_by_day": by_day(differences),
        "not_shown": max(0, len(differences) - SHOWN_AT_MOST),
        "back_url": grid_address(schedule, start=preview.from_date),
        "as_of": wall(timezone.now(), schedule.department.zone),
    }
