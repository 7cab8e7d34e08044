"""Rules of the duty hours files that their examples do not show."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from exports.formats.new_innovations import layout
from exports.formats.new_innovations.connector import CONNECTOR, first_open_day
from exports.layouts import layout_from_json, layout_to_json
from integrations.contract import Desired, Notice, Operation
from integrations.diff import LedgerEntry, plan
from integrations.examples import Example, example_load, examples_folder, shape
from scheduling.types import PublishedRow


@pytest.fixture
def later() -> Example:
    """A second file: two shifts of a closed month, and five differences after it."""
    return example_load(CONNECTOR, examples_folder(CONNECTOR) / "later_file")


@pytest.fixture
def first() -> Example:
    """A first file, with shifts of 2019 and of next year."""
    return example_load(CONNECTOR, examples_folder(CONNECTOR) / "first_file")


def _with(example: Example, **settings: Any) -> Example:
    return replace(example, context=replace(example.context, settings={**example.context.settings, **settings}))


def _desired(example: Example, rows: Sequence[PublishedRow]) -> list[Desired]:
    return [one for one in shape(CONNECTOR, rows, example.context) if isinstance(one, Desired)]


def _given(record: Desired) -> LedgerEntry:
    return LedgerEntry(
        key=record.key, recipient=record.recipient, state="confirmed", hash=record.hash(), payload=record.payload,
        handle="file", generation=1, label=record.label, starts_at=record.starts_at, ends_at=record.ends_at,
    )  # fmt: skip


def _operations(example: Example, now: Sequence[PublishedRow], before: Sequence[PublishedRow]) -> list[Operation]:
    ledger = [_given(one) for one in _desired(example, before)]
    made = plan(_desired(example, now), ledger, now=example.context.generated_at, keeps_past=CONNECTOR.keeps_past)
    return list(made.operations)


def _table(example: Example, operations: Sequence[Operation], spool: Path) -> list[dict[str, str]]:
    written = CONNECTOR.write_delta(operations, example.context, sequence=1, spool=spool)
    with written.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_no_window() -> None:
    assert CONNECTOR.window_dates({}, date(2026, 3, 2), ()) == (None, None)
    assert not CONNECTOR.keeps_past


@pytest.mark.parametrize(
    ("today", "lock_day", "days_back", "expected"),
    [
        (date(2026, 3, 10), None, None, None),
        (date(2026, 3, 10), 10, None, date(2026, 2, 1)),
        (date(2026, 3, 11), 10, None, date(2026, 3, 1)),
        (date(2026, 3, 31), 31, None, date(2026, 2, 1)),
        (date(2026, 1, 5), 10, None, date(2025, 12, 1)),
        (date(2026, 1, 11), 10, None, date(2026, 1, 1)),
        (date(2026, 3, 11), None, 0, date(2026, 3, 11)),
        (date(2026, 3, 11), None, 30, date(2026, 2, 9)),
        (date(2026, 3, 11), 10, 3, date(2026, 3, 8)),
        (date(2026, 3, 5), 10, 90, date(2026, 2, 1)),
    ],
)
def test_the_first_open_day(today: date, lock_day: int | None, days_back: int | None, expected: date | None) -> None:
    assert first_open_day(today, lock_day=lock_day, days_back=days_back) == expected


def test_closed_dates_are_said_to_be_closed_by_the_date_of_the_shift(later: Example) -> None:
    records = {one.payload["shift_date"]: one for one in _desired(later, later.rows)}
    february, march = records["2026-02-27"], records["2026-03-02"]
    assert CONNECTOR.closed(february.payload, february.starts_at, later.context) == (
        "Dates before 2026-03-01 are closed. Enter it in New Innovations, or ask the program to open the date."
    )
    assert CONNECTOR.closed(march.payload, march.starts_at, later.context) == ""
    night_before = replace(
        later, context=replace(later.context, generated_at=later.context.generated_at - timedelta(hours=5))
    )
    assert night_before.context.today == date(2026, 3, 10), "of the organisation, not of UTC"
    assert CONNECTOR.closed(february.payload, february.starts_at, night_before.context) == ""
    unlocked = _with(later, lock_day=None)
    assert CONNECTOR.closed(february.payload, february.starts_at, unlocked.context) == ""


def test_a_swap_takes_the_hours_from_one_and_gives_them_to_the_other(later: Example, tmp_path: Path) -> None:
    before = [row for row in later.rows if row.assignment.code == "NF"][:1]
    other = next(row.person for row in later.rows if row.person is not None and row.person != before[0].person)
    earlier = before[0].starts_at - timedelta(hours=3)
    for starts_at in (before[0].starts_at, earlier):
        after = replace(before[0], person=other, starts_at=starts_at)
        rows = _table(later, _operations(later, [after], before), tmp_path)
        assert [(row["Action"], row["UniqueID"]) for row in rows] == [("D", "000417"), ("I", "0042")]
        assert len({row["SourceRecordID"] for row in rows}) == 1


def test_a_removal_is_written_as_it_was_sent_whatever_the_person_is_called_now(later: Example, tmp_path: Path) -> None:
    row = later.rows[1]
    assert row.person is not None
    ledger = [_given(one) for one in _desired(later, [row])]
    married = replace(row, person=replace(row.person, last_name="Zhou", name="Zhou, Siân", unique_id="R-99"))
    made = plan(_desired(later, [married]), ledger, now=later.context.generated_at, keeps_past=False)
    rows = _table(later, made.operations, tmp_path)
    assert [(one["Action"], one["UniqueID"], one["LastName"]) for one in rows] == [
        ("D", "R-88", "O'Connor"),
        ("I", "R-99", "Zhou"),
    ]


def test_what_no_row_shows_makes_no_row(later: Example) -> None:
    """Phones, e-mail, types and names of assignments and departments may change; nobody's history is sent again."""
    changed = [
        replace(
            row,
            person=row.person
            and replace(row.person, cell="1", email="x@y", personnel_type="PGY-2", npi="1", short_name="x"),
            assignment=replace(row.assignment, name="Renamed", information="new", hue="rose", type_name="Other"),
            department=replace(row.department, name="Renamed"),
            call_order=3,
            recorded_from=99,
        )
        for row in later.rows
    ]
    assert _operations(later, changed, later.rows) == []


def test_first_file_and_later_files_add_up(first: Example, tmp_path: Path) -> None:
    """Applied one after the other, in any order of edits, they leave what is published."""
    chance = random.Random(20260302)
    rows: list[PublishedRow] = []
    held: dict[str, tuple[str, ...]] = {}
    given: list[PublishedRow] = []
    everyone = [row.person for row in first.rows if row.person is not None]
    for _ in range(25):
        for row in first.rows:
            there = next((one for one in rows if one.shift_id == row.shift_id), None)
            if chance.random() < 0.4 and there is not None:
                rows.remove(there)
            if chance.random() < 0.4 and row.shift_id not in {one.shift_id for one in rows}:
                moved = timedelta(hours=chance.choice([0, 0, -3, 2]))
                note = chance.choice(["", "a", "b, c"])
                rows.append(replace(row, person=chance.choice(everyone), note=note, starts_at=row.starts_at + moved))
        for line in _table(first, _operations(first, rows, given), tmp_path):
            action, identity = line.pop("Action"), line["SourceRecordID"]
            assert (identity in held) is (action != "I"), (action, line)
            if action == "D":
                assert held.pop(identity) == tuple(line.values())
            else:
                held[identity] = tuple(line.values())
        given = list(rows)
        whole = _table(first, _operations(first, rows, []), tmp_path)
        assert {line.pop("Action") for line in whole} <= {"I"}
        assert held == {line["SourceRecordID"]: tuple(line.values()) for line in whole}
    assert held


def test_with_a_row_for_each_day_no_day_is_left_behind(later: Example, tmp_path: Path) -> None:
    split = _with(later, layout=layout.BY_DAY.name)
    night = next(row for row in later.rows if row.assignment.code == "NF")
    day = replace(night, ends_at=night.starts_at + timedelta(hours=2))
    rows = _table(split, _operations(split, [day], [night]), tmp_path)
    assert [(row["Action"], row["StartDate"], row["DurationHours"]) for row in rows] == [
        ("D", "03/07/2026", "5.00"),
        ("D", "03/08/2026", "7.50"),
        ("I", "03/07/2026", "2.00"),
    ]
    assert len({row["SourceRecordID"] for row in rows}) == 3


def test_the_words_of_actions_can_be_changed(later: Example, tmp_path: Path) -> None:
    renamed = _with(later, action_create="ADD", action_remove="")
    rows = _table(renamed, _operations(renamed, later.rows[:1], later.rows[1:2]), tmp_path)
    assert sorted(row["Action"] for row in rows) == ["ADD", "D"]


def test_records_without_either_name_are_sent_and_told_of(first: Example) -> None:
    desired = _desired(first, first.rows)
    told = list(CONNECTOR.notices(first.rows, desired, first.context))
    assert [one.payload["assignment_code"] for one in desired if one.payload["location"] == "Auditorium"] == ["CONF"]
    (one,) = told
    assert isinstance(one, Notice)
    assert (one.cause, one.subject_type, one.subject) == ("no_duty_name", "assignment", "Conference")
    assert one.label.startswith("Conference 2026-03-09 12:00–13:00 O'Connor")


def test_every_mapping_field_may_be_empty() -> None:
    assert [one.label for one in CONNECTOR.mapping] == ["NI Duty Hour Name", "NI Assignment Name", "Notes", "Location"]
    assert [one.problem("") for one in CONNECTOR.mapping] == [None] * 4


def test_the_layouts_are_the_columns_agreed() -> None:
    for one in layout.LAYOUTS:
        assert layout_from_json(layout_to_json(one), fields=layout.FIELDS) == one
    assert [column.header for column in layout.DEFAULT.columns] == [
        "UniqueID", "LastName", "FirstName", "DutyType", "AssignmentName", "Location", "StartDate", "StartTime", "EndDate",
        "EndTime", "DurationHours", "Notes", "Action", "SourceRecordID",
    ]  # fmt: skip
