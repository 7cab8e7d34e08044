"""Works out what an import would do. Reads the database and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from scheduling.importing.codes import Codes, codes_of, known_codes, mapping_for, shift_code_issues
from scheduling.importing.issues import Issues, place_in_file
from scheduling.importing.pairing import Pairing, by_person_and_date
from scheduling.importing.persons import Persons, creation_problems, person_row, persons_of
from scheduling.importing.target import Place, Target, file_dates, place_of, target_of
from scheduling.importing.types import RosterRequest
from scheduling.importing.wanted import Placing, Wanted, say_unplaceable
from scheduling.models import Person, Shift
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.parse import parse_roster
from scheduling.roster.text import quoted
from scheduling.roster.types import RosterIssue, RosterParse


@dataclass
class Plan:
    """Everything that the preview shows and the writing needs."""

    request: RosterRequest
    place: Place
    parse: RosterParse
    issues: Issues
    unticked: Issues
    target: Target | None = None
    persons: Persons = field(default_factory=Persons)
    codes: Codes = field(default_factory=Codes)
    new_people: dict[str, Person] = field(default_factory=dict)
    pairing: Pairing = field(default_factory=Pairing)
    placing: Placing | None = None
    waiting: int = 0
    assumptions: list[str] = field(default_factory=list)

    @property
    def all_issues(self) -> tuple[RosterIssue, ...]:
        found = sorted((*self.unticked.all(), *self.issues.all()), key=place_in_file)
        return (*self.parse.issues, *shift_code_issues(self.request), *found)


def plan_roster(request: RosterRequest, *, lock: bool) -> Plan:
    """Read the file and compare it with the draft. Raises NotFoundError for a schedule or department that is not here."""
    place = place_of(schedule_id=request.schedule_id, department_id=request.department_id, lock=lock)
    parse = parse_roster(
        request.sheet, request.mapping, known_codes=known_codes(place.assignments, request), shape=request.shape,
        year_hint=request.year_hint, month_hint=request.month_hint,
    )  # fmt: skip
    plan = Plan(request=request, place=place, parse=parse, issues=Issues(parse), unticked=Issues(parse))
    plan.target = target_of(place, request, parse, plan.issues, lock=lock)
    plan.codes = codes_of(parse.codes, place.assignments, request, place.department, plan.issues)
    plan.persons = persons_of(parse.people, request.mapping.person_match, plan.issues)
    plan.new_people = {key: person_row(one, place.department.id) for key, one in plan.persons.new.items()}
    _say_not_ticked(plan)
    if plan.target is not None and not parse.errors:
        wanted = _wanted(plan, plan.target)
        say_unplaceable(wanted, plan.issues)
        _pair(plan, plan.target, wanted, lock=lock)
        _say_kept(plan)
    return plan


def remembered_mapping(place: Place) -> RosterMapping:
    """What the department's files have meant so far, or the usual."""
    return mapping_for((row.code for row in place.assignments), place.remembered)


def _wanted(plan: Plan, target: Target) -> list[Wanted]:
    zone = plan.place.department.zone
    placing = plan.placing = Placing(zone=zone, first=target.first, last=target.last, issues=plan.issues)
    found: list[Wanted] = []
    people: dict[str, Person] = {**plan.persons.known, **plan.new_people}
    for entry in plan.parse.entries:
        assignment = plan.codes.known.get(entry.code)
        person = None if entry.is_open else people.get(entry.person_key)
        if assignment is None or (person is None and not entry.is_open):
            plan.waiting += 1
            continue
        one = placing.wanted(entry, assignment, person)
        if one is not None:
            found.append(one)
    placing.say_outside(target.name)
    return found


def _pair(plan: Plan, target: Target, wanted: Iterable[Wanted], *, lock: bool) -> None:
    """Person by person and date by date, over the file's people × the file's dates."""
    lines: dict[tuple[int | None, date], list[Wanted]] = {}
    new = {id(row) for row in plan.new_people.values()}
    for one in wanted:
        if id(one.person) in new:
            plan.pairing.added.append(one)  # nobody new has a shift in the draft
        else:
            lines.setdefault((one.person.id if one.person else None, one.entry.date), []).append(one)
    dates = frozenset(day for day in file_dates(plan.parse) if target.first <= day <= target.last)
    held = by_person_and_date(_shifts(plan, target, dates, lock=lock))
    for key in sorted(held.keys() | lines.keys(), key=lambda one: (one[1], one[0] or 0)):
        plan.pairing.day(held.get(key, ()), lines.get(key, ()), only_add=plan.request.only_add)
    if plan.parse.shape == "list" and not plan.request.only_add:
        plan.assumptions.append(
            f"The list is taken to be complete from {plan.parse.first_date} to {plan.parse.last_date} "
            "for the people in it."
        )


def _shifts(plan: Plan, target: Target, dates: frozenset[date], *, lock: bool) -> list[Shift]:
    if target.schedule is None or not dates:
        return []
    who = Q(person_id__in={person.id for person in plan.persons.known.values()})
    if any(entry.is_open for entry in plan.parse.entries):
        who |= Q(person__isnull=True)
    rows = Shift.objects.filter(who, schedule=target.schedule, date__gte=min(dates), date__lte=max(dates))
    if lock:
        rows = rows.select_for_update(of=("self",))
    people = {person.id: person for person in plan.persons.known.values()}
    assignments = {row.id: row for row in plan.place.assignments}
    found = [row for row in rows.order_by("id") if row.date in dates]
    for row in found:
        # The rows that are here already: no join, and no query for each shift.
        row.assignment = assignments[row.assignment_id]
        row.person = people[row.person_id] if row.person_id else None
        row.schedule = target.schedule
    return found


def _say_not_ticked(plan: Plan) -> None:
    request, issues = plan.request, plan.issues
    if request.create_people:
        creation_problems(plan.persons.new.values(), issues)
    else:
        for one in plan.persons.new.values():
            who = quoted(one.name) if one.name == one.key else f"{quoted(one.name)} with the id {quoted(one.key)}"
            plan.unticked.error(
                f"{who} is not among the people.", row=one.row, column=one.column,
                advice="Correct the file, or tick that missing people are made.",
            )  # fmt: skip
    for code in plan.codes.new.values():
        if not request.create_assignments:
            plan.unticked.error(
                f"The department has no assignment {quoted(code.code)}; the file uses it {code.count} "
                f"time{'' if code.count == 1 else 's'}.",
                row=code.row, column=code.column,
                advice="Map it to an assignment, ignore it, or tick that missing assignments are made.",
            )  # fmt: skip
        elif not code.is_complete:
            issues.error(
                f"The assignment {quoted(code.code)} cannot be made, because its times are not known.",
                row=code.row, column=code.column, advice="Type its start and end, or add a shift-codes file.",
            )  # fmt: skip
    if plan.persons.idle_unknown:
        count = plan.persons.idle_unknown
        plan.assumptions.append(
            f"{count} {'person' if count == 1 else 'people'} without shifts in the file and unknown here left out."
        )


def _say_kept(plan: Plan) -> None:
    for shift, line in plan.pairing.kept_locked:
        who = shift.person.name if shift.person else "open"
        what = f"the file's {quoted(line.entry.code)} is not applied" if line else "it is not removed"
        plan.issues.warning(
            f"{shift.assignment.code} of {who} on {shift.date} is locked: {what}.",
            row=line.entry.row if line else None, column=line.entry.column if line else None,
            advice="Unlock it in the schedule and import again, if the file is right.",
        )  # fmt: skip
    for shift, line in plan.pairing.left_alone:
        who = shift.person.name if shift.person else "open"
        plan.issues.warning(
            f"The draft has {shift.assignment.code} of {who} on {shift.date}: the file's {quoted(line.entry.code)} "
            "is not applied, because only additions were asked for.",
            row=line.entry.row, column=line.entry.column,
        )  # fmt: skip
