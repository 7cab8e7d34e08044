"""Loading many rows into a table at once, as the owner of the tables.

Row-by-row upkeep of indexes and foreign keys is what makes a load of millions slow. Inside `bulk_loading` they are gone; at its
end they are made again from their own definitions, so the table leaves exactly as it came, checked as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from psycopg2 import sql

_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY conname
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
WHERE i.indrelid = %s::regclass AND c.oid IS NULL ORDER BY 1
"""


@contextmanager
def bulk_loading(cursor: Any, table: str) -> Iterator[None]:
    """Load into `table` without its foreign keys and plain indexes; all in the caller's transaction, which locks the table."""
    cursor.execute(_KEYS, [table])
    keys = cursor.fetchall()
    cursor.execute(_INDEXES, [table])
    indexes = cursor.fetchall()
    name = sql.Identifier(table)
    for key, _ in keys:
        cursor.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(key)))
    for index, _ in indexes:
        cursor.execute(f"DROP INDEX {index}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        cursor.execute(definition)
    for key, definition in keys:
        cursor.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(name, sql.Identifier(key), sql.SQL(definition))
        )


def reserve_ids(cursor: Any, table: str, count: int) -> list[int]:
    """Fresh ids from the table's own sequence."""
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
    return [row[0] for row in cursor.fetchall()]


def copy_rows(cursor: Any, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows in; None is NULL."""
    spool = StringIO()
    for row in rows:
        spool.write("\t".join(_field(value) for value in row) + "\n")
    spool.seek(0)
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', spool)


def _field(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
