"""Taking a schedule back: nothing is published in its place, or what its dates held before it, as somebody saw and confirmed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime

from scheduling.models import Publication, PublishedDay, Schedule
from scheduling.selectors.difference import differences_described
from scheduling.selectors.published import publication_info
from scheduling.selectors.recall import RecallPart, recall_digest, recall_parts
from scheduling.services.outbox import outbox_leave
from scheduling.services.publication import Act, publication_write
from scheduling.services.publish import schedule_in_its_turn
from scheduling.types import Audience, PublicationInfo
from tenancy.types import Actor, RefusedError


def schedule_recall(
    *,
    schedule_id: uuid.UUID,
    audience: Audience,
    first: date,
    last: date,
    restore: bool,
    actor: Actor,
    now: datetime,
    confirmed_digest: str,
    reason: str = "",
) -> PublicationInfo | None:
    """Take a schedule, or a range of its dates, back from an audience. Returns None when that audience has nothing of it.

    With `restore` each date goes back to the schedule it was taken over from, with the rows it had then; without, to nobody. Taking
    it back from administrators takes it from everyone first: they never see less. Shifts that have begun stay. The draft is not
    touched. `confirmed_digest` is that of the preview somebody looked at: if the records are no longer those, it is refused.
    """
    schedule = schedule_in_its_turn(schedule_id)
    if first > last or first < schedule.starts_on or last > schedule.ends_on:
        raise RefusedError(
            f"The dates {first} to {last} are not all inside the schedule ({schedule.starts_on} to {schedule.ends_on}).",
            field="first",
        )
    parts = recall_parts(schedule, audience=audience, first=first, last=last, restore=restore, now=now)
    if recall_digest(parts, restore) != confirmed_digest:
        raise RefusedError(
            "What is published changed after you looked at it. Look at what would be taken back again, then confirm.",
            code="changed_meanwhile",
        )
    act = Act("recall", first, last, actor, now, days=(), reason=reason)
    touched = {schedule.id}
    made: list[Publication] = []
    told: set[tuple[str, uuid.UUID]] = set()
    for part in parts:
        if part.nothing:
            continue
        touched |= _hand_back(part, restore)
        described = differences_described(part.raw)
        news = [one for one in described if (one.kind, one.shift_id) not in told]
        told |= {(one.kind, one.shift_id) for one in described}
        made.append(publication_write(schedule, part.audience, act, part.raw, described, logged=news if made else None))
        if part.audience is Audience.EVERYONE:
            outbox_leave(topic="publish", now=now, publication=made[-1].number)
    _states(touched)
    return publication_info(made[0]) if made else None


def _hand_back(part: RecallPart, restore: bool) -> set[int]:
    """Give the dates to whom they were taken from, or to nobody; returns the ids of the schedules that got some."""
    back = [day for day in part.days if restore and day.before]
    PublishedDay.objects.filter(id__in=[day.id for day in part.days if day not in back]).delete()
    for day in back:
        day.schedule_id, day.before = day.before[-1][0], day.before[:-1]
    PublishedDay.objects.bulk_update(back, ["schedule", "before"], batch_size=500)
    return {day.schedule_id for day in back}


def _states(schedule_ids: Iterable[int]) -> None:
    """A schedule's state is the widest audience that still has dates of it."""
    for schedule_id in schedule_ids:
        audiences = set(
            PublishedDay.objects.filter(schedule_id=schedule_id).values_list("audience", flat=True).distinct()
        )
        state = next((one.value for one in (Audience.EVERYONE, Audience.ADMINISTRATORS) if one.value in audiences), "")
        Schedule.objects.filter(id=schedule_id).update(state=state or "recalled")
