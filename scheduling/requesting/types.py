"""Requests as frozen values, and what each kind of request may say."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo
from tenancy.types import RefusedError

LONGEST = timedelta(days=366)  # from the first day to the last: what bounds a search for leave
STATES = {"pending": "Waiting", "approved": "Approved", "denied": "Denied", "withdrawn": "Withdrawn"}
WEIGHTS = {1: "a little", 2: "clearly", 3: "strongly"}


@dataclass(frozen=True)
class Kind:
    """A kind of request: its words, and what it may say."""

    key: str
    label: str
    is_absence: bool = False  # nobody works meanwhile; the assignment it may name is an absence
    may_avoid: bool = False  # it may be against something, and says how much


KINDS: Mapping[str, Kind] = {
    one.key: one
    for one in (
        Kind("time_off", "Time off", is_absence=True),
        Kind("work", "Wish to work"),
        Kind("preference", "Preference", may_avoid=True),
    )
}


@dataclass(frozen=True)
class Saying:
    """What one rule said about a request: its answer and the sentence with the figures."""

    rule: str  # public id
    label: str
    effect: str  # approve, hold, deny
    text: str


@dataclass(frozen=True)
class RequestInfo:
    """A request. Wall times are naive and local to `zone`; without them it is whole days."""

    id: int
    public_id: uuid.UUID
    person: PersonInfo
    department: DepartmentInfo
    kind: str
    first: date
    last: date
    start: datetime | None
    end: datetime | None
    zone: str
    starts_at: datetime
    ends_at: datetime
    assignment: AssignmentInfo | None
    type_id: int | None
    type_public_id: uuid.UUID | None
    type_name: str
    avoid: bool
    weight: int
    note: str
    state: str
    held: str
    said: tuple[Saying, ...]
    decided_by: str
    decided_by_rule: bool
    decided_at: datetime | None
    reason: str
    source: str
    made_by: str
    made_at: datetime
    version: int
    changed_by: str
    changed_at: datetime

    @property
    def days(self) -> int:
        """How many dates it touches."""
        return (self.last - self.first).days + 1

    @property
    def wanted(self) -> str:
        """What it names, in words: "Vacation", "OR Call 1", "any Call", or nothing."""
        if self.assignment is not None:
            return self.assignment.name
        return f"any {self.type_name}" if self.type_name else ""

    @property
    def title(self) -> str:
        """What is asked, in a few words: "Time off, Vacation", "Would rather not work any Call"."""
        kind = KINDS[self.kind]
        if kind.may_avoid:
            wish = "Would rather not work" if self.avoid else "Would like to work"
            return f"{wish} {self.wanted}".strip()
        return f"{kind.label}, {self.wanted}" if self.wanted else kind.label

    @property
    def state_name(self) -> str:
        """Its state as people read it; what a rule holds says so."""
        return "Held" if self.state == "pending" and self.held else STATES[self.state]

    @property
    def dates(self) -> str:
        """Its dates, and times if it is for a part of a day: "Mar 3", "Mar 3 – 7, 2026", "Mar 3, 13:00–17:00"."""
        return dates_text(self.first, self.last, self.start, self.end)


def leave_covers(
    first: date,
    last: date,
    hours: tuple[datetime, datetime] | None,
    day: date,
    starts_at: datetime,
    ends_at: datetime,
) -> bool:
    """Whether a shift falls on an absence, granted or asked for. `hours` are the instants of a part of a day, None for whole days.

    Whole days count by the shift's date: a night that began the evening before belongs to the day before. Part of a day counts by
    the clock.
    """
    if hours is None:
        return first <= day <= last
    leave_from, leave_until = hours
    return starts_at < leave_until and leave_from < ends_at


def dates_text(first: date, last: date, start: datetime | None = None, end: datetime | None = None) -> str:
    """Dates as people read them, with the wall times of a part of a day."""
    if start is not None and end is not None:
        if first == last:
            return f"{first:%b} {first.day}, {first.year}, {start:%H:%M}–{end:%H:%M}"
        return f"{first:%b} {first.day}, {start:%H:%M} – {last:%b} {last.day}, {last.year}, {end:%H:%M}"
    if first == last:
        return f"{first:%b} {first.day}, {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%b} {first.day}–{last.day}, {last.year}"
    if first.year == last.year:
        return f"{first:%b} {first.day} – {last:%b} {last.day}, {last.year}"
    return f"{first:%b} {first.day}, {first.year} – {last:%b} {last.day}, {last.year}"


class StaleRequest(RefusedError):
    """Somebody else changed or decided the request first. Carries what it is now."""

    def __init__(self, text: str, current: RequestInfo) -> None:
        super().__init__(text, code="stale")
        self.current = current
