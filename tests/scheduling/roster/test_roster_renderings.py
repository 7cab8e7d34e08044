"""One random roster, written four ways, is read as the same shifts each time."""

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from roster_rendering import csv_bytes, parse_book, saved

CODES = {
    "E": (time(6, 30), time(14, 30)),
    "D": (time(8), time(16)),
    "N": (time(21), time(7)),
    "ED-2": (time(0), time(12)),
}
names = st.sampled_from(
    ["Abara, Ngozi", "Cortés-Ibáñez, Lucía", "D'Angelo, Paul", "Ode", 'Jo "Jack" Roe', "Schäfer; Uwe"]
)


@st.composite
def rosters(draw):
    first = draw(st.dates(date(2024, 1, 1), date(2030, 12, 1)))
    days = [first + timedelta(days=day) for day in range(draw(st.integers(2, 35)))]
    ids = draw(st.lists(st.from_regex(r"0{0,3}[1-9][0-9]{1,4}", fullmatch=True), min_size=1, max_size=6, unique=True))
    people = [(key, draw(names)) for key in ids]
    cells = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(people), st.sampled_from(days)),
            st.lists(st.sampled_from(sorted(CODES)), min_size=1, max_size=2, unique=True),
            min_size=1,
            max_size=40,
        )
    )
    return people, days, cells


def facts(parse):
    assert [str(issue) for issue in parse.errors] == []
    return sorted((e.person_key, e.person_name, e.date, e.code) for e in parse.entries)


def grid_rows(roster, head, joined):
    people, days, cells = roster
    yield ["Staff ID", "Name", *(head(day) for day in days)]
    for person in people:
        yield [*person, *(joined.join(cells.get((person, day), [])) for day in days)]


def list_rows(roster, head, clock):
    yield ["Name", "Date", "Shift", "Start", "End", "Employee ID", "Comment"]
    for ((key, name), day), codes in roster[2].items():
        for code in codes:
            yield [name, head(day), code, *(clock(moment) for moment in CODES[code]), key, "a; b, c"]


def workbook(rows):
    book = Workbook()
    for row in rows:
        book.active.append([value if value != "" else None for value in row])
    return saved(book)


@settings(max_examples=60, deadline=None)
@given(
    rosters(),
    st.sampled_from(["%Y-%m-%d", "%m/%d/%Y", "%d %b %Y", "%a %m/%d/%y"]),
    st.sampled_from(["/", " ", ", ", "\n"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["%H:%M", "%I:%M %p", "%H%M"]),
)
def test_four_renderings_are_one_roster(roster, day_format, joined, delimiter, clock_format):
    def written(day):
        return day.strftime(day_format)

    def midnight(day):
        return datetime.combine(day, time())

    def clock(moment):
        return moment.strftime(clock_format)

    expected = sorted((*person, day, code) for (person, day), codes in roster[2].items() for code in codes)
    lines_csv = parse_book(csv_bytes(list_rows(roster, written, clock), delimiter=delimiter))
    lines_xlsx = parse_book(workbook(list_rows(roster, midnight, lambda moment: moment)))
    assert (
        facts(parse_book(csv_bytes(grid_rows(roster, written, joined), delimiter=delimiter), known_codes=CODES))
        == expected
    )
    assert facts(parse_book(workbook(grid_rows(roster, midnight, joined)), known_codes=CODES)) == expected
    assert facts(lines_csv) == expected
    assert facts(lines_xlsx) == expected
    assert [(e.start, e.end, e.end_day_offset, e.note) for e in lines_csv.entries] == [
        (e.start, e.end, e.end_day_offset, e.note) for e in lines_xlsx.entries
    ]
    assert {(e.code, e.start, e.end) for e in lines_csv.entries} <= {(code, *times) for code, times in CODES.items()}
