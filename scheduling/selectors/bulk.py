"""Whole tables for files of millions of rows: named columns to choose from, streamed by COPY.

Callers say which named columns they want and may wrap them into SQL expressions; they never learn a table's name. Everything runs
inside tenant_transaction and is cut to its organisation by row-level security and, for the planner's sake, by a literal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection
from psycopg2 import sql

from tenancy.tenant import current_organization_id


class RowSink(Protocol):
    """Takes what COPY gives: one finished line per call. A buffered binary file will do."""

    def write(self, data: bytes, /) -> object:
        """One line, with its line feed."""


@dataclass(frozen=True)
class BulkSource:
    """Something that can be read in bulk. `columns`: name → (kind, SQL); kinds as in file layouts."""

    name: str
    columns: Mapping[str, tuple[str, str]]
    tables: str
    where: str
    order: str
    filled: frozenset[str] = frozenset()  # columns that never hold an empty text: a value or NULL
    starts: str = ""  # the column that a window limits


_ORDER = "in order"  # no column is called so
_PERSON_NAME = "CASE WHEN {0}.first_name = '' THEN {0}.last_name ELSE {0}.last_name || ', ' || {0}.first_name END"

SCHEDULES = BulkSource(
    name="schedules",
    columns={
        "shift_id": ("text", "shift.shift_id"),
        "shift_date": ("date", "shift.date"),
        "start_local": ("wall", "shift.start_wall"),
        "end_local": ("wall", "shift.end_wall"),
        "zone": ("text", "shift.zone"),
        "start": ("instant", "shift.starts_at"),
        "end": ("instant", "shift.ends_at"),
        "custom_time": ("boolean", "shift.custom_time"),
        "note": ("text", "shift.note"),
        "call_order": ("integer", "shift.call_order"),
        "published_by": ("integer", "shift.recorded_from"),
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "department_name": ("text", "department.name"),
        "assignment_id": ("text", "assignment.public_id"),
        "assignment_code": ("text", "assignment.code"),
        "assignment_name": ("text", "assignment.name"),
        "person_id": ("text", "person.public_id"),
        "unique_id": ("text", "person.unique_id"),
        "person_name": ("text", _PERSON_NAME.format("person")),
        "is_placeholder": ("boolean", "person.is_placeholder"),
    },
    tables="scheduling_publishedshift shift"
    " JOIN scheduling_department department ON department.organization_id = {org} AND department.id = shift.department_id"
    " JOIN scheduling_assignment assignment ON assignment.organization_id = {org} AND assignment.id = shift.assignment_id"
    " LEFT JOIN scheduling_person person ON person.organization_id = {org} AND person.id = shift.person_id",
    where="shift.organization_id = {org} AND shift.audience = 'everyone' AND shift.recorded_to IS NULL",
    order="shift.id",  # of an append-only log: it never changes, and needs no sort
    filled=frozenset(
        {"shift_id", "zone", "department_id", "department_code", "assignment_id", "assignment_code", "person_id"}
    ),
    starts="shift.starts_at",
)

PERSONNEL = BulkSource(
    name="personnel",
    columns={
        "person_id": ("text", "person.public_id"),
        "person_name": ("text", _PERSON_NAME.format("person")),
        **{
            name: ("text", f"person.{name}")
            for name in (
                "last_name",
                "first_name",
                "short_name",
                "unique_id",
                "custom1",
                "custom2",
                "custom3",
                "custom4",
                "employee_id",
                "npi",
                "upn",
                "email",
                "cell",
                "pager",
                "office_phone",
            )
        },
        "is_placeholder": ("boolean", "person.is_placeholder"),
        "personnel_type": ("text", "kind.name"),
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "active_from": ("date", "person.active_from"),
        "active_to": ("date", "person.active_to"),
    },
    tables="scheduling_person person"
    " LEFT JOIN scheduling_personneltype kind ON kind.organization_id = {org} AND kind.id = person.personnel_type_id"
    " LEFT JOIN scheduling_department department ON department.organization_id = {org}"
    " AND department.id = person.department_id",
    where="person.organization_id = {org}",
    order="person.id",
    filled=frozenset({"person_id", "department_id"}),
)

ASSIGNMENTS = BulkSource(
    name="assignments",
    columns={
        "assignment_id": ("text", "assignment.public_id"),
        "assignment_code": ("text", "assignment.code"),
        "assignment_name": ("text", "assignment.name"),
        "assignment_type": ("text", "kind.name"),
        "is_off": ("boolean", "kind.is_off"),
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "start_time": ("text", "to_char(assignment.start_time, 'HH24:MI')"),
        "end_time": ("text", "to_char(assignment.end_time, 'HH24:MI')"),
        "end_day_offset": ("integer", "assignment.end_day_offset"),
        "information": ("text", "assignment.information"),
        "weight": ("text", "assignment.weight::text"),
        "ended_on": ("date", "assignment.ended_on"),
    },
    tables="scheduling_assignment assignment"
    " JOIN scheduling_assignmenttype kind ON kind.organization_id = {org} AND kind.id = assignment.type_id"
    " JOIN scheduling_department department ON department.organization_id = {org}"
    " AND department.id = assignment.department_id",
    where="assignment.organization_id = {org}",
    order="assignment.id",
    filled=frozenset({"assignment_id", "department_id"}),
)

DEPARTMENTS = BulkSource(
    name="departments",
    columns={
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "department_name": ("text", "department.name"),
        "zone": ("text", "department.zone"),
        "parent_id": ("text", "parent.public_id"),
        "ended_on": ("date", "department.ended_on"),
    },
    tables="scheduling_department department"
    " LEFT JOIN scheduling_department parent ON parent.organization_id = {org} AND parent.id = department.parent_id",
    where="department.organization_id = {org}",
    order="department.id",
    filled=frozenset({"department_id", "parent_id"}),
)

BULK_SOURCES = {one.name: one for one in (SCHEDULES, PERSONNEL, ASSIGNMENTS, DEPARTMENTS)}


def bulk_columns(source: str) -> dict[str, str]:
    """The named columns of a source: name → kind (text, integer, boolean, date, wall, instant)."""
    return {name: kind for name, (kind, _) in BULK_SOURCES[source].columns.items()}


def bulk_filled(source: str) -> frozenset[str]:
    """The columns of a source that never hold an empty text. The others may, except numbers, flags and times."""
    return BULK_SOURCES[source].filled


def bulk_copy(
    *,
    source: str,
    expressions: Sequence[sql.Composable],
    options: sql.Composable,
    file: RowSink,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> int:
    """Stream `expressions` over a source's named columns into `file`, by COPY, one line per call of its `write`; returns the rows.

    `options` stands in COPY's WITH (…). `starts_from` ≤ start < `starts_before`, for sources that have a start. Memory does not grow
    with the number of rows. Call inside tenant_transaction.
    """
    wanted = BULK_SOURCES[source]
    query = sql.SQL("COPY ({}) TO STDOUT WITH ({})").format(
        bulk_select(wanted, expressions, starts_from, starts_before), options
    )
    with connection.cursor() as cursor:
        # For the order's sake the planner would look up each row's department, assignment and person: twice the time of hashing them.
        # Sorting in the default memory goes through the disk; this much (per sort, of which a parallel plan has a few) rarely does.
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'")
        cursor.copy_expert(query.as_string(cursor.connection), file)
        rows = int(cursor.rowcount)
        cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL work_mem TO DEFAULT")
        return rows


def bulk_select(
    source: BulkSource,
    expressions: Sequence[sql.Composable],
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> sql.Composed:
    """The SELECT: named columns below, the caller's expressions above.

    The order stands outside, so that PostgreSQL pulls the two together and parallel workers evaluate the expressions.
    """
    organization = str(int(current_organization_id()))
    columns = {**{name: text for name, (_, text) in source.columns.items()}, _ORDER: source.order}
    named = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(text), sql.Identifier(name)) for name, text in columns.items()
    )
    where: list[sql.Composable] = [sql.SQL(source.where.format(org=organization))]
    for operator, moment in ((">=", starts_from), ("<", starts_before)):
        if moment is not None:
            if not source.starts:
                raise ValueError(f"{source.name} has no start to limit.")
            where.append(sql.SQL(f"{source.starts} {operator} {{}}").format(sql.Literal(_text(moment))))
    return sql.SQL("SELECT {} FROM (SELECT {} FROM {} WHERE {}) named ORDER BY {}").format(
        sql.SQL(", ").join(expressions),
        named,
        sql.SQL(source.tables.format(org=organization)),
        sql.SQL(" AND ").join(where),
        sql.Identifier(_ORDER),
    )


def _text(moment: datetime) -> Any:
    if moment.utcoffset() is None:
        raise ValueError("A window's edge must be an instant, with an offset.")
    return moment.isoformat()
