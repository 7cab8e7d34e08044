"""What the services of swaps share: locks in one order, ending a swap, its change-log entries and notices."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from scheduling.models import Department, Shift, Swap, SwapOffer
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.published import published_rows
from scheduling.selectors.swap_words import ended_words, stays_words
from scheduling.selectors.swaps import SwapInfo, swap_infos
from scheduling.services.notices import notices_leave
from scheduling.types import PublishedRow
from tenancy.changes import change_record
from tenancy.dispatch import settle
from tenancy.rights import Right
from tenancy.tenant import current_organization_id
from tenancy.types import Actor, NotFoundError, RefusedError

SWAP = "swap"  # the topic of its wake-up: the moment at which it lapses


class SwapGone(RefusedError):
    """The swap cannot be acted on any more: somebody was first, it ended, or the answer was given already."""

    def __init__(self, text: str) -> None:
        super().__init__(text, code="gone")


class SwapMoved(RefusedError):
    """The swap is not what the reader saw: the shift moved, or other hands were at it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, code="stale")


def swap_info(swap: Swap) -> SwapInfo:
    """The row as a value."""
    return swap_infos([swap])[0]


def swap_locked(swap_id: uuid.UUID) -> Swap:
    """The swap, held until the transaction ends. Raises NotFoundError."""
    swap = Swap.objects.select_for_update().filter(public_id=swap_id).first()
    if swap is None:
        raise NotFoundError("There is no such swap.")
    return swap


def swap_locked_with_shifts(
    swap_id: uuid.UUID, given_back: uuid.UUID | None
) -> tuple[Swap, dict[uuid.UUID, PublishedRow]]:
    """The swap and its shifts as published, all held: departments, then drafts, then the swap.

    Publishing holds the department while it makes swaps follow, and an editor holds a draft while saving: whoever waits, waits here
    before holding what the other needs.
    """
    found = Swap.objects.filter(public_id=swap_id).values("shift_id", "return_shift_id").first()
    if found is None:
        raise NotFoundError("There is no such swap.")
    shift_ids = {one for one in (found["shift_id"], given_back or found["return_shift_id"]) if one is not None}
    departments = {row.department.id for row in published_rows(shift_ids=shift_ids)}
    list(Department.objects.select_for_update().filter(id__in=departments).order_by("id").values_list("id"))
    list(Shift.objects.select_for_update().filter(public_id__in=shift_ids).order_by("id").values_list("id"))
    swap = swap_locked(swap_id)
    return swap, {row.shift_id: row for row in published_rows(shift_ids=shift_ids)}


def swap_ended(
    swap: Swap, *, state: str, cause: str, actor: Actor, now: datetime, reason: str = "", by: str | None = None
) -> SwapInfo:
    """End an open swap without its being done: the row, its wake-up and its entry. Telling people is the caller's."""
    before = swap.state
    swap.state, swap.cause, swap.reason, swap.ended_at = state, cause, reason, now
    swap.ended_by = actor.label[:160] if by is None else by
    swap.version += 1
    swap.save()
    settle(organization_id=current_organization_id(), topic=SWAP, ref=swap.id)
    info = swap_info(swap)
    swap_log(info, action=f"swap.{'refuse' if cause == 'refused' else state}", actor=actor, now=now, reason=reason,
             before={"state": before}, after={"state": state, "why": ended_words(info)})  # fmt: skip
    return info


def wake_at(swap: Swap, moment: datetime) -> None:
    """The swap lapses then, unless it went on before."""
    settle(organization_id=current_organization_id(), topic=SWAP, ref=swap.id, next_due_at=moment)


def swap_log(
    info: SwapInfo,
    *,
    action: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One entry about a swap."""
    change_record(
        actor=actor, now=now, action=action, subject_type="swap", subject=f"{info.words} of {info.giver.name}",
        subject_id=info.public_id, department_id=info.department.id, person_id=info.giver.id, on_date=info.date,
        before=before, after=after, reason=reason,
    )  # fmt: skip


def tell(
    info: SwapInfo,
    *,
    kind: str,
    subject: str,
    lines: Sequence[str],
    now: datetime,
    person_ids: Collection[int] = (),
    account_ids: Collection[int] = (),
    letter_link: str = "",
) -> None:
    """A notice that leads to the swap's page; `letter_link` stands in the letter instead."""
    if person_ids or account_ids:
        notices_leave(
            kind=kind, subject=subject, lines=lines, link=reverse("swap", args=[info.public_id]), now=now,
            person_ids=person_ids, account_ids=account_ids, letter_link=letter_link,
        )  # fmt: skip


def tell_ended(info: SwapInfo, *, now: datetime, but: int | None = None, kind: str = "swap.ended") -> None:
    """Tell the giver and everybody who has not declined that it is over, and whose the shift is."""
    people = {info.giver.id, *(one.person.id for one in info.offers if one.state != "declined")} - {but}
    tell(
        info,
        kind=kind,
        subject=f"Swap ended: {info.words}",
        lines=[ended_words(info), stays_words(info)],
        now=now,
        person_ids=sorted(one for one in people if one is not None),
    )


def deciders(info: SwapInfo) -> list[int]:
    """Accounts that approve the department's swaps."""
    return accounts_deciding(Right.DECIDE_SWAPS, info.department.id)


def reopened(swap: Swap, *, now: datetime) -> bool:
    """Take an acceptance back: others may accept again, if there is still time and somebody left. False when there is not."""
    swap.taker, swap.accepted_at, swap.approve_by, swap.needs_approval = None, None, None, False
    if swap.wants != "one":
        swap.return_shift_id, swap.return_told = None, ""
    left = SwapOffer.objects.filter(swap=swap, state="asked").exists()
    if not left or swap.expires_at <= now:
        return False
    swap.state = "offered"
    swap.version += 1
    swap.save()
    wake_at(swap, swap.expires_at)
    return True


def link_path(slug: str, secret: str) -> str:
    """Where somebody answers without signing in: the organisation stands before the secret."""
    return reverse("swap-link", args=[slug, secret])
