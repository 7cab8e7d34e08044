"""One row per local day: the pieces are the shift, whole, and each lies in one day."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.layouts import Column, Field, Layout, LayoutError, RenderReport, layout_from_json, layout_to_json, render
from exports.layouts.checking import layout_check
from exports.layouts.overnight import local_days, roles_of, split
from exports.layouts.to_sql import check_compilable
from exports.shaping import HOURS_FIELD, SOURCE_FIELD, TIME_FIELDS, elapsed_hours
from tenancy.wall import instant, local_date, wall

FIELDS = (Field("who", "Who"), *TIME_FIELDS, HOURS_FIELD, SOURCE_FIELD, Field("wall", "Wall", "wall"))
DAYS = Layout(
    name="Days",
    file_name="x_{sequence}.csv",
    columns=(
        Column("Who", "who"),
        Column("Date", "shift_date"),
        Column("From", "start", format="YYYY-MM-DD HH:mm"),
        Column("To", "end", format="YYYY-MM-DD HH:mm"),
        Column("Hours", "hours"),
    ),
    overnight="split",
)
NEW_YORK = "America/New_York"
ODD_ZONES = [
    NEW_YORK,
    "UTC",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour
    "America/Havana",  # clocks change at midnight
    "America/Santiago",  # clocks go back over midnight: 23:00 comes twice
    "Africa/Cairo",  # no 00:00 in spring
    "America/St_Johns",  # until 2011 at one minute past midnight
    "Pacific/Apia",  # a date that never was
]
moments = st.datetimes(datetime(2008, 1, 1), datetime(2027, 1, 1)).map(
    lambda one: one.replace(second=0, microsecond=0, tzinfo=UTC)
)


def record(start: str, end: str, zone: str = NEW_YORK, **more: object) -> dict:
    """A record of wall times, as connectors make them."""
    starts_at, ends_at = instant(datetime.fromisoformat(start), zone), instant(datetime.fromisoformat(end), zone)
    return {
        "who": "Ana",
        "start": starts_at.isoformat(),
        "end": ends_at.isoformat(),
        "shift_date": start[:10],
        "zone": zone,
        "hours": elapsed_hours(starts_at, ends_at),
    } | more


def table(*records: dict, layout: Layout = DAYS, report: RenderReport | None = None) -> list[list[str]]:
    data = b"".join(render(layout, records, fields=FIELDS, organization_zone="America/Chicago", report=report))
    return list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]


@given(start=moments, minutes=st.integers(1, 5 * 24 * 60), zone=st.sampled_from(ODD_ZONES))
@example(datetime(2026, 3, 8, 4, 0, tzinfo=UTC), 24 * 60, NEW_YORK)
@example(datetime(2026, 11, 1, 3, 0, tzinfo=UTC), 26 * 60, NEW_YORK)
@example(datetime(2010, 11, 7, 2, 0, tzinfo=UTC), 120, "America/St_Johns")
@example(datetime(2011, 12, 29, 12, 0, tzinfo=UTC), 48 * 60, "Pacific/Apia")
def test_the_pieces_are_the_shift_without_gap_or_empty_piece(start: datetime, minutes: int, zone: str) -> None:
    end = start + timedelta(minutes=minutes)
    pieces = local_days(start, end, zone)
    assert pieces[0][0] == start and pieces[-1][1] == end
    assert [one[1] for one in pieces[:-1]] == [one[0] for one in pieces[1:]]
    for begins, ends in pieces:
        assert begins < ends
        if zone != "America/St_Johns":
            assert local_date(begins, zone) == local_date(ends - timedelta(seconds=1), zone)
    if zone != "America/St_Johns":
        days = [local_date(begins, zone) for begins, _ in pieces]
        assert len(set(days)) == len(days), "one row for each resource and day"


@given(
    start=moments,
    minutes=st.integers(1, 5 * 24 * 60),
    zone=st.sampled_from(ODD_ZONES),
    hours=st.none() | st.decimals(0, 200, places=2) | st.decimals(0, 200, places=1) | st.integers(0, 99),
)
def test_hours_add_up_to_those_of_the_record_and_nothing_else_changes(start, minutes, zone, hours) -> None:
    whole = {
        "who": "Ana",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=minutes)).isoformat(),
        "shift_date": local_date(start, zone).isoformat(),
        "hours": None if hours is None else str(hours),
    }
    pieces = list(split(whole, roles_of(FIELDS), zone))
    assert {one["who"] for one in pieces} == {"Ana"} and {frozenset(one) for one in pieces} == {frozenset(whole)}
    if hours is None:
        assert {one["hours"] for one in pieces} == {None}
    else:
        assert sum(Decimal(one["hours"]) for one in pieces) == hours
        assert min(Decimal(one["hours"]) for one in pieces) >= 0
    assert pieces[0]["shift_date"] == whole["shift_date"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            "2026-03-02T19:00:00",
            "2026-03-03T07:00:00",
            [
                ["Ana", "2026-03-02", "2026-03-02 19:00", "2026-03-03 00:00", "5.00"],
                ["Ana", "2026-03-03", "2026-03-03 00:00", "2026-03-03 07:00", "7.00"],
            ],
        ),
        (  # a day of 23 hours between two pieces
            "2026-03-07T19:00:00",
            "2026-03-09T07:00:00",
            [
                ["Ana", "2026-03-07", "2026-03-07 19:00", "2026-03-08 00:00", "5.00"],
                ["Ana", "2026-03-08", "2026-03-08 00:00", "2026-03-09 00:00", "23.00"],
                ["Ana", "2026-03-09", "2026-03-09 00:00", "2026-03-09 07:00", "7.00"],
            ],
        ),
        (  # and one of 25
            "2026-10-31T23:00:00",
            "2026-11-02T01:00:00",
            [
                ["Ana", "2026-10-31", "2026-10-31 23:00", "2026-11-01 00:00", "1.00"],
                ["Ana", "2026-11-01", "2026-11-01 00:00", "2026-11-02 00:00", "25.00"],
                ["Ana", "2026-11-02", "2026-11-02 00:00", "2026-11-02 01:00", "1.00"],
            ],
        ),
        (  # until midnight: one day, and no row of nothing after it
            "2026-03-02T16:00:00",
            "2026-03-03T00:00:00",
            [["Ana", "2026-03-02", "2026-03-02 16:00", "2026-03-03 00:00", "8.00"]],
        ),
        (  # from midnight
            "2026-03-02T00:00:00",
            "2026-03-02T08:00:00",
            [["Ana", "2026-03-02", "2026-03-02 00:00", "2026-03-02 08:00", "8.00"]],
        ),
        (  # wholly inside the gap: of no length, and kept
            "2026-03-08T02:00:00",
            "2026-03-08T03:00:00",
            [["Ana", "2026-03-08", "2026-03-08 03:00", "2026-03-08 03:00", "0.00"]],
        ),
    ],
)
def test_rows_of_each_day(start: str, end: str, expected: list[list[str]]) -> None:
    report = RenderReport()
    assert table(record(start, end), report=report) == expected
    assert report.rows == len(expected)


def test_the_cut_is_made_in_the_zone_that_the_row_is_written_in() -> None:
    shift = record("2026-03-02T22:30:00", "2026-03-03T01:00:00", mapping_zone="America/Los_Angeles")
    assert [row[1:3] for row in table(shift)] == [
        ["2026-03-02", "2026-03-02 22:30"],
        ["2026-03-03", "2026-03-03 00:00"],
    ]
    assert [row[2:4] for row in table(shift, layout=replace(DAYS, zone="mapping"))] == [
        ["2026-03-02 19:30", "2026-03-02 22:00"]
    ]
    assert [row[2:4] for row in table(shift, layout=replace(DAYS, zone="organization"))] == [
        ["2026-03-02 21:30", "2026-03-03 00:00"]
    ]
    assert [row[2:4] for row in table(shift, layout=replace(DAYS, zone="utc"))] == [
        ["2026-03-03 03:30", "2026-03-03 06:00"]
    ]


def test_hours_keep_their_decimals_and_their_sum() -> None:
    shift = record("2026-03-02T23:40:00", "2026-03-03T00:20:00", hours="0.67")
    assert [row[4] for row in table(shift)] == ["0.34", "0.33"]
    assert [row[4] for row in table(shift | {"hours": "1"})] == ["1", "0"]
    assert [row[4] for row in table(shift | {"hours": ""})] == ["", ""]
    assert [row[4] for row in table(shift | {"hours": "00:40"})] == ["00:20", "00:20"]
    night = record("2026-03-07T19:30:00", "2026-03-08T07:15:00", hours="10:45")
    assert [row[4] for row in table(night)] == ["04:30", "06:15"]
    assert [row[1] for row in table(shift | {"shift_date": None})] == ["", ""], "no date comes from nowhere"
    assert [row[2:4] for row in table(shift | {"end": None})] == [["2026-03-02 23:40", ""]]


def test_each_row_of_a_record_has_an_identifier_of_its_own() -> None:
    layout = replace(DAYS, columns=(Column("Id", "source_record_id"), Column("Who", "who")))
    shift = record("2026-03-02T19:00:00", "2026-03-03T07:00:00", source_record_id="7f-2")
    assert table(shift, layout=layout) == [["7f-2/2026-03-02", "Ana"], ["7f-2/2026-03-03", "Ana"]]
    assert table(shift | {"source_record_id": ""}, layout=layout) == [["", "Ana"]] * 2
    day = record("2026-03-02T08:00:00", "2026-03-02T16:00:00", source_record_id="7f-2")
    assert table(day, layout=layout) == [["7f-2", "Ana"]]


def test_records_that_do_not_cross_midnight_are_the_same_rows_split_or_not() -> None:
    records = [record(f"2026-03-{day:02}T08:00:00", f"2026-03-{day:02}T16:00:00") for day in range(1, 28)]
    assert table(*records) == table(*records, layout=replace(DAYS, overnight="as_is"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": "soon"}, "Column From: 'soon' to '2026-03-03T12:00:00+00:00' cannot be split into days"),
        ({"hours": "eight"}, "cannot be split into days"),
        ({"zone": ""}, "Column From: the record has no time zone to convert to"),
        (
            {"zone": "America/Nowhere"},
            "Column From: 'America/Nowhere' is not a time zone. Write it as America/Chicago.",
        ),
    ],
)
def test_a_record_that_cannot_be_cut_is_refused_in_words(change: dict, message: str) -> None:
    with pytest.raises(LayoutError) as refused:
        table(record("2026-03-02T19:00:00", "2026-03-03T07:00:00") | change)
    assert message in str(refused.value)


def test_a_layout_that_splits_is_json_and_back_and_needs_a_start_and_an_end() -> None:
    assert layout_from_json(layout_to_json(DAYS), fields=FIELDS) == DAYS
    with pytest.raises(LayoutError, match="no start and end"):
        layout_from_json(layout_to_json(DAYS), fields=tuple(replace(one, role="") for one in FIELDS))
    changed = json.loads(layout_to_json(DAYS))
    changed["columns"].append({"header": "Wall", "source": "wall", "format": "HH:mm"})
    with pytest.raises(LayoutError, match=r"^Column Wall: wall is a wall time, which does not follow a split"):
        layout_from_json(json.dumps(changed), fields=FIELDS)
    layout_check(replace(DAYS, overnight="as_is"), fields=FIELDS)
    with pytest.raises(LayoutError, match="so overnight must be as_is"):
        check_compilable(DAYS)


def test_midnight_is_where_the_date_begins_even_without_a_midnight() -> None:
    """In Havana the clocks of 2026-03-08 go from 00:00 to 01:00."""
    zone = "America/Havana"
    pieces = local_days(instant(datetime(2026, 3, 7, 22, 0), zone), instant(datetime(2026, 3, 8, 4, 0), zone), zone)
    assert [(wall(one, zone), wall(two, zone)) for one, two in pieces] == [
        (datetime(2026, 3, 7, 22, 0), datetime(2026, 3, 8, 1, 0)),
        (datetime(2026, 3, 8, 1, 0), datetime(2026, 3, 8, 4, 0)),
    ]
    assert [local_date(one, zone) for one, _ in pieces] == [date(2026, 3, 7), date(2026, 3, 8)]
