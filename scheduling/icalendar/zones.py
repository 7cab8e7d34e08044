"""VTIMEZONE: what clocks really do in a zone, taken from the pinned database of zones.

Where the changes follow one rule over all the years that matter, the rule is written: readers know rules best. Where they do not, each
change is written by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from scheduling.icalendar.lines import local
from tenancy.wall import zone

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00")
_AHEAD = 5  # years in which a rule must hold beyond what is asked


@dataclass(frozen=True)
class Change:
    """The moment at which clocks change. `onset` is the wall time by the offset before."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str, bool]:
        """What kind of change it is: the same every year, where there is a rule."""
        return self.before, self.after, self.name, self.is_summer


@lru_cache(maxsize=256)
def zone_lines(name: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """The component that describes a zone from the year before `first_year` to beyond `last_year`."""
    changes = changes_between(name, first_year - 1, last_year + _AHEAD)
    kinds: dict[object, list[Change]] = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change)
    rules = [_rule(some) for some in kinds.values()]
    years = range(first_year - 1, last_year + _AHEAD + 1)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    if changes and all(rule and len(some) == len(years) for rule, some in zip(rules, kinds.values(), strict=True)):
        for rule, some in zip(rules, kinds.values(), strict=True):
            lines += _observance(some[0], rule)
    else:
        lines += _observance(_base(name, first_year - 1), "")
        for change in changes:
            lines += _observance(change, "")
    return (*lines, "END:VTIMEZONE")


def changes_between(name: str, first_year: int, last_year: int) -> list[Change]:
    """Every change of the clocks in those years."""
    tz = zone(name)
    moment, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    found = []
    while moment < end:
        after = moment + timedelta(days=1)
        if after.astimezone(tz).utcoffset() != moment.astimezone(tz).utcoffset():
            found.append(_change(name, moment, after))
        moment = after
    return found


def _change(name: str, low: datetime, high: datetime) -> Change:
    """The change between two moments, to the second."""
    tz = zone(name)
    before = _offset(low.astimezone(tz))
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(middle.astimezone(tz)) == before:
            low = middle
        else:
            high = middle
    there = high.astimezone(tz)
    onset = (high + before).replace(tzinfo=None)
    return Change(onset, before, _offset(there), there.tzname() or name, bool(there.dst()))


def _base(name: str, year: int) -> Change:
    """How clocks stand when the years begin."""
    there = datetime(year, 1, 1, tzinfo=UTC).astimezone(zone(name))
    offset = _offset(there)
    return Change(_EPOCH, offset, offset, there.tzname() or name, bool(there.dst()))


def _rule(changes: Sequence[Change]) -> str:
    """The yearly rule that these changes follow, or nothing."""
    onsets = [change.onset for change in changes]
    if len({(one.month, one.weekday(), one.time()) for one in onsets}) != 1:
        return ""
    places = set.intersection(*({(one.day - 1) // 7 + 1} | ({-1} if _is_last(one) else set()) for one in onsets))
    if not places:
        return ""
    first = onsets[0]
    return f"FREQ=YEARLY;BYMONTH={first.month};BYDAY={max(places)}{_DAYS[first.weekday()]}"


def _is_last(day: datetime) -> bool:
    return (day + timedelta(days=7)).month != day.month


def _observance(change: Change, rule: str) -> list[str]:
    kind = "DAYLIGHT" if change.is_summer else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{local(change.onset)}",
        *([f"RRULE:{rule}"] if rule else []),
        f"TZOFFSETFROM:{_sign(change.before)}",
        f"TZOFFSETTO:{_sign(change.after)}",
        f"TZNAME:{change.name}",
        f"END:{kind}",
    ]


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None, "an aware moment has an offset"
    return offset


def _sign(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}{minutes:02d}" + (f"{left:02d}" if left else "")
