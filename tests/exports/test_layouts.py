"""Layouts: what they write, what they refuse, and that nothing is lost between writing and reading."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.formats.epic_on_call_finder.layout import DEFAULT, FIELDS
from exports.layouts import (
    Column,
    Field,
    Layout,
    LayoutError,
    RenderReport,
    file_name,
    layout_from_json,
    layout_to_json,
    render,
)
from exports.layouts.patterns import PatternError, formatter

SOME = (
    Field("a", "A"),
    Field("b", "B"),
    Field("n", "N", "integer"),
    Field("flag", "Flag", "boolean"),
    Field("day", "Day", "date"),
    Field("wall", "Wall", "wall"),
    Field("at", "At", "instant"),
)
TWO = Layout(name="Two", file_name="x_{sequence}.csv", columns=(Column("A", "a"), Column("B", "b")))


def written(layout: Layout, *records: dict, zone: str = "America/Chicago", report: RenderReport | None = None) -> bytes:
    return b"".join(render(layout, records, fields=SOME, organization_zone=zone, report=report))


# Line separators that csv leaves alone stay; only NUL is left out, which no text column of PostgreSQL can hold.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@given(
    rows=st.lists(st.tuples(texts, texts), max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from(["minimal", "all"]),
    line_ending=st.sampled_from(["crlf", "lf"]),
    encoding=st.sampled_from(["utf-8", "utf-16le"]),
    bom=st.booleans(),
)
def test_reading_what_was_written_gives_it_back(rows, delimiter, quoting, line_ending, encoding, bom) -> None:
    layout = replace(TWO, delimiter=delimiter, quoting=quoting, line_ending=line_ending, encoding=encoding, bom=bom)
    text = written(layout, *({"a": a, "b": b} for a, b in rows)).decode(encoding)
    assert text.startswith("\ufeff") is bom
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))
    assert read == [["A", "B"], *([a, b] for a, b in rows)]


@given(rows=st.lists(texts, max_size=8))
def test_a_single_column_loses_no_row(rows) -> None:
    layout = replace(TWO, columns=(Column("A", "a"),), header=False)
    read = list(csv.reader(io.StringIO(written(layout, *({"a": a} for a in rows)).decode(), newline="")))
    assert read == [[a] for a in rows]


@given(rows=st.lists(st.tuples(texts, st.none() | texts), max_size=5))
def test_a_missing_value_can_be_told_from_a_value_that_looks_like_it(rows) -> None:
    """A value equal to the token is quoted; the token itself never is."""
    layout = replace(TWO, null="\\N", header=False)
    data = written(layout, {"a": "\\N", "b": None}, *({"a": a, "b": b} for a, b in rows))
    assert data.startswith(b'"\\N",\\N\r\n')


def test_the_same_input_gives_the_same_bytes_in_pieces_of_any_size() -> None:
    records = [{"a": f"row {n} é", "b": "x" * 50} for n in range(5_000)]
    pieces = list(render(TWO, records, fields=SOME, organization_zone="UTC"))
    assert len(pieces) > 3
    assert b"".join(pieces) == written(TWO, *records)


def test_texts_numbers_flags_and_templates() -> None:
    layout = replace(
        TWO,
        header=False,
        columns=(
            Column("1", template="{{{a}}} – {b|n}"),
            Column("2", "n"),
            Column("3", "flag"),
            Column("4"),
            Column("5", template="fixed"),
        ),
    )
    assert written(layout, {"a": "x", "b": "", "n": 0, "flag": False}).decode() == "{x} – 0,0,false,,fixed\r\n"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("utc", "2026-03-08 08:30"),
        ("organization", "2026-03-08 03:30"),
        ("department", "2026-03-08 04:30"),
        ("mapping", "2026-03-08 01:30"),
    ],
)
def test_instants_are_converted_to_the_zone_of_the_layout(zone: str, expected: str) -> None:
    layout = replace(TWO, header=False, zone=zone, columns=(Column("At", "at", format="YYYY-MM-DD HH:mm"),))
    record = {"at": "2026-03-08T08:30:00+00:00", "zone": "America/New_York", "mapping_zone": "America/Denver"}
    assert written(layout, record).decode().strip() == expected


def test_walls_and_dates_are_written_as_they_are() -> None:
    layout = replace(
        TWO,
        header=False,
        columns=(Column("1", "wall", format="datetime"), Column("2", "day"), Column("3", "day", format="D MMM YY ddd")),
    )
    record = {"wall": "2026-03-08T02:30:00", "day": "2026-03-08"}
    assert written(layout, record) == b"2026-03-08T02:30:00,2026-03-08,8 Mar 26 Sun\r\n"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("MM/DD/YYYY HHmm", "03/02/2026 0005"),
        ("M/D/YY h:mm A", "3/2/26 12:05 AM"),
        ("YYYY-MM-DD[T]HH:mm:ssZ", "2026-03-02T00:05:09+00:00"),
        ("hh[h]", "12h"),
    ],
)
def test_patterns(pattern: str, expected: str) -> None:
    assert formatter(pattern)(datetime(2026, 3, 2, 0, 5, 9, tzinfo=UTC)) == expected


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "YYYYxMM", "yyyy-MM-dd", "HH:mm [h", ""])
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        formatter(pattern)


def test_a_long_value_is_refused_with_row_and_column_or_cut_with_a_warning() -> None:
    layout = replace(TWO, columns=(Column("A", "a", limit=3), Column("B", "b")))
    with pytest.raises(LayoutError, match=r"Column A: row 2 has 4 characters, and at most 3"):
        written(layout, {"a": "abc"}, {"a": "abcd"})
    report = RenderReport()
    assert written(replace(layout, over_long="cut"), {"a": "abc"}, {"a": "abcd"}, report=report).endswith(b"abc,\r\n")
    assert report.warnings == ("Column A: 1 values were too long and were cut.",)
    assert report.rows == 2


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("a;b", "holds the delimiter ';'"),
        ('say "x"', "holds a quote"),
        ("two\nlines", "holds a line break"),
        ("-", "looks like a missing value"),
    ],
)
def test_without_quotes_a_value_that_needs_them_is_refused(value: str, why: str) -> None:
    with pytest.raises(LayoutError) as refused:
        written(replace(TWO, quoting="none", delimiter=";", null="-"), {"a": "x"}, {"a": "x, y", "b": value})
    assert str(refused.value) == (
        f"Column B: row 2: {value!r} {why}, and this layout does not quote. "
        "Let it quote, or change the value or the delimiter."
    )


def test_a_character_that_the_encoding_lacks_is_refused_with_its_place() -> None:
    layout = replace(TWO, encoding="windows-1252")
    assert written(layout, {"a": "é"}).splitlines()[1] == b"\xe9,"
    with pytest.raises(LayoutError) as refused:
        written(layout, {"a": "x", "b": "y"}, {"a": "a, b", "b": 'Łucja "Lu"'})
    assert str(refused.value) == (
        "Column B: row 2: 'Łucja \"Lu\"' has the character 'Ł' (U+0141), which does not exist in windows-1252. "
        "Choose utf-8, or spell it otherwise."
    )


@pytest.mark.parametrize(
    ("name", "encoding", "bytes_or_bad"),
    [
        ("Núñez", "windows-1252", b"N\xfa\xf1ez"),
        ("Núñez", "iso-8859-1", b"N\xfa\xf1ez"),
        ("O\u2019Connor", "windows-1252", b"O\x92Connor"),
        ("Núñez", "us-ascii", "ú"),
        ("O\u2019Connor", "iso-8859-1", "\u2019"),
        ("Zielińska", "windows-1252", "ń"),
    ],
)
def test_accented_names_are_written_or_named(name: str, encoding: str, bytes_or_bad: bytes | str) -> None:
    layout = replace(TWO, encoding=encoding, header=False)
    if isinstance(bytes_or_bad, bytes):
        assert written(layout, {"a": name}) == bytes_or_bad + b",\r\n"
        return
    with pytest.raises(LayoutError) as refused:
        written(layout, {"a": name})
    assert str(refused.value).startswith(f"Column A: line 1: {name!r} has the character {bytes_or_bad!r} (U+")


def test_a_character_that_is_lacking_is_found_far_into_a_long_file() -> None:
    records = [{"a": "x" * 60, "b": "y"} for _ in range(5_000)]
    records[4_321] = {"a": "one,two", "b": "Ł"}
    with pytest.raises(LayoutError, match=r"^Column B: row 4322: 'Ł' has"):
        written(replace(TWO, encoding="us-ascii"), *records)


def test_line_breaks_become_one_space_where_wanted() -> None:
    layout = replace(TWO, line_breaks="space", header=False)
    assert written(layout, {"a": "one \r\n\r\n two\u2028three\x85", "b": "\n"}).decode() == "one two three,\r\n"


def test_file_names() -> None:
    layout = replace(TWO, file_name="{kind}_{organization}_{date}_{time}_{sequence}.csv")
    name = file_name(
        layout,
        kind="epic",
        organization="St. Mary's / East",
        at=datetime(2026, 3, 2, 5, 4, 3, tzinfo=UTC),
        zone_name="America/Chicago",
        sequence=12,
    )
    assert name == "epic_St_Mary_s_East_20260301_230403_000012.csv"


def test_json_and_back() -> None:
    assert layout_from_json(layout_to_json(DEFAULT), fields=FIELDS) == DEFAULT


BASE = {"name": "X", "file_name": "x_{sequence}.csv", "columns": [{"header": "A", "source": "a"}]}


def column(**parts: object) -> dict:
    return {"columns": [{"header": "Start"} | parts]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name must be a text that is not empty"),
        ({"colour": "red"}, "'colour' is not a part of a layout"),
        ({"columns": []}, "columns must be a list of 1 to 200"),
        ({"columns": [{"source": "a"}]}, "Column number 1 needs a header"),
        ({"columns": [BASE["columns"][0]] * 2}, "Column A: there are two columns"),
        (column(source="stat"), "Column Start: there is no field 'stat'. Fields are: a, at, b"),
        (column(source="a", template="{b}"), "Column Start: give it a source or a template"),
        (column(source="a", width=3), "Column Start: 'width' is not a part of a column"),
        (column(source="a", limit=0), "Column Start: limit must be a whole number from 1"),
        (column(source="a", limit=True), "Column Start: limit must be a whole number from 1"),
        (column(source="at"), "Column Start: at is a time: set format"),
        (column(source="at", format="dd/mm"), "Column Start: The pattern 'dd/mm' has the letter 'd'"),
        (column(source="wall", format="HH:mmZ"), "Column Start: wall is a wall time and has no offset"),
        (column(source="day", format="HHmm"), "Column Start: day is a date"),
        (column(source="a", format="date"), "Column Start: a format is for dates and times only"),
        (column(template="{a"), "Column Start: The template '{a' has a brace"),
        (column(template="{a.b}"), "Column Start: The template"),
        (column(template="{nobody}"), "Column Start: there is no field 'nobody'"),
        (column(template="{at}"), "Column Start: at is a time and needs a column of its own"),
        ({"delimiter": "||"}, "delimiter must be one character"),
        ({"delimiter": '"'}, "delimiter must be one character"),
        ({"null": "a,b"}, "null must not hold the delimiter"),
        ({"quoting": "some"}, "quoting is 'some'; it must be one of: minimal, all, none"),
        ({"encoding": "latin1"}, "encoding is 'latin1'"),
        ({"encoding": "us-ascii", "bom": True}, "A byte order mark belongs to"),
        ({"bom": "yes"}, "bom must be true or false"),
        ({"overnight": "split"}, "These records have no start and end, so they cannot be split"),
        ({"overnight": "never"}, "overnight is 'never'; it must be one of: as_is, split"),
        (
            column(header="Prénom", source="a") | {"encoding": "us-ascii"},
            "Column Prénom: the header has the character 'é'",
        ),
        (column(header="A,B", source="a") | {"quoting": "none"}, "Column A,B: the header needs quotes"),
        ({"date_pattern": "%d"}, "date_pattern: The pattern '%d'"),
        ({"file_name": "x.csv"}, "file_name needs {sequence}"),
        ({"file_name": "../{sequence}"}, "file_name must be a plain name"),
        ({"file_name": ".x{sequence}"}, "file_name must not begin with a dot"),
        ({"file_name": "{user}{sequence}"}, "file_name: {user} is not known"),
    ],
)
def test_layouts_that_are_refused(change: dict, message: str) -> None:
    with pytest.raises(LayoutError) as refused:
        layout_from_json(json.dumps(BASE | change), fields=SOME)
    assert message in str(refused.value)


def test_text_that_is_no_layout_is_refused() -> None:
    for text in ("", "[1]", "{", '"x"'):
        with pytest.raises(LayoutError):
            layout_from_json(text, fields=SOME)
