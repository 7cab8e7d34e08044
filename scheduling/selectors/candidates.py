"""Who could take a slot, what they already do, and why not the others. (Room: rules.)"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import AssignmentEligibility, Person
from scheduling.rules.types import Conflict
from scheduling.selectors.rows import people_by_id
from scheduling.types import AssignmentInfo, PersonInfo


@dataclass(frozen=True)
class Slot:
    """A place to fill: an assignment on a date, at its usual times or others. `replacing` are shifts that would give way."""

    assignment: AssignmentInfo
    date: date
    start: datetime
    end: datetime
    zone: str
    replacing: Collection[uuid.UUID] = ()


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be placed. `doing` is their other work that day; `conflicts` are what placing them would break (soft, or
    hard ones that may be overridden)."""

    person: PersonInfo
    doing: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class Excluded:
    """Somebody who cannot be placed, and why, in words that end a discussion."""

    person: PersonInfo
    why: str


@dataclass(frozen=True)
class Candidates:
    """Free people first, then by how little they break."""

    eligible: tuple[Candidate, ...]
    others: tuple[Excluded, ...]


def candidates_for(
    slot: Slot, *, schedule_id: int | None = None, person_ids: Collection[int] | None = None
) -> Candidates:
    """Everybody of the department weighed for a slot: against the draft of a schedule, or (None) against what is published.

    `person_ids` weighs only those. Work in other departments counts as published.
    """
    rows = Person.objects.filter(department_id=slot.assignment.department_id).values_list("id", flat=True)
    people = people_by_id(list(rows if person_ids is None else person_ids))
    listed = set(
        AssignmentEligibility.objects.filter(assignment_id=slot.assignment.id).values_list("person_id", flat=True)
    )
    eligible, others = [], []
    for person in sorted(people.values(), key=lambda one: (one.is_placeholder, one.name)):
        if not person.active_on(slot.date):
            others.append(Excluded(person, "Not active that day"))
        elif slot.assignment.eligible_only_listed and person.id not in listed:
            others.append(Excluded(person, f"Not eligible for {slot.assignment.name}"))
        else:
            eligible.append(Candidate(person, (), ()))
    return Candidates(tuple(eligible), tuple(others))
