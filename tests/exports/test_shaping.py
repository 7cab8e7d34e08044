"""What file connectors say alike of a published shift."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exports import shaping
from exports.formats.epic_on_call_finder.connector import CONNECTOR
from integrations.contract import ConfigError, Skipped, Unit
from integrations.examples import example_load
from scheduling.types import PublishedRow


@pytest.fixture(scope="module")
def row() -> PublishedRow:
    """A shift with a person who has a Unique ID and no Custom 1."""
    folder = Path(shaping.__file__).parent / "formats" / "epic_on_call_finder" / "examples" / "both_nights"
    return example_load(CONNECTOR, folder).rows[0]


def _why_not(row: PublishedRow, *, person_field: str = "unique_id", placeholders: str = "omit") -> Skipped | None:
    return shaping.left_out(
        Unit("u", (row,)), row, person_field=person_field, placeholders=placeholders, identifier="the id"
    )


def test_a_person_with_the_identifier_is_sent_and_one_without_is_listed_with_what_to_do(row: PublishedRow) -> None:
    assert _why_not(row) is None
    why_not = _why_not(row, person_field="custom1")
    assert why_not is not None and row.person is not None
    assert (why_not.unit, why_not.cause, why_not.subject_type, why_not.silent) == ("u", "no_person_id", "person", False)
    assert why_not.text == "Núñez, José has no Custom 1. Enter the id there."
    assert why_not.subject_id == row.person.public_id
    assert why_not.label == "Cardiology Night 2026-03-06 19:00–07:00 Núñez, José"


def test_blanks_are_no_identifier_but_blanks_around_one_stay(row: PublishedRow) -> None:
    assert row.person is not None
    blank = replace(row, person=replace(row.person, unique_id="  "))
    assert (why := _why_not(blank)) is not None and why.cause == "no_person_id"
    assert shaping.identifier_of(replace(row.person, unique_id="  0042 "), "unique_id") == "  0042 "


def test_an_employee_id_is_called_so(row: PublishedRow) -> None:
    why_not = _why_not(row, person_field="employee_id")
    assert why_not is not None and why_not.text == "Núñez, José has no Employee ID. Enter the id there."


def test_placeholders_are_left_out_silently_or_sent_without_a_number(row: PublishedRow) -> None:
    assert row.person is not None
    phone = replace(row.person, is_placeholder=True, unique_id="PH-1")
    why_not = _why_not(replace(row, person=phone))
    assert why_not is not None and (why_not.cause, why_not.silent) == ("placeholder", True)
    assert _why_not(replace(row, person=phone), placeholders="export") is None
    assert shaping.identifier_of(phone, "unique_id") == ""


def test_an_open_shift_is_listed_under_the_shift(row: PublishedRow) -> None:
    why_not = _why_not(replace(row, person=None))
    assert why_not is not None
    assert (why_not.cause, why_not.subject_type, why_not.subject_id) == ("open_shift", "shift", row.shift_id)
    assert why_not.label == "Cardiology Night 2026-03-06 19:00–07:00 open"


def test_an_identifier_that_does_not_exist_is_refused(row: PublishedRow) -> None:
    with pytest.raises(ConfigError, match="no identifier called 'shoe_size'"):
        _why_not(row, person_field="shoe_size")


def test_every_shared_field_has_its_value_and_no_value_is_without_a_field(row: PublishedRow) -> None:
    assert row.person is not None
    pairs = (
        (shaping.NAME_FIELDS, shaping.name_payload(row.person)),
        (shaping.CONTACT_FIELDS, shaping.contact_payload(row.person)),
        (shaping.STAFF_FIELDS, shaping.staff_payload(row.person)),
        (shaping.TIME_FIELDS, shaping.time_payload(row)),
        (shaping.DEPARTMENT_FIELDS, shaping.department_payload(row.department)),
        (shaping.ASSIGNMENT_FIELDS, shaping.assignment_payload(row.assignment)),
    )
    for fields, payload in pairs:
        assert [one.name for one in fields] == list(payload)
        assert json.loads(json.dumps(payload)) == payload


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8 * 3600, "8.00"), (7 * 3600, "7.00"), (9 * 3600, "9.00"), (20 * 60, "0.33"), (18, "0.01"), (17, "0.00")],
)
def test_hours_pass_between_instants(seconds: int, text: str) -> None:
    start = datetime(2026, 3, 8, 5, 0, tzinfo=UTC)
    assert shaping.elapsed_hours(start, start + timedelta(seconds=seconds)) == text


def test_a_mapping_value_is_text() -> None:
    assert [shaping.mapped_text({"a": 7, "b": None, "c": " 0"}, name) for name in "abcd"] == ["7", "", " 0", ""]
