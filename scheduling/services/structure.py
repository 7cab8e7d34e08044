"""Writes of departments, assignment types and assignments."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from scheduling.models import Assignment, AssignmentEligibility, AssignmentType, Department, Person
from scheduling.services.outbox import data_changed
from tenancy.changes import change_record, differing
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import zone_or_refuse

HUES = ("iris", "azure", "lagoon", "spruce", "fern", "olive", "honey", "clay", "rose", "orchid")
ASSIGNMENT_FIELDS = (
    "code", "name", "start_time", "end_time", "end_day_offset", "information", "weight", "cover",
    "eligible_only_listed", "order", "ended_on", "type_id",
)  # fmt: skip


def department_create(*, actor: Actor, now: datetime, name: str, code: str, zone: str, order: int = 0) -> Department:
    """Make a department. Raises RefusedError when the code is taken or the zone unknown."""
    zone_or_refuse(zone)
    if not name.strip() or not code.strip():
        raise RefusedError("A department needs a name and a code.", field="name" if not name.strip() else "code")
    if Department.objects.filter(code=code).exists():
        raise RefusedError(f"Another department has the code {code!r}.", field="code")
    department = Department.objects.create(name=name, code=code, zone=zone, order=order)
    change_record(
        actor=actor, now=now, action="department.create", subject_type="department", subject=name,
        subject_id=department.public_id, department_id=department.id, after={"code": code, "zone": zone},
    )  # fmt: skip
    data_changed(kind="departments", now=now, subject_id=department.id)
    return department


def department_change(
    *,
    department_id: uuid.UUID,
    actor: Actor,
    now: datetime,
    name: str,
    code: str,
    order: int = 0,
    ended_on: date | None = None,
) -> Department:
    """Rename, recode, reorder or end a department. Its zone is changed elsewhere, because that moves shifts."""
    department = Department.objects.select_for_update().filter(public_id=department_id).first()
    if department is None:
        raise NotFoundError("There is no such department.")
    if Department.objects.filter(code=code).exclude(id=department.id).exists():
        raise RefusedError(f"Another department has the code {code!r}.", field="code")
    values = {"name": name, "code": code, "order": order, "ended_on": ended_on}
    before, after = differing({field: getattr(department, field) for field in values}, values)
    if not after:
        return department
    for field, value in after.items():
        setattr(department, field, value)
    department.revision += 1
    department.save()
    change_record(
        actor=actor, now=now, action="department.change", subject_type="department", subject=name,
        subject_id=department.public_id, department_id=department.id, before=before, after=after,
    )  # fmt: skip
    data_changed(kind="departments", now=now, subject_id=department.id)
    return department


def assignment_type_named(*, name: str, hue: str = "", is_off: bool = False) -> AssignmentType:
    """The assignment type of that name, made when it is new. Off has no hue."""
    if hue and hue not in HUES:
        raise RefusedError(f"{hue!r} is not one of the ten hues: {', '.join(HUES)}.", field="hue")
    return AssignmentType.objects.get_or_create(
        name=name.strip(), defaults={"hue": "" if is_off else hue, "is_off": is_off}
    )[0]


def assignment_create(
    *,
    actor: Actor,
    now: datetime,
    department: Department,
    type: AssignmentType,
    code: str,
    name: str,
    start_time: time,
    end_time: time,
    end_day_offset: int | None = None,
    information: str = "",
    order: int = 0,
) -> Assignment:
    """Make an assignment. Without `end_day_offset`, an end at or before the start is the next day's."""
    if not code.strip() or not name.strip():
        raise RefusedError("An assignment needs a code and a name.", field="code" if not code.strip() else "name")
    if Assignment.objects.filter(department=department, code=code).exists():
        raise RefusedError(f"{department.name} has an assignment with the code {code!r} already.", field="code")
    offset = (1 if end_time <= start_time else 0) if end_day_offset is None else end_day_offset
    _times_or_refuse(start_time, end_time, offset)
    assignment = Assignment.objects.create(
        department=department, type=type, code=code, name=name, start_time=start_time, end_time=end_time,
        end_day_offset=offset, information=information, order=order,
    )  # fmt: skip
    change_record(
        actor=actor, now=now, action="assignment.create", subject_type="assignment", subject=name,
        subject_id=assignment.public_id, department_id=department.id,
        after={"code": code, "type": type.name, "start": str(start_time), "end": str(end_time), "days": offset},
    )  # fmt: skip
    data_changed(kind="assignments", now=now, subject_id=assignment.id)
    return assignment


def assignment_change(
    *, assignment_id: uuid.UUID, actor: Actor, now: datetime, fields: Mapping[str, Any]
) -> Assignment:
    """Change named fields of an assignment (ASSIGNMENT_FIELDS). Placed shifts keep their times."""
    assignment = Assignment.objects.select_for_update().filter(public_id=assignment_id).first()
    if assignment is None:
        raise NotFoundError("There is no such assignment.")
    unknown = set(fields) - set(ASSIGNMENT_FIELDS)
    if unknown:
        raise RefusedError(f"An assignment has no field {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
    code = fields.get("code", assignment.code)
    others = Assignment.objects.filter(department_id=assignment.department_id, code=code).exclude(id=assignment.id)
    if others.exists():
        raise RefusedError(f"Another assignment of the department has the code {code!r}.", field="code")
    before, after = differing({name: getattr(assignment, name) for name in fields}, fields)
    if not after:
        return assignment
    for name, value in after.items():
        setattr(assignment, name, value)
    _times_or_refuse(assignment.start_time, assignment.end_time, assignment.end_day_offset)
    _cover_or_refuse(assignment.cover)
    assignment.revision += 1
    assignment.save()
    change_record(
        actor=actor, now=now, action="assignment.change", subject_type="assignment", subject=assignment.name,
        subject_id=assignment.public_id, department_id=assignment.department_id, before=before, after=after,
    )  # fmt: skip
    data_changed(kind="assignments", now=now, subject_id=assignment.id)
    return assignment


def assignment_eligible_set(*, assignment: Assignment, people: Iterable[Person], actor: Actor, now: datetime) -> None:
    """Say who may be placed on an assignment; an empty list opens it to everybody."""
    wanted = {person.id: person for person in people}
    AssignmentEligibility.objects.filter(assignment=assignment).exclude(person_id__in=wanted).delete()
    AssignmentEligibility.objects.bulk_create(
        [AssignmentEligibility(assignment=assignment, person=person) for person in wanted.values()],
        ignore_conflicts=True,
    )
    Assignment.objects.filter(id=assignment.id).update(eligible_only_listed=bool(wanted))
    change_record(
        actor=actor, now=now, action="assignment.eligible", subject_type="assignment", subject=assignment.name,
        subject_id=assignment.public_id, department_id=assignment.department_id,
        after={"people": sorted(person.name for person in wanted.values())},
    )  # fmt: skip


def _times_or_refuse(start: time, end: time, offset: int) -> None:
    if not 0 <= offset <= 31:
        raise RefusedError("A shift ends on its own date or at most 31 days later.", field="end_day_offset")
    if offset == 0 and end <= start:
        raise RefusedError("The end is not after the start: say on which later day it ends.", field="end_time")


def _cover_or_refuse(cover: Any) -> None:
    whole = isinstance(cover, list) and all(isinstance(one, int) and 0 <= one <= 99 for one in cover)
    if not whole or len(cover) not in (0, 7):
        raise RefusedError(
            "Required people are seven numbers from 0 to 99, Monday first, or none at all.", field="cover"
        )
