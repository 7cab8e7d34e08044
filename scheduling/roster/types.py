"""The values that roster reading hands around: cells, sheets, entries, issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

CellValue = str | bool | int | float | date | datetime | time | timedelta
DateOrder = Literal["month_first", "day_first"]
Severity = Literal["error", "warning"]
Shape = Literal["grid", "list", "unknown"]

NAME_LIMIT = 120
NOTE_LIMIT = 2000
CODE_LIMIT = 40


class RosterFileError(Exception):
    """The file as a whole cannot be read. ``str()`` is a complete sentence for the person importing it.

    ``row`` and ``column`` say where, when one place is to blame; ``advice`` says what to do about it.
    """

    def __init__(self, message: str, *, advice: str = "", row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """How much of a file we are willing to look at. Sizes are bytes; ratio is expanded to packed size."""

    file_bytes: int = 20 * 1024 * 1024
    rows: int = 20_000
    columns: int = 400
    cells: int = 500_000
    zip_members: int = 1_000
    zip_directory_bytes: int = 512 * 1024
    zip_member_bytes: int = 40 * 1024 * 1024
    zip_total_bytes: int = 100 * 1024 * 1024
    zip_ratio: int = 100


def column_letter(number: int) -> str:
    """The spreadsheet name of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell. ``row`` and ``column`` count from 1 as a spreadsheet shows them.

    ``text`` is what a reader would see, trimmed; ``value`` keeps Excel's own type where there is one.
    """

    row: int
    column: int
    text: str
    value: CellValue
    formula: bool = False

    @property
    def letter(self) -> str:
        return column_letter(self.column)

    @property
    def address(self) -> str:
        return f"{self.letter}{self.row}"


@dataclass(frozen=True, slots=True)
class MergedRange:
    """A block of merged cells, borders included, counted from 1."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def __str__(self) -> str:
        return f"{column_letter(self.first_column)}{self.first_row}:{column_letter(self.last_column)}{self.last_row}"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The filled cells of one table: row number → column number → cell. Empty cells and rows are absent.

    ``notices`` are sentences about how the file was read (encoding, separator, which worksheet).
    """

    name: str
    format: Literal["csv", "xlsx"]
    rows: Mapping[int, Mapping[int, Cell]]
    encoding: str = ""
    delimiter: str = ""
    sheet_names: tuple[str, ...] = ()
    merged: tuple[MergedRange, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """One shift as the file states it. ``row`` and ``column`` are the cell its code stands in.

    ``person_key`` is the identifier to match people by, empty for an open shift. ``start`` and ``end`` are
    wall times, both None when the code's defaults apply; ``end_day_offset`` counts days from ``date`` to the
    end. ``note`` is None when the file says nothing about notes, and empty when it says there is none.
    """

    row: int
    column: str
    person_key: str
    person_name: str
    date: date
    code: str
    start: time | None = None
    end: time | None = None
    end_day_offset: int | None = None
    note: str | None = None
    cell_text: str = ""

    @property
    def is_open(self) -> bool:
        return not self.person_key

    def with_times(self, start: time, end: time, end_day_offset: int) -> RosterEntry:
        return replace(self, start=start, end=end, end_day_offset=end_day_offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterIssue:
    """Something wrong (error: nothing may be applied) or doubtful (warning), and where it stands."""

    severity: Severity
    message: str
    advice: str = ""
    row: int | None = None
    column: str | None = None
    header: str = ""
    cell_text: str = ""

    @property
    def place(self) -> str:
        """Such as ``Row 3, column D (2026-03-03)``; empty for an issue of the whole file."""
        parts = [f"row {self.row}"] if self.row is not None else []
        if self.column is not None:
            parts.append(f"column {self.column}" + (f" ({self.header})" if self.header else ""))
        place = ", ".join(parts)
        return place[:1].upper() + place[1:]

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.place, f"{self.message} {self.advice}".strip())))


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterIgnored:
    """A row (or, with ``row`` None, a column) that was left out on purpose."""

    row: int | None
    column: str | None
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterColumn:
    """What one column (of a transposed grid: one row) was taken for; ``meaning`` is empty when unused."""

    position: str
    header: str
    meaning: str
    date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterCode:
    """A shift code met in the file, how often, where first, and the times it most often came with."""

    code: str
    count: int
    row: int
    column: str
    start: time | None = None
    end: time | None = None
    end_day_offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPerson:
    """A person met in the file. ``count`` is the number of shifts, which may be none."""

    key: str
    name: str
    row: int
    column: str
    count: int


@dataclass(frozen=True, kw_only=True)
class RosterParse:
    """Everything a roster file says. With any error among ``issues``, entries are for display only."""

    shape: Shape
    transposed: bool = False
    columns: tuple[RosterColumn, ...] = ()
    entries: tuple[RosterEntry, ...] = ()
    issues: tuple[RosterIssue, ...] = ()
    ignored: tuple[RosterIgnored, ...] = ()
    codes: tuple[RosterCode, ...] = ()
    people: tuple[RosterPerson, ...] = ()
    first_date: date | None = None
    last_date: date | None = None
    assumptions: tuple[str, ...] = ()
    ignored_codes: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[RosterIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def warnings(self) -> tuple[RosterIssue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "warning")
