"""Who may be placed on what: the list of an assignment, and the assignments of a person."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from scheduling.models import Assignment, AssignmentEligibility
from scheduling.selectors.rows import people_by_id
from scheduling.types import PersonInfo


@dataclass(frozen=True, slots=True)
class Listing:
    """An assignment as a person's page shows it: open to everybody, or the person on its list or not."""

    public_id: uuid.UUID
    code: str
    name: str
    department_id: int
    department: str
    open: bool
    listed: bool


def people_listed(assignment_id: int) -> list[PersonInfo]:
    """The people on an assignment's list, by name."""
    ids = AssignmentEligibility.objects.filter(assignment_id=assignment_id).values_list("person_id", flat=True)
    people = people_by_id(list(ids))
    return sorted(people.values(), key=lambda one: (one.is_placeholder, one.name.casefold(), one.id))


def listings_of(person_id: int, department_ids: Collection[int] | None) -> list[Listing]:
    """The assignments of those departments (None: of all) as they stand to a person; what has ended is left out."""
    rows = Assignment.objects.select_related("department").filter(ended_on=None)
    if department_ids is not None:
        rows = rows.filter(department_id__in=department_ids)
    held = set(AssignmentEligibility.objects.filter(person_id=person_id).values_list("assignment_id", flat=True))
    return [
        Listing(
            row.public_id, row.code, row.name, row.department_id, row.department.name, not row.eligible_only_listed, row.id in held
        )
        for row in rows.order_by("department__order", "department__name", "order", "code", "id")
    ]  # fmt: skip


def cover_of(assignment_id: int) -> list[int]:
    """The people required by weekday, Monday first; empty asks for nothing."""
    return list(Assignment.objects.values_list("cover", flat=True).get(id=assignment_id) or [])
