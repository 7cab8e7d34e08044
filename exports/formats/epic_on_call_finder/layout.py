"""The default layout. Epic's own specification is not public, so this is ours, and an administrator may change all of it."""

from __future__ import annotations

from dataclasses import replace

from exports.layouts import Column, Field, Layout
from exports.shaping import (
    ASSIGNMENT_FIELDS,
    CONTACT_FIELDS,
    DEPARTMENT_FIELDS,
    NAME_FIELDS,
    SOURCE_FIELD,
    TIME_FIELDS,
)

FIELDS = (
    Field("team_id", "Epic Team ID"),
    Field("team_name", "Team Name"),
    Field("role", "Role"),
    Field("team_comment", "Team Comment"),
    Field("call_order", "Call Order: the mapping's, else the shift's", "integer"),
    Field("provider_id", "The chosen identifier of the person; empty for a placeholder"),
    Field("provider_name", "Last, First; a placeholder's label"),
    *NAME_FIELDS,
    *CONTACT_FIELDS,
    *TIME_FIELDS,
    Field("notes", "Note Prefix, assignment information and note, as far as switched on"),
    Field("notes_cut", "Were the notes cut", "boolean"),
    Field("note_prefix", "Note Prefix"),
    Field("assignment_information", "Information of the assignment"),
    Field("note", "Note of the shift"),
    *DEPARTMENT_FIELDS,
    *ASSIGNMENT_FIELDS,
    SOURCE_FIELD,
)

DEFAULT = Layout(
    name="On Call Finder",
    file_name="oncall_{date}_{time}_{sequence}.csv",
    columns=(
        Column("TeamID", "team_id"),
        Column("TeamName", "team_name"),
        Column("ProviderID", "provider_id"),
        Column("ProviderName", "provider_name"),
        Column("Role", "role"),
        Column("CallOrder", "call_order"),
        Column("StartDate", "start", format="date"),
        Column("StartTime", "start", format="time"),
        Column("EndDate", "end", format="date"),
        Column("EndTime", "end", format="time"),
        Column("Notes", "notes"),
        Column("TeamComment", "team_comment"),
        Column("ContactNumber", "contact_number"),
    ),
    date_pattern="MM/DD/YYYY",
    time_pattern="HHmm",
    zone="department",
    line_breaks="space",
)

WITH_SOURCE = replace(
    DEFAULT,
    name="On Call Finder with SourceRecordID",
    columns=(*DEFAULT.columns, Column("SourceRecordID", "source_record_id")),
)

LAYOUTS = (DEFAULT, WITH_SOURCE)
