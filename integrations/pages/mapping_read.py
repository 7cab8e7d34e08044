"""What the pages of a mapping table read: the table that the address asks for, everything it can be about, what it holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from integrations.contract import Connector, MappingField, MappingTable, Subject
from integrations.pages.common import Head, head_read
from integrations.pages.mapping_table import Judge, Kept, Thing, Values
from integrations.selectors import mapping_rows, subject_rows
from integrations.services.mapping_draft import mapping_draft
from integrations.types import DraftInfo, RowKey
from scheduling import selectors
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import local_date
from tenancy.web import account_of

NAMED = {  # the heading of the first and of the second column, what the rows are called
    Subject.ASSIGNMENT: ("Assignment", "Department", "assignments"),
    Subject.PERSON: ("Person", "Department", "people"),
    Subject.DEPARTMENT: ("Department", "Zone", "departments"),
    Subject.TYPE_PAIR: ("Personnel type", "Assignment type", "pairs"),
}


@dataclass(frozen=True)
class MappingRead:
    """One table of a connection."""

    head: Head
    table: MappingTable
    fields: tuple[MappingField, ...]
    things: list[Thing]
    kept: Kept
    draft: DraftInfo | None

    @property
    def subject(self) -> Subject:
        """What its rows are about."""
        return self.table.subject

    @property
    def seen(self) -> str:
        """Names what the page was made from: an edit of something older is refused."""
        revision = str(self.head.card.info.revision)
        return f"{revision}-{self.draft.version}" if self.draft else revision

    @property
    def judge(self) -> Judge:
        """What is wrong with a row's values, under the connection's settings."""
        return lambda values: self.head.declared.row_problems(self.subject, values, self.head.card.info.settings)


def tables_of(declared: Connector) -> list[MappingTable]:
    """Every mapping table of a connector, that of assignments first."""
    own = [MappingTable(Subject.ASSIGNMENT, "Assignments", declared.mapping)] if declared.mapping else []
    return own + list(declared.tables)


def mapping_read(request: HttpRequest, connection_id: uuid.UUID) -> MappingRead:
    """Everything the table shows that `table` in the address names. Raises NotFoundError, also for a table that is not there."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        tables = tables_of(head.declared)
        asked = request.GET.get("table") or (tables[0].subject.value if tables else "")
        table = next((one for one in tables if one.subject.value == asked), None)
        if table is None:
            raise NotFoundError("This integration has no such mapping table.")
        subject, today = table.subject, local_date(head.now, head.zone)
        draft = mapping_draft(connection_id=head.card.info.id)
        things, saved = _read(subject, head.card.info.id, today)
    kept = Kept(saved, draft.edits.get(subject, {}) if draft else {})
    return MappingRead(head, table, head.declared.fields_of(subject, head.card.info.settings), things, kept, draft)


def things_named(
    subjects: set[Subject], connection_id: int, today: date
) -> dict[Subject, dict[tuple[Any, ...], Thing]]:
    """Everything that rows of these subjects can be about, by what their keys say. Call inside tenant_transaction."""
    return {one: {thing.key.about: thing for thing in _read(one, connection_id, today)[0]} for one in subjects}


def _read(subject: Subject, connection_id: int, today: date) -> tuple[list[Thing], dict[RowKey, Values]]:
    if subject is Subject.ASSIGNMENT:
        return _assignments(connection_id, today)
    rows = {one.refs: one.values for one in subject_rows(connection_id=connection_id, subject=subject)}
    found = {
        Subject.PERSON: _people,
        Subject.DEPARTMENT: _departments,
        Subject.TYPE_PAIR: _pairs,
    }[subject](rows, today)
    things = [thing for thing, _ in found]
    return things, {thing.key: rows[refs] for thing, refs in found if refs in rows}


def _assignments(connection_id: int, today: date) -> tuple[list[Thing], dict[RowKey, Values]]:
    """Those that can still be scheduled, and ended ones that are mapped; by department, then order."""
    departments, assignments = selectors.departments_by_id(), selectors.assignments_by_id()
    rows = mapping_rows(connection_id=connection_id)
    mapped = {row.assignment_id for row in rows}
    shown = [one for one in assignments.values() if one.id in mapped or one.ended_on is None or one.ended_on >= today]
    shown.sort(
        key=lambda one: (
            departments[one.department_id].order,
            departments[one.department_id].name,
            one.order,
            one.code,
        )
    )
    things = [
        Thing(
            RowKey((one.public_id,), 1),
            one.name,
            one.code,
            departments[one.department_id].name,
            hue=one.hue,
            note="ended" if one.ended_on else "",
            words=departments[one.department_id].code,
        )
        for one in shown
    ]
    saved = {RowKey((assignments[row.assignment_id].public_id,), row.number): row.values for row in rows}
    return things, saved


_Rows = Mapping[tuple[int | None, ...], Values]
_Found = list[tuple[Thing, tuple[int | None, ...]]]


def _people(rows: _Rows, today: date) -> _Found:
    people = [
        one for one in selectors.people_lines() if (one.id,) in rows or one.active_to is None or one.active_to >= today
    ]
    people.sort(key=lambda one: (one.name.casefold(), one.id))
    return [
        (
            Thing(
                RowKey((one.public_id,), 1),
                one.name,
                one.unique_id,
                one.department,
                note="placeholder"
                if one.is_placeholder
                else "ended"
                if one.active_to and one.active_to < today
                else "",
                words=f"{one.employee_id} {one.personnel_type}",
            ),
            (one.id,),
        )
        for one in people
    ]


def _departments(rows: _Rows, today: date) -> _Found:
    found = [
        one
        for one in selectors.departments_by_id().values()
        if (one.id,) in rows or one.ended_on is None or one.ended_on >= today
    ]
    found.sort(key=lambda one: (one.order, one.name))
    return [
        (
            Thing(RowKey((one.public_id,), 1), one.name, one.code, one.zone, note="ended" if one.ended_on else ""),
            (one.id,),
        )
        for one in found
    ]


def _pairs(rows: _Rows, today: date) -> _Found:
    """Every personnel type, and people without one, with every assignment type."""
    kinds = [(one.public_id, one.id, one.name) for one in selectors.personnel_types()]
    columns = selectors.assignment_kinds()
    return [
        (
            Thing(RowKey((kind, column.public_id), 1), name, place=column.name, hue=column.hue),
            (row_id, column.id),
        )
        for kind, row_id, name in [*kinds, (None, None, "No personnel type")]
        for column in columns
    ]
