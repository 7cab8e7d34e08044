"""The columns of the backup as CSV: one line for each shift. The workbook's sheets are made in workbook.py."""

from __future__ import annotations

from exports.layouts import Column, Field, Layout

FIELDS = (
    Field("date", "Date of the shift", "date"),
    Field("department", "Department"),
    Field("department_code", "Code of the department"),
    Field("assignment", "Assignment"),
    Field("assignment_code", "Code of the assignment"),
    Field("assignment_type", "Type of the assignment"),
    Field("person", "Last, First; a placeholder's label; OPEN when nobody is scheduled"),
    Field("start", "Start", "instant"),
    Field("end", "End", "instant"),
    Field("zone", "Time zone of the department"),
    Field("call_order", "Call order", "integer"),
    Field("phone", "Cell, else office phone"),
    Field("pager", "Pager"),
    Field("cell", "Cell phone"),
    Field("office_phone", "Office phone"),
    Field("note", "Note of the shift"),
    Field("generated_at", "When the file was made", "instant"),
    Field("publication", "Number of the publication it shows", "integer"),
    Field("source_record_id", "Our identifier of the shift"),
)

DEFAULT = Layout(
    name="Schedule backup",
    file_name="schedule_backup_{date}_{time}_{sequence}.csv",
    columns=(
        Column("Date", "date"),
        Column("Department", "department"),
        Column("Assignment", "assignment"),
        Column("Person", "person"),
        Column("Start", "start", format="YYYY-MM-DD HH:mm"),
        Column("End", "end", format="YYYY-MM-DD HH:mm"),
        Column("Zone", "zone"),
        Column("CallOrder", "call_order"),
        Column("Phone", "phone"),
        Column("Pager", "pager"),
        Column("Note", "note"),
        Column("GeneratedAt", "generated_at", format="YYYY-MM-DD HH:mm"),
        Column("Publication", "publication"),
    ),
    zone="department",
    line_breaks="space",
    bom=True,  # people open it in a spreadsheet, which takes it for UTF-8 only so
)
