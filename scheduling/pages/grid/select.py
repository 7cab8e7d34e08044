"""The Select panel of one cell: who stands there, who else could, and why not the others."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.pages.grid.read import Workspace, assignment_fact
from scheduling.pages.grid.view import OPEN_ROW, Layout, hours_text
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import assignments_listing, eligible_people, work_of_day
from scheduling.types import AssignmentInfo, PersonInfo, PublishedRow, ShiftInfo
from tenancy.types import NotFoundError
from tenancy.wall import wall

_SHOWN = 400


@dataclass(frozen=True)
class Slot:
    """One shift of the cell."""

    id: uuid.UUID
    version: int
    title: str
    initials: str
    facts: str
    note: str
    start: datetime
    end: datetime
    end_days: int
    custom_time: bool
    call_order: int | None
    locked: bool
    changed: bool
    changed_by: str
    changed_at: str


@dataclass(frozen=True)
class Target:
    """What placing does: fill or replace a shift (`id:version`), or add one ("new")."""

    value: str
    label: str


@dataclass(frozen=True)
class Candidate:
    """Somebody (or, by person, an assignment) that one click places."""

    id: uuid.UUID
    label: str
    search: str
    today: str
    busy: bool


@dataclass(frozen=True)
class NotEligible:
    """Somebody who cannot be placed, and why."""

    label: str
    why: str


@dataclass(frozen=True)
class Panel:
    """All that the panel shows."""

    row: uuid.UUID
    date: date
    title: str
    code: str
    hue: str
    hours: str
    outside: bool
    slots: tuple[Slot, ...]
    targets: tuple[Target, ...]
    candidates: tuple[Candidate, ...]
    others: tuple[NotEligible, ...]
    considered: int


def panel_read(workspace: Workspace, *, row: uuid.UUID, day: date, layout: Layout) -> Panel:
    """Read the panel inside the open transaction. Raises NotFoundError for a row that is not of this schedule."""
    return _by_assignment(workspace, row, day) if layout == "assignment" else _by_person(workspace, row, day)


def _by_assignment(workspace: Workspace, row: uuid.UUID, day: date) -> Panel:
    assignment = workspace.assignment(row)
    if assignment is None:
        raise NotFoundError("There is no such assignment in this department.")
    shifts = [one for one in workspace.shifts if one.date == day and one.assignment.id == assignment.id]
    candidates: tuple[Candidate, ...] = ()
    others: tuple[NotEligible, ...] = ()
    if workspace.may_edit:
        candidates, others = _people(workspace, assignment, shifts, day)
    fact = assignment_fact(assignment)
    return Panel(
        row=row,
        date=day,
        title=assignment.name,
        code=assignment.code,
        hue=fact.hue,
        hours=fact.hours,
        outside=not workspace.schedule.starts_on <= day <= workspace.schedule.ends_on,
        slots=tuple(_slot(workspace, one, one.person.name if one.person else "Open") for one in shifts),
        targets=_targets(shifts, lambda one: one.person.last_name if one.person else "open"),
        candidates=candidates,
        others=others,
        considered=len(candidates) + len(others),
    )


def _by_person(workspace: Workspace, row: uuid.UUID, day: date) -> Panel:
    person = None if row == OPEN_ROW else workspace.person(row)
    if person is None and row != OPEN_ROW:
        raise NotFoundError("There is no such person here.")
    shifts = [one for one in workspace.shifts if one.date == day and one.person == person]
    candidates: tuple[Candidate, ...] = ()
    others: tuple[NotEligible, ...] = ()
    if workspace.may_edit:
        candidates, others = _assignments(workspace, person, shifts, day)
    return Panel(
        row=row,
        date=day,
        title=person.name if person else "Open shifts",
        code="",
        hue="",
        hours=person.personnel_type if person else "",
        outside=not workspace.schedule.starts_on <= day <= workspace.schedule.ends_on,
        slots=tuple(_slot(workspace, one, one.assignment.name) for one in shifts),
        targets=_targets(shifts, lambda one: one.assignment.code),
        candidates=candidates,
        others=others,
        considered=len(candidates) + len(others),
    )


def _people(
    workspace: Workspace, assignment: AssignmentInfo, shifts: list[ShiftInfo | PublishedRow], day: date
) -> tuple[tuple[Candidate, ...], tuple[NotEligible, ...]]:
    """Free people first, then those who work that day already; the ineligible with the reason."""
    listed = eligible_people(assignment.id) if assignment.eligible_only_listed else None
    there = {one.person.id for one in shifts if one.person}
    work = _work(workspace, day)
    candidates: list[Candidate] = []
    others: list[NotEligible] = []
    for person in workspace.people:
        why = _why_not(person, assignment, listed, there, day)
        if why:
            others.append(NotEligible(person.name, why))
            continue
        doing = work.get(person.id, [])
        candidates.append(
            Candidate(
                id=person.public_id,
                label=person.name,
                search=_search(person),
                today=", ".join(doing) or "free",
                busy=bool(doing),
            )
        )
    candidates.sort(key=lambda one: one.busy)
    return tuple(candidates[:_SHOWN]), tuple(others[:_SHOWN])


def _why_not(
    person: PersonInfo, assignment: AssignmentInfo, listed: frozenset[int] | None, there: set[int], day: date
) -> str:
    if person.id in there:
        return "Already here that day"
    if not person.active_on(day):
        ended = person.active_to is not None and day > person.active_to
        return f"Active until {person.active_to}" if ended else f"Active from {person.active_from}"
    if listed is not None and person.id not in listed:
        return f"Not eligible for {assignment.name}"
    return ""


def _assignments(
    workspace: Workspace, person: PersonInfo | None, shifts: list[ShiftInfo | PublishedRow], day: date
) -> tuple[tuple[Candidate, ...], tuple[NotEligible, ...]]:
    """Where a person could stand that day, with who stands there; the others with the reason."""
    there = {shift.assignment.id for shift in shifts}
    listed = assignments_listing(person.id) if person is not None else frozenset()
    taken: dict[int, list[str]] = defaultdict(list)
    for shift in workspace.shifts:
        if shift.date == day:
            taken[shift.assignment.id].append(shift.person.last_name if shift.person else "OPEN")
    candidates: list[Candidate] = []
    others: list[NotEligible] = []
    for one in workspace.assignments.values():
        if one.ended_on is not None and day > one.ended_on:
            continue
        label = f"{one.code} · {one.name}"
        if person is not None and one.id in there:
            others.append(NotEligible(label, "Already there that day"))
        elif person is not None and one.eligible_only_listed and one.id not in listed:
            others.append(NotEligible(label, "Not on its list"))
        else:
            today = ", ".join(taken.get(one.id, [])) or "nobody yet"
            candidates.append(Candidate(one.public_id, label, f"{one.code} {one.name}".casefold(), today, busy=False))
    return tuple(candidates), tuple(others)


def _work(workspace: Workspace, day: date) -> dict[int, list[str]]:
    """What everybody does that day, in a few letters."""
    pairs = work_of_day(schedule_id=workspace.schedule.id, department_id=workspace.schedule.department.id, day=day)
    names = assignments_by_id({assignment for _, assignment in pairs})
    work: dict[int, list[str]] = defaultdict(list)
    for person, assignment in pairs:
        one = names[assignment]
        work[person].append(one.name if one.is_off else f"{one.code} {assignment_fact(one).hours}")
    return work


def _targets(shifts: Iterable[ShiftInfo | PublishedRow], label: Callable[[ShiftInfo], str]) -> tuple[Target, ...]:
    """Open shifts are filled first; then somebody is replaced; adding another is always possible."""
    drafts = [one for one in shifts if isinstance(one, ShiftInfo)]
    opens = [Target(f"{one.public_id}:{one.version}", "Fill the open one") for one in drafts if one.person is None]
    held = [
        Target(f"{one.public_id}:{one.version}", f"Replace {label(one)}") for one in drafts if one.person is not None
    ]
    return (*opens[:1], *held, Target("new", "Add another" if drafts else "Add"))


def _slot(workspace: Workspace, shift: ShiftInfo | PublishedRow, title: str) -> Slot:
    draft = shift if isinstance(shift, ShiftInfo) else None
    person = shift.person
    facts = [person.personnel_type or ("Placeholder" if person.is_placeholder else "")] if person else []
    facts.append(hours_text(shift.start_wall, shift.end_wall))
    if shift.custom_time:
        facts.append("custom time")
    if shift.call_order is not None:
        facts.append(f"call order {shift.call_order}")
    if draft and draft.locked:
        facts.append("locked")
    shift_id = shift.public_id if isinstance(shift, ShiftInfo) else shift.shift_id
    changed = shift_id in workspace.state.changed
    if changed:
        facts.append("changed since publish")
    return Slot(
        id=shift_id,
        version=draft.version if draft else 0,
        title=title,
        initials="".join(word[0] for word in title.replace(",", " ").split()[:2]).upper(),
        facts=" · ".join(filter(None, facts)),
        note=shift.note,
        start=shift.start_wall,
        end=shift.end_wall,
        end_days=(shift.end_wall.date() - shift.date).days,
        custom_time=shift.custom_time,
        call_order=shift.call_order,
        locked=bool(draft and draft.locked),
        changed=changed,
        changed_by=draft.changed_by if draft else "",
        changed_at=f"{(moment := wall(draft.changed_at, shift.zone)):%b} {moment.day}, {moment:%H:%M}" if draft else "",
    )


def _search(person: PersonInfo) -> str:
    """What typing finds: the names, and the initials both ways round."""
    initials = (person.first_name[:1] + person.last_name[:1]).casefold()
    return f"{person.name} {person.short_name} {initials} {initials[::-1]}".casefold()
