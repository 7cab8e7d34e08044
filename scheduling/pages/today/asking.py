"""From an address to a board: departments and their days, the one read, the words. Shared by the page, the wallboard and the file."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from scheduling.pages.today.moment import Moment, midnight, moment_asked, zone_short
from scheduling.pages.today.view import SOON, Asked, Board, Reader, board_of
from scheduling.selectors.board import BoardWindow, board_teams, publication_known_at
from scheduling.selectors.published import revisions
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.workspace import access_of
from scheduling.types import Audience, DepartmentInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo
from tenancy.wall import local_date, wall
from tenancy.web import account_of

SPANS = ("now", "next", "day")
AHEAD = timedelta(days=7)  # how far "next" looks
LOOK_AHEAD = timedelta(hours=1)  # a board of now is read that much further, to know when it changes
_COOKIE, _REMEMBERED = "rc_today", 100
_COUNTED = (Audience.EVERYONE.value, "people", "departments", "assignments")
_LAYOUT = "1"  # a board drawn by an older release is drawn again


@dataclass(frozen=True)
class Shown:
    """Everything a page of the board needs."""

    asked: Asked
    board: Board
    departments: Sequence[DepartmentInfo]  # all there are to choose from
    chosen: frozenset[uuid.UUID]  # empty for all
    number: int
    stamp: str
    etag: str


def asked_of(request: HttpRequest, account: AccountInfo, now: datetime) -> Asked:
    """What the address asks for; nonsense falls back to the board of now."""
    values = request.GET
    moment = moment_asked(values, zone=account.organization.zone, now=now)
    span = values.get("span", "now")
    return Asked(
        span=span if span in SPANS else "now",
        moment=moment,
        known_then=moment.is_past and values.get("known") == "then",
        type_id=values.get("type", "")[:36],
        text=values.get("q", "").strip()[:80],
    )


def shown_of(request: HttpRequest, *, plain: bool = False) -> Shown | None:
    """The board that a request asks for; None where the reader has it already and nothing changed: then nothing is read either.

    `plain` leaves out what acts.
    """
    account, now = account_of(request), timezone.now()
    asked = asked_of(request, account, now)
    held = request.headers.get("If-None-Match", "")
    with tenant_transaction(account.organization.id, snapshot=True):
        counters = {name: number for name, number in revisions().items() if name in _COUNTED}
        if held and _still_true(held, _state(request, account, counters, plain), now):
            return None
        departments = _departments(now, asked.moment)
        chosen = chosen_of(request.GET, departments)
        shown = [one for one in departments if one.public_id in chosen] if chosen else departments
        known = asked.moment.at if asked.moment.is_past else None
        teams = board_teams(_windows(shown, asked), known=known, upcoming=asked.span == "next") if shown else []
        number = counters.get(Audience.EVERYONE.value, 0)
        if asked.known_then:
            number = publication_known_at(asked.moment.at)
        reader = _reader(account, shown, acts=not plain and asked.moment.at >= now - timedelta(days=1))
    board = board_of(teams, shown, asked=asked, reader=reader, zone=account.organization.zone)
    return Shown(
        asked=asked,
        board=board,
        departments=departments,
        chosen=chosen,
        number=number,
        stamp=stamp(now, account.organization.zone),
        etag=_tag(_state(request, account, counters, plain), _until(board, now)),
    )


def stamp(now: datetime, zone: str) -> str:
    """`09:42:10 CST`."""
    return f"{wall(now, zone):%H:%M:%S} {zone_short(now, zone)}"


def chosen_of(values: QueryDict | Mapping[str, Any], departments: Collection[DepartmentInfo]) -> frozenset[uuid.UUID]:
    """The departments that an address names; empty means all, and so do only unknown ones."""
    named = set(values.getlist("department")) if isinstance(values, QueryDict) else set()
    return frozenset(one.public_id for one in departments if str(one.public_id) in named)


def remembered(request: HttpRequest) -> list[str]:
    """Departments chosen the last time, where the address does not say."""
    if "department" in request.GET:
        return []
    found = []
    for text in request.COOKIES.get(_COOKIE, "").split("."):
        try:
            found.append(str(uuid.UUID(text)))
        except ValueError:
            continue
    return found[:_REMEMBERED]


def remembering(chosen: Collection[uuid.UUID]) -> tuple[str, str]:
    """(name, value) of the cookie that remembers a choice; too many to keep are not kept."""
    return _COOKIE, ".".join(sorted(one.hex for one in chosen)) if len(chosen) <= _REMEMBERED else ""


def _departments(now: datetime, moment: Moment) -> list[DepartmentInfo]:
    found = [one for one in departments_by_id().values() if one.ended_on is None or one.ended_on >= moment.day]
    return sorted(found, key=lambda one: (one.order, one.name))


def _windows(departments: Sequence[DepartmentInfo], asked: Asked) -> list[BoardWindow]:
    at, day = asked.moment.at, asked.moment.day
    if asked.span == "day":
        return [
            BoardWindow(one.id, day, midnight(day, one.zone), midnight(day + timedelta(days=1), one.zone))
            for one in departments
        ]
    ahead = AHEAD if asked.span == "next" else SOON + LOOK_AHEAD
    return [BoardWindow(one.id, local_date(at, one.zone), at, at + ahead) for one in departments]


def _reader(account: AccountInfo, departments: Sequence[DepartmentInfo], *, acts: bool) -> Reader:
    access = access_of(account)
    replaces = frozenset(
        one.id
        for one in departments
        if acts and access.may(Right.EDIT_SCHEDULE, one.id) and access.may(Right.PUBLISH, one.id)
    )
    return Reader(contacts=account.may(Right.VIEW_CONTACTS), replaces=replaces)


def _state(request: HttpRequest, account: AccountInfo, counters: Mapping[str, int], plain: bool) -> str:
    """Everything but the clock on which the board depends."""
    told = [
        _LAYOUT, str(plain), str(account.id), account.role.value, account.organization.zone, str(account.organization.revision),
        *(f"{name}={counters[name]}" for name in sorted(counters)),
        *(f"{name}={value}" for name, values in sorted(request.GET.lists()) for value in sorted(values)),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]


def _until(board: Board, now: datetime) -> datetime:
    return min(board.until or now + LOOK_AHEAD, now + LOOK_AHEAD)


def _tag(state: str, until: datetime) -> str:
    return f'"{state}.{int(until.timestamp())}"'


def _still_true(held: str, state: str, now: datetime) -> bool:
    """The tag says what the board was drawn from and until when the clock leaves it alone."""
    was, _, until = held.strip('"').partition(".")
    return (
        was == state
        and until.isascii()
        and until.isdigit()
        and len(until) < 12
        and now < datetime.fromtimestamp(int(until), UTC)
    )
