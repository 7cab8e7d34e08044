"""The zip loads into a warehouse by its manifest alone: tables, types and keys are made from it, and the keys hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import tenant_new
from tests.exports.warehouse_ward import Ward, Zip, zip_of

TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 2)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "uuid": "UUID",
    "json": "JSON",
}
# Keys that the ward has no row for.
SELDOM = {
    *(
        ("requests.csv", "assignment_type_id"),
        ("departments.csv", "parent_id"),
        ("tally_targets.csv", "personnel_type_id"),
    ),
    *(("view_selections.csv", "assignment_id"), ("view_selections.csv", "assignment_type_id")),
}


@pytest.fixture(scope="module")
def made(settled: Any) -> Zip:
    ward = Ward(tenant_new())
    settled()
    return zip_of(ward.tenant, window="all")


@pytest.fixture(scope="module")
def loaded(made: Zip, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A database made from the manifest, with primary and foreign keys enforced."""
    folder = tmp_path_factory.mktemp("zip")
    database = duckdb.connect()
    waiting = {one["name"]: one for one in made.manifest["files"]}
    while waiting:
        ready = [
            one
            for one in waiting.values()
            if not {key["file"] for key in one["foreign_keys"]} - {one["name"]} & set(waiting)
        ]
        assert ready, f"the keys of {sorted(waiting)} go in a circle"
        for one in ready:
            database.execute(create(one))
            path = folder / one["name"]
            path.write_bytes(made.content[one["name"]])
            database.execute(
                f"COPY {table(one['name'])} FROM '{path}' (FORMAT csv, HEADER true, NULLSTR '', QUOTE '\"', ESCAPE '\"')"
            )
            del waiting[one["name"]]
    return database


def table(name: str) -> str:
    return f'"{Path(name).stem}"'


def create(told: dict[str, Any]) -> str:
    """CREATE TABLE from what the manifest says of a file."""
    parts = [f'"{column["name"]}" {TYPES[column["type"]]}' for column in told["columns"]]
    parts.append(f"PRIMARY KEY ({names(told['primary_key'])})")
    for key in told["foreign_keys"]:
        parts.append(
            f"FOREIGN KEY ({names(key['columns'])}) REFERENCES {table(key['file'])} ({names(key['references'])})"
        )
    return f"CREATE TABLE {table(told['name'])} ({', '.join(parts)})"


def names(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def test_every_row_is_there(made: Zip, loaded: duckdb.DuckDBPyConnection) -> None:
    for one in made.manifest["files"]:
        count = loaded.execute(f"SELECT count(*) FROM {table(one['name'])}").fetchone()
        assert count == (one["rows"],) and one["rows"] > 0, one["name"]


def test_every_key_finds_its_row(made: Zip, loaded: duckdb.DuckDBPyConnection) -> None:
    for one in made.manifest["files"]:
        for key in one["foreign_keys"]:
            (here,), (there,) = key["columns"], key["references"]
            given, found = loaded.execute(
                f'SELECT count(a."{here}"), count(b."{there}") FROM {table(one["name"])} a '
                f'LEFT JOIN {table(key["file"])} b ON a."{here}" = b."{there}"'
            ).fetchone()  # type: ignore[misc]
            assert given == found, (one["name"], here)
            assert given or (one["name"], here) in SELDOM, (one["name"], here)


def test_a_shift_can_be_told_in_words_and_hours(loaded: duckdb.DuckDBPyConnection) -> None:
    """Local times, instants and numbers are of their types: they subtract and add."""
    rows = loaded.execute("""
        SELECT d.department_code, a.assignment_name, p.last_name, s.start_local::VARCHAR,
            date_diff('minute', s.start_utc, s.end_utc) / 60, sch.schedule_name, pub.added
        FROM schedules s JOIN departments d USING (department_id) JOIN assignments a USING (assignment_id)
        LEFT JOIN personnel p USING (person_id) JOIN published_schedules sch USING (schedule_id)
        JOIN publications pub USING (publication) ORDER BY s.start_utc
    """).fetchall()
    assert rows == [
        ("E,D", '"Night"', "Núñez", "2026-03-02 21:00:00", 10.0, "All", 5),
        ("E,D", '"Night"', 'O"Connor', "2026-03-07 21:00:00", 9.0, "All", 5),
        ("E,D", "Early", "Call phone", "2026-03-08 02:30:00", 6.0, "All", 5),
        ("E,D", '"Night"', "Núñez", "2026-10-31 21:00:00", 11.0, "All", 5),
        ("E,D", "Early", None, "2026-11-01 02:30:00", 6.5, "All", 5),
    ]


def test_a_tally_counted_from_its_bridge_is_its_value(loaded: duckdb.DuckDBPyConnection) -> None:
    """Schedules with the bridge, weekdays and holidays give what tally_values says."""
    counted = """
        SELECT t.tally_id, s.person_id, date_trunc('month', s.shift_date)::DATE AS month,
            sum(date_diff('second', s.start_utc, s.end_utc)) / 3600 AS value
        FROM schedules s JOIN tally_assignments b USING (assignment_id) JOIN tallies t USING (tally_id)
        LEFT JOIN holidays h ON h.holiday_date = s.shift_date AND (h.department_id IS NULL OR h.department_id = s.department_id)
        WHERE s.person_id IS NOT NULL AND (list_contains(string_split(t.weekdays, ' '), isodow(s.shift_date)::VARCHAR)
            OR t.holidays = 'include' AND h.holiday_id IS NOT NULL)
        GROUP BY ALL
    """
    both = f"SELECT count(*) FROM ({counted}) c JOIN tally_values v USING (tally_id, person_id, month) WHERE v.value = c.value"
    assert loaded.execute(both).fetchone() == (3,)
    assert loaded.execute("SELECT count(*) FROM tally_values").fetchone() == (3,)
    (target,) = loaded.execute("SELECT value FROM tally_targets").fetchone()  # type: ignore[misc]
    assert str(target) == "12.50"


def test_the_log_is_json_where_it_says_so(loaded: duckdb.DuckDBPyConnection) -> None:
    rows = loaded.execute("""
        SELECT after ->> '$.unique_id' FROM change_log WHERE action = 'person.create' ORDER BY change_id
    """).fetchall()
    assert rows == [("000417",), (None,), (None,)]
