"""The Select panel of one cell: who stands there, their week, who else could, and why not the others."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.pages.grid.facts import assignment_fact, initials_of
from scheduling.pages.grid.issues import IssueNames, issues_of
from scheduling.pages.grid.panel import Candidate, Issue, NotEligible, Panel, Slot, StripRow, Target
from scheduling.pages.grid.read import Workspace
from scheduling.pages.grid.tallied import Tallied, tallied_read
from scheduling.pages.grid.view import OPEN_ROW, Layout, hours_text
from scheduling.rules.types import Conflict
from scheduling.selectors.candidates import Candidate as AskedCandidate
from scheduling.selectors.candidates import Excluded, candidates_for, places_for, slot_at
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.workspace import week_of_cell
from scheduling.services.shift_parts import OVERRIDABLE
from scheduling.types import AssignmentInfo, Audience, PersonInfo, PublishedRow, ShiftInfo
from tenancy.types import NotFoundError
from tenancy.wall import wall

_SHOWN = 400
AnyShift = ShiftInfo | PublishedRow


@dataclass(frozen=True)
class Around:
    """Where the panel looks besides its cell: the week of the strip, and the dates that tallies count."""

    week: tuple[date, ...]
    first: date
    last: date

    @classmethod
    def of(cls, day: date, *, week_start: int, window: tuple[date, date] | None = None) -> Around:
        """The week of a day; without a window the tallies count its four weeks."""
        first = day - timedelta(days=(day.weekday() - week_start) % 7)
        week = tuple(first + timedelta(days=n) for n in range(7))
        begins, ends = window or (first, first + timedelta(days=27))
        return cls(week, begins, ends)


def panel_read(workspace: Workspace, *, row: uuid.UUID, day: date, layout: Layout, around: Around) -> Panel:
    """Read the panel inside the open transaction. Raises NotFoundError for a row that is not of this schedule."""
    if layout == "assignment":
        return _by_assignment(workspace, row, day, around)
    return _by_person(workspace, row, day, around)


def _by_assignment(workspace: Workspace, row: uuid.UUID, day: date, around: Around) -> Panel:
    assignment = workspace.assignment(row)
    if assignment is None:
        raise NotFoundError("There is no such assignment in this department.")
    shifts = [one for one in workspace.shifts if one.date == day and one.assignment.id == assignment.id]
    tallied = tallied_read(workspace.schedule, around.first, around.last) if workspace.may_edit else Tallied()
    candidates: tuple[Candidate, ...] = ()
    others: tuple[NotEligible, ...] = ()
    if workspace.may_edit:
        candidates, others = _people(workspace, assignment, shifts, day, tallied)
    fact = assignment_fact(assignment)
    lack = workspace.facts.marks.lacks.get((row, day))
    people = [one.person for one in shifts if one.person]
    return Panel(
        row=row,
        date=day,
        title=assignment.name,
        code=assignment.code,
        hue=fact.hue,
        hours=fact.hours,
        outside=not workspace.schedule.starts_on <= day <= workspace.schedule.ends_on,
        slots=_slots(workspace, shifts, lambda one: one.person.name if one.person else "Open", "assignment", around),
        targets=_targets(shifts, lambda one: one.person.last_name if one.person else "open"),
        candidates=candidates,
        others=others,
        considered=len(candidates) + len(others),
        strip_days=around.week,
        strip=_strip(workspace, around, assignment, people),
        tally_heads=tallied.heads,
        people=_active(workspace, day),
        lack=lack.word if lack else "",
    )


def _by_person(workspace: Workspace, row: uuid.UUID, day: date, around: Around) -> Panel:
    person = None if row == OPEN_ROW else workspace.person(row)
    if person is None and row != OPEN_ROW:
        raise NotFoundError("There is no such person here.")
    shifts = [one for one in workspace.shifts if one.date == day and one.person == person]
    candidates: tuple[Candidate, ...] = ()
    others: tuple[NotEligible, ...] = ()
    if workspace.may_edit:
        candidates, others = _assignments(workspace, person, shifts, day)
    request = workspace.facts.marks.requests.get((row, day))
    return Panel(
        row=row,
        date=day,
        title=person.name if person else "Open shifts",
        code="",
        hue="",
        hours=person.personnel_type if person else "",
        outside=not workspace.schedule.starts_on <= day <= workspace.schedule.ends_on,
        slots=_slots(workspace, shifts, lambda one: one.assignment.name, "person", around),
        targets=_targets(shifts, lambda one: one.assignment.code),
        candidates=candidates,
        others=others,
        considered=len(candidates) + len(others),
        strip_days=around.week,
        strip=_strip(workspace, around, None, [person] if person else []),
        tally_heads=(),
        people=_active(workspace, day),
        request=f"{request.text} ({'granted' if request.granted else 'pending'})" if request else "",
    )


def _active(workspace: Workspace, day: date) -> tuple[PersonInfo, ...]:
    return tuple(one for one in workspace.people if one.active_on(day)) if workspace.may_edit else ()


def _people(
    workspace: Workspace, assignment: AssignmentInfo, shifts: list[AnyShift], day: date, tallied: Tallied
) -> tuple[tuple[Candidate, ...], tuple[NotEligible, ...]]:
    """Free people first, then by how little they break, then by how little they have; the others with the reason."""
    there = {one.person.id for one in shifts if one.person}
    drafts = [one for one in shifts if isinstance(one, ShiftInfo)]
    replaced = [one.public_id for one in drafts[:1] if one.person is not None]
    slot = slot_at(assignment, day, workspace.schedule.department.zone, replacing=replaced)
    found = candidates_for(slot, schedule_id=workspace.schedule.id, person_ids=[one.id for one in workspace.people])
    others = [NotEligible(one.person.name, "Already here that day") for one in found.eligible if one.person.id in there]
    others += [
        NotEligible(one.person.name, "Already here that day")
        if one.person.id in there
        else NotEligible(one.person.name, one.why, one.person.public_id if one.code in OVERRIDABLE else None)
        for one in found.others
    ]
    candidates = [
        Candidate(
            id=one.person.public_id,
            label=one.person.name,
            search=_search(one.person),
            today=", ".join(one.doing) or "free",
            busy=bool(one.doing),
            breaks=_breaks(one.conflicts),
            tallies=tallied.texts(one.person.id),
        )
        for one in sorted(
            (one for one in found.eligible if one.person.id not in there),
            key=lambda one: (
                bool(one.doing),
                one.person.is_placeholder,
                len(one.conflicts),
                tallied.load(one.person.id),
            ),
        )
    ]
    return tuple(candidates[:_SHOWN]), tuple(others[:_SHOWN])


def _assignments(
    workspace: Workspace, person: PersonInfo | None, shifts: list[AnyShift], day: date
) -> tuple[tuple[Candidate, ...], tuple[NotEligible, ...]]:
    """Where a person could stand that day, with who stands there, what breaks the least first; the others with the reason."""
    there = {shift.assignment.id for shift in shifts}
    drafts = [one.public_id for one in shifts if isinstance(one, ShiftInfo)]
    asked = [one for one in workspace.assignments.values() if one.ended_on is None or day <= one.ended_on]
    weighed: dict[int, AskedCandidate | Excluded] = {}
    if person is not None:
        zone = workspace.schedule.department.zone
        slots = [slot_at(one, day, zone, replacing=drafts[:1]) for one in asked if one.id not in there]
        found = places_for(person.id, slots, schedule_id=workspace.schedule.id)
        weighed = {slot.assignment.id: one for slot, one in zip(slots, found, strict=True)}
    taken: dict[int, list[str]] = defaultdict(list)
    for shift in workspace.shifts:
        if shift.date == day:
            taken[shift.assignment.id].append(shift.person.last_name if shift.person else "OPEN")
    candidates: list[Candidate] = []
    others: list[NotEligible] = []
    for one in asked:
        label, found_here = f"{one.code} · {one.name}", weighed.get(one.id)
        if person is not None and one.id in there:
            others.append(NotEligible(label, "Already there that day"))
        elif isinstance(found_here, Excluded):
            others.append(NotEligible(label, found_here.why, one.public_id if found_here.code in OVERRIDABLE else None))
        else:
            today = ", ".join(taken.get(one.id, [])) or "nobody yet"
            breaks = _breaks(found_here.conflicts) if found_here else ()
            search = f"{one.code} {one.name}".casefold()
            candidates.append(Candidate(one.public_id, label, search, today, busy=False, breaks=breaks))
    return tuple(sorted(candidates, key=lambda one: len(one.breaks))), tuple(others)


def _breaks(conflicts: Iterable[Conflict]) -> tuple[tuple[str, str], ...]:
    return tuple((one.severity.value, f"{one.label}: {one.text}") for one in conflicts)


def _strip(
    workspace: Workspace, around: Around, assignment: AssignmentInfo | None, people: Sequence[PersonInfo]
) -> tuple[StripRow, ...]:
    """The week of the assignment, and of the people who stand in the cell."""
    rows = week_of_cell(
        schedule_id=workspace.schedule.id,
        first=around.week[0],
        last=around.week[-1],
        assignment_id=assignment.id if assignment else None,
        person_ids=[one.id for one in people],
        drafts=workspace.drafts,
    )
    names = {one.id: initials_of(one.name) for one in workspace.people}
    strip = []
    if assignment is not None:
        cells = [
            " ".join(names.get(person or 0, "○") for a, person, on in rows if on == day and a == assignment.id)
            for day in around.week
        ]
        strip.append(StripRow(assignment.name, tuple(cells)))
    for one in dict.fromkeys(people):
        cells = [
            " ".join(
                workspace.assignments[a].code if a in workspace.assignments else "elsewhere"
                for a, person, on in rows
                if on == day and person == one.id
            )
            for day in around.week
        ]
        strip.append(StripRow(one.last_name, tuple(cells)))
    return tuple(strip[:5])


def _targets(shifts: Iterable[AnyShift], label: Callable[[ShiftInfo], str]) -> tuple[Target, ...]:
    """Open shifts are filled first; then somebody is replaced; adding another is always possible."""
    drafts = [one for one in shifts if isinstance(one, ShiftInfo)]
    opens = [Target(f"{one.public_id}:{one.version}", "Fill the open one") for one in drafts if one.person is None]
    held = [
        Target(f"{one.public_id}:{one.version}", f"Replace {label(one)}") for one in drafts if one.person is not None
    ]
    return (*opens[:1], *held, Target("new", "Add another" if drafts else "Add"))


def _slots(
    workspace: Workspace, shifts: Sequence[AnyShift], title: Callable[[AnyShift], str], layout: Layout, around: Around
) -> tuple[Slot, ...]:
    conflicts = []
    people = {one.person.id for one in shifts if one.person}
    if workspace.drafts and people:
        conflicts = conflicts_of(workspace.schedule, first=around.week[0], last=around.week[-1], person_ids=people)
    names = IssueNames.of(workspace, conflicts, layout)
    return tuple(
        _slot(workspace, one, title(one), issues_of(conflicts, names, shift_id=getattr(one, "public_id", None)))
        for one in shifts
    )


def _slot(workspace: Workspace, shift: AnyShift, title: str, issues: tuple[Issue, ...]) -> Slot:
    draft = shift if isinstance(shift, ShiftInfo) else None
    person = shift.person
    shift_id = shift.public_id if isinstance(shift, ShiftInfo) else shift.shift_id
    changed = shift_id in workspace.state.changed
    later = "" if shift.end_wall.date() == shift.date else f" {shift.end_wall:%a}"
    facts = [
        (person.personnel_type or ("Placeholder" if person.is_placeholder else "")) if person else "",
        f"{hours_text(shift.start_wall, shift.end_wall)}{later}",
        elapsed_text(shift.starts_at, shift.ends_at),
        "custom time" if shift.custom_time else "",
        f"call order {shift.call_order}" if shift.call_order is not None else "",
        "locked" if draft and draft.locked else "",
        "changed since publish" if changed else "",
        f"from {draft.source}" if draft and draft.source not in ("editor", "") else "",
    ]
    length = shift.end_wall - shift.start_wall
    middle = (shift.start_wall + length / 2).replace(minute=0, second=0) if length > timedelta(hours=2) else None
    return Slot(
        id=shift_id,
        version=draft.version if draft else 0,
        title=title,
        initials=initials_of(title),
        facts=" · ".join(filter(None, facts)),
        note=shift.note,
        private_note=draft.private_note if draft else "",
        start=shift.start_wall,
        end=shift.end_wall,
        end_days=(shift.end_wall.date() - shift.date).days,
        custom_time=shift.custom_time,
        call_order=shift.call_order,
        locked=bool(draft and draft.locked),
        changed=changed,
        changed_by=draft.changed_by if draft else "",
        changed_at=f"{(moment := wall(draft.changed_at, shift.zone)):%b} {moment.day}, {moment:%H:%M}" if draft else "",
        swap=workspace.facts.marks.swaps.get(shift_id, ""),
        issues=issues,
        middle=middle,
        handed_over=(
            workspace.state.audience is Audience.EVERYONE
            and shift.date in workspace.state.published_days
            and person is not None
            and not shift.assignment.is_off
        ),
    )


def elapsed_text(starts_at: datetime, ends_at: datetime) -> str:
    """The time that passes, as paid or tallied: "11 h", "8.5 h"."""
    hours = (ends_at - starts_at).total_seconds() / 3600
    return f"{hours:.2f}".rstrip("0").rstrip(".") + " h"


def _search(person: PersonInfo) -> str:
    """What typing finds: the names, and the initials both ways round."""
    initials = (person.first_name[:1] + person.last_name[:1]).casefold()
    return f"{person.name} {person.short_name} {initials} {initials[::-1]}".casefold()
