"""The life of one shift: what was edited, what was published to whom and when, and the swaps and requests around it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from scheduling.models import Publication, PublishedShift, Request, Shift, Swap
from scheduling.selectors.changes import change_info
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.types import ChangeInfo, NotFoundError

_AT_MOST = 500


@dataclass(frozen=True)
class Seen:
    """One version as an audience had it, from a publication until another."""

    audience: str
    number: int
    kind: str
    actor: str
    at: datetime
    until: datetime | None
    until_number: int | None
    until_kind: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Timeline:
    """Everything known of a shift. `schedule_id` is that of the draft that holds it, if one does."""

    title: str
    date: date
    zone: str
    department: str
    schedule_id: uuid.UUID | None
    assignment_id: uuid.UUID
    seen: tuple[Seen, ...]
    changes: tuple[ChangeInfo, ...]


def shift_timeline(shift_id: uuid.UUID) -> Timeline:
    """The timeline of a shift, be it drafted, published or gone. Raises NotFoundError."""
    rows = list(PublishedShift.objects.filter(shift_id=shift_id).order_by("recorded_from_at", "audience")[:_AT_MOST])
    draft = Shift.objects.select_related("schedule").filter(public_id=shift_id).first()
    swaps = Swap.objects.filter(Q(shift_id=shift_id) | Q(return_shift_id=shift_id)).values_list("public_id", flat=True)
    people = {row.person_id for row in rows if row.person_id} | (
        {draft.person_id} if draft and draft.person_id else set()
    )
    dates = {row.date for row in rows} | ({draft.date} if draft else set())
    requests = [
        one
        for day in dates
        for one in Request.objects.filter(person_id__in=people, first__lte=day, last__gte=day).values_list(
            "public_id", flat=True
        )
    ]
    subjects = [shift_id, *swaps, *requests]
    # What was published is told by `seen`, with until when; the log tells the rest.
    entries = ChangeEntry.objects.filter(subject_id__in=subjects).exclude(action__startswith="published.")
    changes = tuple(change_info(row) for row in entries.order_by("at", "id")[:_AT_MOST])
    last: Any = draft or (rows[-1] if rows else None)
    if last is None:
        return _gone(changes)
    assignment = assignments_by_id([last.assignment_id])[last.assignment_id]
    department = departments_by_id([last.department_id])[last.department_id]
    return Timeline(
        title=assignment.name,
        date=last.date,
        zone=last.zone,
        department=department.name,
        schedule_id=draft.schedule.public_id if draft else None,
        assignment_id=assignment.public_id,
        seen=_seen(rows),
        changes=changes,
    )


def _gone(changes: tuple[ChangeInfo, ...]) -> Timeline:
    """A draft that was removed before anybody was shown it: the log is all that is left."""
    shifts = [one for one in changes if one.subject_type == "shift" and isinstance(one.on_date, date)]
    if not shifts:
        raise NotFoundError("There is no such shift.")
    entry = ChangeEntry.objects.get(public_id=shifts[-1].public_id)
    departments = departments_by_id([entry.department_id] if entry.department_id else [])
    department = departments.get(entry.department_id or 0)
    day = shifts[-1].on_date
    assert isinstance(day, date)
    return Timeline(
        title=shifts[-1].subject.split(",")[0],
        date=day,
        zone=department.zone if department else "UTC",
        department=department.name if department else "",
        schedule_id=None,
        assignment_id=uuid.UUID(int=0),
        seen=(),
        changes=changes,
    )


def _seen(rows: list[PublishedShift]) -> tuple[Seen, ...]:
    numbers = {(row.audience, number) for row in rows for number in (row.recorded_from, row.recorded_to) if number}
    found = Publication.objects.filter(number__in={number for _, number in numbers})
    publications = {(one.audience, one.number): one for one in found}
    people = people_by_id({row.person_id for row in rows if row.person_id})
    assignments = assignments_by_id({row.assignment_id for row in rows})
    result = []
    for row in rows:
        made = publications[row.audience, row.recorded_from]
        ended = publications.get((row.audience, row.recorded_to)) if row.recorded_to else None
        person = people.get(row.person_id) if row.person_id else None
        result.append(
            Seen(
                audience=Audience(row.audience).value,
                number=row.recorded_from,
                kind=made.kind,
                actor=made.actor,
                at=row.recorded_from_at,
                until=row.recorded_to_at,
                until_number=row.recorded_to,
                until_kind=ended.kind if ended else "",
                fields={
                    "person": person.name if person else "open",
                    "assignment": assignments[row.assignment_id].name,
                    "date": row.date.isoformat(),
                    "start": row.start_wall.strftime("%Y-%m-%d %H:%M"),
                    "end": row.end_wall.strftime("%Y-%m-%d %H:%M"),
                    "note": row.note,
                    "call_order": row.call_order,
                },
            )
        )
    return tuple(result)
