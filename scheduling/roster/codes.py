"""Files that explain shift codes (code, name, start, end, type), from which assignments can be made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from scheduling.roster.text import compact, control_character, one_line, quoted, starts_like_formula
from scheduling.roster.times import end_offset, range_in, time_of_value
from scheduling.roster.types import (
    CODE_LIMIT,
    NAME_LIMIT,
    Cell,
    RosterEntry,
    RosterFileError,
    RosterIssue,
    Sheet,
    column_letter,
)

_ALIASES: dict[str, tuple[str, ...]] = {
    "code": ("code", "shiftcode", "shift", "assignmentcode", "abbreviation", "short"),
    "name": ("name", "shiftname", "assignment", "assignmentname", "description", "meaning", "title"),
    "start": ("start", "starttime", "from", "begin", "begins"),
    "end": ("end", "endtime", "to", "until", "finish", "stop"),
    "times": ("times", "hours", "time", "shifttimes"),
    "type": ("type", "assignmenttype", "kind", "category"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCode:
    """One explained code. Where the file is silent, times are None and ``type_name`` is empty."""

    row: int
    code: str
    name: str
    start: time | None
    end: time | None
    end_day_offset: int | None
    type_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCodes:
    codes: tuple[ShiftCode, ...]
    issues: tuple[RosterIssue, ...]


def parse_shift_codes(sheet: Sheet) -> ShiftCodes:
    """Raises RosterFileError when the header has no code column; problems of single lines are issues."""
    header, columns = _header(sheet)
    codes: dict[str, ShiftCode] = {}
    issues: list[RosterIssue] = []
    for number, row in sheet.rows.items():
        if number <= header:
            continue
        cells = {meaning: row[column] for meaning, column in columns.items() if column in row}
        if not cells:
            continue
        code, problem = _code_of(number, cells)
        if code is not None and code.code.casefold() in codes:
            before = codes[code.code.casefold()]
            problem = (
                f"The code {quoted(code.code)} stands in row {before.row} and in row {number}.",
                cells["code"],
            )
        if problem is not None:
            column = problem[1].letter if problem[1] is not None else column_letter(columns["code"])
            text = problem[1].text[:200] if problem[1] is not None else ""
            issues.append(RosterIssue(severity="error", row=number, column=column, cell_text=text, message=problem[0]))
        elif code is not None:
            codes[code.code.casefold()] = code
    return ShiftCodes(codes=tuple(codes.values()), issues=tuple(issues))


def with_default_times(entries: Iterable[RosterEntry], codes: Mapping[str, ShiftCode]) -> list[RosterEntry]:
    """The entries with their code's times where they state none. Keys of ``codes`` are codes as written."""
    filled: list[RosterEntry] = []
    for entry in entries:
        default = codes.get(entry.code)
        if entry.start is None and default is not None and default.start is not None and default.end is not None:
            entry = entry.with_times(default.start, default.end, end_offset(default.start, default.end))
        filled.append(entry)
    return filled


def _header(sheet: Sheet) -> tuple[int, dict[str, int]]:
    for number in list(sheet.rows)[:20]:
        row = sheet.rows[number]
        keys = {compact(cell.text): column for column, cell in sorted(row.items(), reverse=True)}
        columns: dict[str, int] = {}
        for meaning, aliases in _ALIASES.items():
            column = next((keys[alias] for alias in aliases if alias in keys), None)
            if column is not None and column not in columns.values():
                columns[meaning] = column
        if "code" in columns and len(columns) >= 2:
            return number, columns
    first = next(iter(sheet.rows), 1)
    found = ", ".join(quoted(cell.text, 40) for cell in list(sheet.rows.get(first, {}).values())[:12])
    raise RosterFileError(
        f"No header for shift codes was found: row {first} has {found or 'nothing'}.",
        advice="The file needs the columns Code and Name, and may have Start, End and Type.",
        row=first,
    )


def _code_of(number: int, cells: Mapping[str, Cell]) -> tuple[ShiftCode | None, tuple[str, Cell | None] | None]:
    for meaning, limit in (("code", CODE_LIMIT), ("name", NAME_LIMIT), ("type", NAME_LIMIT)):
        cell = cells.get(meaning)
        if cell is None:
            continue
        if cell.formula or starts_like_formula(cell.text):
            return None, (f"{quoted(cell.text)} is or begins like a formula.", cell)
        if control_character(cell.text) or len(cell.text) > limit:
            return None, (
                f"{quoted(cell.text)} is longer than {limit} characters or holds control characters.",
                cell,
            )
    code_cell = cells.get("code")
    if code_cell is None:
        return None, ("The line has no code.", None)
    start, end, problem = _times_of(cells)
    if problem is not None:
        return None, problem
    code = one_line(code_cell.text)
    name = cells["name"].text if "name" in cells else code
    return (
        ShiftCode(
            row=number,
            code=code,
            name=one_line(name),
            start=start,
            end=end,
            end_day_offset=end_offset(start, end) if start is not None and end is not None else None,
            type_name=one_line(cells["type"].text) if "type" in cells else "",
        ),
        None,
    )


def _times_of(cells: Mapping[str, Cell]) -> tuple[time | None, time | None, tuple[str, Cell] | None]:
    start_cell, end_cell, both = cells.get("start"), cells.get("end"), cells.get("times")
    if start_cell is None and end_cell is None:
        found = range_in(both.text) if both is not None else None
        return (found.start, found.end, None) if found else (None, None, None)
    if start_cell is None or end_cell is None:
        only = start_cell or end_cell
        assert only is not None
        return (
            None,
            None,
            (f"{quoted(only.text)} stands alone: a code needs both a start and an end, or neither.", only),
        )
    start = time_of_value(start_cell.value, start_cell.text)
    end = time_of_value(end_cell.value, end_cell.text, as_end=True)
    if start is None:
        return None, None, (f"{quoted(start_cell.text)} is not a time of day.", start_cell)
    if end is None:
        return None, None, (f"{quoted(end_cell.text)} is not a time of day.", end_cell)
    return start, end, None
