"""The default layout. The columns of the universal schedule import are not public, so these are ours; all of it can be changed.

Every field here is part of what is compared: one that changes makes a row of the next file. So there are no names of people.
"""

from __future__ import annotations

from exports.layouts import Column, Field, Layout

FIELDS = (
    Field("record_type", "SHIFT for a segment of a shift, PCE for a pay-code edit"),
    Field("person_number", "The chosen identifier of the person; empty for a placeholder"),
    Field("shift_date", "Date of the shift", "date", role="day"),
    Field("segment_sequence", "Number of the segment in its shift; empty for a pay-code edit", "integer"),
    Field("start", "Start", "instant", role="start"),
    Field("end", "End", "instant", role="end"),
    Field("zone", "Time zone of the department"),
    Field("segment_type", "REGULAR, TRANSFER or BREAK; empty for a pay-code edit"),
    Field("work_rule", "Work Rule Transfer"),
    Field("pay_code", "Pay Code Edit"),
    Field("pay_code_amount", "Time that passes from start to end, as hh:mm; of pay-code edits only", role="hours"),
    Field("hours", "Hours that pass from start to end, with two decimals", role="hours"),
    Field("business_structure", "Business Structure"),
    Field("cost_center", "Cost Center Transfer"),
    Field("labor_categories", "Labor Categories, with the connection's delimiter between them"),
    Field("open_shift", "Y: make an open shift of what this one overwrites; else N"),
    Field("comment", "Comment, one of the valid ones"),
    Field("note", "Assignment information and note, as far as switched on"),
    Field("action", "ADD, REPLACE or DELETE"),
    Field("shift_id", "Our identifier of the shift"),
    Field(
        "source_record_id",
        "Our identifier of the record: the shift's, and the number of its mapping row",
        role="record",
    ),
)

DEFAULT = Layout(
    name="Schedule import",
    file_name="wfm_schedule_{date}_{time}_{sequence}.csv",
    columns=(
        Column("RecordType", "record_type"),
        Column("PersonNumber", "person_number"),
        Column("ShiftDate", "shift_date", format="date"),
        Column("SegmentSequence", "segment_sequence"),
        Column("SegmentStart", "start", format="datetime"),
        Column("SegmentEnd", "end", format="datetime"),
        Column("SegmentType", "segment_type"),
        Column("WorkRuleTransfer", "work_rule"),
        Column("PayCode", "pay_code"),
        Column("PayCodeAmount", "pay_code_amount"),
        Column("BusinessStructure", "business_structure"),
        Column("CostCenterTransfer", "cost_center"),
        Column("LaborCategories", "labor_categories"),
        Column("OpenShift", "open_shift"),
        Column("Comment", "comment"),
        Column("Note", "note"),
        Column("Action", "action"),
        Column("SourceRecordID", "source_record_id"),
    ),
    date_pattern="YYYY-MM-DD",
    time_pattern="HH:mm",
    datetime_pattern="YYYY-MM-DD[T]HH:mm:ss",
    zone="department",
    line_breaks="space",
)
