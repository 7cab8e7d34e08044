"""The board: every connection, grouped by what needs a person, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.lanes import LIVE
from integrations.pages.chart import Chart, chart_of
from integrations.pages.common import may_manage
from integrations.pages.status import GROUPS, Status, cadence, status_of
from integrations.pages.unsent import unsent_told
from integrations.pages.words import clock, stamp
from integrations.selectors import board_cards
from integrations.services.unsent import assignments_unsent
from integrations.types import BoardCard
from scheduling.selectors import publications
from scheduling.types import Audience, PublicationInfo
from tenancy.lists import csv_response
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.wall import local_date, wall
from tenancy.web import account_of, signed_in

_GROUP_KEYS = {key for key, _, _, _ in GROUPS}


@dataclass(frozen=True)
class Line:
    """A connection as the board shows it."""

    card: BoardCard
    status: Status
    cadence: str
    chart: Chart | None


@dataclass(frozen=True)
class Group:
    """Connections in one state of need."""

    key: str
    title: str
    glyph: str
    glyph_class: str
    lines: list[Line]


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The page. The filter stands in the address: `q` for the name, `show` for the group."""
    zone, now = account_of(request).organization.zone, timezone.now()
    lines, published = _read(request, zone, now)
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        told = unsent_told(assignments_unsent(today=local_date(now, zone)))
    shown = _filtered(request, lines)
    groups = [
        Group(key, title, glyph, extra, [one for one in shown if one.status.group == key])
        for key, title, glyph, extra in GROUPS
    ]
    counts = {key: sum(1 for one in lines if one.status.group == key) for key in _GROUP_KEYS}
    return render(
        request,
        "integrations/board.html",
        {
            "section": "integrations",
            "groups": [group for group in groups if group.lines],
            "any": bool(lines),
            "counts": counts,
            "live": sum(1 for one in lines if one.card.info.state == LIVE),
            "published": published,
            "published_at": clock(published.at, zone, now) if published else "",
            "q": request.GET.get("q", "")[:80],
            "show": request.GET.get("show", ""),
            "choices": [(key, title) for key, title, _, _ in GROUPS],
            "stamp": stamp(now, zone),
            "may_manage": may_manage(request),
            **told,
        },
    )


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def board_csv(request: HttpRequest) -> HttpResponse:
    """The same lines as a file."""
    zone, now = account_of(request).organization.zone, timezone.now()
    lines, _ = _read(request, zone, now)
    return csv_response("integrations.csv", _sheet(_filtered(request, lines), zone))


def _read(request: HttpRequest, zone: str, now: datetime) -> tuple[list[Line], PublicationInfo | None]:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        cards = board_cards()
        latest = publications(limit=20)
    published = next((one for one in latest if one.audience == Audience.EVERYONE.value), None)
    number = published.number if published else max((one.info.in_step_number for one in cards), default=0)
    lines = [
        Line(card, status_of(card, number=number, zone=zone, now=now), cadence(card), chart_of(card.runs))
        for card in cards
    ]
    return lines, published


def _filtered(request: HttpRequest, lines: list[Line]) -> list[Line]:
    text, show = request.GET.get("q", "").strip().casefold(), request.GET.get("show", "")
    return [
        one
        for one in lines
        if (not text or text in f"{one.card.info.name} {one.card.info.title}".casefold())
        and (show not in _GROUP_KEYS or one.status.group == show)
    ]


def _sheet(lines: list[Line], zone: str) -> Iterator[list[str]]:
    yield ["Connection", "Integration", "State", "In step", "Detail", "In step with publication", "As of", "Last run", "Next run",
           "Zone", "Runs", "Open problems"]  # fmt: skip
    for one in lines:
        info, last = one.card.info, one.card.last
        yield [
            info.name, info.title, one.status.chip[2], one.status.fact, one.status.detail, str(info.in_step_number or ""),
            _time(info.in_step_at, zone), _time(last.finished_at if last else None, zone), _time(info.next_due_at, zone), zone,
            one.cadence, str(info.open_problems),
        ]  # fmt: skip


def _time(moment: datetime | None, zone: str) -> str:
    return f"{wall(moment, zone):%Y-%m-%d %H:%M:%S}" if moment else ""
