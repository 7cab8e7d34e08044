"""The mapping table as rows of cells: every assignment of every department, mapped or not. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.contract import MappingField
from integrations.types import MappingRowInfo
from scheduling.types import AssignmentInfo, DepartmentInfo

SHOW = (("all", "All"), ("mapped", "Mapped"), ("invalid", "Invalid"), ("unmapped", "Not mapped"))
RowKey = tuple[uuid.UUID, int]


@dataclass(frozen=True)
class Cell:
    """One input: its name in the form, what stands in it, and what is wrong with that."""

    name: str
    field: MappingField
    value: str
    saved: str
    error: str

    @property
    def checked(self) -> bool:
        """For yes-or-no fields."""
        return self.value == "yes"

    @property
    def edited(self) -> bool:
        """True if it differs from what is saved."""
        return self.value != self.saved


@dataclass(frozen=True)
class TableRow:
    """One row: an assignment may have several. `first` marks the first of its assignment."""

    key: str
    assignment: AssignmentInfo
    department: str
    number: int
    first: bool
    mapped: bool
    cells: tuple[Cell, ...]

    @property
    def errors(self) -> list[str]:
        """What is wrong in the row, one sentence for each cell."""
        return [cell.error for cell in self.cells if cell.error]


@dataclass(frozen=True)
class Coverage:
    """How much is mapped, counted in assignments; `invalid` counts rows."""

    total: int
    mapped: int
    invalid: int

    @property
    def unmapped(self) -> int:
        """Assignments without a row."""
        return self.total - self.mapped

    @property
    def valid_width(self) -> int:
        """Of the meter's bar: what is mapped and in order."""
        return max(0, self.mapped - self.invalid)

    @property
    def bad_width(self) -> int:
        """Of the meter's bar: what is mapped and wrong."""
        return min(self.mapped, self.invalid)

    def count(self, show: str) -> int:
        """The figure of a filter."""
        return {"all": self.total, "mapped": self.mapped, "invalid": self.invalid, "unmapped": self.unmapped}[show]


def shown_assignments(
    assignments: Iterable[AssignmentInfo],
    departments: Mapping[int, DepartmentInfo],
    saved: Iterable[MappingRowInfo],
    today: date,
) -> list[AssignmentInfo]:
    """Those that can still be scheduled, and ended ones that are still mapped; by department, then order."""
    mapped = {row.assignment_id for row in saved}
    kept = [one for one in assignments if one.id in mapped or one.ended_on is None or one.ended_on >= today]

    def place(one: AssignmentInfo) -> tuple[int, str, int, str]:
        department = departments[one.department_id]
        return department.order, department.name, one.order, one.code

    return sorted(kept, key=place)


def table_rows(
    fields: Sequence[MappingField],
    assignments: Sequence[AssignmentInfo],
    departments: Mapping[int, DepartmentInfo],
    saved: Iterable[MappingRowInfo],
    *,
    posted: Mapping[RowKey, Mapping[str, str]] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[TableRow]:
    """The whole table. What was posted stands over what is saved; errors are keyed as mapping_save keys them."""
    there: dict[int, dict[int, Mapping[str, Any]]] = {}
    for row in saved:
        there.setdefault(row.assignment_id, {})[row.number] = row.values
    posted, errors = posted or {}, errors or {}
    added: dict[uuid.UUID, set[int]] = {}
    for public_id, number in posted:
        added.setdefault(public_id, set()).add(number)
    rows = []
    for one in assignments:
        own = there.get(one.id, {})
        numbers = sorted({*own, *added.get(one.public_id, set())}) or [1]
        for number in numbers:
            values = own.get(number, {})
            key = f"{one.public_id}/{number}"
            sent = posted.get((one.public_id, number))
            cells = tuple(_cell(field, key, values, sent, errors) for field in fields)
            rows.append(
                TableRow(
                    key, one, departments[one.department_id].name, number, number == numbers[0], bool(values), cells
                )
            )
    return rows


def coverage_of(fields: Sequence[MappingField], total: int, saved: Iterable[MappingRowInfo]) -> Coverage:
    """The figures above the table."""
    saved = list(saved)
    invalid = sum(1 for row in saved if any(field.problem(row.values.get(field.name)) for field in fields))
    return Coverage(total, len({row.assignment_id for row in saved}), invalid)


def filtered(rows: Iterable[TableRow], *, show: str, text: str) -> list[TableRow]:
    """The rows that a filter leaves; the text looks at assignment, department and every cell."""
    text = text.strip().casefold()
    return [row for row in rows if _shown(row, show) and (not text or text in _haystack(row))]


def next_number(rows: Iterable[TableRow], assignment_id: uuid.UUID) -> int:
    """The number of a further row of an assignment."""
    return max((row.number for row in rows if row.assignment.public_id == assignment_id), default=0) + 1


def cell_text(value: Any) -> str:
    """A saved value as it stands in a cell and in a CSV file."""
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _cell(
    field: MappingField,
    key: str,
    values: Mapping[str, Any],
    sent: Mapping[str, str] | None,
    errors: Mapping[str, str],
) -> Cell:
    name = f"{key}/{field.name}"
    saved = cell_text(values.get(field.name))
    error = errors.get(name, "")
    if not error and sent is None and values:
        error = field.problem(values.get(field.name)) or ""
    return Cell(name, field, saved if sent is None else sent.get(field.name, ""), saved, error)


def _shown(row: TableRow, show: str) -> bool:
    if show == "mapped":
        return row.mapped
    if show == "invalid":
        return bool(row.errors)
    return not row.mapped if show == "unmapped" else True


def _haystack(row: TableRow) -> str:
    parts = [row.assignment.code, row.assignment.name, row.department, *(cell.value for cell in row.cells)]
    return " ".join(parts).casefold()
