"""Reads what the grid draws, inside one tenant transaction, into plain values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.pages.grid.view import (
    OPEN_ROW,
    AssignmentFact,
    GridFacts,
    Layout,
    PersonFact,
    ShiftFact,
    hours_text,
    short_names,
)
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import (
    Access,
    DraftState,
    draft_shifts,
    draft_state,
    people_of_department,
    published_shifts,
)
from scheduling.types import AssignmentInfo, PersonInfo, PublishedRow, ScheduleInfo, ShiftInfo
from tenancy.rights import Right


@dataclass(frozen=True)
class Workspace:
    """A window of a schedule with everything that pages and panels draw from it."""

    schedule: ScheduleInfo
    may_edit: bool
    may_publish: bool
    state: DraftState
    assignments: dict[int, AssignmentInfo]
    people: list[PersonInfo]
    shifts: Sequence[ShiftInfo | PublishedRow]
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

    With `whole` the state counts what is unpublished in the whole schedule; without, the cost follows the window.
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
    people = people_of_department(department_id=department.id, schedule_id=schedule.id, ids=working)
    return Workspace(
        schedule=schedule,
        may_edit=access.may(Right.EDIT_SCHEDULE, department.id),
        may_publish=access.may(Right.PUBLISH, department.id),
        state=state,
        assignments=assignments,
        people=people,
        shifts=shifts,
        facts=_facts(
            schedule, state, assignments, people, shifts, first=first, last=last, layout=layout, drafts=drafts
        ),
    )


def _facts(
    schedule: ScheduleInfo,
    state: DraftState,
    assignments: dict[int, AssignmentInfo],
    people: list[PersonInfo],
    shifts: Sequence[ShiftInfo | PublishedRow],
    *,
    first: date,
    last: date,
    layout: Layout,
    drafts: bool,
) -> GridFacts:
    used = {shift.assignment.id for shift in shifts}
    working = {shift.person.id for shift in shifts if shift.person}
    rows = {
        one.public_id: assignment_fact(one)
        for one in sorted(assignments.values(), key=lambda one: (one.is_off, one.order, one.code))
        if one.id in used or one.ended_on is None or one.ended_on >= first
    }
    shown = [one for one in people if one.id in working or _here(one, first, last)]
    window = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    inside = [day for day in window if schedule.starts_on <= day <= schedule.ends_on]
    return GridFacts(
        assignments=_by_type(rows, assignments),
        people=_people_facts(shown, layout),
        shifts=[shift_fact(shift, state) for shift in shifts],
        starts_on=schedule.starts_on,
        ends_on=schedule.ends_on,
        draft_days=frozenset(day for day in inside if drafts and day not in state.published_days),
    )


def _by_type(
    rows: dict[uuid.UUID, AssignmentFact], assignments: dict[int, AssignmentInfo]
) -> dict[uuid.UUID, AssignmentFact]:
    """Rows of one assignment type together, the types in the order of their first assignment, Off last."""
    order = {one.public_id: one for one in assignments.values()}
    firsts: dict[str, tuple[bool, int, str]] = {}
    for key in rows:
        one = order[key]
        place = (one.is_off, one.order, one.code)
        firsts[one.type_name] = min(firsts.get(one.type_name, place), place)
    keys = sorted(
        rows, key=lambda key: (firsts[order[key].type_name], order[key].type_name, order[key].order, order[key].code)
    )
    return {key: rows[key] for key in keys}


def _here(person: PersonInfo, first: date, last: date) -> bool:
    return (person.active_from is None or person.active_from <= last) and (
        person.active_to is None or person.active_to >= first
    )


def _people_facts(people: Iterable[PersonInfo], layout: Layout) -> dict[uuid.UUID, PersonFact]:
    people = list(people)
    short = short_names(
        (one.public_id, one.last_name, one.first_name, one.short_name if one.short_name != one.last_name else "")
        for one in people
    )
    facts = {
        one.public_id: PersonFact(one.public_id, one.name, short[one.public_id], one.personnel_type, one.is_placeholder)
        for one in people
    }
    if layout == "person":
        facts[OPEN_ROW] = PersonFact(OPEN_ROW, "Open shifts", "OPEN", "", True)
    return facts


def assignment_fact(one: AssignmentInfo) -> AssignmentFact:
    """An assignment as the grid names it."""
    return AssignmentFact(
        id=one.public_id,
        code=one.code,
        name=one.name,
        hue="" if one.is_off else one.hue,
        group=one.type_name,
        is_off=one.is_off,
        hours=hours_text(datetime.combine(date.min, one.start_time), datetime.combine(date.min, one.end_time)),
    )


def shift_fact(shift: ShiftInfo | PublishedRow, state: DraftState) -> ShiftFact:
    """A shift as the grid draws it."""
    draft = shift if isinstance(shift, ShiftInfo) else None
    shift_id = shift.public_id if isinstance(shift, ShiftInfo) else shift.shift_id
    return ShiftFact(
        id=shift_id,
        version=draft.version if draft else 0,
        assignment_id=shift.assignment.public_id,
        person_id=shift.person.public_id if shift.person else None,
        date=shift.date,
        start=shift.start_wall,
        end=shift.end_wall,
        custom_time=shift.custom_time,
        note=shift.note,
        call_order=shift.call_order,
        locked=bool(draft and draft.locked),
        changed=shift_id in state.changed,
    )
