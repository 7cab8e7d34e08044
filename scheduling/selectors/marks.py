"""What hangs over a grid's cells besides shifts: swaps under way, requests that wait or were granted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from scheduling.models import Request, Swap, SwapOffer
from scheduling.models.swaps import OPEN_STATES
from scheduling.requesting.types import LONGEST
from scheduling.selectors.rows import people_by_id


@dataclass(frozen=True, slots=True)
class SwapMark:
    """A swap under way: "Haddad → Osei", or "→ 3 asked"."""

    swap_id: uuid.UUID
    shift_id: uuid.UUID
    text: str


@dataclass(frozen=True, slots=True)
class RequestMark:
    """A request that touches a person's day. `state` is pending, approved or denied; `kind` time_off, work or preference."""

    request_id: uuid.UUID
    person_id: int
    date: date
    kind: str
    state: str
    assignment_id: int | None
    text: str  # "Asks for the day off", "Wants OR Call 1"


def swap_marks(shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SwapMark]:
    """Swaps under way by the shift they would move: the one on offer, and the one that would be given in return."""
    wanted = list(shift_ids)
    rows = list(
        Swap.objects.filter(state__in=OPEN_STATES)
        .filter(Q(shift_id__in=wanted) | Q(return_shift_id__in=wanted))
        .order_by("-id")
    )
    asked: dict[int, list[int]] = {row.id: [] for row in rows}
    offers = SwapOffer.objects.filter(swap_id__in=asked, state__in=("asked", "accepted"))
    for swap, person in offers.order_by("id").values_list("swap_id", "person_id"):
        asked[swap].append(person)
    people = people_by_id({row.giver_id for row in rows} | {one for some in asked.values() for one in some})
    names = {one.id: one.short_name for one in people.values()}
    marks: dict[uuid.UUID, SwapMark] = {}
    for row in rows:
        giver, others = names[row.giver_id], asked[row.id]
        taker = names[row.taker_id] if row.taker_id in names else names[others[0]] if len(others) == 1 else ""
        told = f"{giver} → {taker}" if taker else f"{giver} → {len(others)} asked"
        marks[row.shift_id] = SwapMark(row.public_id, row.shift_id, told)
        if row.return_shift_id is not None:
            back = f"{taker} → {giver}" if taker else f"→ {giver}"
            marks.setdefault(row.return_shift_id, SwapMark(row.public_id, row.return_shift_id, back))
    return {shift_id: mark for shift_id, mark in marks.items() if shift_id in set(wanted)}


def request_marks(*, department_id: int, first: date, last: date) -> list[RequestMark]:
    """Pending and approved requests of a department's people on those dates, one for each day."""
    rows = Request.objects.select_related("assignment", "type").filter(
        Q(department_id=department_id) | Q(person__department_id=department_id),
        state__in=("pending", "approved"),
        first__lte=last,
        first__gte=first - LONGEST,
        last__gte=first,
    )
    return [
        RequestMark(row.public_id, row.person_id, day, row.kind, row.state, row.assignment_id, _asked(row))
        for row in rows.order_by("first", "id")
        for day in _days(max(first, row.first), min(last, row.last))
    ]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _asked(row: Request) -> str:
    wanted = row.assignment.name if row.assignment else f"any {row.type.name}" if row.type else ""
    hours = f" {row.start_wall:%H:%M}–{row.end_wall:%H:%M}" if row.start_wall and row.end_wall else ""
    words = _GRANTED if row.state == "approved" else _ASKED
    text = words["avoid" if row.avoid else row.kind]
    return text.format(what=wanted or _UNNAMED[row.kind], hours=hours).strip()


_UNNAMED = {"time_off": "the day off", "work": "to work", "preference": "to work"}
_ASKED = {
    "time_off": "Asks for {what}{hours}",
    "work": "Wants {what}{hours}",
    "preference": "Would like {what}{hours}",
    "avoid": "Would rather not {what}{hours}",
}
_GRANTED = {
    "time_off": "Granted: {what}{hours}",
    "work": "Granted: wants {what}{hours}",
    "preference": "Noted: would like {what}{hours}",
    "avoid": "Noted: would rather not {what}{hours}",
}
