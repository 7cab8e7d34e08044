"""Reads what the grid draws, inside one tenant transaction, into plain values."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.pages.grid.facts import assignments_facts, people_facts, shift_fact
from scheduling.pages.grid.marks import marks_read
from scheduling.pages.grid.view import OPEN_ROW, GridFacts, GridMarks, Layout
from scheduling.rules.types import Conflict
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import (
    Access,
    DraftState,
    draft_shifts,
    draft_state,
    opens_of_days,
    people_of_department,
    published_shifts,
    short_names_of,
)
from scheduling.types import AssignmentInfo, PersonInfo, PublishedRow, ScheduleInfo, ShiftInfo
from tenancy.rights import Right


@dataclass(frozen=True)
class Workspace:
    """A window of a schedule with everything that pages and panels draw from it."""

    schedule: ScheduleInfo
    may_edit: bool
    may_publish: bool
    drafts: bool
    state: DraftState
    assignments: dict[int, AssignmentInfo]
    people: list[PersonInfo]
    shifts: Sequence[ShiftInfo | PublishedRow]
    conflicts: Sequence[Conflict]
    facts: GridFacts

    def assignment(self, public_id: uuid.UUID) -> AssignmentInfo | None:
        """An assignment of the department by the id that pages use."""
        return next((one for one in self.assignments.values() if one.public_id == public_id), None)

    def person(self, public_id: uuid.UUID) -> PersonInfo | None:
        """A person whom the department schedules."""
        return next((one for one in self.people if one.public_id == public_id), None)


def workspace_read(
    access: Access, schedule: ScheduleInfo, *, first: date, last: date, layout: Layout, whole: bool = False
) -> Workspace:
    """The window from `first` to `last`: the draft for those who may see it, else what everyone may rely on.

    With `whole` the state counts what is unpublished in the whole schedule, the rows hold everybody of the schedule, and the rules
    have looked at the window; without, the cost follows the window.
    """
    department = schedule.department
    drafts = access.may(Right.VIEW_DRAFT, department.id)
    if drafts:
        state = draft_state(schedule) if whole else draft_state(schedule, first=first, last=last)
        shifts: Sequence[ShiftInfo | PublishedRow] = draft_shifts(schedule_id=schedule.id, first=first, last=last)
    else:
        state = DraftState(None, frozenset(), frozenset(), 0)
        shifts = published_shifts(schedule_id=schedule.id, first=first, last=last)
    assignments = assignments_by_id(department_id=department.id)
    working = {shift.person.id for shift in shifts if shift.person}
    people = people_of_department(
        department_id=department.id, schedule_id=schedule.id if whole and drafts else None, ids=working
    )
    conflicts = conflicts_of(schedule, first=first, last=last) if whole and drafts else []
    used = {shift.assignment.id for shift in shifts}
    shown = [one for one in people if one.id in working or _here(one, first, last)]
    window = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    inside = [day for day in window if schedule.starts_on <= day <= schedule.ends_on]
    marks = (
        marks_read(schedule, first=first, last=last, shifts=shifts, people=people, assignments=assignments, conflicts=conflicts)
        if drafts
        else GridMarks(holidays=holidays_between(first, last))
    )  # fmt: skip
    facts = GridFacts(
        assignments=assignments_facts(assignments.values(), used=used, first=first),
        people=people_facts(shown, layout),
        shifts=[shift_fact(shift, state) for shift in shifts],
        starts_on=schedule.starts_on,
        ends_on=schedule.ends_on,
        draft_days=frozenset(day for day in inside if drafts and day not in state.published_days),
        marks=marks,
    )
    return Workspace(
        schedule=schedule,
        may_edit=access.may(Right.EDIT_SCHEDULE, department.id),
        may_publish=access.may(Right.PUBLISH, department.id),
        drafts=drafts,
        state=state,
        assignments=assignments,
        people=people,
        shifts=shifts,
        conflicts=conflicts,
        facts=facts,
    )


@dataclass(frozen=True)
class CellsRead:
    """The facts of a few cells, and how many open shifts each of their days has."""

    facts: GridFacts
    opens: dict[date, int]
    conflicts: Sequence[Conflict]


def cells_read(
    schedule: ScheduleInfo,
    keys: Collection[tuple[uuid.UUID, date]],
    *,
    layout: Layout,
    person_ids: Collection[int] = (),
    window: tuple[date, date] | None = None,
) -> CellsRead:
    """What is needed to draw those cells of a draft again, and no more: for readers who may see drafts.

    The rules look at those people and at who stands in the cells, over the window on the reader's screen, at nobody else.
    """
    days = {day for _, day in keys}
    first, last = min(days), max(days)
    rows = {row for row, _ in keys}
    shifts = draft_shifts(
        schedule_id=schedule.id,
        first=first,
        last=last,
        days=days,
        assignments=rows if layout == "assignment" else None,
        people=rows - {OPEN_ROW} if layout == "person" else None,
        with_open=layout == "person" and OPEN_ROW in rows,
    )
    state = draft_state(schedule, first=first, last=last)
    people = {shift.person.id: shift.person for shift in shifts if shift.person}
    assignments = {shift.assignment.id: shift.assignment for shift in shifts}
    conflicts: list[Conflict] = []
    weighed = {*person_ids, *people}
    if weighed:
        begins, ends = window or (first, last)
        conflicts = conflicts_of(schedule, first=begins, last=ends, person_ids=weighed)
    marks = marks_read(
        schedule, first=first, last=last, shifts=shifts, people=list(people.values()), assignments=assignments,
        conflicts=conflicts, requests=bool(people) or layout == "person",
    )  # fmt: skip
    inside = [day for day in days if schedule.starts_on <= day <= schedule.ends_on]
    facts = GridFacts(
        assignments=assignments_facts(assignments.values(), used=set(assignments), first=first),
        people=people_facts(
            list(people.values()),
            layout,
            known=short_names_of(department_id=schedule.department.id, ids=people) if layout == "assignment" else None,
        ),
        shifts=[shift_fact(shift, state) for shift in shifts],
        starts_on=schedule.starts_on,
        ends_on=schedule.ends_on,
        draft_days=frozenset(day for day in inside if day not in state.published_days),
        marks=marks,
    )
    return CellsRead(facts, opens_of_days(schedule_id=schedule.id, days=days), conflicts)


def _here(person: PersonInfo, first: date, last: date) -> bool:
    return (person.active_from is None or person.active_from <= last) and (
        person.active_to is None or person.active_to >= first
    )
