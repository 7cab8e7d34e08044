"""When the next run is due: rule + zone + the last time → the next instant. Pure and DST-safe.

Rules: {"every_minutes": n} with n from 5, anchored at local midnight, and not once more when the night that is an hour longer has no
room for a whole interval; {"daily": ["05:00", …]}; {"weekly": [0, 3], "at": ["05:00"]}
with 0 for Monday; {"every_two_weeks_from": "2026-03-02", "at": ["05:00"]}. A wall time that does not exist runs at the first
valid instant after the gap; one that comes twice runs at its first occurrence, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from tenancy.wall import instant, local_date

SHORTEST_MINUTES = 5
_GOLDEN = 0.6180339887498949  # its multiples fill the range from 0 to 1 more evenly than any others
_USUAL_DAY = timedelta(hours=24)


def recurrence_problem(rule: Mapping[str, Any] | None) -> str | None:
    """What is wrong with a rule, or None. None as a rule means: no recurrence."""
    if not rule:
        return None
    try:
        if "every_minutes" in rule:
            minutes = int(rule["every_minutes"])
            if not SHORTEST_MINUTES <= minutes <= 24 * 60:
                return f"A recurrence runs every {SHORTEST_MINUTES} minutes at most, and at least once a day."
            return None
        times = _times(rule)
        if not times:
            return "Give at least one time of day, such as 05:00."
        if "weekly" in rule and not all(0 <= int(day) <= 6 for day in rule["weekly"]):
            return "Days of the week run from 0 (Monday) to 6 (Sunday)."
        if "weekly" in rule and not rule["weekly"]:
            return "Choose at least one day of the week."
        if "every_two_weeks_from" in rule:
            date.fromisoformat(rule["every_two_weeks_from"])
        elif "weekly" not in rule and "daily" not in rule:
            return "The recurrence is of no kind we know."
    except (ValueError, TypeError):
        return "A time must look like 05:00 and a date like 2026-03-02."
    return None


def next_due(rule: Mapping[str, Any], zone: str, after: datetime, *, spread: int = 0) -> datetime:
    """The first instant after `after`, in UTC. Misfires coalesce: ask once with the present, get one next time.

    `spread`: a number of its own for each connection. It moves what runs every so many minutes within these minutes, always by as
    much, so that not all the world is due at five past. Times of day stay what they are.
    """
    later = timedelta(minutes=int(rule.get("every_minutes", 0))) * (spread * _GOLDEN % 1.0)
    later -= timedelta(microseconds=later.microseconds)
    return next(occurrences(rule, zone, after - later)) + later


def next_dues(rule: Mapping[str, Any], zone: str, after: datetime, count: int) -> list[datetime]:
    """The next few instants, for the page."""
    return list(islice(occurrences(rule, zone, after), count))


def occurrences(rule: Mapping[str, Any], zone: str, after: datetime) -> Iterator[datetime]:
    """All instants after `after`, ascending, without end."""
    day = local_date(after, zone) - timedelta(days=1)
    while True:
        for moment in _on(rule, zone, day):
            if moment > after:
                yield moment
                after = moment  # in some zones the gap ends at midnight: the same instant is on two days
        day += timedelta(days=1)


def _on(rule: Mapping[str, Any], zone: str, day: date) -> Iterator[datetime]:
    """The instants of one local day, ascending, none twice."""
    if "every_minutes" in rule:
        yield from _every(timedelta(minutes=int(rule["every_minutes"])), zone, day)
        return
    if "weekly" in rule and day.weekday() not in {int(one) for one in rule["weekly"]}:
        return
    if "every_two_weeks_from" in rule and (day - date.fromisoformat(rule["every_two_weeks_from"])).days % 14:
        return
    seen: set[datetime] = set()
    for clock in _times(rule):
        moment = instant(datetime.combine(day, clock), zone)
        if moment not in seen:
            seen.add(moment)
            yield moment


def _every(step: timedelta, zone: str, day: date) -> Iterator[datetime]:
    """Elapsed minutes from local midnight, so that both DST nights keep the rhythm.

    A day of more than 24 hours gets a run that other days do not have only where a whole interval fits before midnight: once a day
    stays once a day.
    """
    start = instant(datetime.combine(day, time()), zone)
    end = instant(datetime.combine(day + timedelta(days=1), time()), zone)
    moment = start
    while moment < end and (moment - start < _USUAL_DAY or end - moment >= step):
        yield moment.astimezone(UTC)
        moment += step


def _times(rule: Mapping[str, Any]) -> list[time]:
    return sorted({time.fromisoformat(text) for text in rule.get("daily") or rule.get("at") or []})


def described(rule: Mapping[str, Any] | None) -> str:
    """The rule in words."""
    if not rule:
        return "no recurrence"
    if "every_minutes" in rule:
        return f"every {rule['every_minutes']} min"
    at = ", ".join(clock.strftime("%H:%M") for clock in _times(rule))
    if "weekly" in rule:
        names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        return f"{', '.join(names[int(day)] for day in sorted(rule['weekly']))} at {at}"
    if "every_two_weeks_from" in rule:
        return f"every two weeks from {rule['every_two_weeks_from']} at {at}"
    return f"daily at {at}"
