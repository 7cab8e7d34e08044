"""Holidays from a file: Date, Name and perhaps Department (code or name), one line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.roster.text import compact, one_line, quoted
from scheduling.roster.types import Cell, Sheet
from scheduling.types import DepartmentInfo
from tenancy.lists import csv_cell

LINES_AT_MOST = 2000
_HEADERS = {
    "date": ("date", "day", "holidaydate"),
    "name": ("name", "holiday", "holidayname", "title"),
    "department": ("department", "departmentcode", "dept"),
}
_EVERYWHERE = frozenset({"", "everywhere", "all"})
_FORMATS = ("%Y-%m-%d", "%m/%d/%Y")


@dataclass(frozen=True, slots=True)
class HolidayLine:
    """One line that can be kept; `department_id` None is the whole organisation."""

    row: int
    date: date
    name: str
    department_id: int | None


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong, and in which line (0: the whole file)."""

    row: int
    text: str


def holiday_lines(
    sheet: Sheet, departments: Sequence[DepartmentInfo]
) -> tuple[tuple[HolidayLine, ...], tuple[LineProblem, ...]]:
    """Every line of the file, or what has to be corrected first."""
    header, columns = _header(sheet)
    if not {"date", "name"} <= set(columns):
        return (), (
            LineProblem(header, "The first line must name the columns Date and Name, and may have Department."),
        )
    rows = [(number, row) for number, row in sheet.rows.items() if number > header]
    if len(rows) > LINES_AT_MOST:
        return (), (LineProblem(0, f"The file has {len(rows):,} lines; at most {LINES_AT_MOST:,} are read at once."),)
    lines: list[HolidayLine] = []
    problems: list[LineProblem] = []
    seen: dict[tuple[date, int | None], int] = {}
    for number, row in rows:
        try:
            line = _line(number, {meaning: row.get(column) for meaning, column in columns.items()}, departments)
        except ValueError as wrong:
            problems.append(LineProblem(number, str(wrong)))
            continue
        first = seen.setdefault((line.date, line.department_id), number)
        if first != number:
            problems.append(LineProblem(number, f"{line.date} stands in line {first} already: keep one of the two."))
        lines.append(line)
    return tuple(lines), tuple(problems)


def _header(sheet: Sheet) -> tuple[int, dict[str, int]]:
    number = next(iter(sheet.rows), 1)
    found: dict[str, int] = {}
    for column, cell in sheet.rows.get(number, {}).items():
        for meaning, words in _HEADERS.items():
            if compact(cell.text) in words:
                found.setdefault(meaning, column)
    return number, found


def _line(number: int, cells: dict[str, Cell | None], departments: Sequence[DepartmentInfo]) -> HolidayLine:
    if any(cell is not None and cell.formula for cell in cells.values()):
        raise ValueError("The line holds a formula: paste its value.")
    texts = {meaning: csv_cell(one_line(cell.text)) if cell else "" for meaning, cell in cells.items()}
    name = texts["name"]
    if not name or len(name) > 80:
        raise ValueError(
            "The line has no name." if not name else f"A name has at most 80 characters; this has {len(name)}."
        )
    return HolidayLine(number, _date(cells["date"]), name, _department(texts.get("department", ""), departments))


def _date(cell: Cell | None) -> date:
    if cell is None:
        raise ValueError("The line has no date.")
    if isinstance(cell.value, datetime):
        return cell.value.date()
    if isinstance(cell.value, date):
        return cell.value
    for form in _FORMATS:
        try:
            day = datetime.strptime(cell.text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        if 1990 <= day.year <= 2200:
            return day
    raise ValueError(f"{quoted(cell.text)} is not a date. Write it like 2026-12-25 or 12/25/2026.")


def _department(text: str, departments: Sequence[DepartmentInfo]) -> int | None:
    if text.casefold() in _EVERYWHERE:
        return None
    for one in departments:
        if text.casefold() in (one.code.casefold(), one.name.casefold()):
            return one.id
    raise ValueError(f"There is no department {quoted(text)}: use its code, or leave the column empty.")
