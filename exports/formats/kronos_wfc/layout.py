"""The default layouts. No layout of a Workforce Central load is public, so these are ours; an administrator may change all of it."""

from __future__ import annotations

from dataclasses import replace

from exports.layouts import Column, Field, Layout
from exports.shaping import (
    ASSIGNMENT_FIELDS,
    DEPARTMENT_FIELDS,
    HOURS_FIELD,
    NAME_FIELDS,
    SOURCE_FIELD,
    STAFF_FIELDS,
    TIME_FIELDS,
)

FIELDS = (
    Field("person_number", "The chosen identifier of the person; empty for a placeholder"),
    Field("employee_name", "Last, First; a placeholder's label"),
    *NAME_FIELDS,
    *STAFF_FIELDS,
    *TIME_FIELDS,
    HOURS_FIELD,
    Field("pay_code", "Pay Code of the cell of the matrix"),
    Field("home_coid", "Home COID of the person"),
    Field("away_coid", "Away COID of the person"),
    Field("work_coid", "COID of the department: the one that is paid at"),
    Field("coid_flag", "H: paid at home; A: paid away"),
    Field("department_id", "Kronos Department ID"),
    *DEPARTMENT_FIELDS,
    *ASSIGNMENT_FIELDS,
    Field("comment", "Assignment information and note, as far as switched on"),
    Field("assignment_information", "Information of the assignment, if switched on"),
    Field("note", "Note of the shift, if switched on"),
    Field("period_start", "First day of the pay period", "date"),
    Field("period_end", "Last day of the pay period", "date"),
    SOURCE_FIELD,
)

DEFAULT = Layout(
    name="Payroll",
    file_name="kronos_payroll_{date}_{time}_{sequence}.csv",
    columns=(
        Column("PersonNumber", "person_number"),
        Column("EmployeeName", "employee_name"),
        Column("ApplyDate", "shift_date", format="date"),
        Column("StartDate", "start", format="date"),
        Column("StartTime", "start", format="time"),
        Column("EndDate", "end", format="date"),
        Column("EndTime", "end", format="time"),
        Column("Hours", "hours"),
        Column("PayCode", "pay_code"),
        Column("HomeCOID", "home_coid"),
        Column("WorkCOID", "work_coid"),
        Column("COIDFlag", "coid_flag"),
        Column("DepartmentID", "department_id"),
        Column("Assignment", "assignment"),
        Column("Comment", "comment"),
    ),
    date_pattern="MM/DD/YYYY",
    time_pattern="HH:mm",
    zone="department",
    line_breaks="space",
)

PIPES = replace(DEFAULT, name="Payroll, pipes", file_name="kronos_payroll_{date}_{time}_{sequence}.txt", delimiter="|")

LAYOUTS = (DEFAULT, PIPES)
