"""A schedule as the list that the roster import reads: what goes out comes in again and changes nothing. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable

import xlsxwriter

from scheduling.types import PersonInfo, PublishedRow, ShiftInfo
from tenancy.lists import safe_cell

HEAD = ("Date", "Shift", "Start", "End", "End date", "Staff ID", "Name", "Note", "Call order", "Zone")
_WIDTHS = (11, 14, 7, 7, 11, 16, 28, 40, 10, 20)


def roster_lines(shifts: Iterable[ShiftInfo | PublishedRow]) -> list[list[str]]:
    """One line for each shift, in order. Private notes are not in it: they leave by no door."""
    return [
        [
            one.date.isoformat(),
            one.assignment.code,
            f"{one.start_wall:%H:%M}",
            f"{one.end_wall:%H:%M}",
            one.end_wall.date().isoformat(),
            staff_id(one.person) if one.person else "",
            one.person.name if one.person else "OPEN",
            one.note,
            str(one.call_order or ""),
            one.zone,
        ]
        for one in shifts
    ]


def staff_id(person: PersonInfo) -> str:
    """What the import finds somebody by: the unique id, else the employee id, else the name."""
    return person.unique_id or person.employee_id or person.name


def roster_workbook(lines: Iterable[list[str]], *, title: str) -> bytes:
    """The same lines as an Excel workbook. Every cell is text: a leading zero stays, and nothing is run."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Roster")
        book.set_properties({"title": title})
        bold = book.add_format({"bold": True})
        text = book.add_format({"num_format": "@"})
        for column, (name, width) in enumerate(zip(HEAD, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, bold)
        for row, line in enumerate(lines, start=1):
            for column, cell in enumerate(line):
                if cell:
                    sheet.write_string(row, column, safe_cell(cell), text)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
