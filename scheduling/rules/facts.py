"""What rules are applied to: work, people, absence and the rules themselves, as plain values read once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from scheduling.requesting.types import leave_covers
from scheduling.rules.types import Severity


@dataclass(frozen=True, slots=True)
class AssignmentFact:
    """An assignment as rules know it. `cover` holds the people required by weekday, Monday first; empty asks for nothing."""

    id: int
    public_id: uuid.UUID
    name: str
    department_id: int
    type_id: int
    type_public_id: uuid.UUID
    is_off: bool
    weight: Decimal = Decimal(1)
    cover: tuple[int, ...] = ()
    eligible_only_listed: bool = False
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A person as rules know them. Placeholders may be in several places at once."""

    id: int
    personnel_type_id: int | None = None
    is_placeholder: bool = False
    active_from: date | None = None
    active_to: date | None = None


@dataclass(frozen=True, slots=True)
class LeaveFact:
    """Granted absence: whole dates, or (with `starts_at`) a stretch between two instants."""

    person_id: int
    first: date
    last: date
    text: str  # "Nov 23–29"
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def covers(self, day: date, starts_at: datetime, ends_at: datetime) -> bool:
        """True if a shift of that date and time falls on it."""
        hours = (self.starts_at, self.ends_at) if self.starts_at is not None and self.ends_at is not None else None
        return leave_covers(self.first, self.last, hours, day, starts_at, ends_at)


@dataclass(frozen=True, slots=True)
class Work:
    """One shift. Walls are local to the schedule that is judged; `date` is the shift's own.

    `judged` shifts are the draft's on the dates asked for: a conflict marks at least one. The others are what they are judged against.
    """

    id: uuid.UUID
    person_id: int | None
    assignment: AssignmentFact
    date: date
    start_wall: datetime
    end_wall: datetime
    starts_at: datetime
    ends_at: datetime
    judged: bool = True
    elsewhere: str = ""  # the other department's name

    @property
    def elapsed(self) -> timedelta:
        """The time that really passes."""
        return self.ends_at - self.starts_at

    @property
    def name(self) -> str:
        """The assignment, with its department where that is another."""
        return f"{self.assignment.name} ({self.elsewhere})" if self.elsewhere else self.assignment.name


@dataclass(frozen=True)
class RuleFact:
    """One rule: what kind, how strict, on whom, with which parameters. Empty scopes mean everything, or everybody."""

    key: str
    kind: str
    severity: Severity
    parameters: Any
    assignment_ids: frozenset[int] = frozenset()
    type_ids: frozenset[int] = frozenset()
    excepted_ids: frozenset[int] = frozenset()
    person_ids: frozenset[int] = frozenset()
    personnel_type_ids: frozenset[int] = frozenset()
    effective_from: date | None = None
    by_department: bool = False

    def counts(self, work: Work) -> bool:
        """True if the shift is the rule's business. Without a scope that is all work, and absence is not work."""
        one = work.assignment
        if one.id in self.excepted_ids:
            return False
        if not self.assignment_ids and not self.type_ids:
            return not one.is_off
        return one.id in self.assignment_ids or one.type_id in self.type_ids

    def governs(self, person: PersonFact) -> bool:
        """True if the rule is meant for that person."""
        if not self.person_ids and not self.personnel_type_ids:
            return True
        return person.id in self.person_ids or person.personnel_type_id in self.personnel_type_ids

    @property
    def everywhere(self) -> bool:
        """True if no assignment or type limits it."""
        return not self.assignment_ids and not self.type_ids


@dataclass(frozen=True)
class Facts:
    """Everything that the rules of one question need. `cover` are the assignments whose cover is judged on first..last."""

    first: date
    last: date
    work: tuple[Work, ...]
    people: Mapping[int, PersonFact]
    listed: frozenset[tuple[int, int]] = frozenset()  # (assignment, person), of assignments that ask for a list
    leave: Mapping[int, tuple[LeaveFact, ...]] = field(default_factory=dict)
    week_start: int = 0
    cover: tuple[AssignmentFact, ...] = ()

    @cached_property
    def humans(self) -> dict[int, list[Work]]:
        """Person → their shifts by start, of those who can only be in one place."""
        found: dict[int, list[Work]] = {}
        for one in self.work:
            if one.person_id is not None and not self.people[one.person_id].is_placeholder:
                found.setdefault(one.person_id, []).append(one)
        for shifts in found.values():
            shifts.sort(key=lambda one: (one.starts_at, one.ends_at, one.id))
        return {person: shifts for person, shifts in found.items() if any(one.judged for one in shifts)}

    def governed(self, rule: RuleFact) -> list[tuple[int, list[Work]]]:
        """The people a rule is meant for, each with the shifts that are its business."""
        return [
            (person, shifts)
            for person, all_shifts in self.humans.items()
            if rule.governs(self.people[person]) and (shifts := [one for one in all_shifts if rule.counts(one)])
        ]
