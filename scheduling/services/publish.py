"""Publishing: the draft of a range becomes the truth, in one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.models import Counter, Department, Publication, PublishedDay, PublishedShift, Schedule, Shift
from scheduling.selectors.difference import (
    FIELDS,
    RawDifference,
    audiences_reached,
    differences_described,
    digest_of,
    raw_differences,
    replaced_dates,
)
from scheduling.selectors.published import publication_info
from scheduling.services.outbox import outbox_leave
from scheduling.services.swap_follow import swaps_follow
from scheduling.types import Audience, Difference, PublicationInfo
from tenancy.changes import change_entry, changes_record
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
    shift_id: uuid.UUID | None = None,
    replace: bool = False,
    confirmed_digest: str | None = None,
) -> PublicationInfo | None:
    """Publish a schedule, a range of its dates, or one shift, to an audience. Returns None when nothing differs.

    `replace` agrees to take over dates that another schedule has published; without it that is refused with the dates named.
    `confirmed_digest` is the digest of the preview somebody looked at: if the differences are no longer those, it is refused.
    Publishing to everyone brings the administrators' log to the same state.
    """
    schedule = _schedule_in_its_turn(schedule_id)
    first, last = first or schedule.starts_on, last or schedule.ends_on
    if shift_id is not None:
        first, last = _dates_of_shift(schedule, shift_id, audience)
    if first > last or first < schedule.starts_on or last > schedule.ends_on:
        raise RefusedError(
            f"The dates {first} to {last} are not all inside the schedule ({schedule.starts_on} to {schedule.ends_on}).",
            field="first",
        )
    replaced = replaced_dates(schedule=schedule, first=first, last=last, audiences=audiences_reached(audience))
    if replaced and not replace:
        named = "; ".join(f"{name}: {start} to {end}" for _, name, start, end in replaced)
        raise RefusedError(
            f"These dates are published by another schedule ({named}). Confirm to replace them.", code="replaces"
        )
    raw = raw_differences(schedule=schedule, first=first, last=last, audience=audience, shift_id=shift_id)
    described = differences_described(raw)
    if confirmed_digest is not None and digest_of(described, replaced) != confirmed_digest:
        raise RefusedError(
            "The schedule changed after you looked at it. Look at the differences again, then publish.",
            code="changed_meanwhile",
        )
    kind = "range" if shift_id is None else "shift"
    raw = _ids_kept(raw)
    taken = replaced_dates(schedule=schedule, first=first, last=last, audiences=(audience,))
    made = _write(schedule, audience, kind, first, last, raw, described, actor, now) if raw or taken else None
    if audience is Audience.EVERYONE:
        beside = _bring_administrators_along(schedule, kind, first, last, shift_id, actor, now, quiet=made is not None)
        if made is not None:
            outbox_leave(topic="publish", now=now, publication=made.number)
        made = made or beside
    if made is None:
        return None
    if _STATES[audience.value] > _STATES[schedule.state]:
        schedule.state = audience.value
        schedule.save(update_fields=["state"])
    return publication_info(made)


def _schedule_in_its_turn(schedule_id: uuid.UUID) -> Schedule:
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
    schedule: Schedule,
    kind: str,
    first: date,
    last: date,
    shift_id: uuid.UUID | None,
    actor: Actor,
    now: datetime,
    quiet: bool,
) -> Publication | None:
    """Administrators never see less than everyone: their log takes the same state, as a publication of its own.

    Ids are those that everyone has: adopting administrators' ids here would alter the draft behind everyone's back.
    """
    audience = Audience.ADMINISTRATORS
    raw = raw_differences(schedule=schedule, first=first, last=last, audience=audience, shift_id=shift_id, adopt=False)
    if not raw and not replaced_dates(schedule=schedule, first=first, last=last, audiences=(audience,)):
        return None
    return _write(schedule, audience, kind, first, last, raw, differences_described(raw), actor, now, quiet=quiet)


def _dates_of_shift(schedule: Schedule, shift_id: uuid.UUID, audience: Audience) -> tuple[date, date]:
    day = Shift.objects.filter(schedule=schedule, public_id=shift_id).values_list("date", flat=True).first()
    if day is None:  # removed from the draft: where the audience has it, else where the other one has
        published = dict(
            PublishedShift.objects.filter(shift_id=shift_id, schedule_id=schedule.id, recorded_to=None).values_list(
                "audience", "date"
            )
        )
        day = published.get(audience.value) or next(iter(published.values()), None)
    if day is None:
        raise NotFoundError("There is no such shift in this schedule.")
    return day, day


def _write(
    schedule: Schedule,
    audience: Audience,
    kind: str,
    first: date,
    last: date,
    raw: Sequence[RawDifference],
    described: Sequence[Difference],
    actor: Actor,
    now: datetime,
    quiet: bool = False,
) -> Publication:
    """Close and open rows under the audience's counter, locked last. `quiet` leaves the change log to the main audience."""
    _own_dates(schedule, audience, first, last)
    counter = _counter(audience)
    at = max(now, counter.at + timedelta(microseconds=1)) if counter.at else now
    number = counter.number + 1
    closing = [one.published_id for one in raw if one.published_id is not None]
    closed = PublishedShift.objects.filter(audience=audience.value, shift_id__in=closing, recorded_to=None).update(
        recorded_to=number, recorded_to_at=at
    )
    assert closed == len(closing), "a published row was closed by somebody else under the department's lock"
    opened = [
        _published(schedule, audience, one.draft_id, one.draft, number, at)
        for one in raw
        if one.draft is not None and one.draft_id is not None
    ]
    PublishedShift.objects.bulk_create(opened, batch_size=1000)
    publication = Publication.objects.create(
        audience=audience.value,
        number=number,
        kind=kind,
        schedule_id=schedule.id,
        department_id=schedule.department_id,
        from_date=first,
        to_date=last,
        at=at,
        actor=actor.label,
        actor_account_id=actor.account_id,
        added=sum(1 for one in described if one.kind == "added"),
        changed=sum(1 for one in described if one.kind == "changed"),
        removed=sum(1 for one in described if one.kind == "removed"),
    )
    if not quiet:
        changes_record(_entries(schedule, publication, described, actor, at))
    if audience is Audience.EVERYONE:
        swaps_follow(shift_ids=closing, actor=actor, now=at)
    Counter.objects.filter(id=counter.id).update(number=number, at=at)
    return publication


def _counter(audience: Audience) -> Counter:
    Counter.objects.bulk_create([Counter(name=audience.value)], ignore_conflicts=True)
    return Counter.objects.select_for_update().get(name=audience.value)


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


def _own_dates(schedule: Schedule, audience: Audience, first: date, last: date) -> None:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    PublishedDay.objects.filter(
        audience=audience.value, department_id=schedule.department_id, date__gte=first, date__lte=last
    ).exclude(schedule=schedule).update(schedule=schedule)
    PublishedDay.objects.bulk_create(
        [
            PublishedDay(audience=audience.value, department_id=schedule.department_id, date=day, schedule=schedule)
            for day in days
        ],
        ignore_conflicts=True,
    )


def _published(
    schedule: Schedule, audience: Audience, shift_id: uuid.UUID, draft: dict[str, Any], number: int, at: datetime
) -> PublishedShift:
    return PublishedShift(
        audience=audience.value,
        shift_id=shift_id,
        schedule_id=schedule.id,
        department_id=schedule.department_id,
        zone=draft["zone"],
        starts_at=draft["starts_at"],
        ends_at=draft["ends_at"],
        recorded_from=number,
        recorded_from_at=at,
        **{name: draft[name] for name in FIELDS},
    )


def _entries(
    schedule: Schedule, publication: Publication, described: Sequence[Difference], actor: Actor, at: datetime
) -> list[Any]:
    range_text = f"{publication.from_date} to {publication.to_date}"
    entries = [
        change_entry(
            actor=actor,
            now=at,
            action="schedule.publish",
            subject_type="schedule",
            subject=f"{schedule.name}, {range_text}, publication {publication.number} to {publication.audience}",
            subject_id=schedule.public_id,
            department_id=schedule.department_id,
            after={"added": publication.added, "changed": publication.changed, "removed": publication.removed},
        )
    ]
    entries += [
        change_entry(
            actor=actor,
            now=at,
            action=f"published.{one.kind}",
            subject_type="shift",
            subject=f"{one.assignment_name}, {one.date}, {one.person_name}",
            subject_id=one.shift_id,
            department_id=schedule.department_id,
            person_id=one.person_id,
            on_date=one.date,
            before=one.before,
            after=one.after,
        )
        for one in described
    ]
    return entries
