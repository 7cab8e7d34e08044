"""Who works, read from the published log and from nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from scheduling.models import Counter, Outbox, Publication, PublishedShift
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id
from scheduling.types import Audience, OutboxItem, PublicationInfo, PublishedRow

LONGEST_SHIFT = timedelta(days=32)  # the CHECK on the table: what bounds a search for shifts that are running


def published_rows(
    *,
    starts_before: datetime | None = None,
    ends_after: datetime | None = None,
    starts_from: datetime | None = None,
    shift_ids: Collection[uuid.UUID] | None = None,
    assignment_ids: Collection[int] | None = None,
    department_ids: Collection[int] | None = None,
    person_ids: Collection[int] | None = None,
    limit: int | None = None,
) -> list[PublishedRow]:
    """What everyone may rely on now, joined with people, departments and assignments as they are now; by start, then id.

    `starts_from` ≤ start < `starts_before`; `ends_after` < end keeps what has not ended. `limit`: only the first so many.
    """
    wanted = Q(audience=Audience.EVERYONE.value, recorded_to=None)
    if starts_from is not None:
        wanted &= Q(starts_at__gte=starts_from)
    if starts_before is not None:
        wanted &= Q(starts_at__lt=starts_before)
    if ends_after is not None:
        wanted &= Q(ends_at__gt=ends_after, starts_at__gt=ends_after - LONGEST_SHIFT)
    if shift_ids is not None:
        wanted &= Q(shift_id__among=shift_ids)
    if assignment_ids is not None:
        wanted &= Q(assignment_id__in=assignment_ids)
    if department_ids is not None:
        wanted &= Q(department_id__in=department_ids)
    if person_ids is not None:
        wanted &= Q(person_id__in=person_ids)
    shifts = PublishedShift.objects.filter(wanted).order_by("starts_at", "shift_id")[:limit]
    return _joined(list(shifts.values_list(*_JOINED)))


_JOINED = (
    "department_id", "assignment_id", "person_id", "shift_id", "date", "start_wall", "end_wall", "zone", "starts_at",
    "ends_at", "custom_time", "note", "call_order", "recorded_from",
)  # fmt: skip


def joined(shifts: Iterable[PublishedShift]) -> list[PublishedRow]:
    """Rows of the log joined with the current person, department and assignment, in order."""
    return _joined([_values(row) for row in shifts])


_values = attrgetter(*_JOINED)


def _joined(shifts: list[tuple[Any, ...]]) -> list[PublishedRow]:
    """Join rows of the log with the current person, department and assignment, in order. No model is made for a row: a window
    has thousands."""
    departments = departments_by_id({row[0] for row in shifts})
    assignments = assignments_by_id({row[1] for row in shifts})
    people = people_by_id({row[2] for row in shifts if row[2]})
    return [
        PublishedRow(
            shift_id, departments[department], assignments[assignment], people[person] if person else None, *values
        )
        for department, assignment, person, shift_id, *values in shifts
    ]


def on_call(*, at: datetime, assignment_ids: Collection[int]) -> list[PublishedRow]:
    """Who is on these assignments at a moment, by the schedule as it is known now."""
    return published_rows(starts_before=at + timedelta(microseconds=1), ends_after=at, assignment_ids=assignment_ids)


def published_as_of(*, audience: Audience, number: int) -> list[PublishedShift]:
    """The log's rows as they were right after that publication."""
    return list(
        PublishedShift.objects.filter(audience=audience.value, recorded_from__lte=number)
        .filter(Q(recorded_to=None) | Q(recorded_to__gt=number))
        .order_by("starts_at", "shift_id")
    )


def published_as_known_at(*, audience: Audience, moment: datetime) -> list[PublishedShift]:
    """The log's rows as anybody knew them at a moment."""
    return list(
        PublishedShift.objects.filter(audience=audience.value, recorded_from_at__lte=moment)
        .filter(Q(recorded_to_at=None) | Q(recorded_to_at__gt=moment))
        .order_by("starts_at", "shift_id")
    )


def shifts_touched(*, since: int, until: int) -> set[str]:
    """Ids, as text, of shifts whose published rows were opened or closed after publication `since`, up to `until` (everyone)."""
    rows = PublishedShift.objects.filter(audience=Audience.EVERYONE.value)
    ids = rows.annotate(text_id=Cast("shift_id", TextField())).values_list("text_id", flat=True)
    opened = ids.filter(recorded_from__gt=since, recorded_from__lte=until)
    return set(opened.union(ids.filter(recorded_to__gt=since, recorded_to__lte=until)))


def revisions() -> dict[str, int]:
    """The organisation's counters: publication numbers by audience, revisions of people, departments, assignments."""
    return dict(Counter.objects.values_list("name", "number"))


def publication_number(audience: Audience = Audience.EVERYONE) -> int:
    """The last publication of an audience; 0 before the first."""
    return int(Counter.objects.filter(name=audience.value).values_list("number", flat=True).first() or 0)


def publications(*, department_id: int | None = None, limit: int = 50) -> list[PublicationInfo]:
    """The latest publications, newest first."""
    rows = Publication.objects.order_by("-at", "-id")
    if department_id is not None:
        rows = rows.filter(department_id=department_id)
    return [publication_info(row) for row in rows[:limit]]


def publication_info(row: Publication) -> PublicationInfo:
    """A publication."""
    return PublicationInfo(
        public_id=row.public_id,
        audience=row.audience,
        number=row.number,
        kind=row.kind,
        department_id=row.department_id,
        from_date=row.from_date,
        to_date=row.to_date,
        at=row.at,
        actor=row.actor,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
    )


def outbox_waiting(*, limit: int = 500) -> list[OutboxItem]:
    """What changes left behind, oldest first. The rows are locked until the transaction ends; skip what others hold."""
    rows = Outbox.objects.select_for_update(skip_locked=True).order_by("id")[:limit]
    return [
        OutboxItem(
            id=row.id,
            topic=row.topic,
            publication=row.publication,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            detail=row.detail,
        )
        for row in rows
    ]
