"""My shifts as the page shows them: the card of what is on now, the coming ones, the month."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.pages.swaps.calendars import hours_of
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.swap_words import state_words
from scheduling.selectors.swaps import SwapInfo
from scheduling.types import PublishedRow
from tenancy.wall import wall


@dataclass(frozen=True)
class Now:
    """A shift that is running. `done` is how much of it has passed, in hundredths."""

    shift_id: uuid.UUID
    name: str
    hue: str
    left: str
    until: str
    done: int
    note: str
    department: str


@dataclass(frozen=True)
class Coming:
    """A shift of the list."""

    shift_id: uuid.UUID
    date: date
    name: str
    hue: str
    hours: str
    is_off: bool
    call_order: int | None
    note: str
    department: str
    holiday: str
    zone: str  # named where it is not the reader's
    swap: str
    swap_id: uuid.UUID | None


@dataclass(frozen=True)
class MonthDay:
    """A day of the month's strip."""

    date: date
    inside: bool
    is_today: bool
    holiday: str
    shifts: tuple[tuple[str, str, str], ...]  # code, hue, what it is in words


@dataclass(frozen=True)
class Month:
    """A month of one's own, by weeks."""

    first: date
    weeks: tuple[tuple[MonthDay, ...], ...]
    heads: tuple[date, ...]
    previous: str
    next: str
    count: int


def now_of(row: PublishedRow, *, now: datetime) -> Now:
    """The card of a running shift."""
    whole = max((row.ends_at - row.starts_at).total_seconds(), 1)
    end = wall(row.ends_at, row.zone)
    order = f" · call order {row.call_order}" if row.call_order is not None else ""
    return Now(
        shift_id=row.shift_id,
        name=f"{row.assignment.name}{order}",
        hue=row.assignment.hue,
        left=duration_words(row.ends_at - now),
        until=f"{end:%a %H:%M}",
        done=round(100 * (now - row.starts_at).total_seconds() / whole),
        note=row.note,
        department=row.department.name,
    )


def coming_of(
    rows: Sequence[PublishedRow], swaps: Mapping[uuid.UUID, SwapInfo], *, home_zone: str, home_id: int | None
) -> list[Coming]:
    """The lines of the list, with holidays and swaps under way."""
    holidays: dict[int, dict[date, str]] = {}
    for row in rows:
        if row.department.id not in holidays:
            days = [one.date for one in rows if one.department.id == row.department.id]
            holidays[row.department.id] = holidays_between(min(days), max(days), department_id=row.department.id)
    return [
        Coming(
            shift_id=row.shift_id,
            date=row.date,
            name=row.assignment.name,
            hue=row.assignment.hue,
            hours=hours_of(row.start_wall, row.end_wall),
            is_off=row.assignment.is_off,
            call_order=row.call_order,
            note=row.note,
            department=row.department.name if row.department.id != home_id else "",
            holiday=holidays[row.department.id].get(row.date, ""),
            zone=row.zone.replace("_", " ") if row.zone != home_zone else "",
            swap=_swap_words(swaps.get(row.shift_id), row),
            swap_id=swaps[row.shift_id].public_id if row.shift_id in swaps else None,
        )
        for row in rows
    ]


def month_of(
    first: date, rows: Sequence[PublishedRow], *, today: date, week_start: int, holidays: Mapping[date, str]
) -> Month:
    """The strip of a month; `rows` are the shifts of its weeks."""
    start, end = month_range(first, week_start)
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    shown = [
        MonthDay(
            date=day,
            inside=day.month == first.month,
            is_today=day == today,
            holiday=holidays.get(day, ""),
            shifts=tuple(
                (
                    row.assignment.code,
                    row.assignment.hue,
                    f"{row.assignment.name}, {hours_of(row.start_wall, row.end_wall)}",
                )
                for row in rows
                if row.date == day
            ),
        )
        for day in days
    ]
    before = first - timedelta(days=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return Month(
        first=first,
        weeks=tuple(tuple(shown[n : n + 7]) for n in range(0, len(shown), 7)),
        heads=tuple(days[:7]),
        previous=f"{before:%Y-%m}",
        next=f"{after:%Y-%m}",
        count=sum(len(day.shifts) for day in shown if day.inside),
    )


def month_range(first: date, week_start: int) -> tuple[date, date]:
    """The first and last day of the weeks that a month touches."""
    start = first - timedelta(days=(first.weekday() - week_start) % 7)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return start, last + timedelta(days=(week_start + 6 - last.weekday()) % 7)


def duration_words(left: timedelta) -> str:
    """`21 h 18 m`: what is left, rounded up to the minute."""
    minutes = max(0, -(-int(left.total_seconds()) // 60))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if hours else f"{minutes} m"


def _swap_words(info: SwapInfo | None, row: PublishedRow) -> str:
    if info is None:
        return ""
    state = state_words(info)
    state = state[0].lower() + state[1:]
    if info.shift_id == row.shift_id:
        return f"on offer: {state}"
    return f"would go to {info.giver.short_name}: {state}"
