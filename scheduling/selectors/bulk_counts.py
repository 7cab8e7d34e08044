"""Bulk sources of tallies, their targets and values, and of saved views."""

from __future__ import annotations

import re

from scheduling.selectors.bulk_source import UUID, BulkSource, joined
from scheduling.selectors.tally_sql import COUNTED, MEASURED, WORKED

# Weekdays are kept from 0 for Monday; told as ISO has them, from 1.
_WEEKDAYS = """array_to_string(ARRAY(
    SELECT day::int + 1 FROM jsonb_array_elements_text(tally.selection -> 'weekdays') day ORDER BY 1
), ' ')"""

TALLIES = BulkSource(
    name="tallies",
    columns={
        "tally_id": ("text", "tally.public_id"),
        "department_id": ("text", "department.public_id"),
        "tally_name": ("text", "tally.name"),
        "short_name": ("text", "tally.short"),
        "measure": ("text", "tally.measure"),
        "weekdays": ("text", _WEEKDAYS),
        "holidays": ("text", "tally.selection ->> 'holidays'"),
        "ended_on": ("date", "tally.ended_on"),
    },
    tables="scheduling_tally tally"
    + joined("scheduling_department", "department", "tally.department_id", optional=True),
    where="tally.organization_id = {org}",
    order="tally.id",
    filled=frozenset({"tally_id", "department_id", "measure"}),
    types=dict.fromkeys(("tally_id", "department_id"), UUID),
)

# Which assignments a tally counts, worked out: those named, those of the types named, or else all that are not off.
TALLY_ASSIGNMENTS = BulkSource(
    name="tally_assignments",
    columns={
        "tally_id": ("text", "tally.public_id"),
        "assignment_id": ("text", "assignment.public_id"),
    },
    tables="scheduling_tally tally JOIN scheduling_assignment assignment ON assignment.organization_id = {org}"
    " AND (tally.department_id IS NULL OR assignment.department_id = tally.department_id)"
    + joined("scheduling_assignmenttype", "kind", "assignment.type_id"),
    where="""tally.organization_id = {org} AND CASE
    WHEN jsonb_array_length(tally.selection -> 'assignments') + jsonb_array_length(tally.selection -> 'types') = 0
        THEN NOT kind.is_off
    ELSE tally.selection -> 'assignments' @> to_jsonb(assignment.id) OR tally.selection -> 'types' @> to_jsonb(kind.id) END""",
    order="(tally.id, assignment.id)",
    filled=frozenset({"tally_id", "assignment_id"}),
    types=dict.fromkeys(("tally_id", "assignment_id"), UUID),
)

TALLY_TARGETS = BulkSource(
    name="tally_targets",
    columns={
        "target_id": ("text", "target.public_id"),
        "tally_id": ("text", "tally.public_id"),
        "person_id": ("text", "person.public_id"),
        "personnel_type_id": ("text", "kind.public_id"),
        "value": ("text", "target.value::text"),
        "period": ("text", "target.period"),
        "from_date": ("date", "target.from_date"),
        "to_date": ("date", "target.to_date"),
    },
    tables="scheduling_tallytarget target"
    + joined("scheduling_tally", "tally", "target.tally_id")
    + joined("scheduling_person", "person", "target.person_id", optional=True)
    + joined("scheduling_personneltype", "kind", "target.personnel_type_id", optional=True),
    where="target.organization_id = {org}",
    order="target.id",
    filled=frozenset({"target_id", "tally_id", "person_id", "personnel_type_id", "period"}),
    types={**dict.fromkeys(("target_id", "tally_id", "person_id", "personnel_type_id"), UUID), "value": "decimal"},
)


def _named(statement: str) -> str:
    """A statement of tally_sql with bounds instead of parameters."""
    return re.sub(r"%\((\w+)\)s", lambda found: "{" + {"organization": "org"}.get(found[1], found[1]) + "}", statement)


# What each person has of each tally, month by month, counted by the statement that the product's own pages count with.
_VALUES = f"""(
    WITH wanted AS (
        SELECT tally.id AS n, tally.department_id, tally.measure, selected.*
        FROM scheduling_tally tally CROSS JOIN LATERAL jsonb_to_record(tally.selection) AS selected (
            assignments bigint[], types bigint[], weekdays int[], holidays text
        ) WHERE tally.organization_id = {{org}}
    ), {_named(WORKED.format(published="", draft=""))}
    SELECT w.n, r.person_id, date_trunc('month', r.date)::date AS month, {MEASURED} AS value
    {_named(COUNTED)} GROUP BY w.n, w.measure, r.person_id, month
) counted"""  # noqa: S608

TALLY_VALUES = BulkSource(
    name="tally_values",
    columns={
        "tally_id": ("text", "tally.public_id"),
        "person_id": ("text", "person.public_id"),
        "month": ("date", "counted.month"),
        "first_date": ("date", "greatest(counted.month, nullif({first}, '-infinity'))"),
        "last_date": ("date", "least((counted.month + interval '1 month - 1 day')::date, nullif({last}, 'infinity'))"),
        "value": ("text", "counted.value::text"),
    },
    tables=_VALUES
    + joined("scheduling_tally", "tally", "counted.n")
    + joined("scheduling_person", "person", "counted.person_id"),
    where="true",
    order="(counted.n, counted.person_id, counted.month)",
    filled=frozenset({"tally_id", "person_id"}),
    bounds={
        "first": "'-infinity'::date",
        "last": "'infinity'::date",
        "start": "'-infinity'::timestamptz",
        "end": "'infinity'::timestamptz",
    },
    types={**dict.fromkeys(("tally_id", "person_id"), UUID), "value": "decimal"},
)

VIEW_SETTINGS = BulkSource(
    name="view_settings",
    columns={
        "view_id": ("text", "view.public_id"),
        "view_name": ("text", "view.name"),
        "owner": ("text", "owner.name"),
        "layout": ("text", "view.layout"),
        "columns": ("text", "array_to_string(ARRAY(SELECT jsonb_array_elements_text(view.columns)), ' ')"),
        "range_kind": ("text", "view.range_kind"),
        "range_count": ("integer", "view.range_count"),
        "range_first": ("date", "view.range_first"),
        "created_at": ("instant", "view.created_at"),
        "changed_at": ("instant", "view.changed_at"),
    },
    tables="scheduling_view view" + joined("tenancy_account", "owner", "view.owner_id"),
    where="view.organization_id = {org} AND view.removed_at IS NULL",
    order="view.id",
    filled=frozenset({"view_id", "layout", "range_kind"}),
    types={"view_id": UUID},
)

_PARTS = {"department": "departments", "person": "people", "assignment": "assignments", "assignment_type": "types"}
_CHOSEN = " UNION ALL ".join(
    f"SELECT {place} AS place, '{part}' AS part, id::bigint FROM jsonb_array_elements_text(view.selection -> '{kept}') id"  # noqa: S608
    for place, (part, kept) in enumerate(_PARTS.items())
)

VIEW_SELECTIONS = BulkSource(
    name="view_selections",
    columns={
        "view_id": ("text", "view.public_id"),
        "number": ("integer", "row_number() OVER (PARTITION BY view.id ORDER BY chosen.place, chosen.id)"),
        "part": ("text", "chosen.part"),
        "department_id": ("text", "department.public_id"),
        "person_id": ("text", "person.public_id"),
        "assignment_id": ("text", "assignment.public_id"),
        "assignment_type_id": ("text", "kind.public_id"),
    },
    tables=f"scheduling_view view CROSS JOIN LATERAL ({_CHOSEN}) chosen"
    + joined("scheduling_department", "department", "chosen.id AND chosen.part = 'department'", optional=True)
    + joined("scheduling_person", "person", "chosen.id AND chosen.part = 'person'", optional=True)
    + joined("scheduling_assignment", "assignment", "chosen.id AND chosen.part = 'assignment'", optional=True)
    + joined("scheduling_assignmenttype", "kind", "chosen.id AND chosen.part = 'assignment_type'", optional=True),
    where="view.organization_id = {org} AND view.removed_at IS NULL",
    order="(view.id, chosen.place, chosen.id)",
    filled=frozenset({"view_id", "part", "department_id", "person_id", "assignment_id", "assignment_type_id"}),
    types=dict.fromkeys(("view_id", "department_id", "person_id", "assignment_id", "assignment_type_id"), UUID),
)

VIEW_ACCESS = BulkSource(
    name="view_access",
    columns={
        "view_id": ("text", "view.public_id"),
        "number": ("integer", "row_number() OVER (PARTITION BY view.id ORDER BY access.id)"),
        "account": ("text", "account.name"),
        "role": ("text", "access.role"),
        "department_id": ("text", "department.public_id"),
    },
    tables="scheduling_viewaccess access"
    + joined("scheduling_view", "view", "access.view_id")
    + joined("tenancy_account", "account", "access.account_id", optional=True)
    + joined("scheduling_department", "department", "access.department_id", optional=True),
    where="access.organization_id = {org} AND view.removed_at IS NULL",
    order="(view.id, access.id)",
    filled=frozenset({"view_id", "department_id"}),
    types=dict.fromkeys(("view_id", "department_id"), UUID),
)

SOURCES = (
    TALLIES,
    TALLY_ASSIGNMENTS,
    TALLY_TARGETS,
    TALLY_VALUES,
    VIEW_SETTINGS,
    VIEW_SELECTIONS,
    VIEW_ACCESS,
)
