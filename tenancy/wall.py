"""Wall clocks: the one function that maps a local wall time to an instant, for starts and ends alike.

In the spring gap it gives the first valid instant after the gap; in the repeated autumn hour, the first occurrence. It is
monotonic: shifts that touch still touch, and order never turns. docs/time.md explains why.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from tenancy.types import RefusedError


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The zone, from the pinned database."""
    return ZoneInfo(name)


def zone_or_refuse(name: str) -> ZoneInfo:
    """The zone, or RefusedError naming it."""
    if name not in available_timezones():
        raise RefusedError(f"{name!r} is not a time zone. Use a name such as America/Chicago.", field="zone")
    return zone(name)


def instant(wall: datetime, zone_name: str) -> datetime:
    """The UTC instant of a naive local wall time."""
    tz = zone(zone_name)
    candidate = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    back = candidate.astimezone(tz).replace(tzinfo=None)
    if back == wall:
        return candidate
    # The wall time does not exist. The gap ends where the offset changes; fold=1 reads it with the offset after the gap,
    # fold=0 with the one before, and the change lies between the two instants.
    low = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    high = candidate
    before = low.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle in (low, high):
            break
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def wall(moment: datetime, zone_name: str) -> datetime:
    """The naive local wall time of an instant."""
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None)


def local_date(moment: datetime, zone_name: str) -> date:
    """The local date of an instant."""
    return wall(moment, zone_name).date()
