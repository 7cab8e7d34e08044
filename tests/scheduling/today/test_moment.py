"""Moments of a day: the nights on which clocks change, and addresses that make no sense."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scheduling.pages.today.contacts import dial
from scheduling.pages.today.moment import clock, moment_asked

ZONE = "America/New_York"
NOW = datetime(2026, 11, 24, 14, 42, 10, tzinfo=UTC)
SPRING, AUTUMN = "2026-03-08", "2026-11-01"


def at(day: str, minute: int):
    return moment_asked({"date": day, "minute": str(minute)}, zone=ZONE, now=NOW)


@pytest.mark.parametrize(
    ("day", "minute", "instant", "shown"),
    [
        (SPRING, 119, "2026-03-08T06:59", "01:59"),
        (SPRING, 120, "2026-03-08T07:00", "03:00"),
        (SPRING, 1379, "2026-03-09T03:59", "23:59"),
        (AUTUMN, 59, "2026-11-01T04:59", "00:59"),
        (AUTUMN, 90, "2026-11-01T05:30", "01:30 first"),
        (AUTUMN, 150, "2026-11-01T06:30", "01:30 second"),
        (AUTUMN, 180, "2026-11-01T07:00", "02:00"),
        (AUTUMN, 1499, "2026-11-02T04:59", "23:59"),
        ("2026-11-24", 582, "2026-11-24T14:42", "09:42"),
    ],
)
def test_minutes_that_pass_name_every_moment_once(day: str, minute: int, instant: str, shown: str) -> None:
    moment = at(day, minute)
    assert moment.at == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (moment.clock, moment.minute, moment.day) == (shown, minute, date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "minutes", "ticks", "labels", "unusual"),
    [
        ("2026-11-24", 1440, 25, ["00", "03", "06", "09", "12", "15", "18", "21", "24"], ""),
        (SPRING, 1380, 24, ["00", "03", "06", "09", "12", "15", "18", "21", "24"], "23 hours: clocks go forward"),
        (AUTUMN, 1500, 26, ["00", "01", "01", "03", "06", "09", "12", "15", "18", "21", "24"], "25 hours: clocks go back"),
    ],
)  # fmt: skip
def test_the_scrubber_of_a_day(day: str, minutes: int, ticks: int, labels: list[str], unusual: str) -> None:
    moment = at(day, 0)
    assert (moment.minutes, len(moment.ticks), moment.unusual) == (minutes, ticks, unusual)
    assert [tick.label for tick in moment.ticks if tick.label] == labels
    assert (moment.ticks[0].x, moment.ticks[-1].x) == ("0.00", "100.00")
    assert len(moment.spoken_minutes.split("|")) == minutes // 15 + 1


def test_what_an_address_does_not_name_is_the_clocks() -> None:
    for asked in ({}, {"date": "nonsense"}, {"minute": "-5"}, {"at": "2026-11-01T01:30"}, {"at": "x"}):
        moment = moment_asked(asked, zone=ZONE, now=NOW)
        assert (moment.live, moment.at, moment.spoken) == (True, NOW, "09:42, now")


def test_links_name_an_instant_and_a_date_alone_keeps_the_time_of_day() -> None:
    named = moment_asked({"at": "2026-11-01T06:30:00Z"}, zone=ZONE, now=NOW)
    assert (named.live, named.spoken, named.is_past) == (False, "01:30 second, past", True)
    other = moment_asked({"date": "2026-12-24"}, zone=ZONE, now=NOW)
    assert (other.spoken, other.day) == ("09:42, ahead", date(2026, 12, 24))
    assert at("2026-11-24", 9999).clock == "23:59"
    assert at("1800-01-01", 0).live is False  # no such page of the schedule: today's, not an error


def test_a_zone_that_moves_by_half_an_hour() -> None:
    first, second = datetime(2026, 4, 4, 14, 45, tzinfo=UTC), datetime(2026, 4, 4, 15, 15, tzinfo=UTC)
    assert clock(first, "Australia/Lord_Howe") == "01:45 first"
    assert clock(second, "Australia/Lord_Howe") == "01:45 second"


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("(312) 555-0142", "tel:3125550142"),
        ("+1 312 555 0142", "tel:+13125550142"),
        ("312 555 0100 x12", "tel:3125550100;ext=12"),
        ("312.555.0100 ext. 7", "tel:3125550100;ext=7"),
        ("*72#", "tel:*72#"),
        ('1"><script>', "tel:1"),
    ],
)
def test_numbers_become_what_is_dialled(number: str, dialled: str) -> None:
    assert dial(number) == dialled
