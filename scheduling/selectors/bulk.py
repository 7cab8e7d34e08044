"""Whole tables for files of millions of rows: named columns to choose from, streamed by COPY.

Callers say which named columns they want and may wrap them into SQL expressions; they never learn a table's name. Everything runs
inside tenant_transaction and is cut to its organisation by row-level security and, for the planner's sake, by a literal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from django.db import connection
from psycopg2 import sql

from scheduling.selectors import bulk_counts, bulk_log, bulk_people, bulk_shifts
from scheduling.selectors.bulk_source import BulkSource
from tenancy.tenant import current_organization_id

LimitValue = datetime | date | int | None


class RowSink(Protocol):
    """Takes what COPY gives: one finished line per call. A buffered binary file will do."""

    def write(self, data: bytes, /) -> object:
        """One line, with its line feed."""


_ORDER = "in order"  # no column is called so

BULK_SOURCES: dict[str, BulkSource] = {
    one.name: one for module in (bulk_shifts, bulk_people, bulk_counts, bulk_log) for one in module.SOURCES
}


def bulk_columns(source: str) -> dict[str, str]:
    """The named columns of a source: name → kind (text, integer, boolean, date, wall, instant)."""
    return {name: kind for name, (kind, _) in BULK_SOURCES[source].columns.items()}


def bulk_types(source: str) -> dict[str, str]:
    """Columns of kind text that are always of a narrower type: name → uuid, decimal, time or json."""
    return dict(BULK_SOURCES[source].types)


def bulk_filled(source: str) -> frozenset[str]:
    """The columns of a source that never hold an empty text. The others may, except numbers, flags and times."""
    return BULK_SOURCES[source].filled


def bulk_limits(source: str) -> frozenset[str]:
    """What a source can be limited by."""
    wanted = BULK_SOURCES[source]
    return frozenset({*wanted.limits, *wanted.bounds})


def bulk_copy(
    *,
    source: str,
    expressions: Sequence[sql.Composable],
    options: sql.Composable,
    file: RowSink,
    limits: Mapping[str, LimitValue] | None = None,
    most: int | None = None,
) -> int:
    """Stream `expressions` over a source's named columns into `file`, by COPY, one line per call of its `write`; returns the rows.

    `options` stands in COPY's WITH (…). `limits` are those of bulk_limits; None limits nothing. `most`: only the
    first so many rows. Memory does not grow with the number
    of rows. Call inside tenant_transaction.
    """
    wanted = BULK_SOURCES[source]
    rows_wanted = bulk_select(wanted, expressions, limits or {})
    if most is not None:
        rows_wanted += sql.SQL(" LIMIT {}").format(sql.Literal(most))
    query = sql.SQL("COPY ({}) TO STDOUT WITH ({})").format(rows_wanted, options)
    with connection.cursor() as cursor:
        # For the order's sake the planner would look up each row's department, assignment and person: twice the time of hashing them.
        # Sorting in the default memory goes through the disk; this much (per sort, of which a parallel plan has a few) rarely does.
        loops = "off" if wanted.hashed and most is None else "on"
        cursor.execute(f"SET LOCAL enable_nestloop = {loops}; SET LOCAL work_mem = '64MB'")
        cursor.copy_expert(query.as_string(cursor.connection), file)
        rows = int(cursor.rowcount)
        cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL work_mem TO DEFAULT")
        return rows


def bulk_select(
    source: BulkSource, expressions: Sequence[sql.Composable], limits: Mapping[str, LimitValue] | None = None
) -> sql.Composed:
    """The SELECT: named columns below, the caller's expressions above.

    The order stands outside, so that PostgreSQL pulls the two together and parallel workers evaluate the expressions.
    """
    given = {name: value for name, value in (limits or {}).items() if value is not None}
    unknown = set(limits or {}) - set(source.limits) - set(source.bounds)
    if unknown:
        raise ValueError(f"{source.name} has no {', '.join(sorted(unknown))} to limit.")
    values: dict[str, sql.Composable] = {name: sql.SQL(text) for name, text in source.bounds.items()}
    values |= {name: _literal(value) for name, value in given.items()}
    values["org"] = sql.Literal(int(current_organization_id()))
    columns = {**{name: text for name, (_, text) in source.columns.items()}, _ORDER: source.order}
    named = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(text).format(**values), sql.Identifier(name))
        for name, text in columns.items()
    )
    where = [source.where, *(text for name, text in source.limits.items() if name in given)]
    return sql.SQL("SELECT {} FROM (SELECT {} FROM {} WHERE {}) named ORDER BY {}").format(
        sql.SQL(", ").join(expressions),
        named,
        sql.SQL(source.tables).format(**values),
        sql.SQL(" AND ").join(sql.SQL(text).format(**values) for text in where),
        sql.Identifier(_ORDER),
    )


def _literal(value: datetime | date | int) -> sql.Composable:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError("A window's edge must be an instant, with an offset.")
        return sql.Literal(value.isoformat()) + sql.SQL("::timestamptz")
    if isinstance(value, date):
        return sql.Literal(value.isoformat()) + sql.SQL("::date")
    return sql.Literal(value) + sql.SQL("::bigint")
