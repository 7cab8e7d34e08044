"""The default layouts. Epic's own specification is not public, so they are ours, and an administrator may change all of it."""

from __future__ import annotations

from dataclasses import replace

from exports.layouts import Column, Field, Layout
from exports.shaping import (
    ASSIGNMENT_FIELDS,
    CONTACT_FIELDS,
    DEPARTMENT_FIELDS,
    HOURS_FIELD,
    NAME_FIELDS,
    SOURCE_FIELD,
    TIME_FIELDS,
)

FIELDS = (
    Field("import_group", "Import Group: the facility"),
    Field("resource_id", "The chosen identifier of the person (SER .1); empty for a placeholder"),
    Field("resource_name", "Last, First; a placeholder's label"),
    Field("resource_type", "Resource Type: Epic's id of it"),
    Field("role", "Role"),
    Field("status", "U for unavailable (an assignment of an Off type), else A for available"),
    Field("timezone", "The row's time zone: the mapping's, else the department's"),
    Field("mapping_zone", "The mapping's time zone"),
    Field("notes", "The assignment's information and the shift's note, as far as switched on"),
    Field("assignment_information", "Information of the assignment"),
    Field("note", "Note of the shift"),
    *NAME_FIELDS,
    *CONTACT_FIELDS,
    *TIME_FIELDS,
    HOURS_FIELD,
    *DEPARTMENT_FIELDS,
    *ASSIGNMENT_FIELDS,
    SOURCE_FIELD,
)

DEFAULT = Layout(
    name="OpTime availability",
    file_name="optime_{date}_{time}_{sequence}.csv",
    columns=(
        Column("ImportGroup", "import_group"),
        Column("ResourceID", "resource_id"),
        Column("ResourceName", "resource_name"),
        Column("ResourceType", "resource_type"),
        Column("Role", "role"),
        Column("AvailabilityDate", "start", format="date"),
        Column("StartTime", "start", format="time"),
        Column("EndDate", "end", format="date"),
        Column("EndTime", "end", format="time"),
        Column("Timezone", "timezone"),
        Column("Status", "status"),
        Column("Assignment", "assignment"),
        Column("Notes", "notes"),
    ),
    date_pattern="YYYY-MM-DD",
    time_pattern="HH:mm",
    zone="mapping",
    line_breaks="space",
)

BY_DAY = replace(DEFAULT, name="OpTime availability, one row per day", overnight="split")

LAYOUTS = (DEFAULT, BY_DAY)
