"""Layouts of the warehouse's files: the database writes them as the renderer would, or they are refused when they are saved."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from exports.formats.data_warehouse.baseline import Moment
from exports.formats.data_warehouse.layout import FILES
from exports.formats.data_warehouse.manifest import column_type
from exports.layouts import Column, Layout, LayoutError, layout_to_json, render
from exports.layouts.to_sql import check_compilable
from integrations import examples
from integrations.contract import ConfigError
from integrations.examples_input import derived_id
from scheduling import selectors
from scheduling.types import PublishedRow
from tenancy.selectors import ChangePosition
from tenancy.tenant import tenant_transaction
from tests.conftest import tenant_new
from tests.exports.warehouse_ward import Ward, context_of, warehouse, zip_of

SCHEDULES = FILES[0]


def record(row: PublishedRow, schedule_id: object) -> dict[str, Any]:
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
        "publication": row.recorded_from,
        "department_id": str(row.department.public_id),
        "assignment_id": str(row.assignment.public_id),
        "schedule_id": str(schedule_id),
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
        render(
            SCHEDULES.layout,
            (record(row, derived_id("schedule", "Spring")) for row in rows),
            fields=SCHEDULES.fields,
            organization_zone="America/Chicago",
        )
    )
    assert content == (folder / "expected.csv").read_bytes()
    assert examples.sample(warehouse()) == ("data_warehouse_sample.csv", content)


@pytest.fixture(scope="module")
def ward() -> Ward:
    """One for all tests of this module: none of them changes it."""
    return Ward(tenant_new())


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
def test_the_database_writes_what_the_renderer_writes(ward: Ward, layout: Layout) -> None:
    moment = Moment(
        date(2026, 3, 7), "America/Chicago", date(2026, 1, 1), date(2026, 12, 31), 1, ChangePosition(1, 0, 0, ""), ""
    )
    file = io.BytesIO()
    with tenant_transaction(ward.tenant.id, snapshot=True):
        made = warehouse().write_file(SCHEDULES, context_of(), layout, moment, file=file)
        rows = selectors.published_rows()
    rendered = b"".join(
        render(
            layout,
            (record(row, ward.schedule.public_id) for row in rows),
            fields=SCHEDULES.fields,
            organization_zone="America/Chicago",
        )
    )
    assert file.getvalue() == rendered
    assert made.rows == len(rows) == 5
    assert (made.bytes, made.sha256) == (len(rendered), hashlib.sha256(rendered).hexdigest())


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


def test_an_offset_is_refused_with_its_column(ward: Ward) -> None:
    layout = replace(SCHEDULES.layout, columns=(Column("A", "start", format="HH:mmZ"), Column("B")))
    with pytest.raises(ConfigError, match=r"schedules\.csv cannot be written\. Column A: .* no token Z"):
        zip_of(ward.tenant, layout_schedules=layout_to_json(layout))


def test_layouts_of_the_other_files(ward: Ward) -> None:
    layout = Layout(
        "Ours", (Column("When", "holiday_date", format="D.M.YYYY"), Column("What", "holiday_name")), "x", replaces=True
    )
    raw = json.dumps({"holidays": json.loads(layout_to_json(layout))})
    setting = next(one for one in warehouse().settings if one.name == "layouts_of_others")
    assert setting.clean(raw) == raw and setting.clean("") == ""
    made = zip_of(ward.tenant, layouts_of_others=raw)
    assert made.content["holidays.csv"] == b"When,What\r\n8.3.2026,Founders' Day\r\n"
    told = made.about("holidays")
    assert told["columns"] == [{"name": "When", "type": "text"}, {"name": "What", "type": "text"}]
    assert (told["primary_key"], told["foreign_keys"]) == ([], [])
    for wrong, words in (
        ("[]", "JSON object"),
        ("{", "not JSON"),
        ('{"schedules": {}}', "no other file called 'schedules'"),
        ('{"holidays": {"name": "x"}}', r"holidays\.csv: "),
    ):
        with pytest.raises(ValueError, match=words):
            setting.clean(wrong)


def test_the_types_are_those_of_what_is_written() -> None:
    layout = SCHEDULES.layout
    kinds = {column.header: column_type("schedules", layout, column) for column in layout.columns}
    assert kinds == {
        **dict.fromkeys(("shift_id", "schedule_id", "department_id", "assignment_id", "person_id"), "uuid"),
        **dict.fromkeys(("timezone", "note"), "text"),
        **dict.fromkeys(("call_order", "publication"), "integer"),
        **dict.fromkeys(("start_local", "end_local"), "timestamp"),
        **dict.fromkeys(("start_utc", "end_utc"), "timestamptz"),
        "shift_date": "date",
        "custom_time": "boolean",
    }
    odd = replace(layout, zone="department")
    assert column_type("schedules", odd, Column("A", "start", format="YYYY-MM-DD[T]HH:mm:ss[Z]")) == "text"
    assert column_type("schedules", odd, Column("A", "start_local", format="HH:mm")) == "text"
    assert column_type("schedules", odd, Column("A", template="{note}")) == "text"
