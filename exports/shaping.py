"""What file connectors say alike of a published shift: its label, why it is left out, and the fields every layout may use.

A connector names the person's identifier and the fields of its own mapping itself. A connector that sends differences takes only
what its rows need: each field of a payload that changes makes a row of the next file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from exports.layouts import Field
from integrations.contract import PERSON_FIELDS, Desired, Notice, ShapeContext, Skipped, Unit, person_identifier
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo, PublishedRow

PERSON_FIELD_LABELS = {**dict(PERSON_FIELDS), "employee_id": "Employee ID", "upn": "User principal name"}

NAME_FIELDS = (
    Field("last_name", "Last name"),
    Field("first_name", "First name"),
    Field("is_placeholder", "Is it a placeholder", "boolean"),
)
CONTACT_FIELDS = (
    Field("contact_number", "Cell, else pager, else office phone"),
    Field("cell", "Cell phone"),
    Field("pager", "Pager"),
    Field("office_phone", "Office phone"),
)
STAFF_FIELDS = (
    Field("personnel_type", "Personnel type"),
    Field("employee_id", "Employee ID"),
    Field("npi", "NPI"),
)
TIME_FIELDS = (
    Field("start", "Start", "instant", role="start"),
    Field("end", "End", "instant", role="end"),
    Field("shift_date", "Date of the shift; of each day where the layout splits", "date", role="day"),
    Field("zone", "Time zone of the department"),
)
HOURS_FIELD = Field("hours", "Hours that pass from start to end, with two decimals", role="hours")
DEPARTMENT_FIELDS = (
    Field("department", "Department"),
    Field("department_code", "Code of the department"),
)
ASSIGNMENT_FIELDS = (
    Field("assignment", "Assignment"),
    Field("assignment_code", "Code of the assignment"),
    Field("assignment_type", "Type of the assignment"),
)
SOURCE_FIELD = Field("source_record_id", "Our identifier of the record", role="record")


def row_label(row: PublishedRow) -> str:
    """A shift in a line: what, when, who."""
    who = row.person.name if row.person else "open"
    starts, ends = row.start_wall.isoformat()[11:16], row.end_wall.isoformat()[11:16]  # four times faster than a format
    return f"{row.assignment.name} {row.date.isoformat()} {starts}–{ends} {who}"


def mapped_text(values: Mapping[str, Any], name: str) -> str:
    """A mapping value as text; empty when it was never given."""
    value = values.get(name)
    return "" if value is None else str(value)


def left_out(unit: Unit, row: PublishedRow, *, person_field: str, placeholders: str, identifier: str) -> Skipped | None:
    """Why a shift is not sent: nobody is on it, a placeholder that is omitted, a person without the identifier. None: it is sent.

    `person_field` is the chosen field of a person, `placeholders` the setting (export or omit), `identifier` what the destination
    calls the identifier, as in "the Epic provider id (SER)".
    """
    person = row.person
    if person is None:
        text = "Nobody is scheduled on this shift yet. Place somebody on it and publish."
        return shift_skipped(unit, row, cause="open_shift", text=text)
    if person.is_placeholder:
        if placeholders == "export":
            return None
        text = "Placeholders are left out by this connection's settings."
        return person_skipped(unit, row, person, cause="placeholder", text=text, silent=True)
    if person_identifier(person, person_field).strip():
        return None
    where = PERSON_FIELD_LABELS.get(person_field, person_field)
    text = f"{person.name} has no {where}. Enter {identifier} there."
    return person_skipped(unit, row, person, cause="no_person_id", text=text)


def shift_skipped(unit: Unit, row: PublishedRow, *, cause: str, text: str) -> Skipped:
    """A row that is left out because of the shift."""
    label = row_label(row)
    return Skipped(
        unit=unit.key,
        cause=cause,
        text=text,
        subject_type="shift",
        subject_id=row.shift_id,
        subject=label,
        label=label,
    )


def person_skipped(
    unit: Unit, row: PublishedRow, person: PersonInfo, *, cause: str, text: str, silent: bool = False
) -> Skipped:
    """A row that is left out because of the person on it."""
    return Skipped(
        unit=unit.key,
        cause=cause,
        text=text,
        subject_type="person",
        subject_id=person.public_id,
        subject=person.name,
        label=row_label(row),
        silent=silent,
    )


def assignment_skipped(unit: Unit, row: PublishedRow, *, cause: str, text: str) -> Skipped:
    """A row that is left out because of how its assignment is mapped."""
    return Skipped(
        unit=unit.key,
        cause=cause,
        text=text,
        subject_type="assignment",
        subject_id=row.assignment.public_id,
        subject=row.assignment.name,
        label=row_label(row),
    )


def empty_targets(
    context: ShapeContext, desired: Iterable[Desired], *, field: str, noun: str, advice: str
) -> Iterator[Notice]:
    """A notice for each target that mapping rows name in `field` and that has no row in the whole window.

    Payloads carry the target under the same name. Destinations that are given the whole window may take "no row" for "nobody".
    """
    there = {str(one.payload.get(field, "")) for one in desired}
    mapped = {mapped_text(row.values, field) for rows in context.mapping.values() for row in rows}
    for target in sorted(mapped - there - {""}):
        text = f"It is mapped and has no row in the whole window. {advice}"
        yield Notice(cause="no_rows", text=text, subject_type="target", subject=f"{noun} {target}")


def identifier_of(person: PersonInfo, person_field: str) -> str:
    """The chosen identifier, as it is; empty for a placeholder, whose number is nobody's."""
    return "" if person.is_placeholder else person_identifier(person, person_field)


def name_payload(person: PersonInfo) -> dict[str, Any]:
    """The values of NAME_FIELDS."""
    return {"last_name": person.last_name, "first_name": person.first_name, "is_placeholder": person.is_placeholder}


def contact_payload(person: PersonInfo) -> dict[str, Any]:
    """The values of CONTACT_FIELDS."""
    return {
        "contact_number": person.contact,
        "cell": person.cell,
        "pager": person.pager,
        "office_phone": person.office_phone,
    }


def staff_payload(person: PersonInfo) -> dict[str, Any]:
    """The values of STAFF_FIELDS."""
    return {"personnel_type": person.personnel_type, "employee_id": person.employee_id, "npi": person.npi}


def time_payload(row: PublishedRow) -> dict[str, Any]:
    """The values of TIME_FIELDS."""
    return {
        "start": row.starts_at.astimezone(UTC).isoformat(),
        "end": row.ends_at.astimezone(UTC).isoformat(),
        "shift_date": row.date.isoformat(),
        "zone": row.zone,
    }


def elapsed_hours(starts_at: datetime, ends_at: datetime) -> str:
    """The hours that pass between two instants, with two decimals, halves up: 7.00 or 9.00 where clocks change."""
    seconds = Decimal(int((ends_at - starts_at).total_seconds()))
    return str((seconds / 3600).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def department_payload(department: DepartmentInfo) -> dict[str, Any]:
    """The values of DEPARTMENT_FIELDS."""
    return {"department": department.name, "department_code": department.code}


def assignment_payload(assignment: AssignmentInfo) -> dict[str, Any]:
    """The values of ASSIGNMENT_FIELDS."""
    return {
        "assignment": assignment.name,
        "assignment_code": assignment.code,
        "assignment_type": assignment.type_name,
    }
