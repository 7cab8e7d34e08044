"""The values of an import: what is asked for, what it would do, what it did."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from scheduling.roster.codes import ShiftCodes
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.types import RosterIssue, RosterParse, Shape, Sheet
from scheduling.types import DepartmentInfo
from tenancy.types import RefusedError

DEFAULT_TYPE = "Working"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAssignment:
    """What an unknown code of the file stands for. Without times it cannot be made.

    ``end_day_offset`` counts local days from the shift's date to its end.
    """

    code: str
    name: str
    type_name: str = DEFAULT_TYPE
    start: time | None = None
    end: time | None = None
    end_day_offset: int | None = None


@dataclass(frozen=True, kw_only=True)
class RosterRequest:
    """One import: the sheet, where it goes, how it is read, and what may be made.

    The target is ``schedule_id``; or ``department_id`` alone, which takes the one schedule that covers the file's
    dates; or ``department_id`` with ``new_schedule``, the name of a schedule to make for exactly those dates.
    ``only_add`` leaves everything that the draft has as it is. ``year_hint`` and ``month_hint`` are those of the
    file's first date, for dates that leave them out. ``assignments`` and then ``codes`` say what unknown codes mean.
    """

    sheet: Sheet
    file_name: str = ""
    mapping: RosterMapping = field(default_factory=RosterMapping)
    schedule_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    new_schedule: str | None = None
    shape: Shape | None = None
    year_hint: int | None = None
    month_hint: int | None = None
    only_add: bool = False
    create_people: bool = False
    create_assignments: bool = False
    codes: ShiftCodes | None = None
    assignments: tuple[NewAssignment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterNewPerson:
    """Somebody in the file whom the organisation does not have, and how they would be named."""

    key: str
    last_name: str
    first_name: str
    identifier: str
    """The field that ``key`` would fill, such as ``unique_id``; empty when people are matched by name."""
    row: int
    column: str
    count: int

    @property
    def name(self) -> str:
        return f"{self.last_name}, {self.first_name}" if self.first_name else self.last_name


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterNewCode:
    """A code in the file that the department does not have; ``source`` says where its times come from."""

    code: str
    count: int
    row: int
    column: str
    proposal: NewAssignment
    source: str

    @property
    def is_complete(self) -> bool:
        return self.proposal.start is not None and self.proposal.end is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """One shift that would be added, changed, removed, or would be but is locked. ``row`` is None for what the file lacks.

    ``before`` and ``after`` hold what differs, as people read it.
    """

    kind: str  # added, changed, removed, locked
    shift_id: uuid.UUID | None
    date: date
    person_name: str
    code: str
    row: int | None
    column: str
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RosterPreview:
    """What an import would do. With any error among ``issues`` nothing can be applied.

    ``unticked`` are those among them that go when missing people or assignments may be made.
    ``waiting`` counts lines of the file whose code has no times yet, so that nothing can be said about them.
    ``digest`` binds a confirmation to exactly these changes.
    """

    department: DepartmentInfo
    schedule_id: uuid.UUID | None
    schedule_name: str
    from_date: date | None
    to_date: date | None
    parse: RosterParse
    mapping: RosterMapping
    issues: tuple[RosterIssue, ...] = ()
    unticked: tuple[RosterIssue, ...] = ()
    changes: tuple[RosterChange, ...] = ()
    unchanged: int = 0
    waiting: int = 0
    people: int = 0
    matched_by: Mapping[str, int] = field(default_factory=dict)
    new_people: tuple[RosterNewPerson, ...] = ()
    new_codes: tuple[RosterNewCode, ...] = ()
    outside: Mapping[date, int] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    digest: str = ""

    def count(self, kind: str) -> int:
        """How many changes are of that kind: added, changed, removed, locked."""
        return sum(1 for one in self.changes if one.kind == kind)

    @property
    def errors(self) -> tuple[RosterIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def warnings(self) -> tuple[RosterIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "warning")

    @property
    def creates_schedule(self) -> bool:
        return self.schedule_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterResult:
    """What an import did."""

    schedule_id: uuid.UUID
    schedule_name: str
    schedule_created: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    locked: int
    people_created: int
    assignments_created: int

    @property
    def is_empty(self) -> bool:
        made = self.people_created + self.assignments_created + self.schedule_created
        return not (self.added or self.changed or self.removed or made)


class RosterRefused(RefusedError):
    """Nothing was applied. ``preview`` holds every reason with its row and column, and what the import would do now."""

    def __init__(self, text: str, preview: RosterPreview, *, code: str = "refused") -> None:
        super().__init__(text, code=code)
        self.preview = preview
