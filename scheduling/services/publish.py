"""Publishing: the draft of a range becomes the truth, in one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime

from scheduling.models import Department, Publication, Schedule, Shift
from scheduling.selectors.difference import (
    RawDifference,
    audiences_reached,
    dates_of_shifts,
    differences_described,
    digest_of,
    raw_differences,
    replaced_dates,
)
from scheduling.selectors.published import publication_info
from scheduling.services.outbox import outbox_leave
from scheduling.services.publication import Act, publication_write
from scheduling.types import Audience, PublicationInfo
from tenancy.types import Actor, NotFoundError, RefusedError

_STATES = {"draft": 0, "recalled": 0, Audience.ADMINISTRATORS.value: 1, Audience.EVERYONE.value: 2}


def schedule_publish(
    *,
    schedule_id: uuid.UUID,
    audience: Audience,
    actor: Actor,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    shift_ids: Collection[uuid.UUID] | None = None,
    replace: bool = False,
    confirmed_digest: str | None = None,
    reason: str = "",
) -> PublicationInfo | None:
    """Publish a schedule, a range of its dates, or a set of its shifts, to an audience. Returns None when nothing differs.

    `replace` agrees to take over dates that another schedule has published; without it that is refused with the dates named.
    `confirmed_digest` is the digest of the preview somebody looked at: if the differences are no longer those, it is refused.
    Publishing to everyone brings the administrators' log to the same state. `reason` goes into the change log.
    """
    schedule = schedule_in_its_turn(schedule_id)
    first, last = first or schedule.starts_on, last or schedule.ends_on
    days = None
    if shift_ids is not None:
        if not shift_ids:
            return None
        days = dates_of_shifts(schedule, shift_ids, audience)
        first, last = days[0], days[-1]
    if first > last or first < schedule.starts_on or last > schedule.ends_on:
        raise RefusedError(
            f"The dates {first} to {last} are not all inside the schedule ({schedule.starts_on} to {schedule.ends_on}).",
            field="first",
        )
    reached = audiences_reached(audience)
    replaced = replaced_dates(schedule=schedule, first=first, last=last, audiences=reached, days=days)
    if replaced and not replace:
        raise _asks_to_replace(replaced)
    raw = raw_differences(schedule=schedule, first=first, last=last, audience=audience, shift_ids=shift_ids)
    described = differences_described(raw)
    if confirmed_digest is not None and digest_of(described, replaced) != confirmed_digest:
        raise RefusedError(
            "The schedule changed after you looked at it. Look at the differences again, then publish.",
            code="changed_meanwhile",
        )
    raw = _ids_kept(raw)
    taken = replaced_dates(schedule=schedule, first=first, last=last, audiences=(audience,), days=days)
    act = Act("range" if shift_ids is None else "shift", first, last, actor, now, days, reason)
    made = publication_write(schedule, audience, act, raw, described) if raw or taken else None
    if audience is Audience.EVERYONE:
        beside = _bring_administrators_along(schedule, act, shift_ids, quiet=made is not None)
        if made is not None:
            outbox_leave(topic="publish", now=now, publication=made.number)
        made = made or beside
    if made is None:
        return None
    if _STATES[audience.value] > _STATES[schedule.state]:
        schedule.state = audience.value
        schedule.save(update_fields=["state"])
    return publication_info(made)


def _asks_to_replace(replaced: Sequence[tuple[int, str, date, date]]) -> RefusedError:
    named = "; ".join(f"{name}: {start} to {end}" for _, name, start, end in replaced)
    return RefusedError(
        f"These dates are published by another schedule ({named}). Confirm to replace them.", code="replaces"
    )


def schedule_in_its_turn(schedule_id: uuid.UUID) -> Schedule:
    """The schedule as it is once this publication has its turn: publications of a department go one after another."""
    department = Schedule.objects.filter(public_id=schedule_id).values_list("department_id", flat=True).first()
    if department is None:
        raise NotFoundError("There is no such schedule.")
    Department.objects.select_for_update().get(id=department)
    schedule = Schedule.objects.select_related("department").filter(public_id=schedule_id).first()
    if schedule is None:
        raise NotFoundError("There is no such schedule.")
    return schedule


def _bring_administrators_along(
    schedule: Schedule, act: Act, shift_ids: Collection[uuid.UUID] | None, quiet: bool
) -> Publication | None:
    """Administrators never see less than everyone: their log takes the same state, as a publication of its own.

    Ids are those that everyone has: adopting administrators' ids here would alter the draft behind everyone's back.
    """
    audience, first, last = Audience.ADMINISTRATORS, act.first, act.last
    raw = raw_differences(
        schedule=schedule, first=first, last=last, audience=audience, shift_ids=shift_ids, adopt=False
    )
    if not raw and not replaced_dates(schedule=schedule, first=first, last=last, audiences=(audience,), days=act.days):
        return None
    return publication_write(schedule, audience, act, raw, differences_described(raw), logged=() if quiet else None)


def _ids_kept(raw: Sequence[RawDifference]) -> list[RawDifference]:
    """Let new shifts take over the ids that readers know; drafts that held them get fresh ones. What is then the same is done."""
    kept = []
    for one in raw:
        if one.adopts and one.published_id is not None and one.draft_id is not None:
            Shift.objects.filter(public_id=one.published_id).update(public_id=uuid.uuid4())
            Shift.objects.filter(public_id=one.draft_id).update(public_id=one.published_id)
            one = dataclasses.replace(one, draft_id=one.published_id)
        if not one.nothing:
            kept.append(one)
    return kept
