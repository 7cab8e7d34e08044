"""The sample beside the editor: the first rows of the real file, byte for byte, in layouts that nothing is saved of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exports.file_connector import SAMPLE_ROWS, FileConnector
from exports.layout_sample import LayoutSample, layout_sample
from exports.layouts import Column, Layout
from integrations.models import Connection
from integrations.registry import connector
from tests.exports.pages.conftest import Case, entry


def tried(case: Case, row: Connection, layout: Layout | None = None, key: str = "layout") -> LayoutSample:
    declared = connector(row.kind)
    assert isinstance(declared, FileConnector)
    slot = next(one for one in declared.slots if one.key == key)
    return layout_sample(
        organization_id=case.tenant.id,
        connection_id=row.id,
        declared=declared,
        slot=slot,
        settings=row.settings,
        layout=layout or slot.layout(slot.text(row.settings)),
        now=timezone.now(),
    )


KINDS: list[tuple[str, dict[str, Any]]] = [
    ("epic_on_call_finder", {}),
    ("epic_optime", {}),
    ("new_innovations", {}),
    ("kronos_dimensions", {"valid_comments": "On call"}),
    ("schedule_backup", {"file_kind": "csv"}),
]


@pytest.mark.parametrize(("kind", "chosen"), KINDS, ids=[kind for kind, _ in KINDS])
def test_the_sample_is_the_beginning_of_the_real_file(case: Case, kind: str, chosen: dict[str, Any]) -> None:
    case.publish()
    row = case.connect(kind, **chosen)
    made = tried(case, row)
    assert made.problems == () and made.published
    assert case.run(row) == "done"
    (path,) = case.files(row)
    real = path.read_bytes()
    assert made.rows == min(SAMPLE_ROWS, real.count(b"\r\n") - 1) > 3
    assert made.content == real[: len(made.content)] and real[len(made.content) - 2 : len(made.content)] == b"\r\n"
    assert made.name.rpartition("_")[2] == path.name.rpartition("_")[2], "the next number"


def test_every_file_of_the_zip_has_a_sample_of_its_own(case: Case) -> None:
    case.publish()
    row = case.connect("data_warehouse", bom=True)
    declared = connector("data_warehouse")
    assert isinstance(declared, FileConnector)
    assert case.run(row) == "done"
    (zipped,) = [path for path in case.files(row) if path.suffix == ".zip"]
    known = {}
    for slot in declared.slots:
        made, real = tried(case, row, key=slot.key), entry(zipped, slot.label)
        assert made.problems == () and made.content.startswith(b"\xef\xbb\xbf")
        if slot.label != "change_log.csv":  # the run itself is in it
            assert made.content == real[: len(made.content)], slot.label
        known[slot.label] = made.rows
    assert known["schedules.csv"] == SAMPLE_ROWS and known["personnel.csv"] == 3
    assert len(known) == len(declared.slots) > 15


def test_what_is_edited_is_rendered_and_nothing_is_saved(case: Case) -> None:
    case.publish()
    row = case.connect("epic_on_call_finder")
    layout = replace(
        connector(row.kind).layouts[0],  # type: ignore[attr-defined]
        name="Mine",
        columns=(Column("Who", template="{last_name}|{provider_id}"), Column("At", "start", format="ddd HH:mm Z")),
        delimiter=";",
        line_ending="lf",
        header=False,
        zone="utc",
    )
    waiting = case.waiting(row)
    made = tried(case, row, layout)
    first = made.content.split(b"\n")[0].decode()
    assert first.startswith("Núñez|007;") and first.endswith(":00 +00:00")
    assert case.fresh(row).settings == row.settings and case.waiting(row) == waiting


def test_without_mapping_or_publication_the_example_takes_its_place(case: Case) -> None:
    unmapped = tried(case, case.connect("epic_on_call_finder", mapped=False, person_field="custom3"))
    assert not unmapped.published and unmapped.rows > 3 and unmapped.problems == ()
    assert not tried(case, case.connect("new_innovations")).published, "nothing is published"


def test_every_value_that_cannot_be_written_is_named_with_its_column_and_row(case: Case) -> None:
    case.publish(days=3)
    row = case.connect("epic_on_call_finder")
    base = replace(connector(row.kind).layouts[0], name="Mine")  # type: ignore[attr-defined]
    columns = (Column("Name", "last_name"), Column("Notes", "note", limit=10), Column("Who", "provider_name"))
    layout = replace(base, columns=columns, quoting="none", encoding="windows-1252", header=False)
    found = [(one.row, one.column, one.text) for one in tried(case, row, layout).problems]
    assert [(number, column, text.split(":")[0].split(",")[0]) for number, column, text in found] == [
        (1, "Notes", "has 22 characters"),
        (1, "Who", "'Núñez"),
        (2, "Name", "\"O'Hara"),
        (2, "Notes", "'say \"yes\"' holds a quote"),
        (2, "Who", "\"O'Hara"),
        (3, "Name", "\"O'Hara"),
        (3, "Notes", "'say \"yes\"' holds a quote"),
        (3, "Who", "\"O'Hara"),
        (4, "Who", "'Cole"),
        (5, "Who", "'Cole"),
        (6, "Who", "'Núñez"),
    ]
    cut = tried(case, row, replace(layout, quoting="minimal", over_long="cut"))
    assert cut.problems == () and cut.warnings == ("Column Notes: 1 values were too long and were cut.",)


def test_everything_that_is_wrong_with_a_layout_is_named_at_its_part(case: Case) -> None:
    row = case.connect("epic_on_call_finder")
    layout = Layout(
        name="On Call Finder",
        columns=(
            Column("A", "nobody"),
            Column("A", "start"),
            Column("", "note", limit=0),
            Column("T", "note", "{note}"),
            Column("F", "note", format="date"),
            Column("P", "start", format="QQ"),
        ),
        file_name="x/{user}.csv",
        delimiter="",
        date_pattern="[",
        bom=True,
        encoding="us-ascii",
    )
    made = tried(case, row, layout)
    assert made.content == b""
    assert [(one.index, one.part) for one in made.problems] == [
        (None, "delimiter"),
        (None, "bom"),
        (None, "file_name"),
        (None, "file_name"),
        (None, "file_name"),
        (None, "date_pattern"),
        (0, "source"),
        (1, "header"),
        (1, "format"),
        (2, "header"),
        (2, "limit"),
        (3, "template"),
        (5, "format"),
        (None, "name"),
    ]


def test_the_database_writes_only_what_it_can(case: Case) -> None:
    row = case.connect("data_warehouse")
    declared = connector(row.kind)
    base = replace(declared.layouts[0], name="Mine")  # type: ignore[attr-defined]
    columns = (Column("a", "shift_id", limit=3), Column("b", "start", format="YYYY-MM-DD Z"))
    layout = replace(base, columns=columns, quoting="none", encoding="windows-1252", zone="mapping")
    made = tried(case, row, layout, key="layout_schedules")
    assert [(one.index, one.part) for one in made.problems] == [
        (None, "quoting"),
        (None, "encoding"),
        (None, "zone"),
        (0, "limit"),
        (1, "format"),
    ]


def test_few_rows_are_read_however_many_are_published(case: Case) -> None:
    case.publish(days=25)
    row = case.connect("epic_on_call_finder")
    with CaptureQueriesContext(connection) as asked:
        assert tried(case, row).rows == SAMPLE_ROWS
    reads = [one["sql"] for one in asked if 'FROM "scheduling_publishedshift"' in one["sql"]]
    assert len(reads) == 1 and reads[0].endswith("LIMIT 100")


def test_a_database_that_is_too_slow_for_a_sample_is_not_kept_waiting(case: Case, monkeypatch: Any) -> None:
    row = case.connect("data_warehouse")

    def slow(*_: Any, **__: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr("exports.layout_sample._SECONDS", 1)
    monkeypatch.setattr(type(connector("data_warehouse")), "sample", slow)
    made = tried(case, row, key="layout_schedules")
    assert made.content == b"" and made.problems == ()
    assert made.notes == ("The first rows of this file take the database longer than 1 s, so there is no sample.",)
