"""The default layouts. New Innovations' own specification is not public, so they are ours, and an administrator may change all of it.

The fields are few on purpose: each one that changes makes a row of the next file, for every record that ever had it.
"""

from __future__ import annotations

from dataclasses import replace

from exports.layouts import Column, Field, Layout
from exports.shaping import HOURS_FIELD, NAME_FIELDS, SOURCE_FIELD, TIME_FIELDS

FIELDS = (
    Field("unique_id", "The chosen identifier of the person; empty for a placeholder"),
    *NAME_FIELDS,
    Field("duty_type", "NI Duty Hour Name"),
    Field("assignment_name", "NI Assignment Name"),
    Field("location", "Location"),
    Field("notes", "The mapping's Notes, and the shift's note if switched on"),
    *TIME_FIELDS,
    HOURS_FIELD,
    Field("action", "What became of the record: by default I, U or D"),
    Field("department_code", "Code of the department"),
    Field("assignment_code", "Code of the assignment"),
    SOURCE_FIELD,
)

DEFAULT = Layout(
    name="Duty hours",
    file_name="duty_hours_{date}_{time}_{sequence}.csv",
    columns=(
        Column("UniqueID", "unique_id"),
        Column("LastName", "last_name"),
        Column("FirstName", "first_name"),
        Column("DutyType", "duty_type"),
        Column("AssignmentName", "assignment_name"),
        Column("Location", "location"),
        Column("StartDate", "start", format="date"),
        Column("StartTime", "start", format="time"),
        Column("EndDate", "end", format="date"),
        Column("EndTime", "end", format="time"),
        Column("DurationHours", "hours"),
        Column("Notes", "notes"),
        Column("Action", "action"),
        Column("SourceRecordID", "source_record_id"),
    ),
    date_pattern="MM/DD/YYYY",
    time_pattern="HH:mm",
    zone="department",
    line_breaks="space",
)

BY_DAY = replace(DEFAULT, name="Duty hours, one row per day", overnight="split")

LAYOUTS = (DEFAULT, BY_DAY)
