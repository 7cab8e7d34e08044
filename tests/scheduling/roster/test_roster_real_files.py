"""The two shipped files hold one roster and must be read as one."""

from collections import Counter
from datetime import date, time

from roster_rendering import ROSTERS

from scheduling.roster.codes import parse_shift_codes, with_default_times
from scheduling.roster.parse import parse_roster
from scheduling.roster.read import roster_read


def parsed(name):
    with (ROSTERS / name).open("rb") as file:
        return parse_roster(roster_read(file, name=name))


def shift_codes():
    return parse_shift_codes(roster_read((ROSTERS / "shift-codes.csv").read_bytes()))


def facts(entries):
    return {(e.person_key, e.person_name, e.date, e.code, e.start, e.end, e.end_day_offset) for e in entries}


def test_both_files_give_the_same_405_shifts():
    defaults = {code.code: code for code in shift_codes().codes}
    grid, lines = parsed("emergency-grid.csv"), parsed("emergency-list.csv")
    assert (grid.shape, len(grid.entries)) == ("grid", 405)
    assert (lines.shape, len(lines.entries)) == ("list", 405)
    of_grid, of_list = facts(with_default_times(grid.entries, defaults)), facts(lines.entries)
    assert len(of_grid) == 405
    assert of_grid == of_list


def test_nothing_is_doubted_or_assumed_about_them():
    for name in ("emergency-grid.csv", "emergency-list.csv"):
        parse = parsed(name)
        assert (parse.issues, parse.ignored, parse.assumptions) == ((), (), ())
        assert {code.code: code.count for code in parse.codes} == {"L": 121, "N": 68, "E": 104, "D": 112}
        assert (parse.first_date, parse.last_date) == (date(2026, 3, 2), date(2026, 3, 29))
        assert len(parse.people) == 36
        assert parse.people[0].key == "004100"


def test_a_grid_says_nothing_about_notes_and_a_list_with_notes_does():
    assert {entry.note for entry in parsed("emergency-grid.csv").entries} == {None}
    notes = Counter(entry.note for entry in parsed("emergency-list.csv").entries)
    assert notes == {"": 401, "Trauma backup, pager 2211": 4}


def test_list_states_the_night_shift_into_the_next_day():
    nights = [entry for entry in parsed("emergency-list.csv").entries if entry.code == "N"]
    assert {(n.start, n.end, n.end_day_offset) for n in nights} == {(time(21), time(7), 1)}


def test_grid_entry_knows_its_cell():
    entry = parsed("emergency-grid.csv").entries[0]
    assert (entry.row, entry.column, entry.cell_text) == (2, "C", "L")
    assert entry.person_name == "Abara, Ngozi"


def test_shift_codes_are_explained():
    codes = shift_codes()
    assert codes.issues == ()
    assert [(c.code, c.name, c.start, c.end, c.end_day_offset, c.type_name) for c in codes.codes] == [
        ("E", "ED Early", time(6, 30), time(14, 30), 0, "Working"),
        ("D", "ED Day", time(8), time(16), 0, "Working"),
        ("L", "ED Late", time(14), time(22), 0, "Working"),
        ("N", "ED Night", time(21), time(7), 1, "Call"),
    ]
