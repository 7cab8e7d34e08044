"""Rosters as departments really keep them: other layouts, other dates, other cells."""

from datetime import date, datetime, time

import pytest
from openpyxl import Workbook
from roster_rendering import csv_bytes, parse_book, parse_rows, saved, seen, xlsx_bytes

from scheduling.roster.mapping import RosterMapping
from scheduling.roster.parse import parse_roster
from scheduling.roster.read import roster_read

ANNA, BEN = "0042", "0043"
DATES = ["2026-03-02", "2026-03-03", "2026-03-04"]
EXPECTED = [(ANNA, "2026-03-02", "E"), (ANNA, "2026-03-04", "N"), (BEN, "2026-03-03", "D")]
BODY = [[ANNA, "Berg, Anna", "E", "", "N"], [BEN, "Ode, Ben", "", "D", ""]]


def grid(headers, *, above=(), below=()):
    return [*above, ["Staff ID", "Name", *headers], *BODY, *below]


@pytest.mark.parametrize(
    "headers",
    [
        ["2026-03-02", "2026-03-03", "2026-03-04"],
        ["3/2/2026", "3/3/2026", "3/4/2026"],
        ["03/02/26", "03/03/26", "03/04/26"],
        ["02/03/2026", "03/03/2026", "04/03/2026"],
        ["2.3.2026", "3.3.2026", "4.3.2026"],
        ["Mon 3/2", "Tue 3/3", "Wed 3/4"],
        ["Mon\n3/2", "Tue\n3/3", "Wed\n3/4"],
        ["2-Mar", "3-Mar", "4-Mar"],
        ["Mar 2", "Mar 3", "Mar 4"],
        ["Monday, March 2, 2026", "Tuesday, March 3, 2026", "Wednesday, March 4, 2026"],
        ["2nd Mar '26", "3rd Mar '26", "4th Mar '26"],
        ["20260302", "20260303", "20260304"],
        ["2026-03-02 00:00:00", "2026-03-03 00:00:00", "2026-03-04 00:00:00"],
        ["Mon 2", "Tue 3", "Wed 4"],
    ],
)
def test_date_headers_in_many_shapes(headers):
    parse = parse_rows(grid(headers, above=[["Emergency Department, March 2026"], []]))
    assert sorted(seen(parse)) == EXPECTED
    assert parse.warnings == ()


def test_excel_dates_and_zero_padded_numbers():
    book = Workbook()
    book.active.append(["Staff ID", "Name", *(datetime.fromisoformat(day) for day in DATES)])
    book.active.append([42, "Berg, Anna", "E", None, "N"])
    book.active.append([43.0, "Ode, Ben", None, "D", None])
    book.active["A2"].number_format = "0000"
    parse = parse_book(saved(book))
    assert seen(parse) == [(ANNA, "2026-03-02", "E"), (ANNA, "2026-03-04", "N"), ("43", "2026-03-03", "D")]


def test_bare_days_of_a_month_need_a_title_and_roll_over():
    rows = [
        ["Roster", "February 2026"],
        ["ID", "Name", "26", "27", "28", "1", "2"],
        ["7", "Ito, Ken", "E", "", "", "", "N"],
    ]
    assert seen(parse_rows(rows)) == [("7", "2026-02-26", "E"), ("7", "2026-03-02", "N")]
    untitled = parse_rows(rows[1:])
    assert "month and year" in untitled.errors[0].message
    assert seen(parse_rows(rows[1:], year_hint=2025, month_hint=2))[0] == ("7", "2025-02-26", "E")


def test_dates_without_a_year_run_over_new_year():
    rows = grid(["Dec 30", "Dec 31", "Jan 1"])
    parse = parse_rows(rows, year_hint=2025)
    assert [day for _, day, _ in seen(parse)] == ["2025-12-30", "2026-01-01", "2025-12-31"]
    assert any("2026" in sentence for sentence in parse.assumptions)


def test_without_any_year_one_error_says_so():
    errors = parse_rows(grid(["Mar 2", "Mar 3", "Mar 4"])).errors
    assert len(errors) == 1
    assert (errors[0].row, errors[0].column) == (1, "C")
    assert "does not say its year" in errors[0].message


def test_order_of_day_and_month_is_decided_by_the_column_or_assumed():
    lines = [["Date", "Shift", "Staff ID"], ["03/02/2026", "E", "1"]]
    assumed = parse_rows(lines)
    assert seen(assumed) == [("1", "2026-03-02", "E")]
    assert assumed.assumptions == ("Dates such as 03/02 are read as month/day.",)
    assert seen(parse_rows(lines, date_order="day_first")) == [("1", "2026-02-03", "E")]
    assert seen(parse_rows(lines, RosterMapping(date_order="day_first"))) == [("1", "2026-02-03", "E")]
    decided = parse_rows([*lines, ["25/02/2026", "E", "1"]])
    assert seen(decided) == [("1", "2026-02-03", "E"), ("1", "2026-02-25", "E")]
    assert decided.assumptions == ()


def test_weekday_that_contradicts_its_date_is_a_warning():
    parse = parse_rows(grid(["Tue 2026-03-02", "2026-03-03", "2026-03-04"]))
    assert "which is a Monday" in parse.warnings[0].message


def test_days_down_and_people_across():
    rows = [
        ["Rota of the emergency department"],
        ["Staff ID", "", ANNA, BEN],
        ["Name", "", "Berg, Anna", "Ode, Ben"],
        ["2026-03-02", "Mon", "E", ""],
        ["2026-03-03", "Tue", "", "D"],
        ["2026-03-04", "Wed", "N", ""],
    ]
    parse = parse_rows(rows)
    assert sorted(seen(parse)) == EXPECTED
    assert parse.transposed
    assert (parse.entries[0].row, parse.entries[0].column) == (4, "C")
    assert seen(parse_rows([["Date", "Berg, Anna", "Ode, Ben"], ["3/2/2026", "E", ""], ["3/3/2026", "", "D"]])) == [
        ("Berg, Anna", "2026-03-02", "E"),
        ("Ode, Ben", "2026-03-03", "D"),
    ]


@pytest.mark.parametrize("weekdays", [["Mon", "Tue", "Wed"], ["M", "T", "W"], ["Monday", "Tuesday", "Wednesday"]])
def test_two_header_rows_either_way_round(weekdays):
    below = [["Staff ID", "Name", *DATES], ["", "", *weekdays], *BODY]
    above = [["", "", *weekdays], ["Staff ID", "Name", *DATES], *BODY]
    labels_below = [["", "", *DATES], ["Staff ID", "Name", *weekdays], *BODY]
    for rows in (below, above, labels_below):
        assert sorted(seen(parse_rows(rows))) == EXPECTED


def test_blank_rows_columns_headings_footers_and_totals_are_left_out_with_a_reason():
    rows = [
        ["Emergency Department"],
        [],
        ["Staff ID", "Name", "FTE", *DATES[:2], "", DATES[2], "Total"],
        ["", "PHYSICIANS"],
        [ANNA, "Berg, Anna", "1.0", "E", "", "", "N", "2"],
        [],
        ["Staff ID", "Name", "FTE", *DATES[:2], "", DATES[2], "Total"],
        [BEN, "Ode, Ben", "0.5", "", "D", "", "", "1"],
        ["Total", "", "", "1", "1", "", "1"],
        [],
        ["E = Early", "", "D = Day"],
        ["Printed 2026-02-20"],
    ]
    parse = parse_rows(rows)
    assert sorted(seen(parse)) == EXPECTED
    assert {(item.row, item.reason) for item in parse.ignored if item.row} == {
        (1, "above the header"),
        (4, "no staff id and no shifts: taken for a heading"),
        (7, "the header again"),
        (9, "counts shifts"),
        (11, "explains codes"),
        (12, "no shifts: taken for a remark"),
    }
    assert {(item.column, item.text) for item in parse.ignored if item.column} == {
        ("C", "FTE"),
        ("H", "Total"),
    }
    assert [person.key for person in parse.people] == [ANNA, BEN]


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("E/N", [("E", None, None), ("N", None, None)]),
        ("E N", [("E", None, None), ("N", None, None)]),
        ("E, N", [("E", None, None), ("N", None, None)]),
        ("E\nN", [("E", None, None), ("N", None, None)]),
        ("N 19:00-07:00", [("N", "19:00", None)]),
        ("07-15 D", [("D", "07:00", None)]),
        ("D 7a-3p", [("D", "07:00", None)]),
        ("D 0700–1500", [("D", "07:00", None)]),
        ("D (orientation)", [("D", None, "orientation")]),
        ("D [with Dr. A, B/C]", [("D", None, "with Dr. A, B/C")]),
        ("D (am)/N (call)", [("D", None, "am"), ("N", None, "call")]),
        ("07:00-15:00", [("07:00-15:00", "07:00", None)]),
        ("ED Early", [("ED Early", None, None)]),
        ("D-1", [("D-1", None, None)]),
        ("OFF", []),
        ("x", []),
        ("-", []),
        ("OFF/N", [("N", None, None)]),
    ],
)
def test_cells_of_a_grid(text, shifts):
    parse = parse_rows([["ID", "Name", *DATES], ["1", "A, B", text, "Z", ""]])
    assert seen(parse)[-1] == ("1", "2026-03-03", "Z")
    found = [(e.code, e.start and f"{e.start:%H:%M}", e.note) for e in parse.entries if e.code != "Z"]
    assert found == shifts


def test_times_in_a_cell_over_midnight():
    entry = parse_rows([["ID", "Name", *DATES], ["1", "A, B", "N 7p-7a"]]).entries[0]
    assert (entry.start, entry.end, entry.end_day_offset) == (time(19), time(7), 1)


def test_known_codes_are_not_taken_apart_and_mapped_codes_beat_the_ignored_list():
    rows = [["ID", "Name", *DATES], ["1", "A, B", "E/N", "X", "AL"]]
    mapping = RosterMapping(codes={"e/n": "split", "X": "extra"}, ignored_codes=("X", "AL"))
    parse = parse_rows(rows, mapping)
    assert [code for _, _, code in seen(parse)] == ["E/N", "X"]
    assert parse.ignored_codes == {"AL": 1}
    assert [code for _, _, code in seen(parse_rows(rows, known_codes=["E/N"]))] == ["E/N", "AL"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("14:00", "22:00", (time(14), time(22), 0)),
        ("2:00 PM", "10:00 PM", (time(14), time(22), 0)),
        ("1400", "2200", (time(14), time(22), 0)),
        ("2p", "10p", (time(14), time(22), 0)),
        ("2 p.m.", "10 p.m.", (time(14), time(22), 0)),
        ("21:00", "07:00", (time(21), time(7), 1)),
        ("07:00", "07:00", (time(7), time(7), 1)),
        ("16:00", "24:00", (time(16), time(0), 1)),
        ("12:00 AM", "12:00 PM", (time(0), time(12), 0)),
        ("2026-03-02 21:00", "2026-03-04 07:00", (time(21), time(7), 2)),
        ("2026-03-02T21:00:00", "2026-03-03T07:00:00", (time(21), time(7), 1)),
        ("", "", (None, None, None)),
    ],
)
def test_times_of_a_list(start, end, expected):
    parse = parse_rows([["Date", "Shift", "Start", "End", "Staff ID"], ["2026-03-02", "L", start, end, "1"]])
    assert seen(parse) == [("1", "2026-03-02", "L")]
    entry = parse.entries[0]
    assert (entry.start, entry.end, entry.end_day_offset) == expected
    assert entry.note is None


def test_list_with_excel_times_end_date_other_headers_and_notes():
    rows = [
        ["On call, spring"],
        [
            "Comment",
            "Employee #",
            "Surname",
            "Given Name",
            "Shift Date",
            "Assignment",
            "From",
            "To",
            "End date",
        ],
        [
            "bring keys",
            7,
            "Ito",
            "Ken",
            datetime(2026, 3, 2),
            "CALL",
            time(6, 30),
            time(22),
            datetime(2026, 3, 4),
        ],
        [None, 8, "Ode", "Ben", datetime(2026, 3, 3), "CALL", 0.5, 0.75, None],
    ]
    parse = parse_book(xlsx_bytes(rows))
    assert seen(parse) == [("7", "2026-03-02", "CALL"), ("8", "2026-03-03", "CALL")]
    first, second = parse.entries
    assert (first.person_name, first.note, first.start, first.end_day_offset) == (
        "Ito, Ken",
        "bring keys",
        time(6, 30),
        2,
    )
    assert (second.note, second.start, second.end, second.end_day_offset) == ("", time(12), time(18), 0)


def test_dates_may_stand_in_the_start_column_alone():
    rows = [
        ["Shift", "Start", "End", "Provider"],
        ["E", "3/2/2026 6:30 AM", "3/2/2026 2:30 PM", "Berg, Anna"],
    ]
    parse = parse_rows(rows)
    assert seen(parse) == [("Berg, Anna", "2026-03-02", "E")]
    assert (parse.entries[0].start, parse.entries[0].end) == (time(6, 30), time(14, 30))


@pytest.mark.parametrize("person", [["", ""], ["", "OPEN"], ["OPEN", ""], ["", "Vacant"], ["-", "-"]])
def test_open_shifts_of_a_list_may_repeat(person):
    rows = [["Staff ID", "Name", "Date", "Shift"], [*person, "2026-03-02", "E"], [*person, "2026-03-02", "E"]]
    parse = parse_rows(rows)
    assert seen(parse) == [("", "2026-03-02", "E")] * 2
    assert all(entry.is_open for entry in parse.entries)
    assert parse.people == ()


def test_open_row_of_a_grid():
    assert seen(parse_rows(grid(DATES, below=[["", "OPEN", "E", "", ""]])))[-1] == ("", "2026-03-02", "E")


def test_headers_named_by_the_mapping_and_matching_by_name():
    rows = [["Datum", "Dienst", "Wer", "Nr"], ["2026-03-02", "F", "Berg, Anna", "1"]]
    mapping = RosterMapping(columns={"Datum": "date", "Dienst": "code", "Wer": "name", "Nr": "id"}, person_match="name")
    assert seen(parse_rows(rows, mapping)) == [("Berg, Anna", "2026-03-02", "F")]
    assert RosterMapping.from_json(mapping.to_json()) == mapping


def test_worksheet_is_the_first_with_content_or_the_named_one():
    book = Workbook()
    book.active.title = "Empty"
    for title, code in (("March", "E"), ("April", "D")):
        sheet = book.create_sheet(title)
        sheet.append(["ID", "Name", *DATES])
        sheet.append(["1", "A, B", code])
    data = saved(book)
    first = roster_read(data)
    assert (first.name, first.sheet_names) == ("March", ("Empty", "March", "April"))
    assert parse_roster(first).entries[0].code == "E"
    assert parse_roster(roster_read(data, sheet="April")).entries[0].code == "D"


@pytest.mark.parametrize(
    ("delimiter", "encoding", "named"),
    [
        (";", "utf-8", "UTF-8"),
        ("\t", "utf-8-sig", "UTF-8"),
        ("|", "utf-16", "UTF-16"),
        (",", "cp1252", "Windows-1252"),
    ],
)
def test_separators_and_encodings(delimiter, encoding, named):
    rows = [["Staff ID", "Name", *DATES], ["1", "Cortés-Ibáñez, Lucía", "E", "", "N"]]
    sheet = roster_read(csv_bytes(rows, delimiter=delimiter, encoding=encoding))
    assert (sheet.delimiter, sheet.encoding) == (delimiter, named)
    parse = parse_roster(sheet)
    assert parse.entries[0].person_name == "Cortés-Ibáñez, Lucía"
    assert parse.entries[1].date == date(2026, 3, 4)


def test_person_columns_without_headers_are_guessed_and_said():
    parse = parse_rows([["", "", *DATES], *BODY])
    assert sorted(seen(parse)) == EXPECTED
    assert len(parse.assumptions) == 2
    turned = [
        ["Period", "3/2/2026 - 3/4/2026"],
        ["", "Berg", "Ode"],
        ["Mon 3/2", "E", ""],
        ["Tue 3/3", "", "D"],
    ]
    assert seen(parse_rows(turned)) == [("Berg", "2026-03-02", "E"), ("Ode", "2026-03-03", "D")]


def test_a_title_with_two_dates_is_not_the_header():
    rows = [["Period:", "2026-03-02", "2026-03-04"], [], ["Name", *DATES], ["Berg, Anna", "E", "", ""]]
    assert seen(parse_rows(rows)) == [("Berg, Anna", "2026-03-02", "E")]
