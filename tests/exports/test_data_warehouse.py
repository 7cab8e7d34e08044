"""The warehouse's zip: the database writes what the renderer would, byte for byte, and the manifest says so."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from exports.formats.data_warehouse.connector import DataWarehouse
from exports.formats.data_warehouse.layout import FILES
from exports.layouts import Column, Layout, LayoutError, layout_to_json, render
from exports.layouts.to_sql import check_compilable
from exports.writers.zip import zip_write
from integrations import examples
from integrations.contract import ConfigError, ShapeContext
from integrations.registry import connector
from scheduling import selectors, services
from scheduling.types import Audience, PublishedRow
from tenancy.tenant import tenant_transaction
from tests.conftest import NOW, ROBOT, Tenant

BY = {"actor": ROBOT, "now": NOW}
SCHEDULES, PERSONNEL = FILES[0], FILES[1]


class Ward:
    """A department with awkward people, notes and hours, published."""

    def __init__(self, tenant: Tenant, last: date = date(2026, 11, 30)) -> None:
        self.tenant = tenant
        with tenant.transaction():
            department = services.department_create(name="Emergency", code="E,D", zone="America/New_York", **BY)
            kind = services.assignment_type_named(name="Working", hue="azure")
            night = services.assignment_create(
                department=department, type=kind, code="N", name='"Night"', start_time=time(21), end_time=time(7), **BY
            )
            early = services.assignment_create(
                department=department, type=kind, code="E", name="Early", start_time=time(2, 30), end_time=time(9), **BY
            )
            people = [
                services.person_create(fields=fields, **BY)
                for fields in (
                    {"last_name": "Núñez", "first_name": "José", "unique_id": "000417"},
                    {"last_name": 'O"Connor', "first_name": "Siân", "custom1": " 7 "},
                    {"last_name": "Call phone", "is_placeholder": True, "cell": "312-555-0199"},
                )
            ]
            schedule = services.schedule_create(
                department=department, name="All", starts_on=date(2026, 3, 1), ends_on=last, **BY
            )
            for day, assignment, person, note in (
                (date(2026, 3, 2), night, people[0], 'two\nlines, "quoted"\r\nand \\N \\.'),
                (date(2026, 3, 7), night, people[1], "=1+1"),
                (date(2026, 3, 8), early, people[2], ""),
                (date(2026, 10, 31), night, people[0], 'Łucja — ☎,"."\n,"."\n'),
                (date(2026, 11, 1), early, None, "\\."),
            ):
                services.shift_place(
                    schedule_id=schedule.public_id,
                    assignment_id=assignment.public_id,
                    person_id=person.public_id if person else None,
                    day=day,
                    note=note,
                    **BY,
                )
        with tenant.transaction():
            services.schedule_publish(schedule_id=schedule.public_id, audience=Audience.EVERYONE, **BY)

    def context(self, **settings: Any) -> ShapeContext:
        return ShapeContext(
            connection_id=uuid.UUID(int=9),
            organization_name="Lakeshore Health",
            organization_zone="America/Chicago",
            settings={"days_back": 30, "days_forward": 365, **settings},
            mapping={},
            generated_at=datetime(2026, 3, 7, 11, 5, tzinfo=UTC),
        )

    def extract(self, spool: Path, **settings: Any) -> Path:
        with tenant_transaction(self.tenant.id, snapshot=True):
            return warehouse().extract(self.context(**settings), sequence=7, spool=spool).path


def warehouse() -> DataWarehouse:
    found = connector("data_warehouse")
    assert isinstance(found, DataWarehouse)
    return found


def record(row: PublishedRow) -> dict[str, Any]:
    """A published row as the warehouse's named columns."""
    person = row.person
    return {
        "shift_id": str(row.shift_id),
        "shift_date": row.date.isoformat(),
        "start_local": row.start_wall.isoformat(),
        "end_local": row.end_wall.isoformat(),
        "zone": row.zone,
        "start": row.starts_at.isoformat(),
        "end": row.ends_at.isoformat(),
        "custom_time": row.custom_time,
        "note": row.note,
        "call_order": row.call_order,
        "department_code": row.department.code,
        "department_name": row.department.name,
        "assignment_code": row.assignment.code,
        "assignment_name": row.assignment.name,
        "person_id": str(person.public_id) if person else None,
        "unique_id": person.unique_id if person else None,
        "person_name": person.name if person else None,
        "is_placeholder": person.is_placeholder if person else None,
    }


def test_the_sample_is_what_the_layout_writes() -> None:
    folder = examples.examples_folder(warehouse()) / "small"
    example = examples.example_load(warehouse(), folder)
    rows = sorted(example.rows, key=lambda row: (row.starts_at, str(row.shift_id)))
    content = b"".join(
        render(SCHEDULES.layout, map(record, rows), fields=SCHEDULES.fields, organization_zone="America/Chicago")
    )
    assert content == (folder / "expected.csv").read_bytes()
    assert examples.sample(warehouse()) == ("data_warehouse_sample.csv", content)


@pytest.fixture
def ward(tenant: Tenant) -> Ward:
    return Ward(tenant)


VARIANTS = [
    SCHEDULES.layout,
    replace(SCHEDULES.layout, quoting="minimal", delimiter=";", line_ending="lf", header=False, bom=True, null="\\N"),
    Layout(
        name="Odd",
        file_name="x",
        replaces=True,
        delimiter="\t",
        zone="department",
        columns=(
            Column("Start", "start", format="M/D/YY h:mm A"),
            Column("End", "end", format='ddd D MMM YYYY [at "] HH[h]mm:ss'),
            Column("Date", "shift_date", format="DD.MM.YYYY"),
            Column("Wall", "start_local", format="H-mm"),
            Column("Who", template="{{{person_name|unique_id}}} {call_order}{custom_time}{person_id}"),
            Column("Phone", "is_placeholder"),
            Column("Nothing"),
            Column("Note", "note"),
        ),
    ),
    Layout(
        name="Organisation",
        file_name="x",
        replaces=True,
        zone="organization",
        columns=(Column("Start", "start", format="datetime"), Column("Fixed", template="50% 'x' {zone}")),
    ),
]


@pytest.mark.parametrize("layout", VARIANTS, ids=lambda one: one.name)
def test_the_database_writes_what_the_renderer_writes(ward: Ward, tmp_path: Path, layout: Layout) -> None:
    text = layout_to_json(layout)
    with tenant_transaction(ward.tenant.id, snapshot=True):
        made = warehouse().write_file(
            SCHEDULES,
            ward.context(layout_schedules=text),
            first=date(2026, 1, 1),
            last=date(2026, 12, 31),
            spool=tmp_path,
        )
        rows = selectors.published_rows()
    rendered = b"".join(
        render(
            layout,
            (record(row) for row in rows),
            fields=SCHEDULES.fields,
            organization_zone="America/Chicago",
        )
    )
    assert made.path.read_bytes() == rendered
    assert made.rows == len(rows) == 5
    assert (made.bytes, made.sha256) == (len(rendered), hashlib.sha256(rendered).hexdigest())


def test_the_zip_holds_the_files_and_a_manifest_that_is_true(ward: Ward, tmp_path: Path) -> None:
    path = ward.extract(tmp_path)
    assert path.name == "rotacast_Lakeshore_Health_20260307T110500Z_000007_full.zip"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "schedules.csv",
            "personnel.csv",
            "assignments.csv",
            "departments.csv",
            "manifest.json",
        ]
        manifest = json.loads(archive.read("manifest.json"))
        assert (manifest["schema_version"], manifest["mode"], manifest["publication"]) == (1, "full", 1)
        assert manifest["window"] == {
            "first_date": "2026-02-05",
            "last_date": "2027-03-07",
            "of": "start of the shift",
        }
        for told in manifest["files"]:
            content = archive.read(told["name"])
            assert (told["bytes"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
            table = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
            assert told["rows"] == len(table)
            assert told["columns"] == list(table[0])
            keys = [tuple(row[name] for name in told["primary_key"]) for row in table]
            assert len(set(keys)) == len(keys)
        people = {row["person_id"]: row for row in csv.DictReader(io.StringIO(archive.read("personnel.csv").decode()))}
    assert {row["unique_id"] for row in people.values()} == {"000417", ""}
    assert {row["custom1"] for row in people.values()} == {" 7 ", ""}


def test_the_same_moment_gives_the_same_bytes(ward: Ward, tmp_path: Path) -> None:
    first = ward.extract(tmp_path).read_bytes()
    assert ward.extract(tmp_path).read_bytes() == first


def test_the_window_is_by_start_in_the_organisations_zone(ward: Ward, tmp_path: Path) -> None:
    """Days back and forward of 1 from 7 March: the shift of the 7th and of the 8th, not of the 2nd."""
    with zipfile.ZipFile(ward.extract(tmp_path, days_back=1, days_forward=1)) as archive:
        table = list(csv.DictReader(io.StringIO(archive.read("schedules.csv").decode(), newline="")))
    assert [row["start_local"] for row in table] == ["2026-03-07T21:00:00", "2026-03-08T02:30:00"]
    assert [row["start_utc"] for row in table] == ["2026-03-08T02:00:00Z", "2026-03-08T07:00:00Z"]


def test_another_organisation_is_not_in_it(ward: Ward, new_tenant: Any, tmp_path: Path) -> None:
    Ward(new_tenant())
    with zipfile.ZipFile(ward.extract(tmp_path)) as archive:
        for name, count in (("schedules.csv", 5), ("personnel.csv", 3), ("departments.csv", 1)):
            assert len(list(csv.reader(io.StringIO(archive.read(name).decode(), newline="")))) == count + 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quoting": "none"}, "quoting must be minimal or all"),
        ({"encoding": "windows-1252"}, "encoding must be utf-8"),
        ({"line_breaks": "space"}, "line_breaks must be keep"),
        ({"zone": "mapping"}, "zone must not be mapping"),
        ({"columns": (Column("A", "note"),)}, "two columns or more"),
        ({"columns": (Column("A", "note", limit=5), Column("B"))}, "Column A: .* sets no limit"),
    ],
)
def test_layouts_that_the_database_cannot_write_are_refused(change: dict, words: str) -> None:
    with pytest.raises(LayoutError, match=words):
        check_compilable(replace(SCHEDULES.layout, **change))
    setting = next(one for one in warehouse().settings if one.name == "layout_schedules")
    with pytest.raises(ValueError, match=words):
        setting.clean(layout_to_json(replace(SCHEDULES.layout, **change)))


def test_an_offset_is_refused_with_its_column(ward: Ward, tmp_path: Path) -> None:
    layout = replace(SCHEDULES.layout, columns=(Column("A", "start", format="HH:mmZ"), Column("B")))
    with pytest.raises(ConfigError, match=r"schedules\.csv cannot be written\. Column A: .* no token Z"):
        ward.extract(tmp_path, layout_schedules=layout_to_json(layout))


def test_a_zip_of_the_same_files_is_the_same(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_bytes(b"x" * 3_000_000)
    for name in ("a.zip", "b.zip"):
        zip_write(tmp_path / name, [("big.txt", big), ("m", b"{}")], at=datetime(1970, 1, 1, tzinfo=UTC))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.getinfo("m").date_time == (1980, 1, 1, 0, 0, 0)
