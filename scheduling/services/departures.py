"""A person's last day: everything after it becomes open in the drafts, and nothing is published by it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import PublishedShift, Schedule, Shift
from scheduling.planning.types import LapsedError
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.rows import assignments_by_id, departments_by_id, schedule_info, shift_info
from scheduling.selectors.staff import person_find
from scheduling.services.edits import Change, edits_write
from scheduling.services.notices import notices_leave
from scheduling.services.people import person_change
from scheduling.types import Audience, PersonInfo, ScheduleInfo, ShiftInfo
from tenancy.changes import change_record
from tenancy.rights import Right
from tenancy.types import Actor


@dataclass(frozen=True, slots=True)
class LaterShift:
    """A shift after the last day: of the draft, published to everyone, or both."""

    shift_id: uuid.UUID
    date: date
    assignment: str
    department_id: int
    department: str
    schedule: ScheduleInfo
    draft: ShiftInfo | None
    published: bool
    audiences: tuple[str, ...]


@dataclass(frozen=True)
class Departure:
    """What ending a person on a date would do. `worked` counts later shifts that had begun already: they stay."""

    person: PersonInfo
    on: date
    later: tuple[LaterShift, ...]
    worked: int
    digest: str

    @property
    def opened(self) -> int:
        """Draft shifts that would become open."""
        return sum(1 for one in self.later if one.draft is not None)

    @property
    def published(self) -> int:
        """Shifts for which everyone relies on the person still, until their schedules are published again."""
        return sum(1 for one in self.later if one.published)


@dataclass(frozen=True, slots=True)
class StillPublished:
    """A schedule that has published later shifts of somebody who has left."""

    schedule: ScheduleInfo
    shifts: int
    first: date
    last: date


def person_end_preview(*, person_id: uuid.UUID, on: date, now: datetime) -> Departure:
    """Everything after that day, in all departments. Raises NotFoundError."""
    person = person_find(person_id)
    drafts = list(Shift.objects.filter(person_id=person.id, date__gt=on).order_by("date", "starts_at", "id"))
    published = list(
        PublishedShift.objects.filter(person_id=person.id, date__gt=on, recorded_to=None).order_by(
            "date", "starts_at", "id"
        )
    )
    begun = {row.public_id for row in drafts if row.starts_at <= now} | {
        row.shift_id for row in published if row.starts_at <= now
    }
    later = _later(
        person,
        [row for row in drafts if row.public_id not in begun],
        [row for row in published if row.shift_id not in begun],
    )
    said = [
        [str(person.public_id), str(on), person.active_to],
        [[str(one.shift_id), one.draft.version if one.draft else 0, one.audiences] for one in later],
    ]
    digest = hashlib.sha256(json.dumps(said, default=str, separators=(",", ":")).encode()).hexdigest()
    return Departure(person, on, tuple(later), len(begun), digest)


def person_end(*, person_id: uuid.UUID, on: date, digest: str, reason: str, actor: Actor, now: datetime) -> Departure:
    """End a person: later draft shifts turn open, locked ones too, because nobody who has left can stand there.

    Nothing is published. Raises LapsedError when the preview of that digest is no longer true. Undo does not reach it: only
    whoever schedules those dates may put somebody there again.
    """
    departure = person_end_preview(person_id=person_id, on=on, now=now)
    if departure.digest != digest:
        raise LapsedError
    groups: dict[int, list[ShiftInfo]] = defaultdict(list)
    for one in departure.later:
        if one.draft is not None:
            groups[one.schedule.id].append(one.draft)
    for schedule_id, shifts in sorted(groups.items()):
        _open(schedule_id, shifts, f"{departure.person.name} leaves. {reason}".strip(), actor, now)
    person_change(person_id=person_id, actor=actor, now=now, fields={"active_to": on})
    _tell(departure, actor, now)
    change_record(
        actor=actor, now=now, action="person.end", subject_type="person", subject=departure.person.name,
        subject_id=person_id, person_id=departure.person.id, reason=reason,
        after={"last day": on, "opened": departure.opened, "still published": departure.published},
    )  # fmt: skip
    return departure


def person_still_published(*, person: PersonInfo, now: datetime) -> tuple[StillPublished, ...]:
    """Schedules in which everyone relies on somebody after their last day: what has to be published again."""
    if person.active_to is None:
        return ()
    rows = PublishedShift.objects.filter(
        person_id=person.id, date__gt=person.active_to, starts_at__gt=now, recorded_to=None,
        audience=Audience.EVERYONE.value,
    )  # fmt: skip
    days: dict[int, list[date]] = defaultdict(list)
    for schedule, day in rows.values_list("schedule_id", "date"):
        days[schedule].append(day)
    schedules = Schedule.objects.select_related("department").filter(id__in=days).order_by("starts_on", "id")
    return tuple(
        StillPublished(schedule_info(row), len(days[row.id]), min(days[row.id]), max(days[row.id])) for row in schedules
    )


def _tell(departure: Departure, actor: Actor, now: datetime) -> None:
    """Whoever schedules a department that loses somebody hears of it; the one who did it knows."""
    by_department: dict[int, list[LaterShift]] = defaultdict(list)
    for one in departure.later:
        by_department[one.department_id].append(one)
    name, on = departure.person.name, departure.on
    for department_id, rows in sorted(by_department.items()):
        accounts = set(accounts_deciding(Right.EDIT_SCHEDULE, department_id)) - {actor.account_id}
        opened, published = sum(1 for one in rows if one.draft), sum(1 for one in rows if one.published)
        notices_leave(
            kind="person.left", subject=f"{name} leaves: last day {on:%b} {on.day}, {on.year}",
            lines=[
                f"{rows[0].department}: {opened} draft shifts are open now.",
                f"{published} published shifts still name {name} until their schedules are published again.",
            ],
            link=f"/schedules/{rows[0].schedule.public_id}/?start={rows[0].date}", now=now, account_ids=accounts,
            once=f"left {departure.person.public_id} {on} {department_id}",
        )  # fmt: skip


def _open(schedule_id: int, shifts: Sequence[ShiftInfo], reason: str, actor: Actor, now: datetime) -> None:
    rows = Shift.objects.select_related("schedule", "assignment__type", "person__personnel_type")
    named = [one.public_id for one in shifts]
    held = rows.select_for_update(of=("self",)).filter(schedule_id=schedule_id, public_id__in=named).order_by("id")
    outcome, _ = edits_write(
        schedule=Schedule.objects.select_related("department").get(id=schedule_id),
        shifts={row.public_id: row for row in held},
        edits=[Change(one.public_id, one.version, {"person_id": None}) for one in shifts],
        actor=actor,
        now=now,
        reason=reason,
        restoring=True,  # a lock keeps a place from changing hands by mistake; this is no mistake
    )
    if outcome.skipped:
        raise LapsedError


def _later(person: PersonInfo, drafts: Sequence[Shift], published: Sequence[PublishedShift]) -> list[LaterShift]:
    audiences: dict[uuid.UUID, list[str]] = defaultdict(list)
    for one in published:
        audiences[one.shift_id].append(one.audience)
    by_id: dict[uuid.UUID, Shift | PublishedShift] = {row.shift_id: row for row in published}
    held = {row.public_id: row for row in drafts}
    by_id |= held
    assignments = assignments_by_id({row.assignment_id for row in by_id.values()})
    departments = departments_by_id({row.department_id for row in by_id.values()})
    rows = Schedule.objects.select_related("department").filter(id__in={row.schedule_id for row in by_id.values()})
    schedules = {row.id: schedule_info(row) for row in rows}
    found = []
    for shift_id, row in sorted(by_id.items(), key=lambda item: (item[1].date, item[1].starts_at, str(item[0]))):
        assignment = assignments[row.assignment_id]
        draft = held.get(shift_id)
        found.append(
            LaterShift(
                shift_id=shift_id,
                date=row.date,
                assignment=assignment.name,
                department_id=row.department_id,
                department=departments[row.department_id].name,
                schedule=schedules[row.schedule_id],
                draft=shift_info(draft, assignment, person) if draft is not None else None,
                published=Audience.EVERYONE.value in audiences[shift_id],
                audiences=tuple(sorted(audiences[shift_id])),
            )
        )
    return found
