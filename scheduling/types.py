"""Frozen values that scheduling hands upward: to pages, the delivery engine, exports and the API."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from tenancy.types import RefusedError


class Audience(StrEnum):
    """Who may rely on a publication. Only `everyone` leaves the building."""

    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class DepartmentInfo:
    """A department. `zone` is the zone of its wall times."""

    id: int
    public_id: uuid.UUID
    name: str
    code: str
    zone: str
    order: int
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person or placeholder as it is now; publications never hold these details."""

    id: int
    public_id: uuid.UUID
    name: str
    last_name: str
    first_name: str
    short_name: str
    unique_id: str
    custom1: str
    custom2: str
    custom3: str
    custom4: str
    employee_id: str
    npi: str
    upn: str
    email: str
    cell: str
    pager: str
    office_phone: str
    is_placeholder: bool
    personnel_type: str
    department_id: int | None
    active_from: date | None
    active_to: date | None
    personnel_type_id: int | None = None

    def active_on(self, day: date) -> bool:
        """True if the person may work on that date."""
        return (self.active_from is None or self.active_from <= day) and (
            self.active_to is None or day <= self.active_to
        )

    @property
    def contact(self) -> str:
        """The number to ring first: cell, else pager, else office."""
        return self.cell or self.pager or self.office_phone


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person's fields exactly as they are kept, with the revision they were read at: what an import compares with."""

    id: int
    public_id: uuid.UUID
    name: str
    revision: int
    values: Mapping[str, str]
    department_id: int | None
    personnel_type_id: int | None


@dataclass(frozen=True, slots=True)
class KindInfo:
    """A personnel type or an assignment type; only the latter has a hue."""

    id: int
    public_id: uuid.UUID
    name: str
    hue: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as long lists need one: thousands of them at once."""

    id: int
    public_id: uuid.UUID
    name: str
    unique_id: str
    employee_id: str
    is_placeholder: bool
    personnel_type: str
    department: str
    active_to: date | None


@dataclass(frozen=True, slots=True)
class PayCalendarInfo:
    """When a group is paid: periods of `days` days, one of which begins on `anchor`.

    It governs the people of these personnel types who work in these departments; none named means all.
    """

    public_id: uuid.UUID
    name: str
    anchor: date
    days: int
    department_ids: frozenset[int]
    personnel_type_ids: frozenset[int]
    revision: int = 1

    def period(self, day: date) -> tuple[date, date]:
        """First and last date, both included, of the period that a date lies in."""
        first = day - timedelta(days=(day - self.anchor).days % self.days)
        return first, first + timedelta(days=self.days - 1)

    def governs(self, department_id: int, personnel_type_id: int | None) -> bool:
        """True if work in that department by people of that type is paid by it."""
        return (not self.department_ids or department_id in self.department_ids) and (
            not self.personnel_type_ids or personnel_type_id in self.personnel_type_ids
        )


@dataclass(frozen=True, slots=True)
class ScheduleSpan:
    """A schedule that is published to everyone, and the dates it covers, both included.

    `dates` are those of the dates asked for that are its own: others were replaced by a later schedule, or not published yet. None
    means all that it covers.
    """

    public_id: uuid.UUID
    department_id: int
    department_name: str
    name: str
    first: date
    last: date
    dates: frozenset[date] | None = None

    def meets(self, first: date, last: date) -> bool:
        """True if a date of its own lies in the range, both ends included."""
        if self.dates is None:
            return self.first <= last and first <= self.last
        return any(first <= day <= last for day in self.dates)


@dataclass(frozen=True, slots=True)
class AssignmentInfo:
    """An assignment with its type. `end_day_offset` counts local days from the shift's date to its end."""

    id: int
    public_id: uuid.UUID
    code: str
    name: str
    department_id: int
    type_id: int
    type_name: str
    hue: str
    is_off: bool
    start_time: time
    end_time: time
    end_day_offset: int
    information: str
    eligible_only_listed: bool
    order: int
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class ShiftInfo:
    """A draft shift. Wall times are naive and local to `zone`; instants are UTC."""

    public_id: uuid.UUID
    schedule_id: int
    department_id: int
    assignment: AssignmentInfo
    person: PersonInfo | None
    date: date
    start_wall: datetime
    end_wall: datetime
    zone: str
    starts_at: datetime
    ends_at: datetime
    custom_time: bool
    note: str
    private_note: str
    call_order: int | None
    locked: bool
    source: str
    version: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A published shift joined with the person, department and assignment as they are now."""

    shift_id: uuid.UUID
    department: DepartmentInfo
    assignment: AssignmentInfo
    person: PersonInfo | None
    date: date
    start_wall: datetime
    end_wall: datetime
    zone: str
    starts_at: datetime
    ends_at: datetime
    custom_time: bool
    note: str
    call_order: int | None
    recorded_from: int


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A schedule: one department over a range of dates, both ends included."""

    id: int
    public_id: uuid.UUID
    department: DepartmentInfo
    name: str
    starts_on: date
    ends_on: date
    state: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One shift that publishing would add, change or remove. `before` and `after` hold what readers see."""

    kind: str  # added, changed, removed
    shift_id: uuid.UUID
    date: date
    assignment_id: int
    assignment_code: str
    assignment_name: str
    person_id: int | None
    person_name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class PublishPreview:
    """What publishing a range would do. `digest` binds a confirmation to exactly these differences."""

    audience: Audience
    from_date: date
    to_date: date
    differences: tuple[Difference, ...]
    replaces: tuple[tuple[str, date, date], ...]  # schedule name, first and last date it would lose
    digest: str

    def count(self, kind: str) -> int:
        """How many differences are of that kind."""
        return sum(1 for one in self.differences if one.kind == kind)


@dataclass(frozen=True)
class PublicationInfo:
    """A publication that was made."""

    public_id: uuid.UUID
    audience: str
    number: int
    kind: str
    department_id: int
    from_date: date
    to_date: date
    at: datetime
    actor: str
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class OutboxItem:
    """Work that a change left behind for the delivery engine."""

    id: int
    topic: str
    publication: int | None
    subject_type: str
    subject_id: int | None
    detail: Mapping[str, Any] = field(default_factory=dict)


class StaleShift(RefusedError):
    """Somebody else changed the shift first. Carries what it is now (None: it was removed), and who did it."""

    def __init__(self, text: str, current: ShiftInfo | None) -> None:
        super().__init__(text, code="stale")
        self.current = current
