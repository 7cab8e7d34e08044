"""Every read of the domain that others may use. Call them inside tenant_transaction; they return frozen values."""

from scheduling.selectors.difference import publish_preview
from scheduling.selectors.kinds import assignment_kinds, assignments_made, people_lines, people_named, personnel_types
from scheduling.selectors.pay import pay_calendars, schedule_spans
from scheduling.selectors.published import (
    on_call,
    outbox_waiting,
    publication_number,
    publications,
    published_as_known_at,
    published_as_of,
    published_rows,
    revisions,
    shifts_touched,
)
from scheduling.selectors.records import person_records, personnel_types_by_id
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id

__all__ = [
    "assignment_kinds",
    "assignments_by_id",
    "assignments_made",
    "departments_by_id",
    "on_call",
    "outbox_waiting",
    "pay_calendars",
    "people_by_id",
    "people_lines",
    "people_named",
    "person_records",
    "personnel_types",
    "personnel_types_by_id",
    "publication_number",
    "publications",
    "publish_preview",
    "published_as_known_at",
    "published_as_of",
    "published_rows",
    "revisions",
    "schedule_spans",
    "shifts_touched",
]
