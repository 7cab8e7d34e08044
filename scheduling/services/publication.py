"""Writing a publication: rows of the log close and open under the audience's counter, in the caller's transaction.

Everything that publishes comes through here: a range, a set of shifts, somebody else on a shift, a recall.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.models import Counter, Publication, PublishedDay, PublishedShift, Schedule
from scheduling.selectors.difference import FIELDS, RawDifference
from scheduling.services.swap_follow import swaps_follow
from scheduling.types import Audience, Difference
from tenancy.bulk import rows_insert
from tenancy.changes import change_entry, changes_record
from tenancy.types import Actor


@dataclass(frozen=True)
class Act:
    """What somebody does: the kind of publication, its dates, who and when, and why.

    `days` are the dates whose owner becomes the schedule: all of the range when None, none when empty.
    """

    kind: str  # range, shift, recall
    first: date
    last: date
    actor: Actor
    now: datetime
    days: Collection[date] | None = None
    reason: str = ""


def publication_write(
    schedule: Schedule,
    audience: Audience,
    act: Act,
    raw: Sequence[RawDifference],
    described: Sequence[Difference],
    *,
    logged: Sequence[Difference] | None = None,
) -> Publication:
    """Close and open rows under the audience's counter, locked last. `logged` are the differences for the change log: all of them
    when None; when empty, the log has been told by the publication to the main audience."""
    counter = _counter(audience)
    at = _moment(counter, act.now, told=logged is None or bool(logged))
    number = counter.number + 1
    _own_dates(schedule, audience, act, number)
    closing = [one.published_id for one in raw if one.published_id is not None]
    closed = PublishedShift.objects.filter(audience=audience.value, shift_id__in=closing, recorded_to=None).update(
        recorded_to=number, recorded_to_at=at
    )
    assert closed == len(closing), "a published row was closed by somebody else under the department's lock"
    rows_insert([_published(schedule, audience, one, number, at) for one in raw if one.draft is not None])
    publication = Publication.objects.create(
        audience=audience.value,
        number=number,
        kind=act.kind,
        schedule_id=schedule.id,
        department_id=schedule.department_id,
        from_date=act.first,
        to_date=act.last,
        at=at,
        actor=act.actor.label,
        actor_account_id=act.actor.account_id,
        added=sum(1 for one in described if one.kind == "added"),
        changed=sum(1 for one in described if one.kind == "changed"),
        removed=sum(1 for one in described if one.kind == "removed"),
    )
    if logged is None or logged:
        changes_record(_entries(schedule, publication, described if logged is None else logged, act, at))
    if audience is Audience.EVERYONE:
        swaps_follow(shift_ids=closing, actor=act.actor, now=at)
    Counter.objects.filter(id=counter.id).update(number=number, at=at)
    return publication


def _counter(audience: Audience) -> Counter:
    Counter.objects.bulk_create([Counter(name=audience.value)], ignore_conflicts=True)
    return Counter.objects.select_for_update().get(name=audience.value)


def _moment(counter: Counter, now: datetime, *, told: bool) -> datetime:
    """After the audience's last publication; one that the log tells of is after the last to any audience.

    The entries of a publication carry its moment and its department, and nothing else that says to whom it was: readers of the log
    who may know of publications to everyone, and of no others, tell them apart by that.
    """
    counters = Counter.objects.filter(name__in=[one.value for one in Audience]) if told else [counter]
    last = max((one.at for one in counters if one.at), default=None)
    return max(now, last + timedelta(microseconds=1)) if last else now


def _own_dates(schedule: Schedule, audience: Audience, act: Act, number: int) -> None:
    """Take the dates over; each remembers from whom, and by which publication, so that a recall can go back."""
    days = act.days
    if days is None:
        days = [act.first + timedelta(days=n) for n in range((act.last - act.first).days + 1)]
    if not days:
        return
    taken = list(
        PublishedDay.objects.filter(
            audience=audience.value, department_id=schedule.department_id, date__in=list(days)
        ).exclude(schedule=schedule)
    )
    for day in taken:
        day.before, day.schedule = [*day.before, [day.schedule_id, number]], schedule
    PublishedDay.objects.bulk_update(taken, ["schedule", "before"], batch_size=500)
    PublishedDay.objects.bulk_create(
        [
            PublishedDay(audience=audience.value, department_id=schedule.department_id, date=day, schedule=schedule)
            for day in days
        ],
        ignore_conflicts=True,
    )


def _published(schedule: Schedule, audience: Audience, one: RawDifference, number: int, at: datetime) -> PublishedShift:
    side = one.draft
    assert (
        side is not None and one.draft_id is not None and one.draft_schedule is not None
    )  # a row that is opened has them
    return PublishedShift(
        audience=audience.value,
        shift_id=one.draft_id,
        schedule_id=one.draft_schedule,
        department_id=schedule.department_id,
        zone=side["zone"],
        starts_at=side["starts_at"],
        ends_at=side["ends_at"],
        recorded_from=number,
        recorded_from_at=at,
        **{name: side[name] for name in FIELDS},
    )


def _entries(
    schedule: Schedule, publication: Publication, described: Sequence[Difference], act: Act, at: datetime
) -> list[Any]:
    range_text = f"{publication.from_date} to {publication.to_date}"
    verb = "recall" if act.kind == "recall" else "publish"
    toward = "from" if act.kind == "recall" else "to"
    entries = [
        change_entry(
            actor=act.actor,
            now=at,
            action=f"schedule.{verb}",
            subject_type="schedule",
            subject=f"{schedule.name}, {range_text}, publication {publication.number} {toward} {publication.audience}",
            subject_id=schedule.public_id,
            department_id=schedule.department_id,
            after={"added": publication.added, "changed": publication.changed, "removed": publication.removed},
            reason=act.reason,
        )
    ]
    entries += [
        change_entry(
            actor=act.actor,
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
            reason=act.reason,
        )
        for one in described
    ]
    return entries
