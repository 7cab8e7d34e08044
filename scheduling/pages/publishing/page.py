"""Publishing: look at what would change, then make it the truth."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
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
from scheduling.pages.publishing.show import differing_in, hard_concerned, issue_groups, reach_of, tell_counts
from scheduling.selectors import publication_number, publish_preview
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.workspace import access_of, schedule_visible
from scheduling.services import schedule_publish
from scheduling.services.announce import MESSAGE_LIMIT, Tell, publication_announce
from scheduling.types import Audience, Difference, PublicationInfo, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, NotFoundError, RefusedError
from tenancy.wall import wall
from tenancy.web import account_of, actor_of, signed_in

_WHOM = ("people", "schedulers", "department")


@signed_in(Right.PUBLISH)
def publish(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """GET shows what a range and an audience would change; POST publishes exactly what was shown."""
    if request.method == "POST":
        return _publish(request, schedule_id)
    return _page(request, schedule_id)


def _page(request: HttpRequest, schedule_id: uuid.UUID, *, refused: str = "", status: int = 200) -> HttpResponse:
    account = account_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    audience = audience_asked(asked.get("audience", ""))
    with tenant_transaction(account.organization.id, snapshot=True):
        schedule = schedule_to_publish(account, schedule_id)
        first, last = range_asked(schedule, asked.get("first", ""), asked.get("last", ""))
        preview = publish_preview(schedule_id=schedule.public_id, first=first, last=last, audience=audience)
        conflicts = conflicts_of(schedule, first=first, last=last)
        groups = issue_groups(schedule, conflicts)
        context = diff_context(preview.differences, first, last) | {
            "preview": preview,
            "next_number": publication_number(audience) + 1,
            "reaches": [reach_of(schedule, one) for one in (Audience.EVERYONE, Audience.ADMINISTRATORS)],
            "issue_groups": groups,
            "hard": sum(one.total for one in groups if one.severity == "hard"),
            "soft": sum(one.total for one in groups if one.severity == "soft"),
            "reason_asked": hard_concerned(conflicts, preview.differences),
            "whom": tell_counts(schedule, account.id),
        }
        context["choices"] = _choices(schedule, audience, context["reaches"], first, last)
    context |= page_context(schedule, audience) | {
        "refused": refused,
        "replace": asked.get("replace") == "1",
        "tell": {
            name: asked.get(f"tell_{name}") == "1" if request.method == "POST" else name == "people" for name in _WHOM
        },
        "message": asked.get("message", "")[:MESSAGE_LIMIT],
        "reason": asked.get("reason", "")[:400],
        "back_url": grid_address(schedule, start=first),
    }
    return render(request, "scheduling/publish.html", context, status=status)


def _publish(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    account, now, posted = account_of(request), timezone.now(), request.POST
    audience = audience_asked(posted.get("audience", ""))
    told = 0
    try:
        with tenant_transaction(account.organization.id):
            schedule = schedule_to_publish(account, schedule_id)
            first, last = range_asked(schedule, posted.get("first", ""), posted.get("last", ""))
            reason = posted.get("reason", "").strip()[:400]
            if not reason:
                _no_hard_conflict(schedule, first, last, audience)
            made = schedule_publish(
                schedule_id=schedule.public_id,
                audience=audience,
                actor=actor_of(request),
                now=now,
                first=first,
                last=last,
                replace=posted.get("replace") == "1",
                confirmed_digest=posted.get("digest", ""),
                reason=reason,
            )
            if made is not None:
                told = announce(request, made, schedule, posted)
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, schedule_id, refused=refused.text, status=409)
    say(request, made, told, nothing="Nothing differed, so nothing was published.")
    return redirect(grid_address(schedule_id, start=first))


def _no_hard_conflict(schedule: ScheduleInfo, first: date, last: date, audience: Audience) -> None:
    """Refuse what breaks a hard rule in what changes: that takes a reason."""
    preview = publish_preview(schedule_id=schedule.public_id, first=first, last=last, audience=audience)
    count = hard_concerned(conflicts_of(schedule, first=first, last=last), preview.differences)
    if count:
        stand = "conflict stands" if count == 1 else "conflicts stand"
        raise RefusedError(
            f"{count} hard {stand} in what changes. Mend, or say why it is published anyway.", field="reason"
        )


def announce(request: HttpRequest, made: PublicationInfo, schedule: ScheduleInfo, posted: Mapping[str, str]) -> int:
    """Tell whom the publisher ticked; returns how many."""
    whom = {name: posted.get(f"tell_{name}") == "1" for name in _WHOM}
    return publication_announce(
        publication=made,
        name=schedule.department.name,
        zone=schedule.department.zone,
        tell=Tell(**whom, message=posted.get("message", "")),
        link=grid_address(schedule, start=made.from_date),
        actor=actor_of(request),
        now=timezone.now(),
    )


def say(request: HttpRequest, made: PublicationInfo | None, told: int, *, nothing: str) -> None:
    """What the next page says, with the receipt of a publication that leaves the building."""
    if made is None:
        messages.info(request, nothing)
        return
    # The number lets the next page follow where the publication has arrived.
    followed = f"publication:{made.number}" if made.audience == Audience.EVERYONE.value else ""
    people = f" {told} told." if told else ""
    messages.success(request, published_text(made) + people, extra_tags=followed)


def published_text(made: PublicationInfo) -> str:
    """What the page says after publishing, or after taking back."""
    counts = [
        f"{count} {word}"
        for count, word in ((made.added, "added"), (made.changed, "changed"), (made.removed, "removed"))
        if count
    ]
    if made.kind == "recall":
        return (
            f"Taken back from {made.audience} as publication {made.number}: {', '.join(counts) or 'dates given back'}."
        )
    return f"Publication {made.number} to {made.audience}: {', '.join(counts) or 'dates taken over'}."


def schedule_to_publish(account: AccountInfo, schedule_id: uuid.UUID) -> ScheduleInfo:
    """The schedule, if the account may publish it."""
    access = access_of(account)
    schedule = schedule_visible(access, schedule_id)
    if not access.may(Right.PUBLISH, schedule.department.id):
        raise PermissionDenied("This department is not among those you schedule.")
    return schedule


def range_asked(schedule: ScheduleInfo, first: str, last: str) -> tuple[date, date]:
    """The dates asked for, kept inside the schedule; the whole schedule when they make no sense."""
    start = max(date_or_none(first) or schedule.starts_on, schedule.starts_on)
    end = min(date_or_none(last) or schedule.ends_on, schedule.ends_on)
    return (start, end) if start <= end else (schedule.starts_on, schedule.ends_on)


def audience_asked(text: str) -> Audience:
    """The audience that a form names; everyone when it names none."""
    return Audience.ADMINISTRATORS if text == Audience.ADMINISTRATORS.value else Audience.EVERYONE


def page_context(schedule: ScheduleInfo, audience: Audience) -> dict[str, Any]:
    """What both pages show of the schedule itself."""
    return {
        "section": "schedule",
        "schedule": schedule,
        "audience": audience.value,
        "length": (schedule.ends_on - schedule.starts_on).days + 1,
        "as_of": wall(timezone.now(), schedule.department.zone),
    }


def diff_context(differences: tuple[Difference, ...], first: date, last: date) -> dict[str, Any]:
    """The differences, told by person and by day."""
    kinds = [one.kind for one in differences]
    return {
        "added": kinds.count("added"),
        "changed": kinds.count("changed"),
        "removed": kinds.count("removed"),
        "people": people_touched(differences),
        "days": day_counts(differences, first, last),
        "groups_by_person": by_person(differences),
        "groups_by_day": by_day(differences),
        "not_shown": max(0, len(differences) - SHOWN_AT_MOST),
    }


def _choices(
    schedule: ScheduleInfo, audience: Audience, reaches: list[Any], first: date, last: date
) -> list[dict[str, Any]]:
    """The ranges that are likely meant: the dates that the audience has already, and the whole schedule."""
    reach = next(one for one in reaches if one.audience == audience.value)
    ranges = [(reach.first, reach.last, "already published", reach.unpublished)] if reach.first else []
    whole = (schedule.starts_on, schedule.ends_on)
    if (reach.first, reach.last) != whole:
        ranges.append((*whole, "the whole schedule", differing_in(schedule, audience, *whole)))
    return [
        {"first": start, "last": end, "words": words, "count": count, "chosen": (start, end) == (first, last)}
        for start, end, words, count in ranges
    ]
