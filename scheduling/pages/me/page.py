"""Me: on now, what comes, swaps, requests, tallies, and the private calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.listing import paged
from scheduling.pages.me.view import coming_of, month_of, month_range, now_of
from scheduling.pages.swaps.show import CHIPS
from scheduling.selectors.accounts import person_of_account
from scheduling.selectors.feed import feed_of_account
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.own import published_until, shifts_from, shifts_of_days
from scheduling.selectors.requests import requests_between
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.swap_fit import swap_fit
from scheduling.selectors.swap_words import moment_words, return_words, state_words, stays_words
from scheduling.selectors.swaps import SwapFilter, SwapInfo, published_shift, swaps_list, swaps_of_shifts
from scheduling.selectors.tallies import tallies_beside_grid, tally_values
from scheduling.selectors.workspace import Access, access_of
from scheduling.types import PersonInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

_PAGE = 20
_YOURS = {
    "offered": "You stay responsible until it is accepted and done.",
    "accepted": "You stay responsible until it is approved and done.",
}
_REQUESTS_AHEAD = timedelta(days=365)


@signed_in()
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """The page."""
    return me_page(request)


@signed_in()
@require_GET
def me_csv(request: HttpRequest) -> HttpResponse:
    """One's running and coming shifts as a file."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        person = person_of_account(account.id)
        rows = shifts_from(person, now=timezone.now()) if person else []
    head = ["Date", "Assignment", "Department", "Start", "End", "Zone", "Call order", "Note"]
    lines = [
        [
            row.date.isoformat(), row.assignment.name, row.department.name, f"{row.start_wall:%Y-%m-%d %H:%M}",
            f"{row.end_wall:%Y-%m-%d %H:%M}", row.zone, str(row.call_order or ""), row.note,
        ]
        for row in rows
    ]  # fmt: skip
    return csv_response("my-shifts.csv", [head, *lines])


def me_page(request: HttpRequest, *, link: str = "", refused: str = "", status: int = 200) -> HttpResponse:
    """Draw the page. `link` is a calendar link that was just made: it is shown this once."""
    account = account_of(request)
    now = timezone.now()
    with tenant_transaction(account.organization.id, snapshot=True):
        person = person_of_account(account.id)
        context = _context(request, account, person, now) if person else {}
    context |= {"section": "me", "person": person, "link": link, "refused": refused}
    context |= {"subscribe": link.replace("https://", "webcal://").replace("http://", "webcal://")}
    return render(request, "me/me.html" if person else "me/nobody.html", context, status=status)


def _context(request: HttpRequest, account: AccountInfo, person: PersonInfo, now: datetime) -> dict[str, Any]:
    access = access_of(account)
    homes = departments_by_id([person.department_id]) if person.department_id else {}
    home = homes.get(person.department_id or 0)
    zone = home.zone if home else account.organization.zone
    local = wall(now, zone)
    rows = shifts_from(person, now=now)
    ahead = [row for row in rows if row.starts_at > now]
    page = paged(ahead, page_number(request), size=_PAGE)
    swaps = swaps_of_shifts([row.shift_id for row in page.rows])
    feed = feed_of_account(account.id)
    return {
        "today": local,
        "zone": zone.replace("_", " "),
        "as_of": f"{local:%H:%M}",
        "on_now": [now_of(row, now=now) for row in rows if row.starts_at <= now],
        "next_in": _next_words(ahead[0].starts_at - now) if ahead else "",
        "coming": coming_of(page.rows, swaps, home_zone=zone, home_id=home.id if home else None),
        "page": page,
        "until": published_until(person),
        "may_offer": account.may(Right.OFFER_SWAPS),
        "month": _month(request, account, person, local.date(), zone),
        "asked": _asked(access, person),
        "mine": _mine(access, person),
        "requests": _requests(account, person, local.date()),
        "tallies": _tallies(person, local.date()),
        "feed": feed,
        "feed_fetched": moment_words(feed.fetched_at, zone) if feed and feed.fetched_at else "",
        "feed_made": moment_words(feed.created_at, zone) if feed else "",
    }


def _next_words(left: timedelta) -> str:
    """How far the next shift is away, in the largest unit that says enough."""
    hours = int(left.total_seconds() // 3600)
    if hours < 1:
        return "in less than an hour"
    if hours < 48:
        return f"in {hours} hours" if hours > 1 else "in an hour"
    return f"in {hours // 24} days"


def _month(request: HttpRequest, account: AccountInfo, person: PersonInfo, today: date, zone: str) -> Any:
    """The month that the address names, else this one."""
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        first = today.replace(day=1)
    if not 2000 <= first.year <= 2199:
        first = today.replace(day=1)
    week_start = account.organization.week_start
    start, end = month_range(first, week_start)
    rows = shifts_of_days(person, first=start, last=end, zone=zone)
    holidays = holidays_between(start, end, department_id=person.department_id)
    return month_of(first, rows, today=today, week_start=week_start, holidays=holidays)


def _asked(access: Access, person: PersonInfo) -> list[dict[str, Any]]:
    """Swaps that wait for the person's answer, with what taking them would break."""
    found = swaps_list(access, SwapFilter("asked", person.id, state="offered"), sort="date", limit=20)
    return [_question(one, person) for one in found if (mine := one.offer_of(person.id)) and mine.state == "asked"]


def _question(one: SwapInfo, person: PersonInfo) -> dict[str, Any]:
    row, back = published_shift(one.shift_id), published_shift(one.return_shift_id)
    fit = swap_fit(row, taker=person, giver=one.giver, given_back=back) if row is not None else None
    return {
        "swap": one,
        "wanted": return_words(one),
        "stays": stays_words(one),
        "until": moment_words(one.deadline, one.zone),
        "breaks": [f"{c.label}: {c.text}" for c in fit.hard] if fit else [],
        "refused": fit.refused if fit else "",
        "chooses": one.wants == "any",
    }


def _mine(access: Access, person: PersonInfo) -> list[dict[str, Any]]:
    """The person's own offers under way, and those they accepted and that wait."""
    offered = swaps_list(access, SwapFilter("mine", person.id, state="open"), sort="date", limit=20)
    taken = swaps_list(access, SwapFilter("asked", person.id, state="accepted"), sort="date", limit=20)
    shown = [*offered, *(one for one in taken if one.taker is not None and one.taker.id == person.id)]
    return [
        {
            "swap": one,
            "state": state_words(one),
            "kind": CHIPS[one.state][0],
            "glyph": CHIPS[one.state][1],
            "stays": stays_words(one) if one.giver.id != person.id else _YOURS[one.state],
        }
        for one in shown
    ]


def _requests(account: AccountInfo, person: PersonInfo, today: date) -> list[Any]:
    """The person's requests that are not over."""
    if not account.may(Right.MAKE_REQUESTS):
        return []
    return requests_between(today, today + _REQUESTS_AHEAD, person_ids=[person.id])[:10]


def _tallies(person: PersonInfo, today: date) -> list[dict[str, Any]]:
    """What the department shows beside its grid, of this person and this calendar year."""
    if person.department_id is None:
        return []
    infos = tallies_beside_grid(department_id=person.department_id)
    first, last = today.replace(month=1, day=1), today.replace(month=12, day=31)
    values = tally_values(tally_ids=[one.public_id for one in infos], first=first, last=last, person_ids=[person.id])
    by_id = {one.tally_id: one for one in values}
    return [
        {
            "name": one.name,
            "measure": one.measure,
            "value": by_id[one.public_id].value,
            "target": by_id[one.public_id].target,
        }
        for one in infos
        if one.public_id in by_id
    ]
