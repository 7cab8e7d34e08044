"""Inserting and changing thousands of rows at once.

bulk_create and bulk_update build a placeholder for each value in Python, which for tens of thousands of rows takes most of the time.
Here a batch travels as one JSON value and the database takes it apart. Row-level security and every constraint apply as usual.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from django.db import connection, models

from tenancy.tenant import current_organization_id

_BATCH = 2000


def rows_insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one tenant model. Their ids are the database's and are not read back."""
    if not rows:
        return
    current_organization_id()
    fields = [field for field in rows[0]._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    typed = ", ".join(f"{quote(str(field.column))} {field.db_type(connection)}" for field in fields)
    table = quote(rows[0]._meta.db_table)
    sql = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_to_recordset(%s::jsonb) AS given({typed})"  # noqa: S608
    names = [(field.column, field.attname) for field in fields]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _BATCH):
            batch = [{column: getattr(row, name) for column, name in names} for row in rows[start : start + _BATCH]]
            cursor.execute(sql, [orjson.dumps(batch, default=str).decode()])


def rows_update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the named fields of rows of one tenant model that were read before."""
    if not rows:
        return
    organization_id = current_organization_id()
    quote = connection.ops.quote_name
    fields = [rows[0]._meta.get_field(name) for name in names]
    columns = [(str(field.column), field.attname, field.db_type(connection)) for field in fields]  # type: ignore[union-attr]
    sets = ", ".join(f"{quote(column)} = given.{quote(column)}" for column, _, _ in columns)
    typed = ", ".join(["id bigint", *(f"{quote(column)} {kind}" for column, _, kind in columns)])
    table = quote(rows[0]._meta.db_table)
    sql = (
        f"UPDATE {table} SET {sets} FROM jsonb_to_recordset(%s::jsonb) AS given({typed}) "  # noqa: S608
        f"WHERE {table}.organization_id = %s AND {table}.id = given.id"
    )
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _BATCH):
            batch = [
                {"id": row.pk, **{column: getattr(row, name) for column, name, _ in columns}}
                for row in rows[start : start + _BATCH]
            ]
            cursor.execute(sql, [orjson.dumps(batch, default=str).decode(), organization_id])
