"""A moment of a day, as an address names it: the date, and the minutes that have passed since its midnight.

Minutes that pass are never ambiguous: the day of 23 hours has 1,380 of them and the day of 25 hours 1,500, and both quarters past one
of the autumn night have numbers of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.pages.grid.windows import date_or_none
from tenancy.wall import instant, local_date, wall
from tenancy.wall import zone as zone_of

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_SHIFTED_BY = (timedelta(hours=1), timedelta(minutes=30))  # how far clocks are put back, where they are


@dataclass(frozen=True)
class Tick:
    """An hour of the scrubber: where it stands, in hundredths of the track, and its label if it has one."""

    x: str
    label: str
    tall: bool


@dataclass(frozen=True)
class Moment:
    """What the reader looks at. `live` follows the clock; otherwise `at` stays."""

    at: datetime
    now: datetime
    zone: str
    live: bool

    @property
    def day(self) -> date:
        """The local date."""
        return local_date(self.at, self.zone)

    @property
    def starts(self) -> datetime:
        """Local midnight."""
        return midnight(self.day, self.zone)

    @property
    def minutes(self) -> int:
        """How long the day is."""
        return _minutes(midnight(self.day + timedelta(days=1), self.zone) - self.starts)

    @property
    def minute(self) -> int:
        """Minutes since midnight."""
        return _minutes(self.at - self.starts)

    @property
    def now_minute(self) -> int:
        """Where the clock stands on this day, kept inside it."""
        return max(0, min(self.minutes, _minutes(self.now - self.starts)))

    @property
    def is_past(self) -> bool:
        """True for a moment that others may have known differently."""
        return not self.live and self.at < self.now

    @property
    def relation(self) -> str:
        """Against the clock, in one word."""
        return "now" if self.live else "past" if self.at < self.now else "ahead"

    @property
    def clock(self) -> str:
        """Hours and minutes, with the word that tells the two passes of a repeated hour apart."""
        return clock(self.at, self.zone)

    @property
    def spoken(self) -> str:
        """For readers of the scrubber who do not see it."""
        return f"{self.clock}, {self.relation}"

    @property
    def unusual(self) -> str:
        """Why the day is shorter or longer than others; empty on ordinary days."""
        if self.minutes == 1440:
            return ""
        hours = f"{self.minutes / 60:g}"
        return f"{hours} hours: clocks go {'back' if self.minutes > 1440 else 'forward'}"

    @property
    def ticks(self) -> list[Tick]:
        """Every hour that passes; every third hour of the clock has its name, and so do both passes of a repeated one."""
        found = []
        for hour in range(self.minutes // 60 + 1):
            at = self.starts + timedelta(hours=hour)
            local = wall(at, self.zone)
            last = hour * 60 == self.minutes
            named = last or local.hour % 3 == 0 or bool(_which(at, local, self.zone))
            label = "24" if last else f"{local:%H}"
            found.append(Tick(f"{hour * 6000 / self.minutes:.2f}", label if named else "", named))
        return found

    @property
    def spoken_minutes(self) -> str:
        """The clock at every quarter of an hour, in order: what the script says while the scrubber moves."""
        return "|".join(clock(self.starts + timedelta(minutes=n), self.zone) for n in range(0, self.minutes + 1, 15))


def moment_asked(asked: Mapping[str, str], *, zone: str, now: datetime) -> Moment:
    """The moment that an address names; the clock's when it names none or nonsense.

    `at` names an instant (as links from elsewhere do), `date` with `minute` a place on the scrubber. A date alone keeps the
    time of day.
    """
    instant_asked = _instant(asked.get("at", ""))
    if instant_asked is not None:
        return Moment(instant_asked, now, zone, live=False)
    day = date_or_none(asked.get("date", ""))
    minute = _number(asked.get("minute", ""))
    if day is None and minute is None:
        return Moment(now, now, zone, live=True)
    day = min(max(day or local_date(now, zone), FIRST_DAY), LAST_DAY)
    starts = midnight(day, zone)
    if minute is None:
        return Moment(
            instant(datetime.combine(day, wall(now, zone).time().replace(second=0, microsecond=0)), zone),
            now,
            zone,
            False,
        )
    longest = _minutes(midnight(day + timedelta(days=1), zone) - starts)
    return Moment(starts + timedelta(minutes=min(minute, longest - 1)), now, zone, live=False)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a local day begins."""
    return instant(datetime.combine(day, datetime.min.time()), zone)


def clock(at: datetime, zone: str) -> str:
    """Hours and minutes; in the hour that comes twice, which of the two."""
    local = wall(at, zone)
    which = _which(at, local, zone)
    return f"{local:%H:%M} {which}" if which else f"{local:%H:%M}"


def zone_short(at: datetime, zone: str) -> str:
    """The zone's own abbreviation at that moment: CST, CDT."""
    return f"{at.astimezone(zone_of(zone)):%Z}"


def day_text(day: date) -> str:
    """Tuesday, November 24."""
    return f"{day:%A, %B} {day.day}"


def _which(at: datetime, local: datetime, zone: str) -> str:
    if instant(local, zone) != at:
        return "second"
    return "first" if any(wall(at + step, zone) == local for step in _SHIFTED_BY) else ""


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    if found.tzinfo is None or not FIRST_DAY <= found.date() <= LAST_DAY:
        return None
    return found
