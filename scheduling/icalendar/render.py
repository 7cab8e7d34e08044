"""A calendar of shifts. The same events give the same bytes: nothing in it depends on when it is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.icalendar.lines import joined, local, text, utc
from scheduling.icalendar.zones import zone_lines
from tenancy.wall import wall

CONTENT_TYPE = "text/calendar; charset=utf-8"
_REFRESH = "PT30M"


@dataclass(frozen=True, slots=True)
class Event:
    """A shift as a calendar shows it. `sequence` grows with whatever is published of it, last at `modified_at`."""

    uid: uuid.UUID
    sequence: int
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    zone: str
    summary: str
    location: str
    description: str
    category: str
    is_off: bool
    modified_at: datetime


def calendar_bytes(events: Sequence[Event], *, name: str, slug: str, zone: str) -> bytes:
    """The whole calendar, with the zones that its events need."""
    return joined(_lines(events, name, slug, zone))


def _lines(events: Sequence[Event], name: str, slug: str, zone: str) -> Iterator[str]:
    yield from (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Rotacast//Shifts//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    )
    yield f"NAME:{text(name)}"
    yield f"X-WR-CALNAME:{text(name)}"
    yield f"X-WR-TIMEZONE:{zone}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}"
    yield f"X-PUBLISHED-TTL:{_REFRESH}"
    for one in sorted({event.zone for event in events} - {"UTC"}):
        years = [moment.year for event in events if event.zone == one for moment in (event.starts_at, event.ends_at)]
        yield from zone_lines(one, min(years), max(years))
    for event in events:
        yield from _event(event, slug)
    yield "END:VCALENDAR"


def _event(event: Event, slug: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}@{slug}.rotacast"
    yield f"DTSTAMP:{utc(event.modified_at)}"
    yield f"LAST-MODIFIED:{utc(event.modified_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield _time("DTSTART", event.starts_at, event.zone)
    if event.ends_at > event.starts_at:  # a shift wholly inside the skipped hour has no length
        yield _time("DTEND", event.ends_at, event.zone)
    yield f"SUMMARY:{text(event.summary)}"
    yield f"LOCATION:{text(event.location)}"
    if event.description:
        yield f"DESCRIPTION:{text(event.description)}"
    yield f"CATEGORIES:{text(event.category)}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'TRANSPARENT' if event.is_off or event.cancelled else 'OPAQUE'}"
    yield "END:VEVENT"


def _time(name: str, moment: datetime, zone: str) -> str:
    """Written from the instant: a wall time that clocks skip stands for the end of the gap, and readers would guess otherwise."""
    if zone == "UTC":
        return f"{name}:{utc(moment)}"
    return f"{name};TZID={zone}:{local(wall(moment, zone))}"
