"""The entries of an example's input.json and mapping.json as the values that connectors are given."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from integrations.contract import MappingValues, Subject, SubjectKey
from scheduling.types import (
    AssignmentInfo,
    DepartmentInfo,
    PayCalendarInfo,
    PersonInfo,
    PublishedRow,
    ScheduleSpan,
)
from tenancy.wall import instant

_T = TypeVar("_T")
NAMESPACE = uuid.UUID("5a0f3c52-8e0a-4f7c-9c0e-2f6b2f4b7a11")
_PERSON_TEXTS = (
    "first_name",
    "unique_id",
    "custom1",
    "custom2",
    "custom3",
    "custom4",
    "employee_id",
    "npi",
    "upn",
    "email",
    "cell",
    "pager",
    "office_phone",
)


class ExampleError(ValueError):
    """An example that cannot be read, with the file and the entry."""


def numbered(entries: list[dict[str, Any]]) -> Iterable[tuple[int, dict[str, Any]]]:
    return enumerate(entries, start=1)


def derived_id(what: str, name: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{what} {name}")


def department_of(raw: dict[str, Any], number: int) -> DepartmentInfo:
    return DepartmentInfo(
        id=number,
        public_id=derived_id("department", raw["code"]),
        name=raw["name"],
        code=raw["code"],
        zone=raw["zone"],
        order=number,
        ended_on=None,
    )


def assignment_of(raw: dict[str, Any], number: int, departments: dict[str, DepartmentInfo]) -> AssignmentInfo:
    start, end = time.fromisoformat(raw["start"]), time.fromisoformat(raw["end"])
    return AssignmentInfo(
        id=number,
        public_id=derived_id("assignment", f"{raw['department']}/{raw['code']}"),
        code=raw["code"],
        name=raw["name"],
        department_id=_found(departments, raw["department"], "department").id,
        type_id=_type_id(raw.get("type", "Working")),
        type_name=raw.get("type", "Working"),
        hue="azure",
        is_off=bool(raw.get("is_off", False)),
        start_time=start,
        end_time=end,
        end_day_offset=int(raw.get("end_day_offset", 1 if end <= start else 0)),
        information=raw.get("information", ""),
        eligible_only_listed=False,
        order=number,
        ended_on=None,
    )


def person_of(raw: dict[str, Any], number: int, departments: dict[str, DepartmentInfo]) -> PersonInfo:
    texts = {name: str(raw.get(name, "")) for name in _PERSON_TEXTS}
    last, first = raw["last_name"], texts["first_name"]
    home = _found(departments, raw["department"], "department").id if "department" in raw else None
    return PersonInfo(
        id=number,
        public_id=derived_id("person", raw["key"]),
        name=f"{last}, {first}" if first else last,
        last_name=last,
        short_name=raw.get("short_name", last),
        is_placeholder=bool(raw.get("is_placeholder", False)),
        personnel_type=raw.get("personnel_type", ""),
        department_id=home,
        active_from=None,
        active_to=None,
        personnel_type_id=_type_id(raw["personnel_type"]) if raw.get("personnel_type") else None,
        first_name=texts["first_name"],
        **{name: text for name, text in texts.items() if name != "first_name"},
    )


def shift_of(
    raw: dict[str, Any],
    number: int,
    assignments: dict[str, AssignmentInfo],
    departments: dict[str, DepartmentInfo],
    people: dict[str, PersonInfo],
) -> PublishedRow:
    assignment = _found(assignments, raw["assignment"], "assignment")
    department = next(one for one in departments.values() if one.id == assignment.department_id)
    day = date.fromisoformat(raw["date"])
    usual_start = datetime.combine(day, assignment.start_time)
    usual_end = datetime.combine(day + timedelta(days=assignment.end_day_offset), assignment.end_time)
    start = datetime.fromisoformat(raw["start"]) if "start" in raw else usual_start
    end = datetime.fromisoformat(raw["end"]) if "end" in raw else usual_end
    who = raw.get("person")
    return PublishedRow(
        shift_id=uuid.UUID(raw["id"]) if "id" in raw else derived_id("shift", str(number)),
        department=department,
        assignment=assignment,
        person=None if who is None else _found(people, who, "person"),
        date=day,
        start_wall=start,
        end_wall=end,
        zone=department.zone,
        starts_at=instant(start, department.zone),
        ends_at=instant(end, department.zone),
        custom_time=(start, end) != (usual_start, usual_end),
        note=raw.get("note", ""),
        call_order=raw.get("call_order"),
        recorded_from=int(raw.get("recorded_from", 1)),
    )


def mapping_of(
    raw: list[dict[str, Any]], assignments: dict[str, AssignmentInfo]
) -> dict[int, tuple[MappingValues, ...]]:
    rows: dict[int, tuple[MappingValues, ...]] = {}
    for row_id, one in numbered(raw):
        assignment = _found(assignments, one["assignment"], "assignment")
        before = rows.get(assignment.id, ())
        rows[assignment.id] = (*before, MappingValues(row_id, len(before) + 1, one["values"]))
    return rows


def tables_of(
    raw: list[dict[str, Any]], departments: dict[str, DepartmentInfo], people: dict[str, PersonInfo]
) -> dict[Subject, dict[SubjectKey, dict[str, Any]]]:
    tables: dict[Subject, dict[SubjectKey, dict[str, Any]]] = {}
    for one in raw:
        if "person" in one:
            subject, key = Subject.PERSON, (_found(people, one["person"], "person").id,)
        elif "department" in one:
            subject, key = Subject.DEPARTMENT, (_found(departments, one["department"], "department").id,)
        elif "assignment_type" in one:
            personnel_type = one.get("personnel_type")
            pair = (_type_id(personnel_type) if personnel_type else 0, _type_id(one["assignment_type"]))
            tables.setdefault(Subject.TYPE_PAIR, {})[pair] = one["values"]
            continue
        else:
            continue
        tables.setdefault(subject, {})[key] = one["values"]
    return tables


def pay_calendar_of(raw: dict[str, Any], departments: dict[str, DepartmentInfo]) -> PayCalendarInfo:
    return PayCalendarInfo(
        public_id=derived_id("pay calendar", raw["name"]),
        name=raw["name"],
        anchor=date.fromisoformat(raw["anchor"]),
        days=int(raw["days"]),
        department_ids=frozenset(_found(departments, one, "department").id for one in raw.get("departments", [])),
        personnel_type_ids=frozenset(_type_id(one) for one in raw.get("personnel_types", [])),
    )


def schedule_of(raw: dict[str, Any], departments: dict[str, DepartmentInfo]) -> ScheduleSpan:
    department = _found(departments, raw["department"], "department")
    return ScheduleSpan(
        public_id=derived_id("schedule", raw["name"]),
        department_id=department.id,
        department_name=department.name,
        name=raw["name"],
        first=date.fromisoformat(raw["first"]),
        last=date.fromisoformat(raw["last"]),
    )


def _type_id(name: str) -> int:
    """A number for a type that is known by its name only; the same name, the same number."""
    return int.from_bytes(derived_id("type", name).bytes[:4])


def _found(known: dict[str, _T], key: str, what: str) -> _T:
    if key not in known:
        raise ExampleError(f"There is no {what} {key!r}; there are: {', '.join(sorted(known))}.")
    return known[key]
