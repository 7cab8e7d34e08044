"""When the next run is due: every rule, both nights, every zone."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.recurrence import described, next_due, next_dues, recurrence_problem
from tenancy.wall import local_date, wall
from tests.fakes.clock_changes import Change, all_changes

NEW_YORK = "America/New_York"
SPRING, AUTUMN = (
    datetime(2026, 3, 8, 4, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 3, 30, tzinfo=UTC),
)  # 23:30 the evening before


def due(rule: dict[str, Any], after: datetime, count: int, zone: str = NEW_YORK) -> list[str]:
    return [f"{moment:%m-%d %H:%M}" for moment in next_dues(rule, zone, after, count)]


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ({"daily": ["02:30"]}, SPRING, ["03-08 07:00", "03-09 06:30"]),  # at the end of the gap, once
        ({"daily": ["02:00", "02:30", "03:00"]}, SPRING, ["03-08 07:00", "03-09 06:00", "03-09 06:30", "03-09 07:00"]),
        ({"daily": ["01:30"]}, AUTUMN, ["11-01 05:30", "11-02 06:30"]),  # the first of the two, once
        ({"daily": ["05:00"]}, SPRING, ["03-08 09:00", "03-09 09:00"]),
        ({"daily": ["05:00"]}, AUTUMN, ["11-01 10:00", "11-02 10:00"]),
        ({"weekly": [6], "at": ["02:30"]}, SPRING, ["03-08 07:00", "03-15 06:30"]),
        ({"weekly": [6, 0], "at": ["01:30"]}, AUTUMN, ["11-01 05:30", "11-02 06:30", "11-08 06:30"]),
        ({"every_two_weeks_from": "2026-02-22", "at": ["02:30"]}, SPRING, ["03-08 07:00", "03-22 06:30"]),
        ({"every_two_weeks_from": "2026-10-18", "at": ["01:30"]}, AUTUMN, ["11-01 05:30", "11-15 06:30"]),
        ({"every_minutes": 60}, SPRING, ["03-08 05:00", "03-08 06:00", "03-08 07:00", "03-08 08:00"]),
        ({"every_minutes": 60}, AUTUMN, ["11-01 04:00", "11-01 05:00", "11-01 06:00", "11-01 07:00"]),
        (
            {"every_minutes": 7 * 60},
            SPRING,
            ["03-08 05:00", "03-08 12:00", "03-08 19:00", "03-09 02:00", "03-09 04:00"],
        ),
        # The day of 25 hours gets no second run, or one more, that other days do not have …
        ({"every_minutes": 1440}, AUTUMN, ["11-01 04:00", "11-02 05:00", "11-03 05:00"]),
        ({"every_minutes": 1440}, SPRING, ["03-08 05:00", "03-09 04:00", "03-10 04:00"]),
        ({"every_minutes": 720}, AUTUMN, ["11-01 04:00", "11-01 16:00", "11-02 05:00", "11-02 17:00"]),
        ({"every_minutes": 480}, AUTUMN, ["11-01 04:00", "11-01 12:00", "11-01 20:00", "11-02 05:00"]),
        ({"every_minutes": 90}, AUTUMN + timedelta(hours=22), ["11-02 02:30", "11-02 05:00", "11-02 06:30"]),
        # … unless a whole interval fits into the hour.
        ({"every_minutes": 60}, AUTUMN + timedelta(hours=23), ["11-02 03:00", "11-02 04:00", "11-02 05:00"]),
        ({"every_minutes": 30}, AUTUMN + timedelta(hours=24), ["11-02 04:00", "11-02 04:30", "11-02 05:00"]),
    ],
)
def test_both_nights(rule: dict[str, Any], after: datetime, expected: list[str]) -> None:
    assert due(rule, after, len(expected)) == expected


def test_a_gap_that_ends_at_midnight_is_one_run_not_two() -> None:
    """Nuuk's clocks jump from 23:00 to midnight: 23:30 of one day and 00:00 of the next are the same instant."""
    after = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    rule = {"daily": ["00:00", "23:30"]}
    assert due(rule, after, 4, "America/Nuuk") == ["03-29 01:00", "03-30 00:30", "03-30 01:00", "03-31 00:30"]


def test_two_weeks_are_counted_from_the_anchor_in_both_directions() -> None:
    rule = {"every_two_weeks_from": "2026-03-02", "at": ["05:00"]}
    before = datetime(2025, 12, 25, tzinfo=UTC)
    days = [local_date(moment, NEW_YORK) for moment in next_dues(rule, NEW_YORK, before, 30)]
    assert all((day - date(2026, 3, 2)).days % 14 == 0 for day in days)
    assert {b - a for a, b in itertools.pairwise(days)} == {timedelta(days=14)}
    assert {wall(moment, NEW_YORK).hour for moment in next_dues(rule, NEW_YORK, before, 30)} == {5}


def test_a_misfire_is_one_run() -> None:
    """However long nobody looked, the next one lies ahead; what was missed is not made up for one by one."""
    rule = {"every_minutes": 5}
    late = datetime(2026, 3, 9, 12, 2, 31, tzinfo=UTC)
    assert next_due(rule, NEW_YORK, late) == datetime(2026, 3, 9, 12, 5, tzinfo=UTC)
    assert next_due(rule, NEW_YORK, next_due(rule, NEW_YORK, late)) == datetime(2026, 3, 9, 12, 10, tzinfo=UTC)


times = st.times().map(lambda one: one.strftime("%H:%M"))
clocks = st.lists(times, min_size=1, max_size=3, unique=True)
rules = st.one_of(
    st.builds(lambda minutes: {"every_minutes": minutes}, st.integers(5, 1440)),
    st.builds(lambda at: {"daily": at}, clocks),
    st.builds(lambda days, at: {"weekly": sorted(days), "at": at}, st.sets(st.integers(0, 6), min_size=1), clocks),
    st.builds(
        lambda day, at: {"every_two_weeks_from": day.isoformat(), "at": at},
        st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        clocks,
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    rule=rules,
    zone=st.sampled_from(sorted(available_timezones())),
    after=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_always_ahead_always_onwards_and_the_same_answer_again(
    rule: dict[str, Any], zone: str, after: datetime
) -> None:
    assert recurrence_problem(rule) is None
    found = next_dues(rule, zone, after, 8)
    assert found == sorted(set(found)), "strictly increasing"
    assert found[0] > after
    assert next_due(rule, zone, after) == found[0]
    between = after + (found[0] - after) / 2
    assert next_due(rule, zone, between) == found[0], "asking again before it changes nothing"
    walked = [after]
    for _ in found:
        walked.append(next_due(rule, zone, walked[-1]))
    assert walked[1:] == found, "one after another, or all at once: the same"


near_changes = st.sampled_from(all_changes())


@settings(max_examples=200, deadline=None)
@given(change=near_changes, minutes=st.integers(-180, 180), more=st.lists(st.integers(-180, 180), max_size=2))
def test_a_daily_run_happens_once_on_the_night_clocks_change(change: Change, minutes: int, more: list[int]) -> None:
    base = change.before.replace(second=0, microsecond=0)
    asked = [base + timedelta(minutes=one) for one in (minutes, *more)]
    rule = {"daily": sorted({f"{one:%H:%M}" for one in asked})}
    start = change.at - timedelta(days=3)
    found = [moment for moment in next_dues(rule, change.zone, start, 40) if moment < change.at + timedelta(days=3)]
    assert found == sorted(set(found)), "strictly increasing across the change"
    if len(rule["daily"]) == 1:
        days = [(wall(moment, change.zone) - timedelta(minutes=0)).date() for moment in found]
        gaps = [later - sooner for sooner, later in itertools.pairwise(found)]
        assert len(days) in (5, 6, 7), "about once a day for six days"
        assert all(timedelta(hours=20) < gap < timedelta(hours=28) for gap in gaps), "once on that night, too"


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "America/Nuuk", "Africa/Cairo"])
def test_every_five_minutes_keeps_its_rhythm_through_the_year(zone: str) -> None:
    for change in all_changes():
        if change.zone == zone:
            found = next_dues({"every_minutes": 5}, zone, change.at - timedelta(hours=4), 96)
            assert {b - a for a, b in itertools.pairwise(found)} == {timedelta(minutes=5)}


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"every_minutes": 4}, "every 5 minutes at most"),
        ({"every_minutes": 1441}, "at least once a day"),
        ({"every_minutes": "soon"}, "must look like"),
        ({"daily": []}, "at least one time of day"),
        ({"daily": ["25:00"]}, "must look like 05:00"),
        ({"weekly": [], "at": ["05:00"]}, "at least one day"),
        ({"weekly": [7], "at": ["05:00"]}, "from 0 (Monday) to 6"),
        ({"every_two_weeks_from": "soon", "at": ["05:00"]}, "a date like"),
        ({"monthly": 1, "at": ["05:00"]}, "of no kind we know"),
    ],
)
def test_a_wrong_rule_is_told(rule: dict[str, Any], problem: str) -> None:
    assert problem in str(recurrence_problem(rule))


def test_rules_in_words() -> None:
    assert described(None) == "no recurrence"
    assert described({"every_minutes": 5}) == "every 5 min"
    assert described({"daily": ["17:00", "05:00"]}) == "daily at 05:00, 17:00"
    assert described({"weekly": [3, 0], "at": ["05:00"]}) == "Mon, Thu at 05:00"
    assert (
        described({"every_two_weeks_from": "2026-03-02", "at": ["05:00"]}) == "every two weeks from 2026-03-02 at 05:00"
    )


def test_connections_are_spread_over_their_minutes_and_keep_their_place() -> None:
    """A thousand connections of every five minutes: at no second are more than a handful due, and each keeps five minutes apart."""
    now = datetime(2026, 3, 2, 12, 1, tzinfo=UTC)
    rule = {"every_minutes": 5}
    first = [next_due(rule, "America/New_York", now, spread=number) for number in range(1000)]
    assert min(first) > now and max(first) <= now + timedelta(minutes=5)
    assert max(Counter(first).values()) <= 6
    for number, due in enumerate(first[:50]):
        assert next_due(rule, "America/New_York", due, spread=number) == due + timedelta(minutes=5)
        assert next_due(rule, "America/New_York", due - timedelta(seconds=1), spread=number) == due
    at_five = {"daily": ["05:00"]}
    assert next_due(at_five, "UTC", now, spread=7) == next_due(at_five, "UTC", now)
