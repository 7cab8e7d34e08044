"""Rules of the On Call Finder file that its examples do not show."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exports.formats.epic_on_call_finder import layout
from exports.formats.epic_on_call_finder.connector import CONNECTOR
from exports.layouts import layout_from_json, layout_to_json
from integrations.contract import Desired, FileWritten, MappingValues, Notice, Skipped
from integrations.examples import Example, example_load, examples_folder, shape


@pytest.fixture
def short() -> Example:
    """Four shifts, two teams each; the first has a long note."""
    return example_load(CONNECTOR, examples_folder(CONNECTOR) / "short_notes")


def _with(example: Example, **settings: Any) -> Example:
    return replace(example, context=replace(example.context, settings={**example.context.settings, **settings}))


def _parts(example: Example) -> tuple[list[Desired], list[Skipped]]:
    shaped = shape(CONNECTOR, example.rows, example.context)
    return [one for one in shaped if isinstance(one, Desired)], [one for one in shaped if isinstance(one, Skipped)]


def _written(example: Example, spool: Path) -> tuple[list[dict[str, str]], FileWritten]:
    written = CONNECTOR.write(_parts(example)[0], example.context, sequence=1, spool=spool)
    with written.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)), written


def test_notes_that_are_cut_are_told_of_in_the_receipt(short: Example, tmp_path: Path) -> None:
    rows, written = _written(short, tmp_path)
    assert max(len(row["Notes"]) for row in rows) == 30
    assert written.warnings == ("2 notes had more than 30 characters and were cut.",)
    rows, written = _written(_with(short, notes_limit=None), tmp_path)
    assert rows[0]["Notes"] == 'Call: Ring twice, then page; "STEMI" goes first, always'
    assert written.warnings == ()


def test_a_note_is_as_long_as_it_is_written(short: Example, tmp_path: Path) -> None:
    """A line break counts as the one space it becomes; a note of exactly the limit is not cut."""
    first = replace(short.rows[0], note="ab \r\n\r\n cd")
    exact = _with(replace(short, rows=(first,)), notes_limit=len("Call: ab cd"))
    rows, written = _written(exact, tmp_path)
    assert [row["Notes"] for row in rows] == ["Call: ab cd", "ab cd"]
    assert written.warnings == ()
    assert [row["Notes"] for row in _written(_with(exact, notes_limit=10), tmp_path)[0]] == ["Call: ab c", "ab cd"]
    assert [row["Notes"] for row in _written(_with(exact, notes_limit=9), tmp_path)[0]] == ["Call: ab", "ab cd"]


def test_notes_that_are_refused_leave_their_rows_out_and_are_listed_once(short: Example) -> None:
    desired, skipped = _parts(_with(short, notes_too_long="refuse"))
    assert len(desired) == 6
    (one,) = skipped
    assert (one.cause, one.subject_type, one.subject_id) == ("notes_too_long", "shift", short.rows[0].shift_id)
    assert one.text == (
        "The notes for team 00501, 00777 have more than 30 characters. "
        "Shorten the shift's note or the prefix, or let long notes be cut."
    )
    # Only the prefix makes it too long: the other team still gets its row.
    desired, skipped = _parts(_with(short, notes_too_long="refuse", notes_limit=52))
    assert len(desired) == 7 and "team 00501 have" in skipped[0].text


def test_the_comment_of_a_team_stands_on_every_row_or_on_its_first(short: Example, tmp_path: Path) -> None:
    every = [
        (row["TeamID"], row["TeamComment"]) for row in _written(_with(short, team_comment_rows="every"), tmp_path)[0]
    ]
    assert every.count(("00501", "STEMI: ring 5-1111")) == 4 and every.count(("00778", "Until 22:00")) == 2
    first = [(row["TeamID"], row["TeamComment"]) for row in _written(short, tmp_path)[0]]
    assert [one for one in first if one[1]] == [("00501", "STEMI: ring 5-1111"), ("00778", "Until 22:00")]
    assert first[0][1] and len(first) == len(every) == 8


def test_two_comments_of_one_team_are_both_told(short: Example, tmp_path: Path) -> None:
    values = {"team_id": "00501", "team_comment": "Other"}
    other = {id: (MappingValues(9, 1, values),) if id == 2 else rows for id, rows in short.context.mapping.items()}
    rows, _ = _written(replace(short, context=replace(short.context, mapping=other)), tmp_path)
    assert [row["TeamComment"] for row in rows if row["TeamComment"]] == ["STEMI: ring 5-1111", "Other"]


def test_the_call_order_is_the_mappings_then_the_shifts_then_none(short: Example) -> None:
    orders = {one.label: one.payload["call_order"] for one in _parts(short)[0]}
    assert {label.split(" 2026-")[0] + label[-15:]: order for label, order in orders.items() if order} == {
        "Cardiology Call for team 00501": 4,
        "Cardiology Call for team 00777": 4,
        "Cardiology Backup for team 00501": 2,
    }
    assert list(orders.values()).count(None) == 4


def test_a_role_is_passed_through_as_it_is(short: Example) -> None:
    odd = "  1º Call / «R2»; x"
    mapping = {1: (MappingValues(1, 1, {"team_id": "1", "role": odd}),)}
    desired, _ = _parts(replace(short, context=replace(short.context, mapping=mapping)))
    assert {one.payload["role"] for one in desired} == {odd}


def test_a_mapped_team_without_a_row_is_told_of_and_holds_nothing_back(short: Example) -> None:
    def told(example: Example) -> list[Notice]:
        return list(CONNECTOR.notices(example.rows, _parts(example)[0], example.context))

    assert told(short) == []
    quiet = replace(short, rows=tuple(row for row in short.rows if row.assignment.code == "CALL"))
    (one,) = told(quiet)
    assert (one.cause, one.subject_type, one.subject) == ("no_rows", "target", "Team 00778")
    assert one.text.startswith("It is mapped and has no row in the whole window.")
    assert [one.subject for one in told(replace(short, rows=()))] == ["Team 00501", "Team 00777", "Team 00778"]


def test_the_window_is_a_day_back_and_thirty_forward_unless_set() -> None:
    today = example_load(CONNECTOR, examples_folder(CONNECTOR) / "short_notes").context.today
    first, last = CONNECTOR.window_dates({}, today, ())
    assert first is not None and last is not None
    assert ((today - first).days, (last - today).days) == (1, 30)
    first, last = CONNECTOR.window_dates({"days_back": 0, "days_forward": 14}, today, ())
    assert first == today and last is not None and (last - today).days == 14


def test_the_layouts_are_the_same_but_for_the_source() -> None:
    for one in layout.LAYOUTS:
        assert layout_from_json(layout_to_json(one), fields=layout.FIELDS) == one
    headers = [column.header for column in layout.DEFAULT.columns]
    assert headers == [
        "TeamID", "TeamName", "ProviderID", "ProviderName", "Role", "CallOrder", "StartDate", "StartTime", "EndDate",
        "EndTime", "Notes", "TeamComment", "ContactNumber",
    ]  # fmt: skip
    assert [column.header for column in layout.WITH_SOURCE.columns] == [*headers, "SourceRecordID"]
