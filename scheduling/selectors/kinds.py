"""Personnel types and assignment types, and the names of people by their public ids: what mapping tables are about."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from scheduling.models import AssignmentType, Person, PersonnelType
from scheduling.types import KindInfo, PersonLine
from tenancy.models import ChangeEntry


def personnel_types() -> list[KindInfo]:
    """The personnel types, by name."""
    return [KindInfo(row.id, row.public_id, row.name) for row in PersonnelType.objects.order_by("name")]


def assignment_kinds() -> list[KindInfo]:
    """The assignment types, in their order."""
    rows = AssignmentType.objects.order_by("order", "name")
    return [KindInfo(row.id, row.public_id, row.name, row.hue, row.is_off) for row in rows]


def assignments_made(ids: Collection[uuid.UUID], *, since: datetime) -> dict[uuid.UUID, datetime]:
    """When those of these assignments were made that were made after that: the change log remembers."""
    rows = ChangeEntry.objects.filter(subject_id__in=list(ids), action="assignment.create", at__gt=since)
    return {row.subject_id: row.at for row in rows.order_by("id") if row.subject_id is not None}


def people_lines() -> list[PersonLine]:
    """Everybody, in no order, without making a row of the database of each."""
    rows = Person.objects.values_list(
        "id", "public_id", "last_name", "first_name", "unique_id", "employee_id", "is_placeholder",
        "personnel_type__name", "department__name", "active_to",
    )  # fmt: skip
    return [
        PersonLine(
            id, public_id, f"{last}, {first}" if first else last, unique_id, employee_id, placeholder, kind or "",
            department or "", active_to,
        )
        for id, public_id, last, first, unique_id, employee_id, placeholder, kind, department, active_to in rows
    ]  # fmt: skip


def people_named(ids: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID | None, tuple[int | None, str]]:
    """Row id and name of everybody, or of those, by public id."""
    rows = Person.objects.all() if ids is None else Person.objects.filter(public_id__in=ids)
    return {row.public_id: (row.id, row.name) for row in rows.only("id", "public_id", "last_name", "first_name")}
