"""Wall clocks and instants on both nights of the year, and in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tenancy.types import RefusedError
from tenancy.wall import instant, local_date, wall, zone, zone_or_refuse

ZONES = sorted(available_timezones())
NEW_YORK = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone_name", "local", "expected"),
    [
        # Spring: 02:00 to 03:00 does not exist and is the first moment after it, whatever the minute.
        (NEW_YORK, "2026-03-08T01:59:59", "2026-03-08T06:59:59"),
        (NEW_YORK, "2026-03-08T02:00:00", "2026-03-08T07:00:00"),
        (NEW_YORK, "2026-03-08T02:30:00", "2026-03-08T07:00:00"),
        (NEW_YORK, "2026-03-08T02:59:59", "2026-03-08T07:00:00"),
        (NEW_YORK, "2026-03-08T03:00:00", "2026-03-08T07:00:00"),
        (NEW_YORK, "2026-03-08T03:00:01", "2026-03-08T07:00:01"),
        # Autumn: 01:00 to 02:00 comes twice and is the first of the two.
        (NEW_YORK, "2026-11-01T00:59:59", "2026-11-01T04:59:59"),
        (NEW_YORK, "2026-11-01T01:00:00", "2026-11-01T05:00:00"),
        (NEW_YORK, "2026-11-01T01:59:59", "2026-11-01T05:59:59"),
        (NEW_YORK, "2026-11-01T02:00:00", "2026-11-01T07:00:00"),
        # Changes that are not an hour, not at two, or not at all.
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00"),
        ("America/Sao_Paulo", "2018-11-04T00:30:00", "2018-11-04T03:00:00"),
        ("America/Phoenix", "2026-03-08T02:30:00", "2026-03-08T09:30:00"),
        # A whole day that never was: Samoa crossed the date line.
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00"),
    ],
)
def test_a_wall_time_has_one_instant(zone_name: str, local: str, expected: str) -> None:
    assert instant(datetime.fromisoformat(local), zone_name) == utc(expected)


@pytest.mark.parametrize(("night", "hours"), [("2026-03-07", 11), ("2026-03-06", 12), ("2026-10-31", 13)])
def test_a_night_shift_lasts_as_long_as_it_lasts(night: str, hours: int) -> None:
    day = datetime.fromisoformat(night)
    start, end = day.replace(hour=19), day.replace(hour=7) + timedelta(days=1)
    assert instant(end, NEW_YORK) - instant(start, NEW_YORK) == timedelta(hours=hours)


def test_a_shift_inside_the_gap_has_no_length() -> None:
    gap = [instant(datetime(2026, 3, 8, 2, minute), NEW_YORK) for minute in (5, 55)]
    assert gap[0] == gap[1]


moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2037, 12, 30))
zones = st.sampled_from(ZONES)


@st.composite
def changes(draw) -> tuple[str, datetime]:
    """A zone and a wall time within a day of a change of its offset."""
    name = draw(zones)
    year = draw(st.integers(1990, 2037))
    tz = zone(name)
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(366)]
    at = [one for one, after in pairwise(days) if one.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset()]
    assume(at)
    around = draw(st.sampled_from(at)) + timedelta(seconds=draw(st.integers(-86_400, 2 * 86_400)))
    return name, around.astimezone(tz).replace(tzinfo=None)


@settings(max_examples=500, deadline=None)
@given(zone_name=zones, first=moments, second=moments)
def test_order_never_turns(zone_name: str, first: datetime, second: datetime) -> None:
    early, late = sorted((first, second))
    assert instant(early, zone_name) <= instant(late, zone_name)


@settings(max_examples=500, deadline=None)
@given(place=changes(), step=st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=30)))
def test_order_never_turns_where_clocks_change(place: tuple[str, datetime], step: timedelta) -> None:
    zone_name, local = place
    assert instant(local, zone_name) <= instant(local + step, zone_name)


@settings(max_examples=500, deadline=None)
@given(place=changes())
def test_there_and_back(place: tuple[str, datetime]) -> None:
    """Back on the wall it reads the same, or, for a time that never was, the first one after the gap."""
    zone_name, local = place
    found = instant(local, zone_name)
    back = wall(found, zone_name)
    assert back >= local
    if back != local:  # a gap: one second before its end the clock still showed less
        assert wall(found - timedelta(seconds=1), zone_name) < local


@settings(max_examples=300, deadline=None)
@given(place=changes())
def test_of_two_equal_wall_times_the_first_counts(place: tuple[str, datetime]) -> None:
    zone_name, local = place
    found = instant(local, zone_name)
    for fold in (0, 1):
        other = local.replace(tzinfo=zone(zone_name), fold=fold).astimezone(UTC)
        if wall(other, zone_name) == local:
            assert found <= other


def test_every_zone_works_all_year() -> None:
    for name in ZONES:
        noons = [instant(datetime(2026, 1, 1, 12) + timedelta(days=n), name) for n in range(0, 365, 7)]
        assert noons == sorted(set(noons)), name


def test_the_local_date_and_the_zones_name() -> None:
    assert local_date(utc("2026-03-02T04:59:59"), NEW_YORK) == date(2026, 3, 1)
    assert local_date(utc("2026-03-02T05:00:00"), NEW_YORK) == date(2026, 3, 2)
    assert zone_or_refuse(NEW_YORK).key == NEW_YORK
    for wrong in ("", "Chicago", "america/new_york", "../etc/passwd", "Mars/Olympus"):
        with pytest.raises(RefusedError, match="not a time zone"):
            zone_or_refuse(wrong)
