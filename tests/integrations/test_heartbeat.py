"""“Send at least every so many hours” is kept, whatever the recurrence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from exports.formats.epic_on_call_finder.connector import CONNECTOR
from integrations.services.heartbeat import too_late_next_time


@pytest.mark.parametrize(
    ("hours", "rule", "minutes", "expected"),
    [
        (1, {"every_minutes": 5}, 50, False),
        (1, {"every_minutes": 5}, 59, False),  # the next run is due at the very hour
        (1, {"every_minutes": 5}, 60, True),
        (1, {"every_minutes": 60}, 30, False),
        (24, {"daily": ["10:00"]}, 60 * 24 + 1, True),  # in a day and a minute would be too late
        (24, {"daily": ["10:00"]}, 60 * 24 - 1, False),
        (48, {"daily": ["10:00"]}, 60 * 24, False),
        (47, {"daily": ["10:00"]}, 60 * 24, True),
        (1, None, 60, False),
        (1, None, 61, True),
    ],
)
def test_a_beat_never_comes_later_than_it_is_asked_for(hours: int, rule: Any, minutes: int, expected: bool) -> None:
    last = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
    now = last + timedelta(minutes=minutes)
    assert too_late_next_time(last, timedelta(hours=hours), rule, zone="UTC", now=now) is expected


def test_without_the_setting_there_is_no_beat() -> None:
    assert CONNECTOR.heartbeat({}) is None
    assert CONNECTOR.heartbeat({"heartbeat_hours": None}) is None
    assert CONNECTOR.heartbeat({"heartbeat_hours": 6}) == timedelta(hours=6)
