"""A swap as its page and its link show it: facts, both calendars, and what the reader may do."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from scheduling.pages.swaps.calendars import side_by_side
from scheduling.rules.types import Conflict
from scheduling.selectors.swap_fit import Fit, shifts_to_give, swap_fit
from scheduling.selectors.swap_words import ended_words, moment_words, return_words, state_words, stays_words
from scheduling.selectors.swaps import SwapInfo, published_shift, row_words
from scheduling.types import PersonInfo, PublishedRow

CHIPS = {
    "offered": ("info", "swap"),
    "accepted": ("info", "clock"),
    "done": ("ok", "check"),
    "declined": ("", "x"),
    "expired": ("", "clock"),
    "cancelled": ("", "x"),
}


@dataclass(frozen=True)
class Choice:
    """A shift that the reader could give in return."""

    id: uuid.UUID
    words: str


def swap_context(info: SwapInfo, *, partner: PersonInfo | None, give: str, week_start: int) -> dict[str, Any]:
    """What both pages show. `partner` stands beside the giver: who took it, who is asked. `give` is the shift in return that the
    reader chose to look at. Call inside the transaction."""
    row = published_shift(info.shift_id)
    back = _back(info, partner, give)
    people = [info.giver] + ([partner] if partner is not None else [])
    kind, glyph = CHIPS[info.state]
    fit = Fit()
    if info.is_open and partner is not None and row is not None and (back is not None or info.wants != "any"):
        fit = swap_fit(row, taker=partner, giver=info.giver, given_back=back)
    return {
        "swap": info,
        "state": state_words(info),
        "chip_kind": kind,
        "chip_glyph": glyph,
        "stays": stays_words(info),
        "ended": "" if info.is_open else ended_words(info),
        "wanted": return_words(info),
        "until": moment_words(info.deadline, info.zone),
        "zone": info.zone.replace("_", " "),
        "partner": partner,
        "back": row_words(back) if back is not None else "",
        "back_id": str(back.shift_id) if back is not None else "",
        "fit": fit,
        "breaks": _texts(fit.hard),
        "minds": _texts([one for one in fit.conflicts if one.stands and one not in fit.hard]),
        "calendars": side_by_side(people, given=row, back=back, week_start=week_start, done=info.state == "done"),
    }


def choices_of(info: SwapInfo, person: PersonInfo) -> list[Choice]:
    """What somebody could give in return, where the giver leaves the choice to them."""
    if info.wants != "any" or info.state != "offered":
        return []
    return [Choice(row.shift_id, row_words(row)) for row in shifts_to_give(person, now=timezone.now())]


def posted_uuid(request: HttpRequest, name: str) -> uuid.UUID | None:
    """An id of the form, or None."""
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        return None


def posted_version(request: HttpRequest) -> int:
    """The version that the form showed; nonsense is no version."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _back(info: SwapInfo, partner: PersonInfo | None, give: str) -> PublishedRow | None:
    """The shift in return: agreed, wanted, or the one that the reader looks at."""
    wanted = info.return_shift_id
    if wanted is None and info.wants == "any" and give:
        try:
            wanted = uuid.UUID(give)
        except ValueError:
            return None
    row = published_shift(wanted)
    holders = {one.id for one in (info.giver, partner, info.taker) if one is not None}
    if row is None or row.person is None or row.person.id not in holders:
        return None
    if info.return_shift_id is None and (partner is None or row.person.id != partner.id):
        return None
    return row


def _texts(conflicts: Any) -> list[str]:
    return [f"{one.label}: {one.text}" for one in conflicts if isinstance(one, Conflict)]
