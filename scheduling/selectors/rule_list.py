"""Rules as pages show them, what they may be limited to, and compatibility as a matrix."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from scheduling.models import Assignment, AssignmentType, Department, Person, PersonnelType, Rule, RuleScope
from scheduling.rules.kinds import KINDS
from scheduling.rules.parameters import parsed
from scheduling.rules.together import APART
from tenancy.types import NotFoundError


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule, in words. `department_id` None: the whole organisation's."""

    id: int
    public_id: uuid.UUID
    kind: str
    kind_label: str
    name: str
    severity: str
    says: str
    department_id: int | None
    department: str
    only: tuple[str, ...]
    source: str
    effective_from: date | None
    active: bool
    pack: str
    made: bool
    parameters: dict[str, object]


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """Something that a rule may be limited to."""

    public_id: uuid.UUID
    label: str
    group: str = ""


@dataclass(frozen=True)
class Scoped:
    """What a rule is limited to, by public id and kind of thing."""

    assignments: frozenset[uuid.UUID] = frozenset()
    assignment_types: frozenset[uuid.UUID] = frozenset()
    people: tuple[str, ...] = ()  # names, as the form takes them
    personnel_types: frozenset[uuid.UUID] = frozenset()
    excepted: frozenset[uuid.UUID] = frozenset()


def rules_listed(departments: Collection[int] | None) -> list[RuleInfo]:
    """The organisation's rules and those of some departments (None: of all), the organisation's first."""
    rows = Rule.objects.select_related("department").order_by("name", "id")
    if departments is not None:
        rows = rows.filter(Q(department=None) | Q(department_id__in=departments))
    found = [row for row in rows if row.kind in KINDS]
    only = _only([row.id for row in found])
    infos = [_info(row, only.get(row.id, ())) for row in found]
    return sorted(infos, key=lambda one: (one.department, one.kind_label, one.name, one.id))


def rule_find(rule_id: uuid.UUID) -> RuleInfo:
    """One rule. Raises NotFoundError."""
    row = Rule.objects.select_related("department").filter(public_id=rule_id).first()
    if row is None or row.kind not in KINDS:
        raise NotFoundError("There is no such rule.")
    return _info(row, _only([row.id]).get(row.id, ()))


def rule_scoped(rule_id: int) -> Scoped:
    """What a rule is limited to."""
    related = ("assignment", "assignment_type", "person", "personnel_type")
    rows = list(RuleScope.objects.filter(rule_id=rule_id).select_related(*related))
    return Scoped(
        assignments=frozenset(row.assignment.public_id for row in rows if row.assignment and not row.excepted),
        excepted=frozenset(row.assignment.public_id for row in rows if row.assignment and row.excepted),
        assignment_types=frozenset(row.assignment_type.public_id for row in rows if row.assignment_type),
        people=tuple(sorted(row.person.unique_id or row.person.name for row in rows if row.person)),
        personnel_types=frozenset(row.personnel_type.public_id for row in rows if row.personnel_type),
    )


def _info(row: Rule, only: tuple[str, ...]) -> RuleInfo:
    kind = KINDS[row.kind]
    return RuleInfo(
        id=row.id,
        public_id=row.public_id,
        kind=row.kind,
        kind_label=kind.label,
        name=row.name,
        severity=row.severity,
        says=kind.says(parsed(kind.parameters, row.parameters)),
        department_id=row.department_id,
        department=row.department.name if row.department else "",
        only=only,
        source=row.source,
        effective_from=row.effective_from,
        active=row.active,
        pack=row.pack,
        made=kind.made,
        parameters=row.parameters,
    )


def _only(rule_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    related = ("assignment", "assignment_type", "person", "personnel_type")
    found: dict[int, list[str]] = {}
    for row in RuleScope.objects.filter(rule_id__in=rule_ids).select_related(*related):
        names = [one.name for name in related if (one := getattr(row, name))]
        found.setdefault(row.rule_id, []).extend(f"not {name}" if row.excepted else name for name in names)
    return {rule: tuple(sorted(names)) for rule, names in found.items()}


def assignment_choices(department_ids: Collection[int] | None) -> list[ScopeChoice]:
    """Assignments that a rule may name: of those departments, or all; what has ended is left out."""
    rows = Assignment.objects.select_related("department").filter(ended_on=None)
    if department_ids is not None:
        rows = rows.filter(department_id__in=department_ids)
    ordered = rows.order_by("department__order", "department__name", "order", "code", "id")
    return [ScopeChoice(row.public_id, row.name, row.department.name) for row in ordered]


def type_choices() -> list[ScopeChoice]:
    """Assignment types, in order."""
    return [
        ScopeChoice(*row) for row in AssignmentType.objects.order_by("order", "name").values_list("public_id", "name")
    ]


def personnel_type_choices() -> list[ScopeChoice]:
    """Personnel types by name."""
    return [ScopeChoice(*row) for row in PersonnelType.objects.order_by("name").values_list("public_id", "name")]


def people_named(lines: Iterable[str]) -> tuple[dict[str, Person], list[str]]:
    """Line → person, and the lines that name nobody, or several: a unique id, or a name as lists write it, in any case."""
    wanted = [line.strip() for line in lines if line.strip()]
    rows = list(Person.objects.all())
    by_id = {row.unique_id: [row] for row in rows if row.unique_id}
    by_name: dict[str, list[Person]] = {}
    for row in rows:
        for name in {row.name.casefold(), f"{row.first_name} {row.last_name}".strip().casefold()}:
            by_name.setdefault(name, []).append(row)
    found: dict[str, Person] = {}
    wrong: list[str] = []
    for line in wanted:
        named = by_id.get(line) or by_name.get(line.casefold(), [])
        if len(named) == 1:
            found[line] = named[0]
        else:
            wrong.append(
                f"{line}: {'nobody has this name or unique id' if not named else 'several people: use the unique id'}"
            )
    return found, wrong


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An assignment of the matrix, and how it goes with those before it."""

    public_id: uuid.UUID
    code: str
    name: str
    is_off: bool
    cells: tuple[tuple[uuid.UUID, str, str], ...]  # (the other, its name, how)


def compatibility_rule(department_id: int) -> Rule | None:
    """The rule that holds a department's matrix."""
    return Rule.objects.filter(department_id=department_id, kind="compatibility").order_by("id").first()


def matrix_of(department: Department) -> list[MatrixRow]:
    """Every pair of a department's assignments once, with what was said about it."""
    rule = compatibility_rule(department.id)
    said = {frozenset(pair[:2]): pair[2] for pair in rule.parameters.get("pairs", [])} if rule and rule.active else {}
    rows = list(
        Assignment.objects.select_related("type").filter(department=department, ended_on=None).order_by(
            "type__is_off", "order", "code", "id"
        )
    )  # fmt: skip
    found = []
    for place, row in enumerate(rows):
        cells = []
        for other in rows[:place]:
            key = frozenset({f"assignment:{row.public_id}", f"assignment:{other.public_id}"})
            cells.append((other.public_id, other.name, said.get(key, APART)))
        found.append(MatrixRow(row.public_id, row.code, row.name, row.type.is_off, tuple(cells)))
    return found
