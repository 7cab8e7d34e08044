"""A generated health system of any size, the same every time, in an organisation of its own.

People, departments and assignments go in by COPY, published shifts by INSERT … SELECT inside PostgreSQL: five million rows take
about a minute. Run alone to fill a database: `python -m bench.data --rows 5000000`.

The shape follows real schedules: three years in blocks of four weeks, each block of a department published at once, one shift in 25
corrected by a second publication (its first version stays, closed), one in 50 open.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any

import psycopg2

from bench import data_sql
from bench.bulk import bulk_loading, copy_rows, reserve_ids
from bench.environment import migrator_url

BLOCK = 28  # days published at once
BLOCKS = 39  # three years of four-week blocks
PAST_BLOCKS = 26  # of which two years are over
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
TYPES = (("Working", "azure"), ("Call", "iris"), ("Clinic", "spruce"))
PERSONNEL_TYPES = ("Physician", "CRNA", "Resident", "Non-Exempt")
# code, name, type, start, end, days later; no start or end falls into the hours that clock changes touch
TEMPLATES = (
    ("D", "Day", 0, clock(7), clock(19), 0),
    ("N", "Night", 0, clock(19), clock(7), 1),
    ("C1", "Call 1", 1, clock(7), clock(7), 1),
    ("C2", "Call 2", 1, clock(17), clock(7), 1),
    ("CL", "Clinic", 2, clock(8), clock(17), 0),
    ("SW", "Swing", 0, clock(11), clock(23), 0),
    ("B", "Backup call", 1, clock(8), clock(8), 1),
    ("E", "Early", 0, clock(6), clock(14, 30), 0),
    ("L", "Late", 0, clock(13), clock(21), 0),
    ("P", "Procedures", 2, clock(7, 30), clock(15, 30), 0),
    ("T", "Transfer line", 1, clock(7), clock(19), 0),
    ("H", "Weekend call", 1, clock(17), clock(8), 2),
)
FAMILIES = ("Ames", "Boyd", "Cruz", "Diaz", "Ekholm", "Fox", "Gupta", "Hale", "Ito", "Jain", "Kerr", "Lund", "Mbeki")
GIVEN = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kaia")


@dataclass(frozen=True)
class Shape:
    """How large the health system is; everything follows from the number of current published shifts."""

    rows: int
    departments: int
    per_department: int  # assignments
    people_per_department: int

    @classmethod
    def of(cls, rows: int) -> Shape:
        """Up to 400 departments and 10,000 people; the rows always reach some months past the anchor."""
        assignments = max(1, math.ceil(rows / (BLOCK * BLOCKS)))
        departments = min(400, max(min(12, assignments), assignments // 10))
        return cls(rows, departments, max(1, math.ceil(assignments / departments)), 25)


@dataclass(frozen=True)
class Unit:
    """A generated department or assignment."""

    id: int
    public_id: uuid.UUID
    code: str
    department: int  # its place among the departments


@dataclass(frozen=True)
class HealthSystem:
    """What was generated. `anchor` is the day in the middle of the published range that counts as today."""

    organization_id: int
    slug: str
    shape: Shape
    anchor: date
    departments: tuple[Unit, ...]
    assignments: tuple[Unit, ...]

    @property
    def first_day(self) -> date:
        """The first published date."""
        return first_day(self.anchor)


def first_day(anchor: date) -> date:
    """The first published date: two years before the block that holds the anchor."""
    return anchor - timedelta(days=PAST_BLOCKS * BLOCK + BLOCK // 2)


def health_system(dsn: str, *, rows: int, anchor: date, slug: str = "") -> HealthSystem:
    """The health system of that size, made unless the database has it already (it is made whole or not at all)."""
    slug = slug or f"bench-{rows}-{anchor:%Y%m%d}"
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM tenancy_organization WHERE slug = %s", [slug])
            known = cursor.fetchone()
            made = None if known else _generate(cursor, Shape.of(rows), anchor, slug)
        if made is None:
            return _read(connection, known[0], Shape.of(rows), anchor, slug)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for table in data_sql.FILLED:
                cursor.execute(f"VACUUM (ANALYZE) {table}")
        return made
    finally:
        connection.close()


def _generate(cursor: Any, shape: Shape, anchor: date, slug: str) -> HealthSystem:
    cursor.execute(
        data_sql.ORGANIZATION, {"slug": slug, "public_id": str(_uuid("organization", 0)), "at": _noon(anchor)}
    )
    organization_id = int(cursor.fetchone()[0])
    departments = _departments(cursor, shape, organization_id)
    _people(cursor, shape, organization_id, departments)
    assignments = _assignments(cursor, shape, organization_id, departments)
    numbers = shape.departments * BLOCKS * 2
    start = datetime.combine(first_day(anchor) - timedelta(days=BLOCK), clock(12), UTC)
    values = {
        "org": organization_id,
        "rows": shape.rows,
        "block": BLOCK,
        "blocks": BLOCKS,
        "departments": shape.departments,
        "slots": shape.per_department,
        "people": shape.people_per_department,
        "first": first_day(anchor),
        "start": start,
        "step": (_noon(anchor) - start) / numbers,
        "numbers": numbers,
        "last_at": _noon(anchor),
    }
    cursor.execute(data_sql.SCHEDULES, values)
    cursor.execute(data_sql.PUBLICATIONS, values)
    cursor.execute(data_sql.COUNTERS, values)
    with bulk_loading(cursor, "scheduling_publishedshift"):
        cursor.execute(data_sql.CURRENT_SHIFTS, values)
        cursor.execute(data_sql.CLOSED_SHIFTS, values)
    with bulk_loading(cursor, "scheduling_publishedday"):
        cursor.execute(data_sql.PUBLISHED_DAYS, values)
    return HealthSystem(organization_id, slug, shape, anchor, departments, assignments)


def _departments(cursor: Any, shape: Shape, organization_id: int) -> tuple[Unit, ...]:
    ids = reserve_ids(cursor, "scheduling_department", shape.departments)
    units = tuple(Unit(id, _uuid("department", n), f"DEP{n:03}", n) for n, id in enumerate(ids))
    copy_rows(
        cursor,
        "scheduling_department",
        ("id", "organization_id", "public_id", "name", "code", "zone", "order", "revision"),
        (
            (unit.id, organization_id, unit.public_id, f"Department {n:03}", unit.code, ZONES[n % 4], n, 1)
            for n, unit in enumerate(units)
        ),
    )
    cursor.execute("CREATE TEMP TABLE bench_department (n int PRIMARY KEY, id bigint, zone text) ON COMMIT DROP")
    copy_rows(
        cursor, "bench_department", ("n", "id", "zone"), ((n, unit.id, ZONES[n % 4]) for n, unit in enumerate(units))
    )
    return units


def _people(cursor: Any, shape: Shape, organization_id: int, departments: tuple[Unit, ...]) -> None:
    types = reserve_ids(cursor, "scheduling_personneltype", len(PERSONNEL_TYPES))
    copy_rows(
        cursor,
        "scheduling_personneltype",
        ("id", "organization_id", "public_id", "name"),
        (
            (id, organization_id, _uuid("personnel type", n), name)
            for n, (id, name) in enumerate(zip(types, PERSONNEL_TYPES, strict=True))
        ),
    )
    ids = reserve_ids(cursor, "scheduling_person", shape.departments * shape.people_per_department)
    copy_rows(
        cursor, "scheduling_person", PERSON_COLUMNS, _person_rows(ids, organization_id, departments, types, shape)
    )
    cursor.execute("CREATE TEMP TABLE bench_person (n int, k int, id bigint, PRIMARY KEY (n, k)) ON COMMIT DROP")
    places = itertools.product(range(shape.departments), range(shape.people_per_department))
    copy_rows(cursor, "bench_person", ("n", "k", "id"), ((*place, id) for place, id in zip(places, ids, strict=True)))


PERSON_COLUMNS = (
    "id", "organization_id", "public_id", "unique_id", "custom1", "custom2", "custom3", "custom4", "employee_id", "npi",
    "upn", "last_name", "first_name", "short_name", "email", "cell", "pager", "office_phone", "is_placeholder",
    "search_key", "revision", "department_id", "personnel_type_id",
)  # fmt: skip


def _person_rows(
    ids: list[int], organization_id: int, departments: tuple[Unit, ...], types: list[int], shape: Shape
) -> Iterator[tuple[Any, ...]]:
    for n, id in enumerate(ids):
        last, first = f"{FAMILIES[n % len(FAMILIES)]}{n:05}", GIVEN[n % len(GIVEN)]
        mail = f"{first}.{last}@bench.example".lower()
        yield (
            id, organization_id, _uuid("person", n), f"U{n:06}", f"E{n:06}", f"T{n:06}", "", "", f"{n:07}", _npi(n),
            mail, last, first, last[:40], mail, f"+1312555{n % 10000:04}", f"312{n:07}" if n % 3 == 0 else "", "",
            False, f"{last} {first}".lower(), 1, departments[n // shape.people_per_department].id, types[n % len(types)],
        )  # fmt: skip


def _assignments(cursor: Any, shape: Shape, organization_id: int, departments: tuple[Unit, ...]) -> tuple[Unit, ...]:
    types = reserve_ids(cursor, "scheduling_assignmenttype", len(TYPES))
    copy_rows(
        cursor,
        "scheduling_assignmenttype",
        ("id", "organization_id", "public_id", "name", "hue", "is_off", "order"),
        (
            (id, organization_id, _uuid("type", n), name, hue, False, n)
            for n, (id, (name, hue)) in enumerate(zip(types, TYPES, strict=True))
        ),
    )
    places = list(itertools.product(range(shape.departments), range(shape.per_department)))
    ids = reserve_ids(cursor, "scheduling_assignment", len(places))
    units = tuple(
        Unit(id, _uuid("assignment", n * 1000 + slot), _slot_code(slot), n)
        for id, (n, slot) in zip(ids, places, strict=True)
    )
    copy_rows(
        cursor,
        "scheduling_assignment",
        ("id", "organization_id", "public_id", "code", "name", "start_time", "end_time", "end_day_offset",
         "information", "weight", "cover", "eligible_only_listed", "order", "revision", "type_id", "department_id"),
        (
            (unit.id, organization_id, unit.public_id, unit.code, f"{departments[n].code} {template[1]}",
             template[3], template[4], template[5], "", 1, "[]", False, slot, 1, types[template[2]], departments[n].id)
            for unit, (n, slot) in zip(units, places, strict=True)
            for template in [TEMPLATES[slot % len(TEMPLATES)]]
        ),
    )  # fmt: skip
    cursor.execute(
        "CREATE TEMP TABLE bench_assignment (n int, slot int, id bigint, start_time time, end_time time, later int, "
        "PRIMARY KEY (n, slot)) ON COMMIT DROP"
    )
    copy_rows(
        cursor,
        "bench_assignment",
        ("n", "slot", "id", "start_time", "end_time", "later"),
        ((*place, id, *TEMPLATES[place[1] % len(TEMPLATES)][3:]) for place, id in zip(places, ids, strict=True)),
    )
    return units


def _read(connection: Any, organization_id: int, shape: Shape, anchor: date, slug: str) -> HealthSystem:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            'SELECT id, public_id, code FROM scheduling_department WHERE organization_id = %s ORDER BY "order"',
            [organization_id],
        )
        departments = tuple(Unit(row[0], uuid.UUID(str(row[1])), row[2], n) for n, row in enumerate(cursor.fetchall()))
        place = {unit.id: n for n, unit in enumerate(departments)}
        cursor.execute(
            "SELECT id, public_id, code, department_id FROM scheduling_assignment WHERE organization_id = %s ORDER BY id",
            [organization_id],
        )
        assignments = tuple(Unit(row[0], uuid.UUID(str(row[1])), row[2], place[row[3]]) for row in cursor.fetchall())
    return HealthSystem(organization_id, slug, shape, anchor, departments, assignments)


def _slot_code(slot: int) -> str:
    turn, n = divmod(slot, len(TEMPLATES))
    return TEMPLATES[n][0] + (str(turn + 1) if turn else "")


def _uuid(kind: str, number: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"bench:{kind}:{number}")


def _noon(day: date) -> datetime:
    return datetime.combine(day, clock(12), UTC)


def _npi(number: int) -> str:
    body = f"1{number:08}"
    total = 24  # what the prefix 80840 adds
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def main() -> int:
    """Fill the database and print what was made."""
    parser = argparse.ArgumentParser(prog="python -m bench.data", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="current published shifts (default: %(default)s)")
    parser.add_argument("--slug", default="", help="the organisation's short name")
    options = parser.parse_args()
    started = time.perf_counter()
    made = health_system(migrator_url(), rows=options.rows, anchor=datetime.now(UTC).date(), slug=options.slug)
    print(
        json.dumps(
            {
                "organization": made.slug,
                "departments": len(made.departments),
                "assignments": len(made.assignments),
                "rows": options.rows,
                "seconds": round(time.perf_counter() - started, 1),
            }
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
