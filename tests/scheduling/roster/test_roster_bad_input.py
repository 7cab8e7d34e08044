"""What is wrong with a file is said with its row and column, and nothing raises but RosterFileError."""

import contextlib
import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from roster_rendering import csv_bytes, parse_book, parse_rows, saved, xlsx_bytes

from scheduling.roster.codes import parse_shift_codes
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.parse import parse_roster
from scheduling.roster.read import roster_read
from scheduling.roster.types import Cell, RosterFileError, Sheet

GRID = ["Staff ID", "Name", "2026-03-02", "2026-03-03"]
LIST = ["Date", "Shift", "Start", "End", "Staff ID", "Name", "Note"]
GOOD = ["2026-03-02", "E", "06:30", "14:30", "1", "Berg, Anna", ""]


def line(**changes):
    names = ["date", "shift", "start", "end", "id", "name", "note"]
    return [changes.get(name, value) for name, value in zip(names, GOOD, strict=True)]


@pytest.mark.parametrize(
    ("rows", "row", "column", "parts"),
    [
        ([LIST, line(date="2026-02-30")], 2, "A", ["2026-02-30", "not a date that exists"]),
        ([LIST, line(date="soon")], 2, "A", ["“soon” is not a date"]),
        ([LIST, line(date="")], 2, "A", ["no date"]),
        ([LIST, line(date="02/25/2026"), line(date="03/26/2026"), line(date="26/03/2026")], 4, "A", ["month/day"]),
        ([LIST, line(shift="")], 2, "B", ["no shift code"]),
        ([LIST, line(start="25:00")], 2, "C", ["“25:00” is not a time"]),
        ([LIST, line(end="14:60")], 2, "D", ["“14:60” is not a time"]),
        ([LIST, line(end="")], 2, "D", ["none for its end"]),
        ([LIST, line(id="")], 2, "F", ["“Berg, Anna” has no staff id"]),
        ([LIST, line(name='=HYPERLINK("x")')], 2, "F", ["is a formula"]),
        ([LIST, line(name="+Berg")], 2, "F", ["begins like a formula"]),
        ([LIST, line(name="@Berg")], 2, "F", ["begins like a formula"]),
        ([LIST, line(name="-Berg")], 2, "F", ["begins like a formula"]),
        ([LIST, line(id="=1+1")], 2, "E", ["is a formula"]),
        ([LIST, line(note="=A1")], 2, "G", ["is a formula"]),
        ([LIST, line(name="B" * 121)], 2, "F", ["121 characters", "120"]),
        ([LIST, line(note="n" * 2001)], 2, "G", ["2,001 characters", "2,000"]),
        ([LIST, line(shift="E" * 41)], 2, "B", ["41 characters", "40"]),
        ([LIST, line(name="Be\x07rg")], 2, "F", ["control character U+0007"]),
        ([LIST, line(note="a\x1bb")], 2, "G", ["control character U+001B"]),
        ([LIST, line(), line(name="Ode, Ben", shift="N")], 3, "E", ["“1”", "“Berg, Anna” in row 2", "“Ode, Ben” in row 3"]),
        ([LIST, line(), line()], 3, "B", ["twice", "row 2", "row 3"]),
        ([GRID, ["1", "A, B", "E", ""], ["1", "C, D", "", "E"]], 3, "A", ["“A, B” in row 2", "“C, D” in row 3"]),
        ([GRID, ["1", "A, B", "E", ""], ["", "C, D", "", "E"]], 3, "B", ["“C, D” has no staff id"]),
        ([GRID, ["1", "A, B", "E", ""], ["", "", "", "E"]], 3, "D", ["no person"]),
        ([GRID, ["1", "A, B", "(note)", "E"]], 2, "C", ["note but no shift code"]),
        ([GRID, ["1", "A, B", "=B2", "E"]], 2, "C", ["is a formula"]),
        ([[*GRID, "2026-02-30"], ["1", "A, B", "E", "", "E"]], 1, "E", ["“2026-02-30” is not a date that exists"]),
        ([[*GRID, "3/2/2026"], ["1", "A, B", "E", "", "E"]], 1, "E", ["stands in C1 and E1"]),
        ([["Datum", "Dienst", "Wer"], ["2026-03-02", "E", "x"]], 1, None, ["Datum", "Dienst", "expected|needs"]),
        ([["Shift", *GRID[2:]], ["Early", "Berg, Anna", "Ode, Ben"]], 1, None, ["column for the person", "“Shift”"]),
        ([["Datum", "Dienst", "Wer"], *[[f"2026-03-0{i}", "E", "Berg, Anna"] for i in (2, 3, 4)]], 1, None, ["Datum"]),
        ([["Date", "Dienst", "Name"], ["2026-03-02", "E", "x"]], 1, None, ["column for the shift", "“Dienst”", "Code"]),
        ([["Date", "Shift", "Wer"], ["2026-03-02", "E", "x"]], 1, None, ["column for the person", "“Wer”", "Staff ID"]),
    ],
)  # fmt: skip
def test_bad_rows_are_named(rows, row, column, parts):
    errors = parse_rows(rows).errors
    assert len(errors) == 1, [str(error) for error in errors]
    assert (errors[0].row, errors[0].column) == (row, column)
    for part in parts:
        assert any(option in str(errors[0]) for option in part.split("|")), str(errors[0])
    assert errors[0].advice
    assert f"Row {row}" in str(errors[0])


def test_end_date_before_the_start():
    rows = [
        ["Date", "Shift", "Start", "End", "End date", "ID"],
        ["2026-03-02", "E", "21:00", "07:00", "2026-03-02", "1"],
    ]
    (error,) = parse_rows(rows).errors
    assert (error.row, error.column) == (2, "E")
    assert "before it starts" in error.message


def test_one_person_spelled_twice_and_one_name_with_two_ids_are_doubts():
    rows = [LIST, line(), line(name="Anna Berg", shift="N"), line(id="2", shift="N")]
    parse = parse_rows(rows)
    assert parse.errors == ()
    assert [warning.row for warning in parse.warnings] == [3, 4]
    assert "one person" in parse.warnings[0].message
    assert "two people" in parse.warnings[1].message


def test_thousands_of_errors_are_counted_not_listed():
    parse = parse_rows([LIST, *[line(date="never", id=str(i), name="") for i in range(800)]])
    assert len(parse.errors) == 501
    assert "300 more" in parse.errors[-1].message


def test_excel_formula_merged_cells_hidden_rows_and_changed_cells():
    book = Workbook()
    sheet = book.active
    for row in (
        [*GRID, "2026-03-04"],
        ["1", '="A"&"B"', "E"],
        ["2", "C, D", "N"],
        ["3", "E, F", date(2026, 7, 3)],
    ):
        sheet.append(row)
    sheet.merge_cells("C3:E3")
    sheet.row_dimensions[3].hidden = True
    parse = parse_book(saved(book))
    assert [(e.row, e.column) for e in parse.errors] == [(2, "B"), (3, "C"), (4, "C")]
    formula, merged, changed = (error.message for error in parse.errors)
    assert "is a formula" in formula
    assert "C3:E3 are merged" in merged
    assert "date or time (2026-07-03)" in changed
    assert "hidden" in parse.warnings[0].message


def test_formula_outside_what_is_read_is_an_error_unless_asked():
    data = xlsx_bytes([[*GRID, "Total"], ["1", "A, B", "E", "", "=COUNTA(C2:D2)"]])
    assert [(e.row, e.column) for e in parse_book(data).errors] == [(2, "E")]
    relaxed = parse_book(data, formulas_elsewhere="warning")
    assert (relaxed.errors, len(relaxed.warnings), len(relaxed.entries)) == ((), 1, 1)


def zipped(members, **options):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def broken_workbook(**parts):
    members = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
    return zipped(members | parts)


def declared_smaller(data: bytes) -> bytes:
    """The same archive with every declared size cut to ten bytes, in both places it is declared."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset : at + offset + 4] = (10).to_bytes(4, "little")
            at = changed.find(mark, at + 4)
    return bytes(changed)


BOMB = broken_workbook(**{"xl/worksheets/sheet1.xml": b"0" * (60 * 1024 * 1024)})


@pytest.mark.parametrize(
    ("data", "name", "part"),
    [
        (b"", "a.csv", "empty"),
        (b" \n\n", "a.csv", "empty"),
        (b",,,\n,,,\n", "a.csv", "no filled cell"),
        (BOMB, "a.xlsx", "unpacks to"),
        (BOMB, "a.csv", "unpacks to"),
        (declared_smaller(BOMB), "a.xlsx", "damaged"),
        (zipped({f"part{i}": b"" for i in range(1500)}), "a.xlsx", "more than 1,000 parts"),
        (zipped({"a.txt": b"hello"}), "a.xlsx", "zip archive but no Excel workbook"),
        (broken_workbook(), "a.xlsx", "damaged|no worksheet"),
        (
            broken_workbook(**{"xl/styles.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}),
            "a.xlsx",
            "document type",
        ),
        (b"PK\x03\x04 and nothing more", "a.xlsx", "cut short"),
        (b"Staff ID,Name\n", "a.xlsx", "named like an Excel workbook but is not one"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "a.xls", "old Excel format"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "password"),
        (b"%PDF-1.7 ...", "a.pdf", "PDF"),
        (b"<html><table></table>", "a.xls", "web page"),
        (b"a,b\nc\x00d,e\n", "a.csv", "Line 2 holds a NUL"),
        (b'a,b\nc,d\n"e,f\ng,h\n', "a.csv", "line 3 opens a quotation mark that is never closed"),
        (b'a,b\n"c"x,d\n', "a.csv", "line 2 has text after a closing quotation mark"),
        (b"a,b\nc,\x81\xff\n", "a.csv", "Line 2 holds bytes"),
        (b"a," * 500 + b"b\n", "a.csv", "more than 400 columns"),
        (b"a,b\n" * 20_002, "a.csv", "more than 20,000 rows"),
    ],
)
def test_files_that_cannot_be_read(data, name, part):
    with pytest.raises(RosterFileError) as refusal:
        roster_read(data, name=name)
    assert any(option in str(refusal.value) for option in part.split("|")), str(refusal.value)
    assert refusal.value.advice


def test_unknown_worksheet_is_refused_with_those_that_exist():
    with pytest.raises(RosterFileError) as refusal:
        roster_read(xlsx_bytes([GRID], title="March"), sheet="May")
    assert "“May”" in str(refusal.value)
    assert "“March”" in refusal.value.advice


def test_shift_codes_without_header_and_with_bad_lines():
    with pytest.raises(RosterFileError, match="No header for shift codes"):
        parse_shift_codes(roster_read(b"a,b\nc,d\n"))
    rows = [
        ["Code", "Name", "Start", "End"],
        ["E", "Early", "6", "25:00"],
        ["N", "=1"],
        ["D", "Day"],
        ["d", "Day 2"],
    ]
    parsed = parse_shift_codes(roster_read(csv_bytes(rows)))
    assert [code.code for code in parsed.codes] == ["D"]
    assert [(issue.row, issue.column) for issue in parsed.issues] == [(2, "D"), (3, "B"), (5, "A")]


def test_a_stray_cell_in_the_last_column_is_named_and_a_styled_one_is_nothing():
    book = Workbook()
    book.active.append(GRID)
    book.active.append(["1", "A, B", "E"])
    book.active["XFD2"].number_format = "0.00"
    book.active["A1048576"].number_format = "0.00"
    assert len(parse_book(saved(book)).entries) == 1
    book.active["XFD2"] = "x"
    with pytest.raises(RosterFileError, match="XFD2"):
        roster_read(saved(book))


def test_a_200_mb_file_is_refused_without_being_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    tracemalloc.start()
    try:
        with (
            path.open("rb") as file,
            pytest.raises(RosterFileError, match=r"200\.0 MB; a roster may have at most 20 MB"),
        ):
            roster_read(file, name="huge.csv")
        with pytest.raises(RosterFileError, match=r"200\.0 MB"):
            roster_read(io.BytesIO(), size=200 * 1024 * 1024)
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_stream_that_hides_its_length_is_read_no_further_than_the_limit():
    taken = []

    class Pipe(io.RawIOBase):
        def readable(self):
            return True

        def read(self, size=-1):
            taken.append(size)
            return b"a" * size

    with pytest.raises(RosterFileError, match="too large"):
        roster_read(Pipe())
    assert taken == [20 * 1024 * 1024 + 1]


def test_a_zip_bomb_leaves_memory_flat(tmp_path):
    """In a process of its own, so that the peak is this file's and nobody else's."""
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(BOMB)
    program = (
        "import re, sys\n"
        "from scheduling.roster.read import roster_read\n"
        "def peak():\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "before = peak()\n"
        "try:\n    roster_read(open(sys.argv[1], 'rb'), name='bomb.xlsx')\n"
        "except Exception as error:\n    print(type(error).__name__)\n"
        "print(peak() - before)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True, text=True, check=True, timeout=60, cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    kind, grown = done.stdout.split()
    assert kind == "RosterFileError"
    assert int(grown) < 10 * 1024  # kilobytes


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            b"",
            b"PK\x03\x04",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"Date,Shift,Name\n",
            b"ID,Name,3/2/2026,3/3/2026\n",
        ]
    ),
    st.sampled_from(["", "a.csv", "a.xlsx"]),
)
def test_random_bytes_raise_nothing_else(data, start, name):
    try:
        sheet = roster_read(start + data, name=name)
    except RosterFileError:
        return
    parse_roster(sheet, year_hint=2026)


GOOD_WORKBOOK = xlsx_bytes([GRID, ["1", "A, B", "E", "N"]])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_workbooks_raise_nothing_else(data):
    good = bytearray(GOOD_WORKBOOK)
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(RosterFileError):
        parse_roster(roster_read(bytes(good)))


PIECES = st.sampled_from([
    "Staff ID", "Name", "Date", "Shift", "Start", "End", "Note", "End date", "2026-03-02", "3/4", "2-Mar", "Mon", "7",
    "E", "E/N", "OFF", "07-15 D", "(x)", "=1", "14:00", "25:99", "OPEN", "Total", "E = Early", "\x07", "9" * 50, "Mon 31",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(PIECES | st.just("") | st.text(max_size=6), max_size=7), max_size=8), st.booleans())
def test_any_table_is_parsed_without_raising(table, hinted):
    rows = {
        number: {column: Cell(number, column, text, text, text.startswith("=")) for column, text in cells.items()}
        for number, row in enumerate(table, start=1)
        if (cells := {column: text for column, text in enumerate(row, start=1) if text.strip()})
    }
    parse = parse_roster(Sheet(name="", format="csv", rows=rows), RosterMapping(), year_hint=2026 if hinted else None)
    assert parse.errors or parse.entries
    for entry in parse.entries:
        assert rows[entry.row]
