"""What the rules look at besides the request itself: read at once for a set of requests, then only looked up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from scheduling.requesting.types import RequestInfo, leave_covers
from scheduling.requesting.windows import Window
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo


@dataclass(frozen=True)
class Off:
    """Somebody who is off on a day: by an approved request, or placed on an absence in the schedule (`request_id` None)."""

    person_id: int
    personnel_type: str
    assignment_id: uuid.UUID | None
    request_id: uuid.UUID | None


@dataclass(frozen=True)
class Work:
    """A shift of a person: what everyone relies on, or what the draft says, or both.

    `published` names the audience that relies on it with this person ("" for none), `drafted` who stands there in the draft,
    `version` the draft's version (None: the draft has lost it).
    """

    shift_id: uuid.UUID
    department: DepartmentInfo
    assignment: AssignmentInfo
    person_id: int
    date: date
    start_wall: datetime
    end_wall: datetime
    zone: str
    starts_at: datetime
    ends_at: datetime
    published: str
    publication: int | None
    schedule_id: int
    version: int | None
    drafted_id: int | None
    drafted: PersonInfo | None

    @property
    def title(self) -> str:
        """ "ED Day on Mar 3"."""
        return f"{self.assignment.name} on {self.date:%b} {self.date.day}"

    @property
    def standing(self) -> str:
        """Who relies on it, in words."""
        return {"everyone": "published", "administrators": "published to administrators"}.get(self.published, "draft")


@dataclass(frozen=True)
class Facts:
    """The facts for a set of requests."""

    off: Mapping[tuple[int, date], tuple[Off, ...]] = field(default_factory=dict)  # by department and date
    requests: Mapping[int, tuple[RequestInfo, ...]] = field(
        default_factory=dict
    )  # pending and approved ones, by person
    work: Mapping[int, tuple[Work, ...]] = field(default_factory=dict)  # by person
    holidays: Mapping[tuple[int, date], str] = field(default_factory=dict)  # by department and date
    windows: Mapping[tuple[int, str], tuple[Window, ...]] = field(default_factory=dict)  # by department and kind

    def touched(self, request: RequestInfo) -> tuple[Work, ...]:
        """The person's shifts that the absence falls on; what is an absence itself is not touched."""
        hours = (request.starts_at, request.ends_at) if request.start is not None else None
        return tuple(
            one
            for one in self.work.get(request.person.id, ())
            if not one.assignment.is_off
            and leave_covers(request.first, request.last, hours, one.date, one.starts_at, one.ends_at)
        )
