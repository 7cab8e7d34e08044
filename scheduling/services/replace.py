"""Replace now: somebody else takes a shift that everybody has been shown, all of it or the rest of it, and is published at once.

Taking the rest splits the shift. The first part keeps the shift's id, its person and its start, and ends where the rest begins; the
rest is a shift of its own, on the local date on which it begins, with the same assignment, note and call order. Both parts are
published in the caller's transaction, so nobody ever sees a gap, nor two people where there was one.

A shift's start is kept as a wall time, and the second pass of the hour that comes twice in autumn has none of its own: there the rest
begins at the end of that hour (`first_nameable`).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from scheduling.models import Person, PublishedShift, Shift
from scheduling.selectors.accounts import accounts_deciding
from scheduling.services.notices import notices_leave
from scheduling.services.publish import schedule_publish
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.services.shifts import shift_change, shift_place
from scheduling.types import Audience, PublicationInfo, StaleShift
from tenancy.changes import change_record
from tenancy.rights import Right
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import instant, wall

_MINUTE = timedelta(minutes=1)


def shift_replace(
    *,
    shift_id: uuid.UUID,
    person_id: uuid.UUID | None,
    expects: uuid.UUID | None,
    since: datetime | None,
    reason: str,
    actor: Actor,
    now: datetime,
    link: str = "/today",
) -> PublicationInfo:
    """Give a published shift to a person (public id; None leaves it open): the whole, or what is left of it `since` an instant.

    `expects` is the person who was seen there. Other unpublished edits of the schedule stay unpublished. Both people and the
    department's schedulers are told. Raises StaleShift when somebody else stands there meanwhile, RefusedError when it cannot be done.
    """
    row = PublishedShift.objects.select_related("person", "assignment", "department").filter(
        shift_id=shift_id, audience=Audience.EVERYONE.value, recorded_to=None
    ).first()  # fmt: skip
    if row is None:
        raise NotFoundError("This shift is not published any more. Look at the board again.")
    _as_seen_or_refuse(row, expects, person_id)
    if row.ends_at <= now:
        raise RefusedError("The shift is over: there is nothing left to take. Correct it in the schedule.", code="over")
    if not reason.strip():
        raise RefusedError("Say why. The change log keeps the reason.", field="reason")
    if since is None or since <= row.starts_at:
        since = None
        moves = [Reassign(shift_id=shift_id, person_id=person_id, expects=row.person_id)]
        made = shifts_reassign(moves=moves, reason=reason, actor=actor, now=now)
    else:
        made = _split(row, person_id, since, actor, now)
    if not made:
        raise RefusedError("Nothing differs from what is published: nothing was done.", code="nothing")
    taker = Person.objects.get(public_id=person_id) if person_id else None
    _record(row, taker, since, reason, actor, now)
    _tell(row, taker, since, made[-1], actor, now, link)
    return made[-1]


def first_nameable(at: datetime, zone: str) -> datetime:
    """The first whole minute, not before the one that `at` stands in, that a wall time of the zone can name."""
    minute = at.replace(second=0, microsecond=0)
    while instant(wall(minute, zone), zone) != minute:
        minute += _MINUTE
    return minute


def rest_refused(row_starts: datetime, row_ends: datetime, since: datetime, zone: str) -> str:
    """Why a shift cannot be split there; empty when it can."""
    if not row_starts < since < row_ends:
        return f"{wall(since, zone):%H:%M} is not inside the shift. Choose a time between its start and its end."
    if first_nameable(since, zone) != since:
        twice = f"The clock shows {wall(since, zone):%H:%M} twice that night"
        return f"{twice}; a part can begin only at the first of them, or after the hour."
    return ""


def _as_seen_or_refuse(row: PublishedShift, expects: uuid.UUID | None, wanted: uuid.UUID | None) -> None:
    there = row.person.public_id if row.person else None
    name = row.person.name if row.person else "Nobody"
    if there != expects:
        raise StaleShift(f"{name} is on this shift now: somebody changed it meanwhile. Nothing was done.", None)
    if there == wanted:
        raise RefusedError(f"{name} is on this shift already. Choose somebody else.", field="who")


def _split(
    row: PublishedShift, person_id: uuid.UUID | None, since: datetime, actor: Actor, now: datetime
) -> tuple[PublicationInfo, ...]:
    """Shorten the one, place the other, publish both."""
    draft = (
        Shift.objects.select_for_update(of=("self",)).select_related("schedule").filter(public_id=row.shift_id).first()
    )
    if draft is None:
        raise RefusedError(
            "The draft does not hold this shift any more, but that is not published. Publish that, or restore the shift."
        )
    refused = rest_refused(row.starts_at, row.ends_at, since, row.zone)
    if refused:
        raise RefusedError(refused, field="from")
    if (draft.starts_at, draft.ends_at, draft.assignment_id) != (row.starts_at, row.ends_at, row.assignment_id):
        raise RefusedError(
            "The draft has other times for this shift, not yet published. Publish or undo them, or replace the whole shift."
        )
    begins = wall(since, row.zone)
    if begins.date() > draft.schedule.ends_on:
        raise RefusedError(
            f"The rest begins on {begins:%Y-%m-%d}, after the last day of this schedule. Replace the whole shift."
        )
    waiting = {
        "note": draft.note,
        "call_order": draft.call_order,
    }  # unpublished edits of the same shift: put back at the end
    Shift.objects.filter(id=draft.id).update(note=row.note, call_order=row.call_order)
    first = {
        "start": row.start_wall,
        "end": begins,
        **({} if draft.person_id == row.person_id else {"person_id": row.person.public_id if row.person else None}),
    }
    shift_change(shift_id=row.shift_id, version=draft.version, actor=actor, now=now, fields=first)
    rest = shift_place(
        schedule_id=draft.schedule.public_id, assignment_id=row.assignment.public_id, day=begins.date(), person_id=person_id,
        start=begins, end=row.end_wall, note=row.note, call_order=row.call_order, actor=actor, now=now,
    )  # fmt: skip
    made = schedule_publish(
        schedule_id=draft.schedule.public_id, audience=Audience.EVERYONE, shift_ids=[row.shift_id, rest.public_id],
        actor=actor, now=now,
    )  # fmt: skip
    Shift.objects.filter(id=draft.id).update(**waiting)
    return (made,) if made is not None else ()


def _record(
    row: PublishedShift, taker: Person | None, since: datetime | None, reason: str, actor: Actor, now: datetime
) -> None:
    after = {"person": taker.name if taker else "open"}
    if since is not None:
        after["from"] = f"{wall(since, row.zone):%Y-%m-%d %H:%M}"
    change_record(
        actor=actor, now=now, action="shift.replace", subject_type="shift",
        subject=f"{row.assignment.name}, {row.date}, {row.person.name if row.person else 'open'}", subject_id=row.shift_id,
        department_id=row.department_id, person_id=taker.id if taker else row.person_id, on_date=row.date,
        before={"person": row.person.name if row.person else "open"}, after=after, reason=reason.strip(),
    )  # fmt: skip


def _tell(
    row: PublishedShift,
    taker: Person | None,
    since: datetime | None,
    made: PublicationInfo,
    actor: Actor,
    now: datetime,
    link: str,
) -> None:
    """Both people and the schedulers hear who works when; why is nobody's business but the change log's."""
    was, new = row.person.name if row.person else "nobody", taker.name if taker else "nobody yet"
    starts, ends = wall(since or row.starts_at, row.zone), wall(row.ends_at, row.zone)
    people = [one.id for one in (row.person, taker) if one is not None and not one.is_placeholder]
    accounts = [one for one in accounts_deciding(Right.EDIT_SCHEDULE, row.department_id) if one != actor.account_id]
    notices_leave(
        kind="shift.replaced",
        subject=f"{row.assignment.name}, {starts:%b} {starts.day}: {new} instead of {was}",
        lines=[
            f"{row.department.name}: {row.assignment.name}, {starts:%a %b} {starts.day}, {starts:%H:%M} to {ends:%H:%M} ({row.zone}).",
            f"{new} works instead of {was}." if taker else f"{was} does not work; nobody has taken it yet.",
            f"Published by {actor.label} as publication {made.number}.",
        ],
        link=link,
        now=now,
        person_ids=people,
        account_ids=accounts,
        once=f"replaced:{made.public_id}",
    )
