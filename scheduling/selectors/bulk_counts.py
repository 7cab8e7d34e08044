"""Bulk sources of tallies, their targets and values, and of saved views."""

from __future__ import annotations

from scheduling.selectors.bulk_source import UUID, BulkSource, joined

# Weekdays are kept from 0 for Monday; told as ISO has them, from 1.
_WEEKDAYS = """array_to_string(ARRAY(
    SELECT kept.day::int + 1 FROM jsonb_array_elements_text(tally.selection -> 'weekdays') AS kept (day) ORDER BY 1
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

# Which assignments a tally counts, worked out: those named, those of the types named, or else all that are not off. The few tallies of
# the whole organisation meet every assignment, those of a department its own only: two joins, because one for both could not hash.
_COUNTING = """
    SELECT {columns} FROM scheduling_tally tally
    JOIN scheduling_assignment assignment ON assignment.organization_id = {{org}} AND assignment.department_id {matches}
    JOIN scheduling_assignmenttype kind ON kind.organization_id = {{org}} AND kind.id = assignment.type_id
    WHERE tally.organization_id = {{org}} AND tally.department_id IS {home} AND CASE
        WHEN jsonb_array_length(tally.selection -> 'assignments') + jsonb_array_length(tally.selection -> 'types') = 0
            THEN NOT kind.is_off
        ELSE tally.selection -> 'assignments' @> to_jsonb(assignment.id)
            OR tally.selection -> 'types' @> to_jsonb(kind.id) END"""


def _counting(columns: str) -> str:
    homes = {"NOT NULL": "= tally.department_id", "NULL": "IS NOT NULL"}
    return " UNION ALL ".join(
        _COUNTING.format(columns=columns, home=home, matches=matches) for home, matches in homes.items()
    )


TALLY_ASSIGNMENTS = BulkSource(
    name="tally_assignments",
    columns={
        "tally_id": ("text", "counts.tally"),
        "assignment_id": ("text", "counts.assignment"),
    },
    tables="("
    + _counting("tally.public_id AS tally, assignment.public_id AS assignment, tally.id AS n, assignment.id AS of")
    + ") counts",
    where="true",
    order="(counts.n, counts.of)",
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


# What each person has of each tally, month by month: what scheduling.selectors.tallies says, by a statement that is made for all
# people and tallies at once.
_HOLIDAY = """(s.date IN (
        SELECT h.date FROM scheduling_holiday h WHERE h.organization_id = {org} AND h.department_id IS NULL
    ) OR (s.date, s.department_id) IN (
        SELECT h.date, h.department_id FROM scheduling_holiday h WHERE h.organization_id = {org} AND h.department_id IS NOT NULL
    ))"""
_VALUES = f"""(
    SELECT counts.n, s.person_id, date_trunc('month', s.date::timestamp)::date AS month, CASE counts.measure
        WHEN 'hours' THEN round(extract(epoch FROM sum(s.ends_at - s.starts_at)) / 3600, 2)
        WHEN 'weighted' THEN sum(counts.weight)
        ELSE count(*) END AS value
    FROM scheduling_publishedshift s JOIN ({
    _counting(
        "tally.id AS n, tally.measure, assignment.id AS assignment_id, assignment.weight, tally.selection ->> 'holidays' AS holidays, "
        "ARRAY(SELECT kept.day::int FROM jsonb_array_elements_text(tally.selection -> 'weekdays') AS kept (day)) AS weekdays"
    )
}) counts ON counts.assignment_id = s.assignment_id
    WHERE s.organization_id = {{org}} AND s.audience = 'everyone' AND s.recorded_to IS NULL AND s.person_id IS NOT NULL
      AND s.date >= {{first}} AND s.date <= {{last}} AND s.starts_at >= {{start}} AND s.starts_at < {{end}}
      AND CASE counts.holidays WHEN 'only' THEN {_HOLIDAY} WHEN 'exclude' THEN NOT {_HOLIDAY} ELSE true END
      AND (cardinality(counts.weekdays) = 0 OR extract(isodow FROM s.date)::int - 1 = ANY (counts.weekdays)
           OR CASE counts.holidays WHEN 'include' THEN {_HOLIDAY} ELSE false END)
    GROUP BY counts.n, counts.measure, s.person_id, month
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
_ONE_PART = """SELECT {place} AS place, '{part}' AS part, kept.id::bigint
    FROM jsonb_array_elements_text(view.selection -> '{name}') AS kept (id)"""
_CHOSEN = " UNION ALL ".join(
    _ONE_PART.format(place=place, part=part, name=name) for place, (part, name) in enumerate(_PARTS.items())
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
