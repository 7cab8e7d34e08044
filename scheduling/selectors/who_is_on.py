"""Who is on at a moment: the most frequent question, asked of PostgreSQL in one statement.

A shift lasts at most LONGEST_SHIFT (a CHECK on the table), so whoever is on started within that window: a short range of the index
scheduling_published_on (organisation, assignment, start), however many years are published. The statement is the function who_is_on
of migration 0003, which says why it is one.
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

_ON = "SELECT * FROM who_is_on(%s, %s, %s, %s::uuid, %s, %s::uuid, %s)"


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
    wanted = [assignment_id, assignment_code, department_id, department_code]
    if wanted == [None] * 4:
        raise ValueError("on_call_teams needs an assignment or a department.")
    with connection.cursor() as cursor:
        cursor.execute(_ON, [current_organization_id(), at, at - LONGEST_SHIFT, *wanted])
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
