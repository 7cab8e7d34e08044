"""Bulk sources of who and what: people, departments, assignments, their types, who may stand where, holidays, requests."""

from __future__ import annotations

from scheduling.selectors.bulk_source import PERSON_NAME, UUID, BulkSource, joined, texts

PERSONNEL = BulkSource(
    name="personnel",
    columns={
        "person_id": ("text", "person.public_id"),
        "person_name": ("text", PERSON_NAME.format("person")),
        **texts(
            "person", "last_name", "first_name", "short_name", "unique_id", "custom1", "custom2", "custom3", "custom4"
        ),
        **texts("person", "employee_id", "npi", "upn", "email", "cell", "pager", "office_phone"),
        "is_placeholder": ("boolean", "person.is_placeholder"),
        "personnel_type_id": ("text", "kind.public_id"),
        "personnel_type": ("text", "kind.name"),
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "active_from": ("date", "person.active_from"),
        "active_to": ("date", "person.active_to"),
    },
    tables="scheduling_person person"
    + joined("scheduling_personneltype", "kind", "person.personnel_type_id", optional=True)
    + joined("scheduling_department", "department", "person.department_id", optional=True),
    where="person.organization_id = {org}",
    order="person.id",
    filled=frozenset({"person_id", "department_id", "personnel_type_id"}),
    types=dict.fromkeys(("person_id", "department_id", "personnel_type_id"), UUID),
)

ASSIGNMENTS = BulkSource(
    name="assignments",
    columns={
        "assignment_id": ("text", "assignment.public_id"),
        "assignment_code": ("text", "assignment.code"),
        "assignment_name": ("text", "assignment.name"),
        "assignment_type_id": ("text", "kind.public_id"),
        "assignment_type": ("text", "kind.name"),
        "is_off": ("boolean", "kind.is_off"),
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "start_time": ("text", "to_char(assignment.start_time, 'HH24:MI')"),
        "end_time": ("text", "to_char(assignment.end_time, 'HH24:MI')"),
        "end_day_offset": ("integer", "assignment.end_day_offset"),
        "information": ("text", "assignment.information"),
        "weight": ("text", "assignment.weight::text"),
        "eligible_only_listed": ("boolean", "assignment.eligible_only_listed"),
        "ended_on": ("date", "assignment.ended_on"),
    },
    tables="scheduling_assignment assignment"
    + joined("scheduling_assignmenttype", "kind", "assignment.type_id")
    + joined("scheduling_department", "department", "assignment.department_id"),
    where="assignment.organization_id = {org}",
    order="assignment.id",
    filled=frozenset({"assignment_id", "assignment_type_id", "department_id"}),
    types={
        **dict.fromkeys(("assignment_id", "assignment_type_id", "department_id"), UUID),
        **dict.fromkeys(("start_time", "end_time"), "time"),
        "weight": "decimal",
    },
)

DEPARTMENTS = BulkSource(
    name="departments",
    columns={
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "department_name": ("text", "department.name"),
        "zone": ("text", "department.zone"),
        "parent_id": ("text", "parent.public_id"),
        "ended_on": ("date", "department.ended_on"),
    },
    tables="scheduling_department department"
    + joined("scheduling_department", "parent", "department.parent_id", optional=True),
    where="department.organization_id = {org}",
    order="department.id",
    filled=frozenset({"department_id", "parent_id"}),
    types=dict.fromkeys(("department_id", "parent_id"), UUID),
)

PERSONNEL_TYPES = BulkSource(
    name="personnel_types",
    columns={
        "personnel_type_id": ("text", "kind.public_id"),
        "personnel_type": ("text", "kind.name"),
    },
    tables="scheduling_personneltype kind",
    where="kind.organization_id = {org}",
    order="kind.id",
    filled=frozenset({"personnel_type_id"}),
    types={"personnel_type_id": UUID},
)

ASSIGNMENT_TYPES = BulkSource(
    name="assignment_types",
    columns={
        "assignment_type_id": ("text", "kind.public_id"),
        "assignment_type": ("text", "kind.name"),
        "is_off": ("boolean", "kind.is_off"),
    },
    tables="scheduling_assignmenttype kind",
    where="kind.organization_id = {org}",
    order="kind.id",
    filled=frozenset({"assignment_type_id"}),
    types={"assignment_type_id": UUID},
)

ELIGIBILITY = BulkSource(
    name="eligibility",
    columns={
        "assignment_id": ("text", "assignment.public_id"),
        "person_id": ("text", "person.public_id"),
    },
    tables="scheduling_assignmenteligibility listed"
    + joined("scheduling_assignment", "assignment", "listed.assignment_id")
    + joined("scheduling_person", "person", "listed.person_id"),
    where="listed.organization_id = {org}",
    order="listed.id",
    filled=frozenset({"assignment_id", "person_id"}),
    types=dict.fromkeys(("assignment_id", "person_id"), UUID),
)

# Whose home it is, and whom its assignments list.
_BELONGS = """(
    SELECT person_id, department_id, bool_or(home) AS home, bool_or(NOT home) AS listed,
        row_number() OVER (ORDER BY person_id, department_id) AS number
    FROM (
        SELECT p.id AS person_id, p.department_id, true AS home FROM scheduling_person p
        WHERE p.organization_id = {org} AND p.department_id IS NOT NULL
        UNION ALL
        SELECT e.person_id, a.department_id, false FROM scheduling_assignmenteligibility e
        JOIN scheduling_assignment a ON a.organization_id = {org} AND a.id = e.assignment_id
        WHERE e.organization_id = {org}
    ) one GROUP BY person_id, department_id
) belongs"""

PERSONNEL_DEPARTMENTS = BulkSource(
    name="personnel_departments",
    columns={
        "person_id": ("text", "person.public_id"),
        "department_id": ("text", "department.public_id"),
        "is_home": ("boolean", "belongs.home"),
        "is_listed": ("boolean", "belongs.listed"),
    },
    tables=_BELONGS
    + joined("scheduling_person", "person", "belongs.person_id")
    + joined("scheduling_department", "department", "belongs.department_id"),
    where="true",
    order="belongs.number",
    filled=frozenset({"person_id", "department_id"}),
    types=dict.fromkeys(("person_id", "department_id"), UUID),
)

HOLIDAYS = BulkSource(
    name="holidays",
    columns={
        "holiday_id": ("text", "holiday.public_id"),
        "holiday_date": ("date", "holiday.date"),
        "holiday_name": ("text", "holiday.name"),
        "department_id": ("text", "department.public_id"),
    },
    tables="scheduling_holiday holiday"
    + joined("scheduling_department", "department", "holiday.department_id", optional=True),
    where="holiday.organization_id = {org}",
    order="holiday.id",
    filled=frozenset({"holiday_id", "department_id"}),
    types=dict.fromkeys(("holiday_id", "department_id"), UUID),
)

REQUESTS = BulkSource(
    name="requests",
    columns={
        "request_id": ("text", "request.public_id"),
        "person_id": ("text", "person.public_id"),
        "department_id": ("text", "department.public_id"),
        "kind": ("text", "request.kind"),
        "state": ("text", "request.state"),
        "first_date": ("date", "request.first"),
        "last_date": ("date", "request.last"),
        "start_local": ("wall", "request.start_wall"),
        "end_local": ("wall", "request.end_wall"),
        "zone": ("text", "request.zone"),
        "start": ("instant", "request.starts_at"),
        "end": ("instant", "request.ends_at"),
        "assignment_id": ("text", "assignment.public_id"),
        "assignment_type_id": ("text", "kind.public_id"),
        "avoid": ("boolean", "request.avoid"),
        "strength": ("integer", "request.weight"),
        "has_note": ("boolean", "request.note <> ''"),
        "note": ("text", "request.note"),
        "decided_by": ("text", "request.decided_by"),
        "decided_by_rule": ("boolean", "request.decided_by_rule"),
        "decided_at": ("instant", "request.decided_at"),
        "reason": ("text", "request.reason"),
        "source": ("text", "request.source"),
        "made_by": ("text", "request.made_by"),
        "made_at": ("instant", "request.made_at"),
        "changed_by": ("text", "request.changed_by"),
        "changed_at": ("instant", "request.changed_at"),
    },
    tables="scheduling_request request"
    + joined("scheduling_person", "person", "request.person_id")
    + joined("scheduling_department", "department", "request.department_id")
    + joined("scheduling_assignment", "assignment", "request.assignment_id", optional=True)
    + joined("scheduling_assignmenttype", "kind", "request.type_id", optional=True),
    where="request.organization_id = {org}",
    order="request.id",
    filled=frozenset(
        {"request_id", "person_id", "department_id", "kind", "state", "zone", "assignment_id", "assignment_type_id"}
    ),
    limits={"first": "request.last >= {first}", "last": "request.first <= {last}"},
    types=dict.fromkeys(("request_id", "person_id", "department_id", "assignment_id", "assignment_type_id"), UUID),
)

SOURCES = (
    PERSONNEL,
    ASSIGNMENTS,
    DEPARTMENTS,
    PERSONNEL_TYPES,
    ASSIGNMENT_TYPES,
    ELIGIBILITY,
    PERSONNEL_DEPARTMENTS,
    HOLIDAYS,
    REQUESTS,
)
