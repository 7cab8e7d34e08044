"""Who is on at a moment: the most frequent question, asked of PostgreSQL in one statement.

A shift lasts at most LONGEST_SHIFT (a CHECK on the table), so whoever is on started within that window: a short range of the index
scheduling_published_on (organisation, assignment, start), however many years are published.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection

from scheduling.models import Department
from scheduling.selectors.published import LONGEST_SHIFT
from tenancy.tenant import current_organization_id

_ON = """
SELECT a.id, a.public_id, a.code, a.name, d.public_id, d.code, d.name, d.zone,
       s.shift_id, s.starts_at, s.ends_at, s.zone, s.note, s.call_order,
       p.public_id, p.last_name, p.first_name, p.is_placeholder, p.cell, p.pager, p.office_phone, p.email
FROM scheduling_assignment a
JOIN scheduling_department d ON d.organization_id = %(org)s AND d.id = a.department_id
LEFT JOIN scheduling_publishedshift s ON s.organization_id = %(org)s AND s.assignment_id = a.id
    AND s.audience = 'everyone' AND s.recorded_to IS NULL
    AND s.starts_at > %(since)s AND s.starts_at <= %(at)s AND s.ends_at > %(at)s
LEFT JOIN scheduling_person p ON p.organization_id = %(org)s AND p.id = s.person_id
WHERE a.organization_id = %(org)s AND {wanted}
ORDER BY a."order", a.code, a.id, s.call_order NULLS LAST, s.starts_at, s.shift_id
"""
_WANTED = {
    "assignment_id": "a.public_id = %(assignment_id)s",
    "assignment_code": "a.code = %(assignment_code)s",
    "department_id": "d.public_id = %(department_id)s",
    "department_code": "d.code = %(department_code)s",
}
# A whole department: not what has ended, and not absences, which nobody is on.
_WHOLE = (
    "(a.ended_on IS NULL OR a.ended_on >= (%(at)s AT TIME ZONE d.zone)::date) AND NOT EXISTS (SELECT 1 FROM "
    "scheduling_assignmenttype t WHERE t.organization_id = %(org)s AND t.id = a.type_id AND t.is_off)"
)


@dataclass(frozen=True, slots=True)
class OnCallPerson:
    """Who to reach. The contacts are for callers who may see contacts."""

    public_id: uuid.UUID
    last_name: str
    first_name: str
    is_placeholder: bool
    cell: str
    pager: str
    office_phone: str
    email: str


@dataclass(frozen=True, slots=True)
class OnCallShift:
    """A running shift; without a person it is open."""

    shift_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    note: str
    call_order: int | None
    person: OnCallPerson | None


@dataclass(frozen=True, slots=True)
class OnCallTeam:
    """An assignment with its department and whoever is on, first to call first."""

    public_id: uuid.UUID
    code: str
    name: str
    department_public_id: uuid.UUID
    department_code: str
    department_name: str
    zone: str
    shifts: tuple[OnCallShift, ...]


def on_call_teams(
    *,
    at: datetime,
    assignment_id: uuid.UUID | None = None,
    assignment_code: str | None = None,
    department_id: uuid.UUID | None = None,
    department_code: str | None = None,
) -> list[OnCallTeam]:
    """Who is on at a moment, as it is known now: of one assignment, or of a whole department.

    Every given criterion must match. An assignment on which nobody is appears without shifts; an empty list means that no assignment
    matches. A code without a department may match one assignment in each department.
    """
    given: dict[str, Any] = {
        "assignment_id": assignment_id,
        "assignment_code": assignment_code,
        "department_id": department_id,
        "department_code": department_code,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        raise ValueError("on_call_teams needs an assignment or a department.")
    wanted = [_WANTED[name] for name in given]
    if assignment_id is None and assignment_code is None:
        wanted.append(_WHOLE)
    values = {"org": current_organization_id(), "at": at, "since": at - LONGEST_SHIFT, **given}
    with connection.cursor() as cursor:
        cursor.execute(_ON.format(wanted=" AND ".join(wanted)), values)
        rows = cursor.fetchall()
    return [_team(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]


def department_known(*, department_id: uuid.UUID | None = None, department_code: str | None = None) -> bool:
    """True if the organisation has that department: tells an empty department from one that is not there."""
    found = (
        Department.objects.filter(public_id=department_id)
        if department_id
        else Department.objects.filter(code=department_code)
    )
    return found.exists()


def _team(rows: list[tuple[Any, ...]]) -> OnCallTeam:
    team: tuple[Any, ...] = (*rows[0][1:8], tuple(_shift(row) for row in rows if row[8] is not None))
    return OnCallTeam(*team)


def _shift(row: tuple[Any, ...]) -> OnCallShift:
    shift: tuple[Any, ...] = (*row[8:14], OnCallPerson(*row[14:22]) if row[14] is not None else None)
    return OnCallShift(*shift)
