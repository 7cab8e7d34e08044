"""Parts of the scheduling pages: what publishing would send, and where a publication has arrived."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from integrations.lanes import LIVE
from integrations.pages.status import status_of
from integrations.pages.words import clock, stamp
from integrations.selectors import board_cards
from integrations.services.publish_effect import publish_effects
from integrations.types import BoardCard, PublishEffect
from scheduling.selectors import publication_number, publish_preview
from scheduling.selectors.workspace import access_of, schedule_visible
from scheduling.types import Audience
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.web import account_of, signed_in


@dataclass(frozen=True)
class EffectLine:
    """A connection in the publish page."""

    effect: PublishEffect
    when: str
    idle: bool


@dataclass(frozen=True)
class ReceiptLine:
    """A connection after a publication. `settled`: nothing more happens by itself soon."""

    name: str
    public_id: uuid.UUID
    tone: str
    glyph: str
    text: str
    settled: bool


@signed_in(Right.PUBLISH)
@require_GET
def publish_fragment(request: HttpRequest) -> HttpResponse:
    """What publishing a range would send, by connection."""
    account, now = account_of(request), timezone.now()
    zone = account.organization.zone
    if request.GET.get("audience") == Audience.ADMINISTRATORS.value:
        return _fragment(request, "integrations/publish_fragment.html", {"silent": True})
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        schedule = schedule_visible(access, _uuid(request.GET.get("schedule", "")))
        if not access.may(Right.PUBLISH, schedule.department.id):
            raise PermissionDenied("This department is not among those you schedule.")
        first = max(_date(request.GET.get("first", "")) or schedule.starts_on, schedule.starts_on)
        last = min(_date(request.GET.get("last", "")) or schedule.ends_on, schedule.ends_on)
        preview = publish_preview(schedule_id=schedule.public_id, first=first, last=last, audience=Audience.EVERYONE)
        effects = publish_effects(schedule=schedule, preview=preview, now=now)
    lines = [_effect_line(one, zone, now) for one in effects]
    idle = [one for one in lines if one.idle]
    context = {
        "lines": [one for one in lines if not one.idle],
        "idle": idle,
        "idle_names": ", ".join(one.effect.info.name for one in idle),
        "total": len(lines),
        "may_view": account.may(Right.VIEW_INTEGRATIONS),
        "stamp": stamp(now, zone),
    }
    return _fragment(request, "integrations/publish_fragment.html", context)


@signed_in(Right.PUBLISH, Right.VIEW_INTEGRATIONS)
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """Where a publication has arrived, by connection; a script asks again until `data-settled` says that it is over."""
    account, now = account_of(request), timezone.now()
    zone, text = account.organization.zone, request.GET.get("number", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFoundError("There is no such publication.")
    number = int(text)
    with tenant_transaction(account.organization.id, snapshot=True):
        if not 1 <= number <= publication_number():
            raise NotFoundError("There is no such publication.")
        cards = [one for one in board_cards() if one.info.state == LIVE]
    lines = [_receipt_line(card, number, zone, now) for card in cards]
    context = {
        "number": number,
        "lines": lines,
        "settled": all(one.settled for one in lines),
        "arrived": sum(1 for one in lines if one.tone == "ok"),
        "may_view": account.may(Right.VIEW_INTEGRATIONS),
        "stamp": stamp(now, zone),
    }
    return _fragment(request, "integrations/receipt.html", context)


def _effect_line(one: PublishEffect, zone: str, now: datetime) -> EffectLine:
    idle = not one.held and not (one.added or one.changed or one.removed or one.left_out)
    if one.added is None:
        idle = not one.held and not one.mapped
    if one.held:
        when = ""
    elif one.at_once:
        when = "at once"
    elif one.info.next_due_at is not None:
        when = f"at the next run, {clock(one.info.next_due_at, zone, now)}"
    else:
        when = "when somebody runs it"
    return EffectLine(one, when, idle)


def _receipt_line(card: BoardCard, number: int, zone: str, now: datetime) -> ReceiptLine:
    info = card.info
    status = status_of(card, number=number, zone=zone, now=now)
    if info.in_step_number >= number:
        text = f"in step with {info.in_step_number} as of {clock(info.in_step_at, zone, now)}"
        return ReceiptLine(info.name, info.public_id, "ok", "check", text, True)
    if info.hold:
        why = info.hold_text.split(". ", 1)[0].rstrip(".")
        text = f"nothing is sent. {why}."
        return ReceiptLine(info.name, info.public_id, status.tone, status.glyph, text, True)
    if not card.listens:
        text = f"at its next run, {status.next}" if info.next_due_at else "when somebody runs it"
        return ReceiptLine(info.name, info.public_id, "", "clock", text, True)
    last = card.last
    if status.group == "needs" and last is not None and last.state == "done":
        text = f"sent, but {last.rejected:,} refused"
        return ReceiptLine(info.name, info.public_id, "warn", "soft", text, card.active is None)
    if last is not None and last.state == "failed":
        text = f"not yet: {last.text} Tried again {clock(card.active.due_at, zone, now) if card.active else 'soon'}."
        return ReceiptLine(info.name, info.public_id, "warn", "refresh", text, False)
    under_way = card.active is not None and card.active.state == "running"
    return ReceiptLine(
        info.name, info.public_id, "info", "refresh", "being sent" if under_way else "waits for its turn", False
    )


def _fragment(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context)
    response.headers["X-Fragment"] = "1"
    return response


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError("There is no such schedule.") from None
