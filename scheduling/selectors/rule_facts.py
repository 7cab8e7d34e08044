"""Reads what rules are applied to: set by set, narrow, and no wider around the dates asked for than the rules look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q

from scheduling.models import (
    Assignment,
    AssignmentEligibility,
    Department,
    Person,
    PublishedShift,
    Rule,
    RuleScope,
    Shift,
)
from scheduling.rules.facts import AssignmentFact, Facts, LeaveFact, PersonFact, RuleFact, Work
from scheduling.rules.kinds import KINDS, reach_of, standing_rules
from scheduling.rules.parameters import parsed
from scheduling.rules.types import Severity
from scheduling.rules.words import span
from scheduling.selectors.leave import Leave, leave_between
from scheduling.types import Audience, ScheduleInfo
from tenancy.selectors import organization_info
from tenancy.wall import instant, wall

LONGEST = timedelta(days=32)  # no shift lasts longer
_DAY = timedelta(days=1)
_SHIFT = ("person_id", "assignment_id", "date", "start_wall", "end_wall", "starts_at", "ends_at", "zone")


@dataclass(frozen=True)
class Place:
    """What is judged: a department, the draft that stands for its dates (None: only what is published), and its zone."""

    department_id: int
    zone: str
    schedule: ScheduleInfo | None = None

    @staticmethod
    def of(schedule: ScheduleInfo) -> Place:
        """The place of a draft."""
        return Place(schedule.department.id, schedule.department.zone, schedule)


def rules_of(department_id: int, *, kinds: Collection[str] | None = None) -> list[RuleFact]:
    """The rules that hold in a department: those that always stand, the organisation's, and its own."""
    rows = list(Rule.objects.filter(Q(department_id=department_id) | Q(department=None), active=True).order_by("id"))
    scopes = scopes_of([row.id for row in rows])
    found = [*standing_rules(), *(rule_fact(row, scopes.get(row.id, {})) for row in rows if row.kind in KINDS)]
    return [one for one in found if kinds is None or one.kind in kinds]


def rule_fact(row: Rule, scope: Mapping[str, frozenset[int]]) -> RuleFact:
    """A row as evaluators take it."""
    return RuleFact(
        key=f"{row.kind}:{row.public_id}",
        kind=row.kind,
        severity=Severity(row.severity),
        parameters=parsed(KINDS[row.kind].parameters, row.parameters),
        assignment_ids=scope.get("assignment_id", frozenset()),
        type_ids=scope.get("assignment_type_id", frozenset()),
        excepted_ids=scope.get("excepted", frozenset()),
        person_ids=scope.get("person_id", frozenset()),
        personnel_type_ids=scope.get("personnel_type_id", frozenset()),
        effective_from=row.effective_from,
        by_department=row.department_id is not None,
    )


def scopes_of(rule_ids: Collection[int]) -> dict[int, dict[str, frozenset[int]]]:
    """Rule id → what it is limited to, by column; assignments that it leaves out stand under "excepted"."""
    columns = ("assignment_id", "assignment_type_id", "person_id", "personnel_type_id")
    found: dict[int, dict[str, frozenset[int]]] = {}
    rows = RuleScope.objects.filter(rule_id__in=rule_ids)
    for rule_id, excepted, *values in rows.values_list("rule_id", "excepted", *columns):
        for column, value in zip(columns, values, strict=True):
            if value is not None:
                held, key = found.setdefault(rule_id, {}), "excepted" if excepted else column
                held[key] = held.get(key, frozenset()) | {value}
    return found


def facts_read(
    place: Place, rules: Collection[RuleFact], *, first: date, last: date, person_ids: Collection[int] | None
) -> Facts:
    """What the rules need to judge a draft's dates: of everybody who works there then, with cover; or of those people."""
    assert place.schedule is not None  # without a draft nothing is judged
    reach = reach_of(rules)
    rows = draft_rows(place.schedule.id, first - reach, last + reach, place.zone, person_ids)
    here = {row[1] for row in rows if row[1] is not None and first <= row[3] <= last}
    people = here if person_ids is None else set(person_ids)
    others = published_rows(place, first - reach, last + reach, people)
    covered = Q(department_id=place.department_id) if person_ids is None else None
    assignments = assignment_facts({row[2] for row in (*rows, *others)}, covered)
    departments = dict(Department.objects.values_list("id", "name")) if others else {}
    judged = [work_of(row, assignments, place, {}, judged=first <= row[3] <= last) for row in rows]
    known = [work_of(row, assignments, place, departments, judged=False) for row in others]
    return Facts(
        first=first,
        last=last,
        work=(*judged, *known),
        people=person_facts({one.person_id for one in (*judged, *known) if one.person_id is not None}),
        listed=listed_pairs(assignments.values(), people),
        leave=leave_facts(first, last + _DAY, people),
        week_start=organization_info().week_start,
        cover=tuple(one for one in assignments.values() if covered and one.department_id == place.department_id),
    )


Row = tuple[Any, ...]


def draft_rows(schedule_id: int, first: date, last: date, zone: str, person_ids: Collection[int] | None) -> list[Row]:
    """Shifts of a draft that touch those dates: (public id, person, assignment, date, walls, instants, zone)."""
    low, high = _bounds(first, last, zone)
    rows = Shift.objects.filter(schedule_id=schedule_id, ends_at__gte=low)
    if person_ids is None:
        rows = rows.filter(date__gte=first - LONGEST, date__lte=last)
    else:
        rows = rows.filter(person_id__in=person_ids, starts_at__gte=low - LONGEST, starts_at__lt=high)
    return list(rows.values_list("public_id", *_SHIFT))


def published_rows(place: Place, first: date, last: date, person_ids: Collection[int]) -> list[Row]:
    """What people do elsewhere, as published: in other departments, and in this one outside the draft's own dates."""
    if not person_ids:
        return []
    low, high = _bounds(first, last, place.zone)
    rows = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, person_id__in=person_ids, starts_at__gte=low - LONGEST,
        starts_at__lt=high, ends_at__gte=low,
    )  # fmt: skip
    if place.schedule is not None:
        own = Q(department_id=place.department_id, date__gte=place.schedule.starts_on, date__lte=place.schedule.ends_on)
        rows = rows.exclude(own)
    return list(rows.values_list("shift_id", *_SHIFT))


def _bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    midnight = time()
    return instant(datetime.combine(first, midnight), zone), instant(datetime.combine(last + _DAY, midnight), zone)


def work_of(
    row: Row, assignments: Mapping[int, AssignmentFact], place: Place, departments: Mapping[int, str], *, judged: bool
) -> Work:
    """A row as rules see it, its walls in the zone of the place."""
    public_id, person_id, assignment_id, day, start_wall, end_wall, starts_at, ends_at, zone = row
    assignment = assignments[assignment_id]
    if zone != place.zone:
        start_wall, end_wall = wall(starts_at, place.zone), wall(ends_at, place.zone)
    away = assignment.department_id != place.department_id
    return Work(
        id=public_id,
        person_id=person_id,
        assignment=assignment,
        date=day,
        start_wall=start_wall,
        end_wall=end_wall,
        starts_at=starts_at.astimezone(UTC),
        ends_at=ends_at.astimezone(UTC),
        judged=judged,
        elsewhere=departments.get(assignment.department_id, "") if away else "",
    )


def assignment_facts(ids: Collection[int], also: Q | None = None) -> dict[int, AssignmentFact]:
    """Those assignments, in the order of the grid."""
    rows = Assignment.objects.filter(Q(id__in=ids) | also if also is not None else Q(id__in=ids))
    columns = (
        "id", "public_id", "name", "department_id", "type_id", "type__public_id", "type__is_off", "weight", "cover",
        "eligible_only_listed", "ended_on",
    )  # fmt: skip
    found: dict[int, AssignmentFact] = {}
    for *plain, cover, listed_only, ended_on in rows.order_by("order", "code", "id").values_list(*columns):
        values: list[Any] = [*plain, tuple(cover or ()), listed_only, ended_on]
        found[values[0]] = AssignmentFact(*values)
    return found


def person_facts(ids: Collection[int]) -> dict[int, PersonFact]:
    """Those people."""
    columns = ("id", "personnel_type_id", "is_placeholder", "active_from", "active_to")
    return {row[0]: PersonFact(*row) for row in Person.objects.filter(id__in=ids).values_list(*columns)}


def listed_pairs(assignments: Iterable[AssignmentFact], person_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """(assignment, person) of those on the lists of assignments that ask for one."""
    listing = [one.id for one in assignments if one.eligible_only_listed]
    if not listing or not person_ids:
        return frozenset()
    rows = AssignmentEligibility.objects.filter(assignment_id__in=listing, person_id__in=person_ids)
    return frozenset(rows.values_list("assignment_id", "person_id"))


def leave_facts(first: date, last: date, person_ids: Collection[int]) -> dict[int, tuple[LeaveFact, ...]]:
    """Person → granted absence that touches those dates."""
    granted = leave_between(first, last, person_ids=person_ids) if person_ids else []
    found: dict[int, tuple[LeaveFact, ...]] = {}
    for one in granted:
        found[one.person_id] = (*found.get(one.person_id, ()), _leave(one))
    return found


def _leave(one: Leave) -> LeaveFact:
    if one.start is None or one.end is None:
        return LeaveFact(one.person_id, one.first, one.last, span(one.first, one.last))
    until = f"{one.end:%H:%M}" if one.start.date() == one.end.date() else f"{span(one.last, one.last)} {one.end:%H:%M}"
    text = f"{span(one.first, one.first)} {one.start:%H:%M}–{until}"
    return LeaveFact(one.person_id, one.first, one.last, text, one.starts_at, one.ends_at)
