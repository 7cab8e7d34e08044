"""People, assignment types and prefix search, read for the pages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from scheduling.models import Assignment, AssignmentType, Department, Person, PersonnelType
from scheduling.naming import search_key
from scheduling.selectors.rows import assignment_info, department_info, person_info
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo
from tenancy.types import NotFoundError


@dataclass(frozen=True)
class PeopleFilter:
    """What a list of people asks for; empty fields ask nothing."""

    text: str = ""
    department_id: int | None = None
    placeholders_only: bool = False
    without_upn: bool = False
    active_on: date | None = None


def people_list(wanted: PeopleFilter, *, limit: int | None = None) -> list[PersonInfo]:
    """People by name. The text is the beginning of a name, or one of the identifiers exactly."""
    rows = Person.objects.select_related("personnel_type").order_by("search_key", "id")
    if wanted.text:
        exact = Q(unique_id=wanted.text) | Q(employee_id=wanted.text) | Q(npi=wanted.text) | Q(upn=wanted.text)
        rows = rows.filter(exact | Q(search_key__startswith=search_key(wanted.text)))
    if wanted.department_id is not None:
        rows = rows.filter(department_id=wanted.department_id)
    if wanted.placeholders_only:
        rows = rows.filter(is_placeholder=True)
    if wanted.without_upn:
        rows = rows.filter(upn="", is_placeholder=False)
    if wanted.active_on is not None:
        rows = rows.filter(Q(active_to=None) | Q(active_to__gte=wanted.active_on))
    return [person_info(row) for row in (rows if limit is None else rows[:limit])]


def person_find(person_id: uuid.UUID) -> PersonInfo:
    """One person. Raises NotFoundError."""
    row = Person.objects.select_related("personnel_type").filter(public_id=person_id).first()
    if row is None:
        raise NotFoundError("There is no such person.")
    return person_info(row)


def personnel_type_names() -> list[str]:
    """The personnel types that exist."""
    return list(PersonnelType.objects.order_by("name").values_list("name", flat=True))


def assignment_find(assignment_id: uuid.UUID) -> AssignmentInfo:
    """One assignment. Raises NotFoundError."""
    row = Assignment.objects.select_related("type").filter(public_id=assignment_id).first()
    if row is None:
        raise NotFoundError("There is no such assignment.")
    return assignment_info(row)


def assignments_named(text: str, *, limit: int) -> list[AssignmentInfo]:
    """Assignments whose code or name begins with the text, in any case."""
    rows = Assignment.objects.select_related("type").filter(Q(code__istartswith=text) | Q(name__istartswith=text))
    return [assignment_info(row) for row in rows.order_by("name", "id")[:limit]]


def department_find(department_id: uuid.UUID) -> DepartmentInfo:
    """One department. Raises NotFoundError."""
    row = Department.objects.filter(public_id=department_id).first()
    if row is None:
        raise NotFoundError("There is no such department.")
    return department_info(row)


def assignment_types() -> list[tuple[int, str, str, bool]]:
    """(id, name, hue, is off) of the assignment types, in order."""
    return list(AssignmentType.objects.order_by("order", "name").values_list("id", "name", "hue", "is_off"))
