"""Replace now: somebody else takes a shift that everybody has been shown, all of it or the rest of it, and is published at once.

Taking the rest splits the shift. The first part keeps the shift's id, its person and its start, and ends where the rest begins; the
rest is a shift of its own, on the local date on which it begins, with the same assignment, note and call order. Both parts are one
publication, so nobody ever sees a gap, nor two people where there was one. It is made from what is published and not from the draft:
other unpublished edits, even of the same shift, stay unpublished.

A shift's start is kept as a wall time, and the second pass of the hour that comes twice in autumn has none of its own: there the rest
begins at the end of that hour (`first_nameable`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduling.models import Department, Person, PublishedDay, PublishedShift, Schedule, Shift
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.difference import COMPARED, RawDifference, differences_described
from scheduling.selectors.published import publication_info
from scheduling.services.notices import notices_leave
from scheduling.services.outbox import outbox_leave
from scheduling.services.publication import Act, publication_write
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.services.shift_parts import shifts_locked
from scheduling.services.shifts import shift_change, shift_place
from scheduling.types import Audience, PublicationInfo, ShiftInfo, StaleShift
from tenancy.rights import Right
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import instant, wall

_MINUTE = timedelta(minutes=1)
_EVERYONE = Audience.EVERYONE.value


@dataclass(frozen=True)
class _Taking:
    """What is done: the row that everyone has, who takes it (None leaves it open), from when (None: all of it), why, by whom."""

    row: PublishedShift
    taker: Person | None
    since: datetime | None
    reason: str
    actor: Actor
    now: datetime


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

    `expects` is the person who was seen there. Both people and the department's schedulers are told. Raises StaleShift when somebody
    else stands there meanwhile, RefusedError when it cannot be done.
    """
    row = _row_in_its_turn(shift_id)
    taker = Person.objects.filter(public_id=person_id).first() if person_id else None
    if person_id is not None and taker is None:
        raise NotFoundError("There is no such person.", field="who")
    if since is not None and since <= row.starts_at:
        since = None
    taking = _Taking(row, taker, since, reason.strip(), actor, now)
    _as_seen_or_refuse(taking, expects)
    if since is None:
        moves = [Reassign(shift_id=shift_id, person_id=person_id, expects=row.person_id)]
        made = shifts_reassign(moves=moves, reason=taking.reason, actor=actor, now=now)[0]
    else:
        made = _split(taking, since)
    _tell(taking, made, link)
    return made


def first_nameable(at: datetime, zone: str) -> datetime:
    """The first whole minute, not before the one that `at` stands in, that a wall time of the zone can name."""
    minute = at.replace(second=0, microsecond=0)
    while instant(wall(minute, zone), zone) != minute:
        minute += _MINUTE
    return minute


def rest_refused(starts_at: datetime, ends_at: datetime, since: datetime, zone: str) -> str:
    """Why a shift cannot be split there; empty when it can."""
    if not starts_at < since < ends_at:
        return f"{wall(since, zone):%H:%M} is not inside the shift. Choose a time between its start and its end."
    if first_nameable(since, zone) != since:
        twice = f"The clock shows {wall(since, zone):%H:%M} twice that night"
        return f"{twice}; a part can begin only at the first of them, or after the hour."
    return ""


def _row_in_its_turn(shift_id: uuid.UUID) -> PublishedShift:
    """What everyone has, once it is our turn in its department."""
    rows = PublishedShift.objects.filter(shift_id=shift_id, audience=_EVERYONE, recorded_to=None)
    for department_id in rows.values_list("department_id", flat=True):
        Department.objects.select_for_update().get(id=department_id)
    row = rows.select_related("person", "assignment", "department").first()
    if row is None:
        raise NotFoundError("This shift is not published any more. Look at the board again.")
    return row


def _as_seen_or_refuse(taking: _Taking, expects: uuid.UUID | None) -> None:
    row = taking.row
    name = row.person.name if row.person else "Nobody"
    if (row.person.public_id if row.person else None) != expects:
        raise StaleShift(f"{name} is on this shift now: somebody changed it meanwhile. Nothing was done.", None)
    if (taking.taker.id if taking.taker else None) == row.person_id:
        raise RefusedError(f"{name} is on this shift already. Choose somebody else.", field="who")
    if row.ends_at <= taking.now:
        raise RefusedError("The shift is over: there is nothing left to take. Correct it in the schedule.", code="over")
    if not taking.reason:
        raise RefusedError("Say why. The change log keeps the reason.", field="reason")


def _split(taking: _Taking, since: datetime) -> PublicationInfo:
    """Shorten the one and add the other, in the draft and for whoever has been shown the shift."""
    row, begins = taking.row, wall(since, taking.row.zone)
    refused = rest_refused(row.starts_at, row.ends_at, since, row.zone)
    if refused:
        raise RefusedError(refused, field="from")
    schedule = Schedule.objects.get(id=row.schedule_id)
    _date_or_refuse(schedule, begins)
    _draft_shorten(taking, begins)
    rest = shift_place(
        schedule_id=schedule.public_id, assignment_id=row.assignment.public_id, day=begins.date(), note=row.note,
        person_id=taking.taker.public_id if taking.taker else None, start=begins, end=row.end_wall, call_order=row.call_order,
        actor=taking.actor, now=taking.now,
    )  # fmt: skip
    act = Act("shift", row.date, begins.date(), taking.actor, taking.now, days=(), reason=taking.reason)
    made = None
    for audience in (Audience.EVERYONE, Audience.ADMINISTRATORS):  # the order in which counters are locked
        raw = _parts(schedule, row.shift_id, rest, audience, since, begins)
        described = differences_described(raw)
        logged = described if audience is Audience.EVERYONE else ()
        publication = publication_write(schedule, audience, act, raw, described, logged=logged)
        made = made or publication
    assert made is not None, "everyone has the shift"
    outbox_leave(topic="publish", now=taking.now, publication=made.number)
    return publication_info(made)


def _date_or_refuse(schedule: Schedule, begins: datetime) -> None:
    day = begins.date()
    owner = PublishedDay.objects.filter(audience=_EVERYONE, department_id=schedule.department_id, date=day).exclude(
        schedule_id=schedule.id
    )
    if day > schedule.ends_on or owner.exists():
        raise RefusedError(
            f"The rest begins on {begins:%b} {day.day}, which belongs to another schedule. Replace the whole shift.",
            field="from",
        )


def _draft_shorten(taking: _Taking, begins: datetime) -> None:
    """The draft follows, so that the next publication does not turn it back. Nothing to do where it has lost the shift."""
    row = taking.row
    for draft in shifts_locked(Shift.objects.filter(public_id=row.shift_id)):
        if (draft.starts_at, draft.ends_at, draft.assignment_id) != (row.starts_at, row.ends_at, row.assignment_id):
            raise RefusedError(
                "The draft has other times for this shift, not yet published. Publish or undo them, or replace the whole shift."
            )
        # Whoever the draft has there instead was to have all of it: the first part stays with whoever worked it.
        back = {} if draft.person_id == row.person_id else {"person_id": row.person.public_id if row.person else None}
        shift_change(
            shift_id=row.shift_id, version=draft.version, fields={"start": row.start_wall, "end": begins, **back},
            reason=taking.reason, override=taking.reason if back else "", actor=taking.actor, now=taking.now,
        )  # fmt: skip


def _parts(
    schedule: Schedule, shift_id: uuid.UUID, rest: ShiftInfo, audience: Audience, since: datetime, begins: datetime
) -> list[RawDifference]:
    """Both parts for an audience. Administrators may have been shown a shift at other times: then theirs stays as it is."""
    told: Mapping[str, Any] = {
        "assignment_id": rest.assignment.id,
        "person_id": rest.person.id if rest.person else None,
        **{name: getattr(rest, name) for name in COMPARED if name not in ("assignment_id", "person_id")},
    }
    raw = [RawDifference(rest.public_id, None, schedule.id, None, dict(told), None)]
    row = PublishedShift.objects.filter(shift_id=shift_id, audience=audience.value, recorded_to=None).first()
    if row is not None and row.starts_at < since < row.ends_at:
        was = {name: getattr(row, name) for name in COMPARED}
        short = was | {"end_wall": begins, "ends_at": since, "custom_time": True}
        raw.insert(0, RawDifference(shift_id, shift_id, row.schedule_id, row.schedule_id, short, was))
    return raw


def _tell(taking: _Taking, made: PublicationInfo, link: str) -> None:
    """Both people and the schedulers hear who works when; why is nobody's business but the change log's."""
    row, taker = taking.row, taking.taker
    was, new = row.person.name if row.person else "nobody", taker.name if taker else "nobody yet"
    starts, ends = wall(taking.since or row.starts_at, row.zone), wall(row.ends_at, row.zone)
    deciding = accounts_deciding(Right.EDIT_SCHEDULE, row.department_id)
    notices_leave(
        kind="shift.replaced",
        subject=f"{row.assignment.name}, {starts:%b} {starts.day}: {new} instead of {was}",
        lines=[
            f"{row.department.name}: {row.assignment.name}, {starts:%a %b} {starts.day}, {starts:%H:%M} to {ends:%H:%M} ({row.zone}).",
            f"{new} works instead of {was}." if taker else f"{was} does not work; nobody has taken it yet.",
            f"Published by {taking.actor.label} as publication {made.number}.",
        ],
        link=link,
        now=taking.now,
        person_ids=[one.id for one in (row.person, taker) if one is not None and not one.is_placeholder],
        account_ids=[one for one in deciding if one != taking.actor.account_id],
        once=f"replaced:{made.public_id}",
    )
