"""Agreeing: the first who accepts has the shift; a department may want to approve; then it is done and published at once."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime

from scheduling.models import Shift, Swap, SwapOffer
from scheduling.models.swaps import OPEN_STATES
from scheduling.rules.types import Severity
from scheduling.selectors.conflicts import conflicts_of_shift
from scheduling.selectors.rows import people_by_id, schedule_info
from scheduling.selectors.swap_fit import Fit, swap_fit
from scheduling.selectors.swap_words import ended_words, moment_words, stays_words
from scheduling.selectors.swaps import SwapInfo, row_words, swap_settings
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.services.rules import conflict_override
from scheduling.services.swap_parts import (
    SWAP,
    SwapGone,
    SwapMoved,
    deciders,
    swap_ended,
    swap_info,
    swap_locked,
    swap_locked_with_shifts,
    swap_log,
    tell,
    tell_ended,
    wake_at,
)
from scheduling.types import PublishedRow
from tenancy.dispatch import settle
from tenancy.tenant import current_organization_id
from tenancy.types import Actor, NotFoundError, RefusedError


def swap_accept(
    *,
    swap_id: uuid.UUID,
    person_id: int,
    version: int,
    actor: Actor,
    now: datetime,
    return_shift_id: uuid.UUID | None = None,
) -> SwapInfo:
    """Take the shift, giving `return_shift_id` where one of the taker's own is wanted. The first who accepts has it.

    `version` is that of the swap the reader saw. Done at once, unless the department approves swaps or a hard rule would be broken:
    then it waits. Raises SwapGone (somebody was first, it ended, it was answered), SwapMoved (not what was seen), RefusedError.
    """
    swap, rows = swap_locked_with_shifts(swap_id, return_shift_id)
    offer = SwapOffer.objects.filter(swap=swap, person_id=person_id).first()
    if offer is None:
        raise NotFoundError("There is no such swap.")
    info = swap_info(swap)
    _acceptable_or_gone(info, offer, now)
    if version != swap.version:
        raise SwapMoved(f"This swap changed after you looked. It is about {info.words} now: look again, then answer.")
    row, back = _shifts(swap, rows, return_shift_id, person_id, now)
    taker = people_by_id([person_id])[person_id]
    fit = swap_fit(row, taker=taker, giver=info.giver, given_back=back)
    if fit.refused:
        raise RefusedError(fit.refused)
    swap.taker_id, swap.accepted_at = person_id, now
    swap.return_shift_id, swap.return_told = (back.shift_id, row_words(back)) if back else (None, "")
    swap.needs_approval = swap_settings(swap.department_id).approval or bool(fit.hard)
    swap.version += 1
    offer.state, offer.answered_at = "accepted", now
    offer.save(update_fields=["state", "answered_at"])
    if not swap.needs_approval:
        return _carry_out(swap, row, back, actor=actor, now=now, reason="", action="swap.accept")
    swap.state = "accepted"
    swap.approve_by = min(one.starts_at for one in (row, back) if one is not None)
    swap.save()
    wake_at(swap, swap.approve_by)
    info = swap_info(swap)
    swap_log(info, action="swap.accept", actor=actor, now=now, after=_agreed(info, fit))
    _tell_accepted(info, fit, now)
    return info


def swap_approve(
    *,
    swap_id: uuid.UUID,
    version: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    person_id: int | None = None,
) -> SwapInfo:
    """Approve what was agreed: it is done and published. A hard rule that it breaks needs a reason.

    `person_id` is the decider's own person, who may not be part of it. Raises SwapGone, SwapMoved, RefusedError.
    """
    swap, rows = swap_locked_with_shifts(swap_id, None)
    info = swap_info(swap)
    _decidable_or_gone(info, version, now)
    if person_id is not None and person_id in (info.giver.id, swap.taker_id):
        raise RefusedError("You are part of this swap: somebody else has to approve it.")
    assert info.taker is not None, "an accepted swap has its taker"
    row, back = _shifts(swap, rows, swap.return_shift_id, info.taker.id, now)
    fit = swap_fit(row, taker=info.taker, giver=info.giver, given_back=back)
    if fit.refused:
        raise RefusedError(f"{fit.refused} Refuse the swap, or mend that first.")
    reason = reason.strip()[:400]
    if fit.hard and not reason:
        raise RefusedError(f"This breaks a hard rule ({fit.hard[0].text}). Say why it may.", field="reason")
    return _carry_out(swap, row, back, actor=actor, now=now, reason=reason, action="swap.approve")


def swap_refuse(*, swap_id: uuid.UUID, version: int, actor: Actor, now: datetime, reason: str) -> SwapInfo:
    """Do not approve what was agreed, and say why. Raises SwapGone, SwapMoved, RefusedError."""
    swap = swap_locked(swap_id)
    _decidable_or_gone(swap_info(swap), version, now)
    if not reason.strip():
        raise RefusedError("Say why: both will read it.", field="reason")
    info = swap_ended(swap, state="declined", cause="refused", actor=actor, now=now, reason=reason.strip()[:400])
    tell_ended(info, now=now)
    return info


def _acceptable_or_gone(info: SwapInfo, offer: SwapOffer, now: datetime) -> None:
    if info.state not in OPEN_STATES:
        raise SwapGone(ended_words(info))
    if offer.state == "declined":
        raise SwapGone("You have declined this swap already.")
    if info.state == "accepted":
        if info.taker is not None and info.taker.id == offer.person_id:
            raise SwapGone("You have accepted this swap already. It waits for approval.")
        name = info.taker.name if info.taker else "Somebody"
        raise SwapGone(f"{name} accepted first. It waits for approval.")
    if info.expires_at <= now:
        raise SwapGone(f"Expired on {moment_words(info.expires_at, info.zone)}. Nobody accepted in time.")


def _decidable_or_gone(info: SwapInfo, version: int, now: datetime) -> None:
    if info.state not in OPEN_STATES:
        raise SwapGone(ended_words(info))
    if info.state != "accepted" or version != info.version:
        raise SwapMoved("This swap changed after you looked. Look again, then decide.")
    if info.deadline <= now:
        raise SwapGone(
            f"A shift of this swap began on {moment_words(info.deadline, info.zone)}: it is too late to approve."
        )


def _shifts(
    swap: Swap, rows: dict[uuid.UUID, PublishedRow], return_shift_id: uuid.UUID | None, taker_id: int, now: datetime
) -> tuple[PublishedRow, PublishedRow | None]:
    """The shifts that change hands, as published, each still held by who gives it."""
    row = rows.get(swap.shift_id)
    if row is None or row.person is None or row.person.id != swap.giver_id:
        raise SwapGone("The shift was removed or given to somebody else.")
    if swap.wants == "nothing":
        return row, None
    wanted = swap.return_shift_id if swap.wants == "one" else return_shift_id
    if wanted is None:
        raise RefusedError("Choose which of your shifts you give in return.", field="return_shift")
    back = rows.get(wanted)
    if back is None or back.person is None or back.person.id != taker_id:
        raise RefusedError("The shift in return is not the taker's any more.", field="return_shift")
    if back.starts_at <= now or back.assignment.is_off:
        raise RefusedError("The shift in return must be work that has not begun.", field="return_shift")
    return row, back


def _carry_out(
    swap: Swap, row: PublishedRow, back: PublishedRow | None, *, actor: Actor, now: datetime, reason: str, action: str
) -> SwapInfo:
    """Change hands and publish. The swap is done before the shifts move, so that it does not follow its own work."""
    swap.state, swap.reason, swap.ended_at, swap.ended_by = "done", reason, now, actor.label[:160]
    swap.version += 1
    swap.save()
    info = swap_info(swap)
    taker = info.taker
    assert taker is not None, "a swap that is carried out has its taker"
    moves = [Reassign(row.shift_id, taker.public_id, expects=info.giver.id)]
    if back is not None:
        moves.append(Reassign(back.shift_id, info.giver.public_id, expects=taker.id))
    why = f"Swap: {info.giver.name} to {taker.name}" + (f". {reason}" if reason else "")
    made = shifts_reassign(moves=moves, reason=why, actor=dataclasses.replace(actor, source="swap"), now=now)
    if reason:
        _conflicts_keep(moves, reason, actor, now)
    swap.publication = made[-1].number if made else None
    swap.save(update_fields=["publication"])
    settle(organization_id=current_organization_id(), topic=SWAP, ref=swap.id)
    info = swap_info(swap)
    swap_log(
        info, action=action, actor=actor, now=now, reason=reason,
        after={**_agreed(info, Fit()), "state": "done", "publication": swap.publication},
    )  # fmt: skip
    _tell_done(info, now)
    return info


def _conflicts_keep(moves: Sequence[Reassign], reason: str, actor: Actor, now: datetime) -> None:
    """What the approval accepted stays marked in the schedule, with the reason."""
    drafts = Shift.objects.select_related("schedule__department").filter(
        public_id__in=[move.shift_id for move in moves]
    )
    for draft in drafts:
        if draft.person_id is None:
            continue
        found = conflicts_of_shift(
            schedule_info(draft.schedule), shift_id=draft.public_id, on=draft.date, person_id=draft.person_id
        )
        for rule in sorted({one.rule for one in found if one.severity is Severity.HARD and one.stands}):
            conflict_override(shift_id=draft.public_id, rule=rule, reason=reason, actor=actor, now=now)


def _agreed(info: SwapInfo, fit: Fit) -> dict[str, object]:
    told: dict[str, object] = {
        "taker": info.taker.name if info.taker else "",
        "in_return": info.return_told or "nothing",
    }
    if info.state == "accepted":
        told["state"] = "waiting for approval"
    if fit.hard:
        told["breaks"] = [one.text for one in fit.hard]
    return told


def _tell_accepted(info: SwapInfo, fit: Fit, now: datetime) -> None:
    taker = info.taker.name if info.taker else ""
    given = f"In return: {info.return_told}." if info.return_told else "Nothing in return."
    tell(
        info,
        kind="swap.accepted",
        subject=f"{taker} accepted {info.words}",
        lines=[given, "It waits for the department's approval.", stays_words(info)],
        now=now,
        person_ids=[info.giver.id],
    )
    breaks = [f"Breaks a hard rule: {one.text}" for one in fit.hard]
    tell(
        info,
        kind="swap.waiting",
        subject=f"To approve: {info.giver.name} → {taker}, {info.words}",
        lines=[given, *breaks, f"Decide until {moment_words(info.deadline, info.zone)}.", stays_words(info)],
        now=now,
        account_ids=deciders(info),
    )


def _tell_done(info: SwapInfo, now: datetime) -> None:
    given = [f"{info.giver.name} works {info.return_told}."] if info.return_told else []
    number = f"Published as number {info.publication}." if info.publication else "The schedule is changed."
    tell(
        info,
        kind="swap.done",
        subject=f"Swap done: {info.words}",
        lines=[stays_words(info), *given, number],
        now=now,
        person_ids=[info.giver.id, *([info.taker.id] if info.taker else [])],
    )
    others = [one.person.id for one in info.offers if one.state == "asked"]
    tell(
        info,
        kind="swap.ended",
        subject=f"No longer on offer: {info.words}",
        lines=[ended_words(info), "You have nothing to do."],
        now=now,
        person_ids=others,
    )
