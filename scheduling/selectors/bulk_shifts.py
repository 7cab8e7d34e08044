"""Bulk sources of what is published: shifts, whole or as what changed since a publication; publications; schedules."""

from __future__ import annotations

from scheduling.selectors.bulk_source import PERSON_NAME, UUID, BulkSource, joined

# Schedules of which something was published to everyone. A draft's name and dates are nobody's business yet.
_HEADERS = """(
    SELECT s.* FROM scheduling_schedule s WHERE s.organization_id = {org} AND EXISTS (
        SELECT FROM scheduling_publication p
        WHERE p.organization_id = {org} AND p.audience = 'everyone' AND p.schedule_id = s.id
    )
)"""


def _columns(op: str, publication: str) -> dict[str, tuple[str, str]]:
    return {
        "op": ("text", op),
        "shift_id": ("text", "shift.shift_id"),
        "schedule_id": ("text", "header.public_id"),
        "shift_date": ("date", "shift.date"),
        "start_local": ("wall", "shift.start_wall"),
        "end_local": ("wall", "shift.end_wall"),
        "zone": ("text", "shift.zone"),
        "start": ("instant", "shift.starts_at"),
        "end": ("instant", "shift.ends_at"),
        "custom_time": ("boolean", "shift.custom_time"),
        "note": ("text", "shift.note"),
        "call_order": ("integer", "shift.call_order"),
        "publication": ("integer", publication),
        "department_id": ("text", "department.public_id"),
        "department_code": ("text", "department.code"),
        "department_name": ("text", "department.name"),
        "assignment_id": ("text", "assignment.public_id"),
        "assignment_code": ("text", "assignment.code"),
        "assignment_name": ("text", "assignment.name"),
        "person_id": ("text", "person.public_id"),
        "unique_id": ("text", "person.unique_id"),
        "person_name": ("text", PERSON_NAME.format("person")),
        "is_placeholder": ("boolean", "person.is_placeholder"),
    }


_FILLED = frozenset(
    {"op", "shift_id", "schedule_id", "zone", "department_id", "department_code", "assignment_id", "assignment_code",
     "person_id"}
)  # fmt: skip
_TYPES = dict.fromkeys(("shift_id", "schedule_id", "department_id", "assignment_id", "person_id"), UUID)
_HEADER = f" LEFT JOIN {_HEADERS} header ON header.id = shift.schedule_id"
_PERSON = joined("scheduling_person", "person", "shift.person_id", optional=True)

SCHEDULES = BulkSource(
    name="schedules",
    columns=_columns("'I'::text", "shift.recorded_from"),
    tables="scheduling_publishedshift shift"
    + joined("scheduling_department", "department", "shift.department_id")
    + joined("scheduling_assignment", "assignment", "shift.assignment_id")
    + _PERSON
    + _HEADER,
    where="shift.organization_id = {org} AND shift.audience = 'everyone' AND shift.recorded_to IS NULL",
    order="shift.id",  # of an append-only log: it never changes, and needs no sort
    filled=_FILLED,
    limits={"starts_from": "shift.starts_at >= {starts_from}", "starts_before": "shift.starts_at < {starts_before}"},
    types=_TYPES,
)

_COPIED = (
    "schedule_id, department_id, assignment_id, person_id, date, start_wall, end_wall, zone, starts_at, ends_at, custom_time, note, "
    "call_order"
)
# A reader knows the shifts that were published by {since} and started in [known_from, known_before). I and U are what is published
# now and starts in [starts_from, starts_before): what was opened since, and what the window's end has reached. D is what the reader
# knows and is neither published in the window nor as it was; what the window's beginning has passed stays untold.
_CHANGED = f"""(
    SELECT CASE WHEN EXISTS (
            SELECT FROM scheduling_publishedshift was
            WHERE was.organization_id = {{org}} AND was.audience = 'everyone' AND was.shift_id = now.shift_id
              AND was.recorded_from <= {{since}} AND (was.recorded_to IS NULL OR was.recorded_to > {{since}})
              AND was.starts_at >= {{known_from}} AND was.starts_at < {{known_before}}
        ) THEN 'U' ELSE 'I' END AS op,
        now.id, now.shift_id, now.recorded_from AS publication, {_COPIED}
    FROM scheduling_publishedshift now
    WHERE now.organization_id = {{org}} AND now.audience = 'everyone' AND now.recorded_to IS NULL
      AND now.starts_at >= {{starts_from}} AND now.starts_at < {{starts_before}}
      AND (now.recorded_from > {{since}} OR now.starts_at >= {{known_before}})
    UNION ALL
    SELECT 'D', was.id, was.shift_id, was.recorded_to, {", ".join("NULL" for _ in _COPIED.split(","))}
    FROM scheduling_publishedshift was
    WHERE was.organization_id = {{org}} AND was.audience = 'everyone'
      AND was.recorded_from <= {{since}} AND was.recorded_to > {{since}}
      AND was.starts_at >= {{known_from}} AND was.starts_at < {{known_before}}
      AND NOT EXISTS (
        SELECT FROM scheduling_publishedshift now
        WHERE now.organization_id = {{org}} AND now.audience = 'everyone' AND now.shift_id = was.shift_id
          AND now.recorded_to IS NULL AND now.starts_at >= {{starts_from}} AND now.starts_at < {{starts_before}}
      )
) shift"""  # noqa: S608

SCHEDULES_SINCE = BulkSource(
    name="schedules_since",
    columns=_columns("shift.op", "shift.publication"),
    tables=_CHANGED
    + joined("scheduling_department", "department", "shift.department_id", optional=True)
    + joined("scheduling_assignment", "assignment", "shift.assignment_id", optional=True)
    + _PERSON
    + _HEADER,
    where="true",
    order="shift.id",
    filled=_FILLED,
    bounds={
        "since": "0",
        "starts_from": "'-infinity'::timestamptz",
        "starts_before": "'infinity'::timestamptz",
        "known_from": "'-infinity'::timestamptz",
        "known_before": "'infinity'::timestamptz",
    },
    types=_TYPES,
    hashed=False,
)

PUBLICATIONS = BulkSource(
    name="publications",
    columns={
        "publication": ("integer", "made.number"),
        "kind": ("text", "made.kind"),
        "at": ("instant", "made.at"),
        "schedule_id": ("text", "header.public_id"),
        "department_id": ("text", "department.public_id"),
        "from_date": ("date", "made.from_date"),
        "to_date": ("date", "made.to_date"),
        "actor": ("text", "made.actor"),
        "added": ("integer", "made.added"),
        "changed": ("integer", "made.changed"),
        "removed": ("integer", "made.removed"),
    },
    tables="scheduling_publication made"
    + joined("scheduling_department", "department", "made.department_id")
    + joined("scheduling_schedule", "header", "made.schedule_id", optional=True),
    where="made.organization_id = {org} AND made.audience = 'everyone'",
    order="made.number",
    filled=frozenset({"kind", "schedule_id", "department_id"}),
    types=dict.fromkeys(("schedule_id", "department_id"), UUID),
)

PUBLISHED_SCHEDULES = BulkSource(
    name="published_schedules",
    columns={
        "schedule_id": ("text", "header.public_id"),
        "department_id": ("text", "department.public_id"),
        "schedule_name": ("text", "header.name"),
        "starts_on": ("date", "header.starts_on"),
        "ends_on": ("date", "header.ends_on"),
        "is_recalled": ("boolean", "header.state = 'recalled'"),
    },
    tables=f"{_HEADERS} header" + joined("scheduling_department", "department", "header.department_id"),
    where="true",
    order="header.id",
    filled=frozenset({"schedule_id", "department_id"}),
    types=dict.fromkeys(("schedule_id", "department_id"), UUID),
)

SOURCES = (SCHEDULES, SCHEDULES_SINCE, PUBLICATIONS, PUBLISHED_SCHEDULES)
