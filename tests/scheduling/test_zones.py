"""VTIMEZONE against the zones themselves, read by dateutil, which shares no code with ours."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from dateutil.tz import tzical

from scheduling.icalendar.lines import joined
from scheduling.icalendar.zones import changes_between, zone_lines
from tenancy.wall import wall

# With rules, without any change, without a yearly rule, at half hours, on the southern half, and with a negative summer.
ZONES = (
    "America/New_York", "America/Chicago", "America/Phoenix", "Europe/Berlin", "Europe/Dublin", "Africa/Casablanca",
    "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland",
)  # fmt: skip


@pytest.mark.parametrize("name", ZONES)
def test_readers_get_every_hour_right(name: str) -> None:
    """Around each change, and on the first of every month: wall time of an instant, by our lines and by the zone."""
    text = joined(zone_lines(name, 2026, 2027)).decode()
    read = tzical(io.StringIO(text)).get(name)
    moments = [datetime(year, month, 1, 12, tzinfo=UTC) for year in (2026, 2027) for month in range(1, 13)]
    for change in changes_between(name, 2026, 2027):
        at = (change.onset - change.before).replace(tzinfo=UTC)
        moments += [at + timedelta(minutes=minutes) for minutes in (-90, -61, -1, 0, 1, 61, 90)]
    for moment in moments:
        there = wall(moment, name)
        if wall(moment - timedelta(hours=1), name) == there or wall(moment + timedelta(hours=1), name) == there:
            continue  # the repeated hour: a wall time alone does not say which
        assert there - read.utcoffset(there) == moment.replace(tzinfo=None), moment


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("America/New_York", ["FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"]),
        ("Europe/Berlin", ["FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"]),
        ("Africa/Casablanca", []),
        ("America/Phoenix", []),
    ],
)
def test_rules_are_written_where_there_is_one(name: str, rules: list[str]) -> None:
    lines = zone_lines(name, 2026, 2026)
    assert [line.removeprefix("RRULE:") for line in lines if line.startswith("RRULE:")] == rules
    assert (lines[0], lines[1], lines[-1]) == ("BEGIN:VTIMEZONE", f"TZID:{name}", "END:VTIMEZONE")


def test_lines_are_folded_between_characters() -> None:
    long = "SUMMARY:" + "Nachtdienst für Frau Dr. Łęcka-Müller, Großkrankenhaus Süd – Übergabe 🌙 " * 4
    body = joined([long])
    rows = body.split(b"\r\n")
    assert rows[-1] == b""
    assert all(len(row) <= 75 for row in rows)
    for row in rows:
        row.decode()  # no character is cut in two
    assert body.replace(b"\r\n ", b"").decode() == long + "\r\n"
