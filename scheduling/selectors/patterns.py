"""Patterns as pages and services read them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max

from scheduling.models import Pattern, PatternEntry, PatternPerson
from scheduling.planning.patterns import Entry
from scheduling.selectors.rows import department_info, people_by_id
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.types import NotFoundError


@dataclass(frozen=True, slots=True)
class PatternInfo:
    """A pattern. `positions` is the highest one that its entries name."""

    id: int
    public_id: uuid.UUID
    department: DepartmentInfo
    name: str
    weeks: int
    anchor: date | None
    rotates: bool
    version: int
    changed_by: str
    changed_at: datetime
    entries: int
    positions: int


@dataclass(frozen=True, slots=True)
class PatternDetail:
    """A pattern with its entries, and its people in the order of the positions; None for a position that nobody fills."""

    info: PatternInfo
    entries: tuple[Entry, ...]
    people: tuple[PersonInfo | None, ...]


def patterns_list(department_ids: Collection[int] | None = None) -> list[PatternInfo]:
    """The patterns of those departments (None: of all), by department and name."""
    rows = Pattern.objects.select_related("department").order_by("department__order", "department__name", "name", "id")
    if department_ids is not None:
        rows = rows.filter(department_id__in=department_ids)
    return _infos(list(rows))


def pattern_find(pattern_id: uuid.UUID) -> PatternDetail:
    """One pattern. Raises NotFoundError."""
    row = Pattern.objects.select_related("department").filter(public_id=pattern_id).first()
    if row is None:
        raise NotFoundError("There is no such template.")
    entries = tuple(_entry(one) for one in PatternEntry.objects.filter(pattern_id=row.id).order_by("id"))
    order = pattern_people(row.id)
    people = people_by_id([one for one in order if one is not None])
    return PatternDetail(_infos([row])[0], entries, tuple(None if one is None else people[one] for one in order))


def pattern_people(pattern_id: int) -> list[int | None]:
    """Row ids of a pattern's people by position; None where nobody is named."""
    rows = dict(PatternPerson.objects.filter(pattern_id=pattern_id).values_list("order", "person_id"))
    return [rows.get(n) for n in range(max(rows, default=-1) + 1)]


def _infos(rows: Sequence[Pattern]) -> list[PatternInfo]:
    wanted = PatternEntry.objects.filter(pattern_id__in=[row.id for row in rows])
    counts = {
        pattern: (int(count), int(top or 0))
        for pattern, count, top in wanted.values_list("pattern_id").annotate(Count("id"), Max("position"))
    }
    return [
        PatternInfo(
            id=row.id,
            public_id=row.public_id,
            department=department_info(row.department),
            name=row.name,
            weeks=row.weeks,
            anchor=row.anchor,
            rotates=row.rotates,
            version=row.version,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            entries=counts.get(row.id, (0, 0))[0],
            positions=counts.get(row.id, (0, 0))[1],
        )
        for row in rows
    ]


def _entry(row: PatternEntry) -> Entry:
    return Entry(
        id=row.id,
        assignment_id=row.assignment_id,
        week=row.week,
        weekday=row.weekday,
        person_id=row.person_id,
        position=row.position,
        start_time=row.start_time,
        end_time=row.end_time,
        end_day_offset=row.end_day_offset,
        note=row.note,
        call_order=row.call_order,
    )
