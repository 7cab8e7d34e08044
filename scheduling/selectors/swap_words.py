"""What pages, mails and refusals say of a swap: the same words everywhere."""

from __future__ import annotations

from datetime import datetime

from scheduling.selectors.swaps import SwapInfo
from tenancy.wall import wall

CAUSES = {
    "all_declined": "Everybody who was asked declined.",
    "refused": "{by} did not approve it.",
    "withdrawn": "{by} withdrew it.",
    "removed": "The shift was removed from the schedule.",
    "given_away": "The shift was given to somebody else.",
    "return_gone": "The shift in return was removed or given to somebody else.",
    "not_accepted": "Nobody accepted in time.",
    "not_approved": "It was accepted, but not approved in time.",
}


def moment_words(moment: datetime, zone: str) -> str:
    """`Thu Dec 3, 07:00`, in that zone."""
    local = wall(moment, zone)
    return f"{local:%a %b} {local.day}, {local:%H:%M}"


def state_words(info: SwapInfo) -> str:
    """The state in a few words: it names whom one waits for."""
    if info.state == "offered":
        waiting = [one.person.short_name for one in info.offers if one.state == "asked"]
        return f"Waiting for {waiting[0]}" if len(waiting) == 1 else f"{len(waiting)} asked"
    if info.state == "accepted":
        return "Waiting for approval"
    return {"done": "Done", "declined": "Declined", "expired": "Expired", "cancelled": "Cancelled"}[info.state]


def ended_words(info: SwapInfo) -> str:
    """Why nothing can be done with it any more, in sentences."""
    when = moment_words(info.ended_at, info.zone) if info.ended_at else ""
    if info.state == "done":
        taker = info.taker.name if info.taker else "Somebody"
        return f"{taker} took {info.words} on {when}. It is published."
    why = CAUSES.get(info.cause, "").format(by=info.ended_by or "The department")
    said = f" “{info.reason}”" if info.reason else ""
    head = {"declined": "Declined", "expired": "Expired", "cancelled": "Cancelled"}[info.state]
    return f"{head} on {when}. {why}{said}"


def stays_words(info: SwapInfo) -> str:
    """Whose the shift is until the swap is done."""
    if info.state == "done":
        return f"{info.taker.name if info.taker else 'The taker'} is responsible for this shift now."
    if info.is_open:
        return f"{info.giver.name} stays responsible for this shift until the swap is done."
    return f"{info.giver.name} stayed responsible for this shift."


def return_words(info: SwapInfo) -> str:
    """What is wanted for it."""
    if info.return_told:
        return info.return_told
    return {"nothing": "Nothing in return", "any": "One of the taker's shifts in return", "one": "A shift in return"}[
        info.wants
    ]
