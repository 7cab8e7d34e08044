"""Who could take a slot, what they already do, and why not the others."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from scheduling.models import AssignmentEligibility, Department, Person, PublishedShift, Schedule, Shift
from scheduling.rules.facts import AssignmentFact, Facts, Work
from scheduling.rules.kinds import conflicts_find, reach_of
from scheduling.rules.placing import inactive
from scheduling.rules.types import Conflict, Severity
from scheduling.rules.words import clock, weekday
from scheduling.selectors.rows import departments_by_id, people_by_id, schedule_info
from scheduling.selectors.rule_facts import (
    Place,
    assignment_facts,
    draft_rows,
    leave_facts,
    listed_pairs,
    person_facts,
    published_rows,
    rules_of,
    work_of,
)
from scheduling.types import AssignmentInfo, Audience, PersonInfo
from tenancy.selectors import organization_info
from tenancy.wall import instant


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
    hard ones that may be overridden); `why` says the first hard one in words: "Already OR Call 1 that day"."""

    person: PersonInfo
    doing: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    why: str = ""

    @property
    def hard(self) -> int:
        """How many of the conflicts need an override."""
        return sum(one.severity is Severity.HARD for one in self.conflicts)


@dataclass(frozen=True)
class Excluded:
    """Somebody who cannot be placed, and why, in words that end a discussion. `code` is the refusal that placing them would meet:
    inactive, not_eligible, on_leave (the last two give way to a reason), or there."""

    person: PersonInfo
    why: str
    code: str = ""


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
    ids = _pool(slot, schedule_id) if person_ids is None else set(person_ids)
    weighed = _Weighed(slot, _Known([slot], _place(slot, schedule_id), ids))
    eligible, others = [], []
    for person in people_by_id(ids).values():
        excluded = weighed.excluded(person)
        if excluded is not None:
            others.append(excluded)
        else:
            eligible.append(weighed.candidate(person))
    eligible.sort(key=lambda one: (one.hard, bool(one.doing), len(one.conflicts), *_alphabet(one.person)))
    others.sort(key=lambda one: _alphabet(one.person))
    return Candidates(tuple(eligible), tuple(others))


def places_for(person_id: int, slots: Sequence[Slot], *, schedule_id: int) -> list[Candidate | Excluded]:
    """One person weighed for several slots of a department on one date, each as if it were the only one, against a draft.

    In the order of the slots, in as many queries as one slot takes.
    """
    person = people_by_id([person_id]).get(person_id)
    if not slots or person is None:
        return []
    known = _Known(slots, _place(slots[0], schedule_id), {person_id})
    return [_Weighed(slot, known).outcome(person) for slot in slots]


def _alphabet(person: PersonInfo) -> tuple[bool, str, int]:
    return person.is_placeholder, person.name.casefold(), person.id


def _place(slot: Slot, schedule_id: int | None) -> Place:
    if schedule_id is None:
        return Place(slot.assignment.department_id, slot.zone)
    return Place.of(schedule_info(Schedule.objects.select_related("department").get(id=schedule_id)))


def _pool(slot: Slot, schedule_id: int | None) -> set[int]:
    """Whom a department may ask: those at home there or nowhere, those on the assignment's list, and those it schedules already."""
    department_id = slot.assignment.department_id
    near = {"date__gte": slot.date - timedelta(days=28), "date__lte": slot.date + timedelta(days=28)}
    if schedule_id is not None:
        working = Shift.objects.filter(schedule_id=schedule_id, person__isnull=False, **near)
    else:
        working = PublishedShift.objects.filter(
            audience=Audience.EVERYONE.value,
            recorded_to=None,
            department_id=department_id,
            person__isnull=False,
            **near,
        )  # type: ignore[assignment]
    listed = AssignmentEligibility.objects.filter(assignment_id=slot.assignment.id)
    known = {*working.values_list("person_id", flat=True), *listed.values_list("person_id", flat=True)}
    home = Q(department_id=department_id) | Q(department=None) | Q(id__in=known)
    return set(Person.objects.filter(home).values_list("id", flat=True))


class _Known:
    """What weighing those people for any number of slots of one date has to know: read once."""

    def __init__(self, slots: Sequence[Slot], place: Place, ids: Collection[int]) -> None:
        self.ids = ids
        self.rules = rules_of(place.department_id)
        reach = reach_of(self.rules)
        first, last = min(one.date for one in slots), max(one.end.date() for one in slots)
        low, high = first - reach, last + reach
        own = draft_rows(place.schedule.id, low, high, place.zone, ids) if place.schedule is not None else []
        rows = [*own, *published_rows(place, low, high, ids)]
        asked = {one.assignment.id for one in slots}
        self.assignments = assignment_facts(asked | {row[2] for row in rows})
        names = dict(Department.objects.values_list("id", "name"))
        self.work = [work_of(row, self.assignments, place, names, judged=False) for row in rows]
        self.people = person_facts(ids)
        self.leave = leave_facts(first, last, ids)
        self.listed = listed_pairs([self.assignments[one] for one in asked], ids)
        self.week_start = organization_info().week_start


class _Weighed:
    """The facts of a slot with everybody placed on it at once: each is judged by their own hypothetical shift only."""

    def __init__(self, slot: Slot, known: _Known) -> None:
        self.slot = slot
        self.task: AssignmentFact = known.assignments[slot.assignment.id]
        gone = set(slot.replacing)
        self.work = [one for one in known.work if one.id not in gone]
        self.people, self.leave, self.listed = known.people, known.leave, known.listed
        self.of: dict[int, list[Work]] = {}
        for one in self.work:
            self.of.setdefault(one.person_id or 0, []).append(one)
        self.placed = {person: self._hypothetical(person) for person in known.ids}
        facts = Facts(
            first=slot.date,
            last=slot.date,
            work=(*self.work, *self.placed.values()),
            people=self.people,
            listed=self.listed,
            leave=self.leave,
            week_start=known.week_start,
        )
        self.conflicts: dict[int, list[Conflict]] = {}
        for conflict in conflicts_find(known.rules, facts):
            if conflict.person_id is not None:
                self.conflicts.setdefault(conflict.person_id, []).append(conflict)

    def outcome(self, person: PersonInfo) -> Candidate | Excluded:
        """What becomes of somebody here."""
        return self.excluded(person) or self.candidate(person)

    def _hypothetical(self, person_id: int) -> Work:
        slot = self.slot
        return Work(
            id=uuid.uuid5(slot.assignment.public_id, f"{slot.date}:{person_id}"),
            person_id=person_id,
            assignment=self.task,
            date=slot.date,
            start_wall=slot.start,
            end_wall=slot.end,
            starts_at=instant(slot.start, slot.zone),
            ends_at=instant(slot.end, slot.zone),
        )

    def excluded(self, person: PersonInfo) -> Excluded | None:
        """Why somebody cannot be placed at all."""
        why = inactive(self.people[person.id], self.slot.date)
        if why:
            return Excluded(person, why, "inactive")
        if self.task.eligible_only_listed and (self.task.id, person.id) not in self.listed:
            return Excluded(person, f"Not eligible for {self.task.name}", "not_eligible")
        here = self.placed[person.id]
        if any(one.assignment.id == self.task.id and one.starts_at == here.starts_at for one in self.today(person.id)):
            return Excluded(person, f"Already {self.task.name} that day", "there")
        if not self.task.is_off and not person.is_placeholder:
            for one in self.leave.get(person.id, ()):
                if one.covers(here.date, here.starts_at, here.ends_at):
                    return Excluded(person, f"On approved leave, {one.text}", "on_leave")
        return None

    def candidate(self, person: PersonInfo) -> Candidate:
        """Somebody who may be placed, with what it would break."""
        conflicts = tuple(self.conflicts.get(person.id, ()))
        hard = next((one for one in conflicts if one.severity is Severity.HARD), None)
        doing = tuple(_told(one) for one in self.today(person.id))
        return Candidate(person, doing, conflicts, self._why(hard, person.id) if hard else "")

    def today(self, person_id: int) -> list[Work]:
        """What somebody does on the slot's date."""
        found = [one for one in self.of.get(person_id, ()) if one.date == self.slot.date]
        return sorted(found, key=lambda one: (one.starts_at, one.name))

    def _why(self, conflict: Conflict, person_id: int) -> str:
        other = next((one for one in self.of.get(person_id, ()) if one.id == conflict.other), None)
        if other is None or other.date != self.slot.date:
            return f"{conflict.label}: {conflict.text}"
        if not other.assignment.is_off:
            return f"Already {other.name} that day" if conflict.label != "Rest" else f"Rest: {conflict.text}"
        before = [
            one
            for one in self.of[person_id]
            if not one.assignment.is_off and one.date < self.slot.date and one.end_wall.date() == self.slot.date
        ]
        since = f" from {before[-1].name} on {weekday(before[-1].date)}" if before else " that day"
        return f"{other.name}{since}"


def _told(one: Work) -> str:
    return one.name if one.assignment.is_off else f"{one.name} {clock(one.start_wall, one.end_wall)}"


def slot_usual(assignment: AssignmentInfo, on: date, *, replacing: Collection[uuid.UUID] = ()) -> Slot:
    """The slot at the assignment's usual times."""
    zone = departments_by_id([assignment.department_id])[assignment.department_id].zone
    return slot_at(assignment, on, zone, replacing=replacing)


def slot_at(assignment: AssignmentInfo, on: date, zone: str, *, replacing: Collection[uuid.UUID] = ()) -> Slot:
    """The same where the department's zone is known already."""
    start = datetime.combine(on, assignment.start_time)
    end = datetime.combine(on + timedelta(days=assignment.end_day_offset), assignment.end_time)
    return Slot(assignment, on, start, end, zone, replacing)
