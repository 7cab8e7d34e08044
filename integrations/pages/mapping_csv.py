"""The mapping table as a CSV file, and such a file read back with what is wrong in it, line by line. Pure."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.contract import MappingField
from integrations.pages.mapping_table import RowKey, TableRow
from scheduling.types import AssignmentInfo, DepartmentInfo
from tenancy.lists import csv_cell

LIMIT_BYTES = 1_000_000
_MOST_LINES = 5_000
_MOST_ROWS_OF_ONE = 99
_DEPARTMENT, _CODE, _NAME, _ROW, _ID = "department", "code", "assignment", "row", "assignment id"
_OURS = {_DEPARTMENT: "Department", _CODE: "Code", _NAME: "Assignment", _ROW: "Row", _ID: "Assignment id"}


@dataclass(frozen=True)
class FileProblem:
    """What is wrong, where. Line 0 means the file as a whole."""

    line: int
    column: str
    text: str


@dataclass(frozen=True)
class MappingFile:
    """A file that was read: the cells given for each row (columns that the file lacks are not in them), and problems."""

    rows: Mapping[RowKey, Mapping[str, str]]
    lines: Mapping[RowKey, int]
    problems: tuple[FileProblem, ...]


def mapping_sheet(fields: Sequence[MappingField], rows: Iterable[TableRow]) -> Iterator[list[str]]:
    """The table as lines of a CSV file."""
    yield [*_OURS.values(), *(one.label for one in fields)]
    for row in rows:
        one = row.assignment
        cells = [cell.saved for cell in row.cells]
        yield [row.department, one.code, one.name, str(row.number), str(one.public_id), *cells]


def mapping_file_read(
    content: bytes,
    fields: Sequence[MappingField],
    assignments: Sequence[AssignmentInfo],
    departments: Mapping[int, DepartmentInfo],
) -> MappingFile:
    """Read a file. Problems name line and column; a file with any is not to be applied."""
    text, refused = _text(content)
    if refused:
        return _refused(refused)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    if not lines or not any(cell.strip() for cell in lines[0]):
        return _refused("The file is empty. Export the table first to see the columns it needs.")
    if len(lines) > _MOST_LINES:
        return _refused(f"The file has more than {_MOST_LINES:,} lines.")
    columns, problems = _columns(lines[0], fields)
    if problems:
        return MappingFile({}, {}, tuple(problems))
    return _rows(lines[1:], columns, assignments, departments)


def _rows(
    lines: Sequence[Sequence[str]],
    columns: Sequence[str],
    assignments: Sequence[AssignmentInfo],
    departments: Mapping[int, DepartmentInfo],
) -> MappingFile:
    find = _Finder(assignments, departments)
    rows: dict[RowKey, dict[str, str]] = {}
    where: dict[RowKey, int] = {}
    problems: list[FileProblem] = []
    seen: dict[uuid.UUID, int] = {}
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(columns):
            problems.append(FileProblem(number, "", f"The line has {len(line)} cells, the header {len(columns)}."))
            continue
        cells = {name: csv_cell(cell) for name, cell in zip(columns, line, strict=False)}
        own = {name: cells.pop(name, "").strip() for name in _OURS}
        try:
            one = find(own)
            seen[one.public_id] = seen.get(one.public_id, 0) + 1
            key = (one.public_id, _row_number(own[_ROW], seen[one.public_id]))
            if key in rows:
                raise _Wrong("Row", f"The same row of {one.name} stands in line {where[key]} already.")
        except _Wrong as wrong:
            problems.append(FileProblem(number, wrong.column, wrong.text))
            continue
        rows[key] = {name.removeprefix("="): text for name, text in cells.items()}
        where[key] = number
    return MappingFile(rows, where, tuple(problems))


class _Wrong(Exception):
    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column, self.text = column, text


class _Finder:
    """Finds the assignment a line names: by its id, else by department and code or name."""

    def __init__(self, assignments: Sequence[AssignmentInfo], departments: Mapping[int, DepartmentInfo]) -> None:
        self.by_id = {str(one.public_id): one for one in assignments}
        self.by_name: dict[str, list[tuple[AssignmentInfo, DepartmentInfo]]] = {}
        for one in assignments:
            for word in {one.code.casefold(), one.name.casefold()}:
                self.by_name.setdefault(word, []).append((one, departments[one.department_id]))

    def __call__(self, own: Mapping[str, str]) -> AssignmentInfo:
        if own[_ID]:
            found = self.by_id.get(own[_ID].lower())
            if found is None:
                raise _Wrong("Assignment id", f"There is no assignment with the id {own[_ID]!r}.")
            return found
        wanted = own[_CODE] or own[_NAME]
        if not wanted:
            raise _Wrong("Code", "The line names no assignment: fill in Assignment id, or Department and Code.")
        department = own[_DEPARTMENT].casefold()
        matches = [
            one
            for one, home in self.by_name.get(wanted.casefold(), [])
            if not department or department in (home.name.casefold(), home.code.casefold())
        ]
        if len(matches) == 1:
            return matches[0]
        within = f" in {own[_DEPARTMENT]}" if department else ""
        if matches:
            raise _Wrong(
                "Code", f"{len(matches)} assignments are called {wanted!r}{within}. Add the department or the id."
            )
        raise _Wrong("Code", f"There is no assignment called {wanted!r}{within}.")


def _row_number(text: str, nth: int) -> int:
    if not text:
        return nth
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= _MOST_ROWS_OF_ONE):
        raise _Wrong("Row", f"Row must be a number from 1 to {_MOST_ROWS_OF_ONE}, not {text!r}.")
    return int(text)


def _columns(header: Sequence[str], fields: Sequence[MappingField]) -> tuple[list[str], list[FileProblem]]:
    """Our name of each column. Fields are marked with "=" so that none can be mistaken for a column of ours."""
    known = {name: name for name in _OURS}
    for one in fields:
        known.setdefault(one.label.casefold(), f"={one.name}")
        known.setdefault(one.name.casefold(), f"={one.name}")
    columns: list[str] = []
    problems = []
    for cell in header:
        name = known.get(csv_cell(cell).strip().casefold())
        if name is None:
            wanted = ", ".join([*_OURS.values(), *(one.label for one in fields)])
            problems.append(
                FileProblem(1, cell.strip(), f"There is no column called {cell.strip()!r}. Columns are: {wanted}.")
            )
        elif name in columns:
            problems.append(FileProblem(1, cell.strip(), "The column stands in the file twice."))
        columns.append(name or "")
    if not problems and not {_ID, _CODE, _NAME} & set(columns):
        problems.append(FileProblem(1, "", "No column says which assignment a line is for: Assignment id, or Code."))
    return columns, problems


def _text(content: bytes) -> tuple[str, str]:
    if len(content) > LIMIT_BYTES:
        return "", "The file is larger than 1 MB. A mapping table is small: export it to see."
    if content[:2] == b"PK" or b"\x00" in content:
        return "", "This is not a CSV file. In Excel, save it as “CSV UTF-8 (comma delimited)”."
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return (
            "",
            f"Line {line} holds a character that is not UTF-8. In Excel, save it as “CSV UTF-8 (comma delimited)”.",
        )


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _refused(text: str) -> MappingFile:
    return MappingFile({}, {}, (FileProblem(0, "", text),))
