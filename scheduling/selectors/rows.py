"""From database rows to the frozen values of scheduling.types."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from scheduling.models import Assignment, Department, Person, Schedule, Shift
from scheduling.models.people import person_name
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo, ScheduleInfo, ShiftInfo


def department_info(row: Department) -> DepartmentInfo:
    """A department."""
    return DepartmentInfo(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        code=row.code,
        zone=row.zone,
        order=row.order,
        ended_on=row.ended_on,
    )


def person_info(row: Person) -> PersonInfo:
    """A person; `personnel_type` must have been joined or is fetched."""
    return PersonInfo(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        last_name=row.last_name,
        first_name=row.first_name,
        short_name=row.short_name or row.last_name,
        unique_id=row.unique_id,
        custom1=row.custom1,
        custom2=row.custom2,
        custom3=row.custom3,
        custom4=row.custom4,
        employee_id=row.employee_id,
        npi=row.npi,
        upn=row.upn,
        email=row.email,
        cell=row.cell,
        pager=row.pager,
        office_phone=row.office_phone,
        is_placeholder=row.is_placeholder,
        personnel_type=row.personnel_type.name if row.personnel_type_id else "",
        department_id=row.department_id,
        active_from=row.active_from,
        active_to=row.active_to,
        personnel_type_id=row.personnel_type_id,
    )


def assignment_info(row: Assignment) -> AssignmentInfo:
    """An assignment; `type` must have been joined or is fetched."""
    return AssignmentInfo(
        id=row.id,
        public_id=row.public_id,
        code=row.code,
        name=row.name,
        department_id=row.department_id,
        type_id=row.type_id,
        type_name=row.type.name,
        hue=row.type.hue,
        is_off=row.type.is_off,
        start_time=row.start_time,
        end_time=row.end_time,
        end_day_offset=row.end_day_offset,
        information=row.information,
        eligible_only_listed=row.eligible_only_listed,
        order=row.order,
        ended_on=row.ended_on,
    )


def schedule_info(row: Schedule) -> ScheduleInfo:
    """A schedule; `department` must have been joined or is fetched."""
    return ScheduleInfo(
        id=row.id,
        public_id=row.public_id,
        department=department_info(row.department),
        name=row.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=row.state,
    )


def shift_info(row: Shift, assignment: AssignmentInfo, person: PersonInfo | None) -> ShiftInfo:
    """A draft shift."""
    return ShiftInfo(
        public_id=row.public_id,
        schedule_id=row.schedule_id,
        department_id=row.department_id,
        assignment=assignment,
        person=person,
        date=row.date,
        start_wall=row.start_wall,
        end_wall=row.end_wall,
        zone=row.zone,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        custom_time=row.custom_time,
        note=row.note,
        private_note=row.private_note,
        call_order=row.call_order,
        locked=row.locked,
        source=row.source,
        version=row.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


def departments_by_id(ids: Collection[int] | None = None) -> dict[int, DepartmentInfo]:
    """All departments, or those."""
    rows = Department.objects.all() if ids is None else Department.objects.filter(id__in=ids)
    return {row.id: department_info(row) for row in rows}


def people_by_id(ids: Collection[int] | None = None) -> dict[int, PersonInfo]:
    """All people, or those."""
    rows = Person.objects.all() if ids is None else Person.objects.filter(id__in=ids)
    return {
        id: PersonInfo(id, public_id, person_name(last, first), last, first, short or last, *more)
        for id, public_id, last, first, short, *more in rows.annotate(
            kind=Coalesce("personnel_type__name", Value(""))
        ).values_list(*_PERSON)
    }


_PERSON = (
    "id", "public_id", "last_name", "first_name", "short_name", "unique_id", "custom1", "custom2", "custom3", "custom4",
    "employee_id", "npi", "upn", "email", "cell", "pager", "office_phone", "is_placeholder", "kind",
    "department_id", "active_from", "active_to", "personnel_type_id",
)  # fmt: skip


def assignments_by_id(
    ids: Collection[int] | None = None, *, department_id: int | None = None
) -> dict[int, AssignmentInfo]:
    """All assignments, or those, or a department's."""
    wanted = Q() if ids is None else Q(id__in=ids)
    if department_id is not None:
        wanted &= Q(department_id=department_id)
    rows = Assignment.objects.filter(wanted).order_by("order", "code")
    return {values[0]: AssignmentInfo(*values) for values in rows.values_list(*_ASSIGNMENT)}


_ASSIGNMENT = (
    "id", "public_id", "code", "name", "department_id", "type_id", "type__name", "type__hue", "type__is_off", "start_time",
    "end_time", "end_day_offset", "information", "eligible_only_listed", "order", "ended_on",
)  # fmt: skip
