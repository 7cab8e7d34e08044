"""Rules of the OpTime file that its examples do not show."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from exports.formats.epic_optime import layout
from exports.formats.epic_optime.connector import CONNECTOR
from exports.layouts import layout_from_json, layout_to_json
from integrations.contract import Desired, MappingValues, Skipped
from integrations.examples import Example, example_load, examples_folder, shape


@pytest.fixture
def nights() -> Example:
    """Two facilities in three zones, over both nights on which clocks change."""
    return example_load(CONNECTOR, examples_folder(CONNECTOR) / "both_nights")


def _desired(example: Example) -> list[Desired]:
    return [one for one in shape(CONNECTOR, example.rows, example.context) if isinstance(one, Desired)]


def _table(example: Example, spool: Path, **settings: Any) -> list[dict[str, str]]:
    context = replace(example.context, settings={**example.context.settings, **settings})
    written = CONNECTOR.write(_desired(replace(example, context=context)), context, sequence=1, spool=spool)
    with written.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _moment(row: dict[str, str], day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{row[day]}T{row[time]}").replace(tzinfo=ZoneInfo(row["Timezone"]))


def test_off_types_are_unavailable_and_all_else_is_available(nights: Example) -> None:
    statuses = {(row.assignment.code, row.assignment.is_off) for row in nights.rows}
    assert {("VAC", True), ("POST", True), ("OR", False)} <= statuses
    found = {(one.payload["assignment"], one.payload["status"]) for one in _desired(nights)}
    assert found == {
        ("Vacation", "U"), ("Post Call", "U"), ("OR Day", "A"), ("OR Call", "A"), ("OR Early", "A"), ("East Late", "A"),
    }  # fmt: skip


def test_the_words_of_the_status_can_be_changed(nights: Example) -> None:
    settings = {**nights.context.settings, "word_unavailable": "OFF", "word_available": ""}
    found = _desired(replace(nights, context=replace(nights.context, settings=settings)))
    assert {one.payload["status"] for one in found} == {"OFF", "A"}


def test_the_zone_is_the_mappings_else_the_departments(nights: Example) -> None:
    zones = {
        (one.payload["import_group"], one.payload["assignment_code"], one.payload["timezone"])
        for one in _desired(nights)
    }
    assert ("DENVER OR", "CALL", "America/Denver") in zones
    assert ("LAKE OR", "CALL", "America/Chicago") in zones
    assert ("East, Main", "POST", "America/New_York") in zones
    assert ("East, Main", "LATE", "America/Chicago") in zones


def test_a_row_for_each_day_covers_the_same_time_of_each_resource(nights: Example, tmp_path: Path) -> None:
    whole = _table(nights, tmp_path)
    days = _table(nights, tmp_path, layout="OpTime availability, one row per day")
    assert len(days) == len(whole) + 4  # the two nights on call, in two facilities each
    identity = ("ImportGroup", "ResourceID", "Assignment", "Timezone", "Status", "Notes")

    def covered(rows: list[dict[str, str]]) -> dict[tuple[str, ...], timedelta]:
        total: dict[tuple[str, ...], timedelta] = defaultdict(timedelta)
        for row in rows:
            begins, ends = (_moment(row, "AvailabilityDate", "StartTime"), _moment(row, "EndDate", "EndTime"))
            total[tuple(row[name] for name in identity)] += ends.astimezone(ZoneInfo("UTC")) - begins.astimezone(
                ZoneInfo("UTC")
            )
        return total

    assert covered(days) == covered(whole)
    for row in days:
        next_day = str((datetime.fromisoformat(row["AvailabilityDate"]) + timedelta(days=1)).date())
        same_day = row["EndDate"] == row["AvailabilityDate"]
        assert same_day or (row["EndDate"], row["EndTime"]) == (next_day, "00:00")
    off = {row["AvailabilityDate"]: row for row in days if row["Assignment"] == "Vacation"}
    assert set(off) == {"2026-03-06", "2026-03-08", "2026-11-01"}, "no second row of nothing at the midnight they end"


def test_a_zone_that_does_not_exist_leaves_its_rows_out_and_lists_them(nights: Example) -> None:
    """A saved zone can be gone from a later database of zones; the other rows must still go out."""
    gone = {"import_group": "X", "resource_type": "1", "timezone": "America/Nowhere"}
    good = {"import_group": "Y", "resource_type": "1"}
    mapping = {1: (MappingValues(1, 1, gone), MappingValues(2, 2, good)), 4: (MappingValues(3, 1, gone),)}
    broken = replace(nights, context=replace(nights.context, mapping=mapping))
    shaped = shape(CONNECTOR, broken.rows, broken.context)
    assert {one.payload["import_group"] for one in shaped if isinstance(one, Desired)} == {"Y"}
    listed = [one for one in shaped if isinstance(one, Skipped) and one.cause == "unknown_zone"]
    assert sorted(one.subject for one in listed) == ["OR Day", "OR Day", "Vacation", "Vacation", "Vacation"]
    assert {one.text for one in listed} == {
        "Timezone: there is no zone 'America/Nowhere'. Write it as America/Chicago, or leave it empty."
    }


def test_what_is_mapped_wrongly_is_refused_cell_by_cell() -> None:
    problems = {one.name: one.problem for one in CONNECTOR.mapping}
    assert problems["import_group"]("") == "Import Group is required."
    assert problems["resource_type"](None) == "Resource Type is required."
    assert problems["role"]("") is None and problems["timezone"]("") is None
    assert problems["timezone"]("America/Denver") is None
    assert "'Mountain Time'" in (problems["timezone"]("Mountain Time") or "")


def test_a_facility_without_a_row_is_told_of(nights: Example) -> None:
    assert list(CONNECTOR.notices(nights.rows, _desired(nights), nights.context)) == []
    lake = [one for one in _desired(nights) if one.payload["import_group"] == "LAKE OR"]
    told = [one.subject for one in CONNECTOR.notices(nights.rows, lake, nights.context)]
    assert told == ["Import Group DENVER OR", "Import Group East, Main"]


def test_the_layouts_are_the_columns_agreed_and_differ_in_midnight_only() -> None:
    for one in layout.LAYOUTS:
        assert layout_from_json(layout_to_json(one), fields=layout.FIELDS) == one
    assert [column.header for column in layout.DEFAULT.columns] == [
        "ImportGroup", "ResourceID", "ResourceName", "ResourceType", "Role", "AvailabilityDate", "StartTime", "EndDate",
        "EndTime", "Timezone", "Status", "Assignment", "Notes",
    ]  # fmt: skip
    assert replace(layout.BY_DAY, name=layout.DEFAULT.name, overnight="as_is") == layout.DEFAULT
