"""Wall times as people write them: 14:00, 2:00 PM, 1400, 2p, and ranges of two of those."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from scheduling.roster.types import CellValue

_TIME = re.compile(
    r"(?P<h>\d{1,2})(?:(?P<sep>[:.h])(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.0+)?)?)?\s*"
    r"(?P<ap>[ap](?:\.?\s?m\.?)?)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?P<h>\d{1,2})(?P<m>\d{2})\s*(?P<ap>[ap](?:\.?\s?m\.?)?)?(?:\s*h(?:rs)?)?", re.IGNORECASE)
_ONE = r"(?:\d{1,2}[:.h]\d{2}(?::\d{2})?|\d{1,4})(?:\s*[ap](?:\.?m\.?)?(?![a-z]))?"
_RANGE = re.compile(
    rf"(?<![\w:./-])(?P<start>{_ONE}|noon|midnight)\s*(?:-|–|—|\bto\b|\buntil\b)\s*"
    rf"(?P<end>{_ONE}|noon|midnight)(?![\w:/-])",
    re.IGNORECASE,
)
# Longer texts are no times; the bounds keep hostile cells cheap.
_LONGEST_TIME, _LONGEST_RANGE = 20, 200
_NEXT_DAY = re.compile(r"\s*\(?\+\s*1\s*(?:d|day)?\)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Start and end as wall times, and where the range stood in its text."""

    start: time
    end: time
    first: int
    last: int


def time_of_text(text: str, *, as_end: bool = False) -> time | None:
    """The wall time a text means, or None. ``24:00`` is midnight and may only be an end.

    A mark such as ``+1`` behind an end is accepted: an end at or before its start is the next day anyway.
    """
    text = text.strip()
    if len(text) > _LONGEST_TIME:
        return None
    if as_end:
        text = _NEXT_DAY.sub("", text)
    word = text.casefold()
    if word in {"noon", "midday"}:
        return time(12)
    if word == "midnight":
        return time(0)
    found = _TIME.fullmatch(text) or _DIGITS.fullmatch(text)
    if not found:
        return None
    groups = found.groupdict()
    hour, minute, seconds = int(groups["h"]), int(groups["m"] or 0), int(groups.get("s") or 0)
    if groups["ap"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if groups["ap"][0] in "pP" else 0)
    if as_end and (hour, minute, seconds) == (24, 0, 0):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 and seconds == 0 else None


def time_of_value(value: CellValue, text: str, *, as_end: bool = False) -> time | None:
    """Like ``time_of_text`` for a cell that may hold an Excel time, duration or fraction of a day."""
    if isinstance(value, datetime):
        return _minute_of(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
    if isinstance(value, time):
        return _minute_of(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
    if isinstance(value, timedelta):
        return _midnight_or(value, as_end=as_end)
    if isinstance(value, float) and not isinstance(value, bool) and 0 <= value <= 1:
        return _midnight_or(timedelta(days=value), as_end=as_end)
    return time_of_text(text, as_end=as_end)


def _midnight_or(since_midnight: timedelta, *, as_end: bool) -> time | None:
    if since_midnight == timedelta(days=1):
        return time(0) if as_end else None
    return _minute_of(since_midnight)


def _minute_of(since_midnight: timedelta) -> time | None:
    # Excel keeps times as fractions of a day, so that 06:30 may come back a fraction of a second short.
    minutes = round(since_midnight.total_seconds() / 60)
    if abs(since_midnight.total_seconds() - minutes * 60) > 1 or not 0 <= minutes < 24 * 60:
        return None
    return time(minutes // 60, minutes % 60)


def range_in(text: str) -> TimeRange | None:
    """The first pair of wall times in a text, such as ``19:00-07:00``, ``7a–3p`` or ``07-15``."""
    for found in _RANGE.finditer(text[:_LONGEST_RANGE]):
        start, end = time_of_text(found["start"]), time_of_text(found["end"], as_end=True)
        if start is not None and end is not None:
            return TimeRange(start, end, found.start(), found.end())
    return None


def end_offset(start: time, end: time) -> int:
    """Days from the start's date to the end's: an end at or before its start is on the next day."""
    return 0 if end > start else 1
