"""Cells of mapping tables: read, kept, shown and judged, kind by kind; and rows that the settings decide about."""

from __future__ import annotations

import pytest

from integrations.contract import MappingField, Subject
from integrations.mapping_fields import row_clean, row_wrong
from tests.fakes.connectors.paybook.connector import CONNECTOR

SEGMENT = MappingField(
    "segment", "Segment Type", kind="choice", choices=(("R", "Regular"), ("B", "Break")), aliases=(("Required", "R"),)
)
LABOR = MappingField("labor", "Labor", kind="list", most=2, limit=4)


@pytest.mark.parametrize(
    ("field", "raw", "kept", "shown"),
    [
        (MappingField("a", "A"), " 007 ", " 007 ", " 007 "),
        (MappingField("a", "A"), "   ", None, ""),
        (MappingField("a", "A", kind="integer"), "0042", 42, "42"),
        (MappingField("a", "A", kind="integer"), "٣", "٣", "٣"),
        (MappingField("a", "A", kind="boolean"), "Yes", True, "yes"),
        (MappingField("a", "A", kind="boolean"), "no", False, ""),
        (MappingField("a", "A", kind="boolean"), "perhaps", "perhaps", "perhaps"),
        (SEGMENT, " regular ", "R", "Regular"),
        (SEGMENT, "REQUIRED", "R", "Regular"),
        (SEGMENT, "b", "B", "Break"),
        (SEGMENT, "Other", "Other", "Other"),
        (LABOR, "01| 2 ||x", ["01", "2", "x"], "01|2|x"),
        (LABOR, ["01", "2"], ["01", "2"], "01|2"),
        (LABOR, " | ", None, ""),
        (MappingField("z", "Z", kind="zone"), " America/Chicago ", "America/Chicago", "America/Chicago"),
    ],
)
def test_what_is_typed_is_kept_and_shown(field: MappingField, raw: object, kept: object, shown: str) -> None:
    assert field.clean(raw) == kept
    assert field.text(kept) == shown


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        (MappingField("a", "A", required=True), None, "A is required."),
        (MappingField("a", "A", limit=3), "abcd", "A has at most 3 characters."),
        (MappingField("a", "A"), "a\nb", "A must not hold line breaks."),
        (MappingField("a", "A", kind="integer", minimum=1, maximum=9), "x", "A must be a number from 1 to 9."),
        (MappingField("a", "A", kind="boolean"), "perhaps", "A must be yes or no."),
        (SEGMENT, "R", None),
        (SEGMENT, "Other", "Segment Type must be one of Regular, Break, not 'Other'."),
        (LABOR, ["01", "02"], None),
        (LABOR, ["1", "2", "3"], "Labor has at most 2 values, not 3."),
        (LABOR, ["12345"], "Labor has at most 4 characters."),
        (LABOR, ["a|b"], "Labor: 'a|b' holds the delimiter '|', which parts the values."),
        (MappingField("z", "Z", kind="zone"), "America/Chicago", None),
        (MappingField("z", "Z", kind="zone"), "Chicago", "Z: there is no zone 'Chicago'. Write it as America/Chicago."),
        (
            MappingField("c", "C", choices_from="comments"),
            "x",
            "C: there is no valid value yet. List them in the settings of this connection.",
        ),
    ],
)
def test_what_is_wrong_is_said(field: MappingField, value: object, wrong: str | None) -> None:
    assert field.problem(value) == wrong


def test_settings_make_valid_values_and_the_delimiter() -> None:
    settings = {"comments": " On call \n\nOvertime\r\nOn call", "delimiter": ";"}
    comment, labor = (
        MappingField("c", "C", choices_from="comments"),
        MappingField("l", "L", kind="list", delimiter_from="delimiter"),
    )
    assert comment.within(settings).choices == (("On call", "On call"), ("Overtime", "Overtime"))
    assert comment.within(settings).clean("on CALL") == "On call"
    assert labor.within(settings).clean("a|b;c") == ["a|b", "c"]
    assert labor.within({"delimiter": ""}).delimiter == "|"
    fields = (comment.within(settings), labor.within(settings))
    assert row_clean(fields, {"c": "overtime", "l": " "}) == {"c": "Overtime"}
    assert row_wrong(fields, {"c": "Gone", "l": ["a;b"]}) == {
        "c": "C must be one of On call, Overtime, not 'Gone'.",
        "l": "L: 'a;b' holds the delimiter ';', which parts the values.",
    }


def test_a_row_is_judged_by_its_fields_and_then_by_the_connector() -> None:
    settings = {"comments": "On call"}
    judge = CONNECTOR.row_problems
    assert judge(Subject.ASSIGNMENT, {"segment": "Regular", "comment": "On call"}, settings) == {}
    assert judge(Subject.ASSIGNMENT, {"segment": "Regular", "pay_code": "SICK", "comment": "On call"}, settings) == {
        "segment": "A row with a Pay Code Edit has no Segment Type. Leave one of the two empty."
    }
    assert judge(Subject.ASSIGNMENT, {"comment": "Gone"}, settings) == {
        "comment": "Comment must be one of On call, not 'Gone'."
    }
    assert judge(Subject.PERSON, {"home": "1", "away": "1"}, settings) == {
        "away": "Away COID is the same as Home COID."
    }
    assert judge(Subject.TYPE_PAIR, {}, settings) == {}
