"""When clocks change: every change of offset of a zone in a span of time, found from the pinned database itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

FIRST, LAST = datetime(2025, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """At `at` the zone's clocks jump from `before` to `after` (local wall times of the same moment)."""

    zone: str
    at: datetime
    before: datetime
    after: datetime

    @property
    def gap(self) -> timedelta:
        """Positive in spring, negative in autumn."""
        return self.after - self.before


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def changes(name: str) -> Iterator[Change]:
    zone, day = ZoneInfo(name), FIRST
    while day < LAST:
        nxt = day + timedelta(days=3)
        if _offset(day, zone) != _offset(nxt, zone):
            low, high = day, nxt
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                if _offset(middle, zone) == _offset(low, zone):
                    low = middle
                else:
                    high = middle
            naive = high.replace(tzinfo=None)
            yield Change(name, high, naive + _offset(low, zone), naive + _offset(high, zone))
        day = nxt


@cache
def all_changes() -> tuple[Change, ...]:
    """Of every zone, in thirteen months."""
    return tuple(change for name in sorted(available_timezones()) for change in changes(name))
