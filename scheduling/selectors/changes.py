"""The change log, read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from scheduling.models import Department, Person
from scheduling.naming import search_key
from tenancy.models import ChangeEntry
from tenancy.types import ChangeInfo


@dataclass(frozen=True)
class ChangeFilter:
    """What the page asks for; empty fields ask nothing. Dates are instants: from `since` until before `before`."""

    person: str = ""
    actor: str = ""
    department_id: int | None = None
    action: str = ""
    since: datetime | None = None
    before: datetime | None = None
    subject_id: uuid.UUID | None = None


def changes_count(wanted: ChangeFilter) -> int:
    """How many entries match."""
    return _rows(wanted).count()


def changes_list(wanted: ChangeFilter, *, first: int = 0, limit: int = 50) -> list[ChangeInfo]:
    """Matching entries, newest first."""
    return [change_info(row) for row in _rows(wanted)[first : first + limit]]


def changes_exportable(wanted: ChangeFilter, *, limit: int) -> Iterator[ChangeInfo]:
    """Matching entries for a file: what touches a private note leaves by no door."""
    yield from (change_info(row) for row in _rows(wanted).filter(private=False)[:limit])


def change_actions() -> list[str]:
    """The actions that occur, for the filter."""
    return list(ChangeEntry.objects.order_by("action").values_list("action", flat=True).distinct())


def shift_removal(shift_id: uuid.UUID) -> ChangeInfo | None:
    """Who removed a shift of the draft, if somebody did."""
    row = ChangeEntry.objects.filter(subject_id=shift_id, action="shift.remove").order_by("-id").first()
    return change_info(row) if row is not None else None


def _rows(wanted: ChangeFilter) -> QuerySet[ChangeEntry]:
    rows = ChangeEntry.objects.order_by("-at", "-id")
    if wanted.person:
        key = search_key(wanted.person)
        people = Person.objects.filter(search_key__startswith=key).values_list("id", flat=True)[:500]
        rows = rows.filter(person_id__in=list(people))
    if wanted.actor:
        rows = rows.filter(actor__istartswith=wanted.actor)
    if wanted.department_id is not None:
        rows = rows.filter(department_id=wanted.department_id)
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.since is not None:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.before is not None:
        rows = rows.filter(at__lt=wanted.before)
    if wanted.subject_id is not None:
        rows = rows.filter(subject_id=wanted.subject_id)
    return rows


def change_info(row: ChangeEntry) -> ChangeInfo:
    """An entry as a frozen value."""
    return ChangeInfo(
        public_id=row.public_id,
        at=row.at,
        actor=row.actor,
        address=row.address,
        source=row.source,
        correlation=row.correlation,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        subject=row.subject,
        on_date=row.on_date,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )


def department_choices() -> list[tuple[uuid.UUID, int, str]]:
    """(public id, id, name) of all departments, for filters."""
    return list(Department.objects.order_by("order", "name").values_list("public_id", "id", "name"))
