"""Swaps keep up with what is published.

A swap is about a shift as everyone knows it. So there is one place from which swaps follow: publishing to everyone
(services/publish.py), through which every change reaches readers, whoever made it: the editor, an import, a request, a recall, another
swap. A draft that nobody has been shown neither moves nor ends a swap; that would tell people of it.

A shift that moved takes its swap along: the swap is about the new date and times, and whoever had accepted the old ones is asked
again. A shift that was removed or given to somebody else ends it. The same goes for a shift in return.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from scheduling.models import Swap, SwapOffer
from scheduling.models.swaps import OPEN_STATES
from scheduling.selectors.published import published_rows
from scheduling.selectors.swap_words import stays_words
from scheduling.selectors.swaps import row_words
from scheduling.services.swap_parts import reopened, swap_ended, swap_info, swap_log, tell, tell_ended, wake_at
from scheduling.types import PublishedRow
from tenancy.types import Actor

_FOLLOWED = ("date", "start_wall", "end_wall", "zone", "starts_at")


def swaps_follow(*, shift_ids: Collection[uuid.UUID], actor: Actor, now: datetime) -> None:
    """Make the swaps of these shifts agree with what was just published. Call it in the publication's transaction."""
    wanted = list(shift_ids)
    swaps = list(
        Swap.objects.select_for_update()
        .filter(state__in=OPEN_STATES)
        .filter(Q(shift_id__in=wanted) | Q(return_shift_id__in=wanted))
        .order_by("id")
    )
    if not swaps:
        return
    named = {swap.shift_id for swap in swaps} | {swap.return_shift_id for swap in swaps if swap.return_shift_id}
    rows = {row.shift_id: row for row in published_rows(shift_ids=named)}
    for swap in swaps:
        row = rows.get(swap.shift_id)
        if row is None or row.person is None or row.person.id != swap.giver_id:
            info = swap_ended(
                swap, state="cancelled", cause="removed" if row is None else "given_away", actor=actor, now=now
            )
            tell_ended(info, now=now)
            continue
        if _moved(swap, row):
            _follow(swap, row, actor, now)
        if swap.return_shift_id is not None:
            _follow_return(swap, rows.get(swap.return_shift_id), actor, now)


def _moved(swap: Swap, row: PublishedRow) -> bool:
    return swap.assignment_id != row.assignment.id or any(
        getattr(swap, name) != getattr(row, name) for name in _FOLLOWED
    )


def _follow(swap: Swap, row: PublishedRow, actor: Actor, now: datetime) -> None:
    """The shift moved: the swap is about the new one."""
    was = swap_info(swap)
    swap.assignment_id = row.assignment.id
    for name in _FOLLOWED:
        setattr(swap, name, getattr(row, name))
    swap.expires_at = min(swap.expires_at, swap.starts_at)
    _asked_again(swap, f"{was.words} moved to {row_words(row)}.", was.words, actor, now)


def _follow_return(swap: Swap, back: PublishedRow | None, actor: Actor, now: datetime) -> None:
    """The shift in return: gone, it ends a swap that wanted that one, and an agreement about any; moved, it is looked at again."""
    holder = swap.taker_id or SwapOffer.objects.filter(swap=swap).values_list("person_id", flat=True).first()
    was = swap.return_told
    if back is None or back.person is None or back.person.id != holder:
        if swap.wants == "any":
            _asked_again(swap, f"{was} can no longer be given in return.", was, actor, now)
        else:
            info = swap_ended(swap, state="cancelled", cause="return_gone", actor=actor, now=now)
            tell_ended(info, now=now)
    elif row_words(back) != was:
        swap.return_told = row_words(back)
        _asked_again(swap, f"The shift in return moved: {was} is {swap.return_told} now.", was, actor, now)


def _asked_again(swap: Swap, what: str, was: str, actor: Actor, now: datetime) -> None:
    """Tell everybody concerned; an acceptance of what was before is void."""
    void = swap.state == "accepted"
    if void:
        SwapOffer.objects.filter(swap=swap, state="accepted").update(state="asked", answered_at=None)
        if not reopened(swap, now=now):
            info = swap_ended(swap, state="expired", cause="not_accepted", actor=actor, now=now, by="")
            tell_ended(info, now=now)
            return
    else:
        swap.version += 1
        swap.save()
        wake_at(swap, swap.expires_at)
    info = swap_info(swap)
    swap_log(info, action="swap.follow", actor=actor, now=now, before={"shift": was}, after={"shift": what})
    again = ["It had been accepted before the change, so the answer is asked for again."] if void else []
    people = {info.giver.id, *(one.person.id for one in info.offers if one.state == "asked")}
    tell(
        info,
        kind="swap.asked",
        subject=f"Swap changed: {info.words}",
        lines=[what, *again, stays_words(info)],
        now=now,
        person_ids=sorted(people),
    )
