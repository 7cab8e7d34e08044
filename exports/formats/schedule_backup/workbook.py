"""The workbook's sheets: who is on now and next, and one sheet for each of four days. Pure: payloads and a moment in, sheets out.

A day is the local date of each department: near midnight a hospital in another zone may already have tomorrow, so its heading
names its own date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from exports.writers.xlsx import Line, Sheet
from tenancy.wall import local_date, zone

DAYS = 4
OPEN = "OPEN"

_DAY_COLUMNS = (
    ("Assignment", 25.0),
    ("Who", 25.0),
    ("From", 10.0),
    ("To", 10.0),
    ("Phone", 16.0),
    ("Pager", 9.0),
    ("Order", 6.0),
    ("Note", 32.0),
)
_NOW_COLUMNS = (
    ("Assignment", 25.0),
    ("On now", 25.0),
    ("Until", 10.0),
    ("Phone", 16.0),
    ("Pager", 9.0),
    ("Next", 25.0),
    ("From", 10.0),
    ("Phone", 16.0),
)


@dataclass(frozen=True)
class Made:
    """When the workbook is made, for whom, and what it shows."""

    organization: str
    zone: str
    at: datetime
    publication: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands below the title of every sheet."""
        local = self.at.astimezone(zone(self.zone))
        return (
            f"{self.organization}. Made {local:%a} {local.day} {local:%b %Y %H:%M %Z}. "
            f"Data as of publication {self.publication}. Later changes are not on this page.",
        )


Payload = Mapping[str, Any]


def belongs(payload: Payload, at: datetime) -> bool:
    """True if the shift is of one of the four local dates, or runs at that moment."""
    today = local_date(at, payload["zone"])
    day = date.fromisoformat(payload["date"])
    return today <= day < today + timedelta(days=DAYS) or _runs(payload, at)


def sheets_of(payloads: Iterable[Payload], made: Made) -> Iterator[Sheet]:
    """The overview, then the four days. `payloads` are those that belong."""
    departments = _by_department(payloads)
    footer = f"{made.organization} · {made.at:%Y-%m-%d %H:%M} UTC · publication {made.publication}"
    yield Sheet(
        name="Now and next",
        title="Who is on now, and who is next",
        notes=made.notes,
        columns=_NOW_COLUMNS,
        lines=_now_lines(departments, made.at),
        footer=footer,
    )
    for offset in range(DAYS):
        day = local_date(made.at, made.zone) + timedelta(days=offset)
        yield Sheet(
            name=_short(day),
            title=f"{day:%A} {day.day} {day:%B %Y}",
            notes=made.notes,
            columns=_DAY_COLUMNS,
            lines=_day_lines(departments, made.at, offset),
            footer=footer,
        )


def _by_department(payloads: Iterable[Payload]) -> list[tuple[str, list[Payload]]]:
    """Departments in their order, each with its shifts by assignment, start and person."""
    found: dict[tuple[int, str], list[Payload]] = defaultdict(list)
    for one in payloads:
        found[(one["department_order"], one["department"])].append(one)
    return [
        (name, sorted(found[(order, name)], key=lambda one: (*_assignment(one), one["start"], one["person"])))
        for order, name in sorted(found)
    ]


def _assignment(payload: Payload) -> tuple[int, str]:
    return payload["assignment_order"], payload["assignment"]


def _now_lines(departments: Sequence[tuple[str, list[Payload]]], at: datetime) -> Iterator[Line]:
    for name, shifts in departments:
        here = shifts[0]["zone"]
        yield Line((f"{name} · {_clock(at.isoformat(), here)} there now ({here})",), "group")
        teams: dict[tuple[int, str], list[Payload]] = defaultdict(list)
        for one in shifts:
            teams[_assignment(one)].append(one)
        for (_, assignment), own in teams.items():
            yield from _team_lines(assignment, own, at)


def _team_lines(assignment: str, shifts: Sequence[Payload], at: datetime) -> Iterator[Line]:
    now = [one for one in shifts if _runs(one, at)]
    later = [one for one in shifts if _moment(one["start"]) > at]
    soonest = min((one["start"] for one in later), default="")
    following = [one for one in later if one["start"] == soonest]
    for index in range(max(len(now), len(following), 1)):
        on = now[index] if index < len(now) else None
        then = following[index] if index < len(following) else None
        cells = (
            assignment if index == 0 else "",
            on["person"] if on else ("—" if index == 0 else ""),
            _when(on["end"], on["zone"], at) if on else "",
            on["phone"] if on else "",
            on["pager"] if on else "",
            then["person"] if then else "",
            _when(then["start"], then["zone"], at) if then else "",
            then["phone"] if then else "",
        )
        yield Line(cells, "alarm" if OPEN in (cells[1], cells[5]) else "plain")


def _day_lines(departments: Sequence[tuple[str, list[Payload]]], at: datetime, offset: int) -> Iterator[Line]:
    for name, shifts in departments:
        here = shifts[0]["zone"]
        day = local_date(at, here) + timedelta(days=offset)
        text = day.isoformat()
        own = [one for one in shifts if one["date"] == text or (offset == 0 and one["date"] < text and _runs(one, at))]
        if not own:
            continue
        yield Line((f"{name} · {_short(day)} · times in {here}",), "group")
        for one in own:
            yield Line(
                (
                    one["assignment"],
                    one["person"],
                    _on_day(one["start"], here, day),
                    _on_day(one["end"], here, day),
                    one["phone"],
                    one["pager"],
                    "" if one["call_order"] is None else str(one["call_order"]),
                    " ".join(one["note"].split()),
                ),
                "alarm" if one["person"] == OPEN else "plain",
            )


def _runs(payload: Payload, at: datetime) -> bool:
    return _moment(payload["start"]) <= at < _moment(payload["end"])


@lru_cache(maxsize=20_000)
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@lru_cache(maxsize=20_000)
def _local(text: str, zone_name: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone(zone_name))


def _clock(text: str, zone_name: str) -> str:
    return f"{_local(text, zone_name):%H:%M}"


@lru_cache(maxsize=20_000)
def _on_day(text: str, zone_name: str, day: date) -> str:
    """The time, with the weekday where it is not that day's."""
    local = _local(text, zone_name)
    return f"{local:%H:%M}" if local.date() == day else f"{local:%H:%M %a}"


def _when(text: str, zone_name: str, at: datetime) -> str:
    return _on_day(text, zone_name, local_date(at, zone_name))


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
