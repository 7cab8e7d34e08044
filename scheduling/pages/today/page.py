"""Today: who is on, by department, at any moment."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from scheduling.pages.today.asking import (
    Shown,
    remembered,
    remembering,
    shown_of,
    stamp,
)
from scheduling.pages.today.moment import Moment, day_text, zone_short
from scheduling.pages.today.view import Asked, Row, Unit
from tenancy.lists import csv_response
from tenancy.rights import Right
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

_NO_ID = uuid.UUID(int=0)
_YEAR = 365 * 24 * 3600


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The page. Departments chosen the last time are put into its address."""
    kept = remembered(request)
    if kept:
        values = request.GET.copy()
        values.setlist("department", kept)
        return HttpResponseRedirect(f"{reverse('today')}?{values.urlencode()}")
    shown = shown_of(request)
    assert shown is not None, "a page is always drawn"
    response = render(request, "scheduling/today/page.html", context_of(request, shown))
    if "department" in request.GET:
        name, value = remembering(shown.chosen)
        response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return response


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The board alone, for a page that refreshes itself; 304 while neither data nor the clock changed it."""
    return answer(request, "scheduling/today/board.html", reverse("today"))


def answer(request: HttpRequest, template: str, page: str, *, plain: bool = False) -> HttpResponse:
    """The fragment, or 304. Both say until when they are true to the second."""
    shown = shown_of(request, plain=plain)
    if shown is None:
        response: HttpResponse = HttpResponseNotModified()
        response.headers["ETag"] = request.headers["If-None-Match"]
        response.headers["X-As-Of"] = stamp(timezone.now(), account_of(request).organization.zone)
    else:
        response = render(request, template, context_of(request, shown) | {"page_url": page})
        response.headers["ETag"] = shown.etag
        response.headers["X-As-Of"] = shown.stamp
    response.headers["X-Fragment"] = "1"
    return response


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def today_csv(request: HttpRequest) -> HttpResponse:
    """What the board shows, as a file; contacts for those who may see them."""
    shown = shown_of(request)
    assert shown is not None, "a file is always written"
    contacts = account_of(request).may(Right.VIEW_CONTACTS)
    name = f"who-is-on-{wall(shown.asked.moment.at, shown.asked.moment.zone):%Y-%m-%d-%H%M}.csv"
    return csv_response(name, _sheet(shown, contacts=contacts))


def context_of(request: HttpRequest, shown: Shown) -> dict[str, Any]:
    """For the page and for its fragment."""
    asked, moment = shown.asked, shown.asked.moment
    parameters = request.GET.urlencode()
    suffix = f"?{parameters}" if parameters else ""
    return {
        "section": "today",
        "shown": shown,
        "asked": asked,
        "moment": moment,
        "board": shown.board,
        "chosen": {str(one) for one in shown.chosen},
        "chosen_text": _chosen_text(shown),
        "may_contacts": account_of(request).may(Right.VIEW_CONTACTS),
        "title": f"Who {_verb(moment)} on, {day_text(moment.day)}{_year(moment)}",
        "zone_short": zone_short(moment.at, moment.zone),
        "lead": _lead(asked),
        "suffix": suffix,
        "page_url": reverse("today"),
        "replace_base": reverse("today-replace", args=[_NO_ID]).removesuffix(str(_NO_ID)),
        "before": moment.day - timedelta(days=1),
        "after": moment.day + timedelta(days=1),
        "print_url": _print_url(shown),
        "spans": [("now", "Now" if moment.live else "Then"), ("next", "Next"), ("day", "Day")],
        "now_x": f"{moment.now_minute * 100 / moment.minutes:.2f}",
        "ahead_x": f"{100 - moment.now_minute * 100 / moment.minutes:.2f}",
    }


def _verb(moment: Moment) -> str:
    return {"now": "is", "past": "was", "ahead": "will be"}[moment.relation]


def _lead(asked: Asked) -> str:
    """What stands before the time of reading."""
    if not asked.known_then:
        return "As of"
    moment = asked.moment
    return f"As known at {moment.clock} {zone_short(moment.at, moment.zone)}, read at"


def _year(moment: Moment) -> str:
    day: date = wall(moment.now, moment.zone).date()
    return "" if moment.day.year == day.year else f", {moment.day.year}"


def _chosen_text(shown: Shown) -> str:
    if not shown.chosen:
        return "All departments"
    named = [one.name for one in shown.departments if one.public_id in shown.chosen]
    return named[0] if len(named) == 1 else f"{len(named)} departments"


def _print_url(shown: Shown) -> str:
    """The call list of this moment, where there is such a page."""
    try:
        address = reverse("print-call-list")
    except NoReverseMatch:
        return ""
    values = [("at", shown.asked.moment.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))]
    values += [("department", str(one)) for one in sorted(shown.chosen, key=uuid.UUID.__str__)]
    return f"{address}?{urlencode(values)}"


def _sheet(shown: Shown, *, contacts: bool) -> Iterator[list[str]]:
    head = ["Department", "Zone", "Role", "Call order", "Name", "What", "From", "To", "Note", "Known otherwise"]
    yield [*head, *(["Cell", "Pager", "Office", "E-mail"] if contacts else [])]
    for unit in shown.board.units:
        for row in unit.rows:
            yield [
                unit.name, unit.zone, row.role, row.order, row.name, _WORDS[row.kind], *_walls(row, unit), row.note, row.change,
                *(_numbers(row) if contacts else []),
            ]  # fmt: skip


_WORDS = {
    "on": "person", "placeholder": "placeholder", "open": "open", "nobody": "nobody is on", "absent": "nobody is on",
    "gone": "known otherwise",
}  # fmt: skip


def _walls(row: Row, unit: Unit) -> list[str]:
    if not row.ends:
        return ["", ""]
    return [f"{wall(datetime.fromtimestamp(one, UTC), unit.zone):%Y-%m-%d %H:%M}" for one in (row.starts, row.ends)]


def _numbers(row: Row) -> list[str]:
    if row.contacts is None:
        return [""] * 4
    known = {kind: number for _, number, kind in row.contacts.numbers}
    return [*(known.get(kind, "") for kind in ("cell", "pager", "office")), row.contacts.email]
