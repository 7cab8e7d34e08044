"""Tallies: definitions, targets, and what people have of them, computed in SQL."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from scheduling.models import AssignmentType, Person, Schedule, Tally, TallyTarget
from scheduling.selectors.rows import assignments_by_id, schedule_info
from scheduling.selectors.tally_sql import Counted, Span, counted_by_month, counted_by_person, counted_shifts
from scheduling.tallying.targets import Aimed, Target, aims
from scheduling.tallying.types import PERIODS, Selection
from scheduling.types import AssignmentInfo, ScheduleInfo
from tenancy.types import NotFoundError


@dataclass(frozen=True, slots=True)
class TallyValue:
    """What a person has of a tally in a range, and what was aimed at (None: nothing)."""

    tally_id: uuid.UUID
    person_id: int
    value: Decimal
    target: Decimal | None

    @property
    def delta(self) -> Decimal | None:
        """Above (+) or below (−) the target."""
        return None if self.target is None else self.value - self.target


@dataclass(frozen=True, slots=True)
class TallyInfo:
    """A tally's definition, as pages name it. `measure` is count, hours or weighted."""

    public_id: uuid.UUID
    name: str
    short: str  # fits a column's head: "Call", "Wkd"
    measure: str


@dataclass(frozen=True)
class TallyDefinition(TallyInfo):
    """A whole definition with its targets; without a department it is the organisation's."""

    id: int
    department_id: int | None
    selection: Selection
    beside_grid: bool
    order: int
    ended_on: date | None
    targets: tuple[TargetInfo, ...]

    def counted(self) -> Counted:
        """What is asked of the rows."""
        return Counted(self.measure, self.selection, self.department_id)


@dataclass(frozen=True)
class TargetInfo:
    """A target with its public id and whom it is for, in words."""

    public_id: uuid.UUID
    target: Target
    whom: str

    @property
    def value_text(self) -> str:
        """The value, without zeros that say nothing."""
        return f"{self.target.value.normalize():f}"

    @property
    def period_text(self) -> str:
        """What the value is for."""
        return PERIODS[self.target.period]


@dataclass(frozen=True, slots=True)
class CountedShift:
    """A shift that counts in somebody's tally."""

    shift_id: uuid.UUID
    assignment_id: int
    department_id: int
    date: date
    start: datetime
    end: datetime
    hours: Decimal
    weight: Decimal


@dataclass(frozen=True)
class Selectable:
    """What a tally may count: (id, public id, name) of the types, and the assignments of its home in use."""

    types: tuple[tuple[int, uuid.UUID, str], ...]
    assignments: tuple[AssignmentInfo, ...]

    def groups(self) -> list[tuple[str, list[AssignmentInfo]]]:
        """The assignments under the names of their types."""
        found = {name: [one for one in self.assignments if one.type_id == id] for id, _, name in self.types}
        return [(name, rows) for name, rows in found.items() if rows]


def selectable_for(department_id: int | None) -> Selectable:
    """What a tally of that department, or (None) of the organisation, may count."""
    types = AssignmentType.objects.order_by("order", "name").values_list("id", "public_id", "name")
    return Selectable(tuple(types), tuple(assignments_by_id(department_id=department_id).values()))


def tallies_beside_grid(*, department_id: int) -> list[TallyInfo]:
    """The tallies that a department shows beside its grid, in order."""
    rows = Tally.objects.filter(_of(department_id), beside_grid=True, ended_on=None).order_by("order", "id")
    return [TallyInfo(row.public_id, row.name, row.short, row.measure) for row in rows]


def tally_values(
    *,
    tally_ids: Collection[uuid.UUID],
    first: date,
    last: date,
    person_ids: Collection[int] | None = None,
    schedule_id: int | None = None,
) -> list[TallyValue]:
    """Values by person: over a draft (`schedule_id`) with what other schedules have published, or over what is published.

    Each person of `person_ids` has a value for each tally, nought included; without them, everybody for whom anything counts.
    """
    found = {one.public_id: one for one in _definitions(Tally.objects.filter(public_id__in=tally_ids))}
    wanted = [found[public_id] for public_id in dict.fromkeys(tally_ids) if public_id in found]
    return values_of(wanted, Span(first, last, person_ids, _schedule(schedule_id)))


def values_of(tallies: Sequence[TallyDefinition], span: Span) -> list[TallyValue]:
    """The same for definitions, also for one that is only being made."""
    rows = counted_by_person([tally.counted() for tally in tallies], span)
    counts = {(n, person): Decimal(value) for n, person, value in rows}
    people = sorted(span.person_ids if span.person_ids is not None else {person for _, person, _ in rows})
    aimed = _aimed(people) if any(tally.targets for tally in tallies) else []
    values = []
    for n, tally in enumerate(tallies):
        targets = aims(aimed, [one.target for one in tally.targets], span.first, span.last) if tally.targets else {}
        values += [
            TallyValue(tally.public_id, person, counts.get((n, person), Decimal(0)), targets.get(person))
            for person in people
        ]
    return values


def values_by_month(
    tally: TallyDefinition, *, person_id: int, span: Span
) -> list[tuple[date, Decimal, Decimal | None]]:
    """(first of the month, value, target) of one person for every month of the span, whole or in part."""
    counts = {month: Decimal(value) for _, month, value in counted_by_month(tally.counted(), span)}
    aimed, targets = _aimed([person_id]), [one.target for one in tally.targets]
    months = []
    start = span.first
    while start <= span.last:
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        end = min(span.last, date.fromordinal(following.toordinal() - 1))
        month = start.replace(day=1)
        months.append((month, counts.get(month, Decimal(0)), aims(aimed, targets, start, end).get(person_id)))
        start = following
    return months


def shifts_counted(tally: TallyDefinition, span: Span) -> list[CountedShift]:
    """Every shift behind a number, by start."""
    return [CountedShift(*row) for row in counted_shifts(tally.counted(), span)]


def tally_definitions(*, department_id: int | None, ended: bool = False) -> list[TallyDefinition]:
    """Tallies of a department with the organisation's, or (None) the organisation's alone; in order. `ended` adds former ones."""
    rows = Tally.objects.filter(_of(department_id))
    return _definitions(rows if ended else rows.filter(ended_on=None))


def tally_find(tally_id: uuid.UUID) -> TallyDefinition:
    """One tally. Raises NotFoundError."""
    found = _definitions(Tally.objects.filter(public_id=tally_id))
    if not found:
        raise NotFoundError("There is no such tally.")
    return found[0]


def people_counted(*, department_id: int, first: date, last: date, also: Collection[int] = ()) -> list[int]:
    """Ids of the humans whom a department's tallies list: at home there and active in the range, and `also`; by name."""
    home = Q(department_id=department_id)
    active = (Q(active_from=None) | Q(active_from__lte=last)) & (Q(active_to=None) | Q(active_to__gte=first))
    rows = Person.objects.filter((home & active) | Q(id__in=also), is_placeholder=False)
    return list(rows.order_by("search_key", "id").values_list("id", flat=True))


def _of(department_id: int | None) -> Q:
    return Q(department=None) if department_id is None else Q(department=None) | Q(department_id=department_id)


def _schedule(schedule_id: int | None) -> ScheduleInfo | None:
    if schedule_id is None:
        return None
    return schedule_info(Schedule.objects.select_related("department").get(id=schedule_id))


def _aimed(people: Collection[int]) -> list[Aimed]:
    rows = Person.objects.filter(id__in=people)
    return [Aimed(*row) for row in rows.values_list("id", "personnel_type_id", "active_from", "active_to")]


def _definitions(rows: QuerySet[Tally]) -> list[TallyDefinition]:
    tallies = list(rows.order_by("order", "id"))
    targets: dict[int, list[TargetInfo]] = {}
    wanted = TallyTarget.objects.filter(tally_id__in=[row.id for row in tallies])
    for one in wanted.select_related("person", "personnel_type").order_by("from_date", "id"):
        targets.setdefault(one.tally_id, []).append(_target_info(one))
    return [_definition(row, tuple(targets.get(row.id, ()))) for row in tallies]


def _definition(row: Tally, targets: tuple[TargetInfo, ...]) -> TallyDefinition:
    kept = row.selection
    return TallyDefinition(
        public_id=row.public_id,
        name=row.name,
        short=row.short,
        measure=row.measure,
        id=row.id,
        department_id=row.department_id,
        selection=Selection(
            tuple(kept["assignments"]), tuple(kept["types"]), tuple(kept["weekdays"]), kept["holidays"]
        ),
        beside_grid=row.beside_grid,
        order=row.order,
        ended_on=row.ended_on,
        targets=targets,
    )


def _target_info(row: TallyTarget) -> TargetInfo:
    whom = row.person.name if row.person else row.personnel_type.name if row.personnel_type else "Everyone"
    target = Target(row.id, row.person_id, row.personnel_type_id, row.value, row.period, row.from_date, row.to_date)
    return TargetInfo(row.public_id, target, whom)
