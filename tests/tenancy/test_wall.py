"""The one function from a wall time to an instant: exact on both nights, and in order everywhere."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenancy.types import RefusedError
from tenancy.wall import instant, local_date, wall, zone_or_refuse
from tests.fakes.clock_changes import all_changes

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return instant(datetime.fromisoformat(text), NEW_YORK)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-08T01:59:59", "2026-03-08T06:59:59"),
        ("2026-03-08T02:00:00", "2026-03-08T07:00:00"),  # the hour that does not exist ends where 03:00 begins
        ("2026-03-08T02:30:00", "2026-03-08T07:00:00"),
        ("2026-03-08T02:59:59", "2026-03-08T07:00:00"),
        ("2026-03-08T03:00:00", "2026-03-08T07:00:00"),
        ("2026-03-08T03:00:01", "2026-03-08T07:00:01"),
        ("2026-11-01T00:59:59", "2026-11-01T04:59:59"),
        ("2026-11-01T01:00:00", "2026-11-01T05:00:00"),  # comes twice: the first
        ("2026-11-01T01:59:59", "2026-11-01T05:59:59"),
        ("2026-11-01T02:00:00", "2026-11-01T07:00:00"),  # an hour and a second later
    ],
)
def test_both_nights_exactly(local: str, utc: str) -> None:
    assert at(local) == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert at(local).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-07T19:00", "2026-03-08T07:00", 11),
        ("2026-10-31T19:00", "2026-11-01T07:00", 13),
        ("2026-03-06T19:00", "2026-03-07T07:00", 12),
        ("2026-03-08T00:00", "2026-03-09T00:00", 23),
        ("2026-11-01T00:00", "2026-11-02T00:00", 25),
        ("2026-03-08T02:00", "2026-03-08T03:00", 0),  # wholly inside the gap
        ("2026-03-08T02:15", "2026-03-08T02:45", 0),
        ("2026-03-08T01:00", "2026-03-08T02:30", 1),
        ("2026-11-01T01:00", "2026-11-01T02:00", 2),
    ],
)
def test_length_is_elapsed_time(start: str, end: str, hours: int) -> None:
    assert at(end) - at(start) == timedelta(hours=hours)


def test_shifts_that_touch_still_touch_whatever_the_night() -> None:
    for night in ("2026-03-08", "2026-11-01"):
        cuts = [f"{night}T{minute // 60:02}:{minute % 60:02}" for minute in range(0, 300, 15)]
        moments = [at(cut) for cut in cuts]
        shifts = list(itertools.pairwise(moments))
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(shifts))
        assert sum(((end - start) for start, end in shifts), timedelta()) == moments[-1] - moments[0]


def test_order_never_turns_and_gaps_end_at_their_end_in_every_zone() -> None:
    assert len(all_changes()) > 200, "every zone that changes its clocks"
    for change in all_changes():
        length = abs(change.gap)
        first = min(change.before, change.after) - timedelta(hours=2)
        steps = int((length + timedelta(hours=4)) / timedelta(minutes=10))
        walls = [first + timedelta(minutes=10 * step) for step in range(steps)]
        moments = [instant(one, change.zone) for one in walls]
        assert moments == sorted(moments), change
        for local, moment in zip(walls, moments, strict=True):
            if change.before <= local < change.after:
                assert moment == change.at, change
            elif change.after <= local < change.before:
                assert moment < change.at, f"the first of the two: {change}"
                assert wall(moment, change.zone) == local
            else:
                assert wall(moment, change.zone) == local, change


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(available_timezones())),
    walls=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)), min_size=2, max_size=5),
    near=st.timedeltas(timedelta(0), timedelta(hours=3)),
)
def test_order_never_turns(name: str, walls: list[datetime], near: timedelta) -> None:
    ordered = sorted([*walls, *(one + near for one in walls)])
    moments = [instant(one, name) for one in ordered]
    assert moments == sorted(moments)
    for local, moment in zip(ordered, moments, strict=True):
        assert wall(moment, name) >= local, "never before the wall time that was asked for"


def test_a_local_date_is_the_zones() -> None:
    moment = datetime(2026, 3, 8, 4, 30, tzinfo=UTC)
    assert str(local_date(moment, NEW_YORK)) == "2026-03-07"
    assert str(local_date(moment, "Europe/Berlin")) == "2026-03-08"


def test_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match=r"'America/Gotham' is not a time zone. Use a name such as America/Chicago."):
        zone_or_refuse("America/Gotham")
