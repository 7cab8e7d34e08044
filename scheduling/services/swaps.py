"""Offering a shift, declining, withdrawing, and letting an offer lapse. Agreeing is in swap_agree.py, following in swap_follow.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from scheduling.models import Department, Shift, Swap, SwapOffer, SwapSettings
from scheduling.models.swaps import OPEN_STATES
from scheduling.selectors.swap_fit import free_of_hard, people_to_ask, swap_fit
from scheduling.selectors.swap_words import ended_words, moment_words, stays_words
from scheduling.selectors.swaps import SwapInfo, SwapSettingsInfo, published_shift, row_words, swap_settings
from scheduling.services.swap_parts import (
    SWAP,
    SwapGone,
    link_path,
    reopened,
    swap_ended,
    swap_info,
    swap_locked,
    swap_log,
    tell,
    tell_ended,
    wake_at,
)
from scheduling.types import PersonInfo, PublishedRow
from tenancy.changes import change_record, differing
from tenancy.dispatch import settle
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id
from tenancy.tokens import new_secret, secret_hash
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import local_date

WANTS = ("nothing", "any", "one")
_SYSTEM = Actor(label="Rotacast", source="engine")


@dataclass(frozen=True)
class SwapMade:
    """An offer that was made, and the link of each person asked: it goes to that person and to nobody else."""

    swap: SwapInfo
    links: Mapping[int, str]  # person id → path


def swap_offer(
    *,
    shift_id: uuid.UUID,
    giver_id: int,
    actor: Actor,
    now: datetime,
    person_ids: Collection[uuid.UUID] | None = None,
    wants: str = "nothing",
    return_shift_id: uuid.UUID | None = None,
    message: str = "",
    expires_at: datetime | None = None,
    as_decider: bool = False,
) -> SwapMade:
    """Offer a published shift of `giver_id` to people (public ids), or with None to everybody whom it would break no hard rule.

    `wants` is what is asked in return: nothing, any of the taker's shifts, or one of a single person's (`return_shift_id`). A decider
    may offer later than the department lets others.
    """
    row = _offerable(shift_id, giver_id, now=now, as_decider=as_decider)
    giver = row.person
    assert giver is not None, "an offerable shift has its giver"
    asked = _asked(row, person_ids)
    told = _wanted(row, giver, asked, wants, return_shift_id, now)
    swap = Swap(
        shift_id=row.shift_id, giver_id=giver.id, department_id=row.department.id, assignment_id=row.assignment.id,
        date=row.date, start_wall=row.start_wall, end_wall=row.end_wall, zone=row.zone, starts_at=row.starts_at,
        wants=wants, return_shift_id=return_shift_id if wants == "one" else None, return_told=told,
        message=message.strip()[:400], created_by=actor.label[:160], created_at=now,
        expires_at=_expiry(row, expires_at, now),
    )  # fmt: skip
    try:
        with transaction.atomic():
            swap.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("This shift is on offer already. Withdraw that swap first.", code="on_offer") from None
    secrets = {person.id: new_secret() for person in asked}
    SwapOffer.objects.bulk_create(
        [SwapOffer(swap=swap, person_id=person.id, secret_hash=secret_hash(secrets[person.id])) for person in asked]
    )
    wake_at(swap, swap.expires_at)
    info = swap_info(swap)
    swap_log(
        info, action="swap.offer", actor=actor, now=now,
        after={"asked": sorted(one.name for one in asked), "in_return": told or wants, "until": info.expires_at.isoformat()},
    )  # fmt: skip
    slug = organization_info().slug
    links = {person_id: link_path(slug, secret) for person_id, secret in secrets.items()}
    _ask(info, links, now)
    return SwapMade(info, links)


def swap_decline(*, swap_id: uuid.UUID, person_id: int, actor: Actor, now: datetime) -> SwapInfo:
    """Somebody who was asked says no; the one who accepted takes it back while it waits for approval. Raises SwapGone."""
    swap = swap_locked(swap_id)
    offer = SwapOffer.objects.filter(swap=swap, person_id=person_id).first()
    if offer is None:
        raise NotFoundError("There is no such swap.")
    info = swap_info(swap)
    if swap.state not in OPEN_STATES:
        raise SwapGone(ended_words(info))
    taking_back = swap.state == "accepted" and swap.taker_id == person_id
    if offer.state == "declined":
        raise SwapGone("You have declined this swap already.")
    offer.state, offer.answered_at = "declined", now
    offer.save(update_fields=["state", "answered_at"])
    name = next(one.person.name for one in info.offers if one.person.id == person_id)
    swap_log(info, action="swap.decline", actor=actor, now=now, after={"by": name})
    if taking_back:
        going_on = reopened(swap, now=now)
    else:
        going_on = swap.state == "accepted" or SwapOffer.objects.filter(swap=swap, state="asked").exists()
    if not going_on:
        info = swap_ended(swap, state="declined", cause="all_declined", actor=actor, now=now, by="")
        tell_ended(info, now=now, but=person_id, kind="swap.declined")
        return info
    info = swap_info(swap)
    tell(
        info,
        kind="swap.declined",
        subject=f"{name} {'took back the yes to' if taking_back else 'declined'} {info.words}",
        lines=[f"{sum(one.state == 'asked' for one in info.offers)} more can still accept.", stays_words(info)],
        now=now,
        person_ids=[info.giver.id],
    )
    return info


def swap_cancel(*, swap_id: uuid.UUID, actor: Actor, now: datetime, reason: str = "") -> SwapInfo:
    """Withdraw an offer, or what was agreed and not yet approved. Raises SwapGone."""
    swap = swap_locked(swap_id)
    if swap.state not in OPEN_STATES:
        raise SwapGone(ended_words(swap_info(swap)))
    info = swap_ended(swap, state="cancelled", cause="withdrawn", actor=actor, now=now, reason=reason.strip()[:400])
    tell_ended(info, now=now)
    return info


def swap_expire(*, swap_ref: int, now: datetime) -> None:
    """The wake-up of a swap: it lapses if its time is over, and sleeps on if its time was moved."""
    swap = Swap.objects.select_for_update().filter(id=swap_ref).first()
    if swap is None or swap.state not in OPEN_STATES:
        settle(organization_id=current_organization_id(), topic=SWAP, ref=swap_ref)
        return
    deadline = swap_info(swap).deadline
    if deadline > now:
        wake_at(swap, deadline)
        return
    cause = "not_approved" if swap.state == "accepted" else "not_accepted"
    info = swap_ended(swap, state="expired", cause=cause, actor=_SYSTEM, now=now, by="")
    tell_ended(info, now=now)


def swap_seen(*, swap_id: uuid.UUID, person_id: int, actor: Actor, now: datetime) -> None:
    """Somebody opened what they were asked, for the first time."""
    offer = SwapOffer.objects.filter(swap__public_id=swap_id, person_id=person_id, seen_at=None)
    if offer.update(seen_at=now):
        info = swap_info(Swap.objects.get(public_id=swap_id))
        swap_log(info, action="swap.see", actor=actor, now=now)


def swap_link_refused(*, swap_id: uuid.UUID, actor: Actor, now: datetime, reason: str) -> None:
    """A link was used that leads nowhere any more: used twice, too late, or of a swap that ended."""
    swap_log(
        swap_info(Swap.objects.get(public_id=swap_id)), action="swap.link_refuse", actor=actor, now=now, reason=reason
    )


def swap_settings_change(
    *, department_id: uuid.UUID, actor: Actor, now: datetime, approval: bool, days_before: int, expiry_hours: int
) -> SwapSettingsInfo:
    """How a department wants swaps done. Swaps under way keep what was agreed, approval is asked at acceptance."""
    department = Department.objects.select_for_update().filter(public_id=department_id).first()
    if department is None:
        raise NotFoundError("There is no such department.")
    if not 0 <= days_before <= 60:
        raise RefusedError("Say 0 to 60 days.", field="days_before")
    if not 1 <= expiry_hours <= 24 * 60:
        raise RefusedError("Say 1 to 1440 hours.", field="expiry_hours")
    values = {"approval": approval, "days_before": days_before, "expiry_hours": expiry_hours}
    was = swap_settings(department.id)
    before, after = differing({name: getattr(was, name) for name in values}, values)
    if after:
        SwapSettings.objects.update_or_create(department=department, defaults=values)
        change_record(
            actor=actor, now=now, action="swap.settings", subject_type="department", subject=department.name,
            subject_id=department.public_id, department_id=department.id, before=before, after=after,
        )  # fmt: skip
    return swap_settings(department.id)


def offer_problem(row: PublishedRow, *, now: datetime, as_decider: bool) -> str:
    """Why a shift cannot be offered, empty when it can."""
    if row.person is None or row.person.is_placeholder or row.assignment.is_off:
        return "Only a shift that somebody works can be offered."
    if row.starts_at <= now:
        return "This shift has begun. Ring the department instead."
    days = swap_settings(row.department.id).days_before
    if not as_decider and (row.date - local_date(now, row.zone)).days < days:
        many = "1 day" if days == 1 else f"{days} days"
        return f"{row.department.name} takes offers until {many} before the shift. Ring the department instead."
    if Shift.objects.filter(public_id=row.shift_id, locked=True).exists():
        return f"{row.department.name} has locked this shift. Ring the department instead."
    if Swap.objects.filter(shift_id=row.shift_id, state__in=OPEN_STATES).exists():
        return "This shift is on offer already. Withdraw that swap first."
    return ""


def _offerable(shift_id: uuid.UUID, giver_id: int, *, now: datetime, as_decider: bool) -> PublishedRow:
    row = published_shift(shift_id)
    if row is None:
        raise NotFoundError("There is no such published shift.")
    if row.person is None or row.person.id != giver_id:
        raise RefusedError("The shift belongs to somebody else now. Nothing was offered.", code="stale")
    problem = offer_problem(row, now=now, as_decider=as_decider)
    if problem:
        raise RefusedError(problem)
    return row


def _asked(row: PublishedRow, person_ids: Collection[uuid.UUID] | None) -> list[PersonInfo]:
    """Whom to ask. Naming somebody who cannot take it is refused with the reason."""
    found = people_to_ask(row)
    if person_ids is None:
        asked = [one.person for one in found.eligible if free_of_hard(one)]
        if not asked:
            raise RefusedError(
                "Nobody could take this shift without breaking a rule. Name somebody to ask all the same."
            )
        return asked
    able = {one.person.public_id: one.person for one in found.eligible}
    unable = {one.person.public_id: f"{one.person.name}: {one.why}" for one in found.others}
    asked = []
    for person_id in dict.fromkeys(person_ids):
        if person_id in unable:
            raise RefusedError(f"Nothing was offered. {unable[person_id]}.", field="person")
        if person_id not in able:
            raise NotFoundError("There is no such person to ask.", field="person")
        asked.append(able[person_id])
    if not asked:
        raise RefusedError("Choose whom to ask.", field="person")
    return asked


def _wanted(
    row: PublishedRow,
    giver: PersonInfo,
    asked: list[PersonInfo],
    wants: str,
    return_shift_id: uuid.UUID | None,
    now: datetime,
) -> str:
    """Check what is wanted in return; the shift in words when it is a certain one."""
    if wants not in WANTS:
        raise RefusedError("Say what you want in return.", field="wants")
    if wants != "one":
        return ""
    if len(asked) != 1:
        raise RefusedError("Ask one person only when you want one of their shifts in return.", field="person")
    back = published_shift(return_shift_id)
    if back is None or back.person is None or back.person.id != asked[0].id:
        raise RefusedError(f"Choose a published shift of {asked[0].name}.", field="return_shift")
    if back.starts_at <= now or back.assignment.is_off:
        raise RefusedError("Choose a working shift that has not begun.", field="return_shift")
    fit = swap_fit(row, taker=asked[0], giver=giver, given_back=back)
    if fit.refused:
        raise RefusedError(fit.refused, field="return_shift")
    return row_words(back)


def _expiry(row: PublishedRow, asked_for: datetime | None, now: datetime) -> datetime:
    hours = swap_settings(row.department.id).expiry_hours
    moment = asked_for if asked_for is not None else now + timedelta(hours=hours)
    if moment <= now:
        raise RefusedError("The answer would be due in the past. Choose a later time.", field="expires")
    return min(moment, row.starts_at)


def _ask(info: SwapInfo, links: Mapping[int, str], now: datetime) -> None:
    """Each person gets a link of their own."""
    wanted = {
        "nothing": "Nothing is asked in return.",
        "any": "You would choose one of your shifts to give in return.",
        "one": f"You would give {info.return_told}.",
    }[info.wants]
    lines = [f"{info.giver.name} asks whether you take {info.words} ({info.department.name})."]
    lines += [f"“{info.message}”"] if info.message else []
    lines += [wanted, f"Answer until {moment_words(info.expires_at, info.zone)}; the first who accepts has it."]
    lines += [stays_words(info)]
    for person_id, link in links.items():
        tell(
            info, kind="swap.asked", subject=f"{info.giver.name} asks: take {info.words}?", lines=lines, now=now,
            person_ids=[person_id], letter_link=link,
        )  # fmt: skip
