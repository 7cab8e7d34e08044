"""What a bulk source is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PERSON_NAME = "CASE WHEN {0}.first_name = '' THEN {0}.last_name ELSE {0}.last_name || ', ' || {0}.first_name END"
UUID = "uuid"


@dataclass(frozen=True)
class BulkSource:
    """Something that can be read in bulk. `columns`: name → (kind, SQL); kinds as in file layouts.

    `tables`, `where` and `limits` may name {org} and each other's values: a limit adds its condition when it is given, a bound is put
    into `tables` and stands for what is said here when it is not given.
    """

    name: str
    columns: Mapping[str, tuple[str, str]]
    tables: str
    where: str
    order: str
    filled: frozenset[str] = frozenset()  # columns that never hold an empty text: a value or NULL
    limits: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)  # of texts: uuid, decimal, time, json
    hashed: bool = True  # most rows of its tables are read, so joins hash


def joined(table: str, alias: str, key: str, *, optional: bool = False) -> str:
    """A join within the organisation: `joined("scheduling_person", "person", "shift.person_id")`."""
    kind = "LEFT JOIN" if optional else "JOIN"
    return f" {kind} {table} {alias} ON {alias}.organization_id = {{org}} AND {alias}.id = {key}"


def texts(alias: str, *names: str) -> dict[str, tuple[str, str]]:
    """Columns that are called as in the table."""
    return {name: ("text", f"{alias}.{name}") for name in names}
