"""Personnel type × assignment type as a matrix: a row for each type of people, a column for each type of assignment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.contract import MappingField
from integrations.pages.mapping_table import INCLUDED, Cell, Judge, Line, TableRow, table_rows

_INCLUDED = MappingField(INCLUDED, "Included", kind="boolean")


@dataclass(frozen=True)
class Square:
    """One pair of types: whether it is included, and its fields."""

    row: TableRow
    included: Cell

    @property
    def column(self) -> str:
        """The assignment type."""
        return self.row.line.thing.place

    @property
    def about(self) -> str:
        """The pair in words."""
        return f"{self.row.line.thing.name} × {self.column}"

    @property
    def why(self) -> str:
        """The id of the line that tells what is wrong."""
        return f"why-{self.row.key}"


@dataclass(frozen=True)
class MatrixRow:
    """A type of people with its squares, in the order of the columns."""

    name: str
    squares: list[Square]


def matrix_of(
    lines: Sequence[Line], fields: Sequence[MappingField], judge: Judge, errors: Mapping[str, str]
) -> dict[str, Any]:
    """What the page of the matrix shows."""
    rows: dict[object, MatrixRow] = {}
    for row in table_rows(lines, fields, judge, errors):
        thing = row.line.thing
        rows.setdefault(thing.key.about[0], MatrixRow(thing.name, [])).squares.append(Square(row, _included(row)))
    found = list(rows.values())
    columns = [(one.column, one.row.line.thing.hue) for one in (found[0].squares if found else [])]
    return {"matrix": found, "matrix_columns": columns}


def _included(row: TableRow) -> Cell:
    line = row.line
    saved = "yes" if line.values is not None else ""
    value = saved if line.posted is None else line.posted.get(INCLUDED, "")
    staged = line.staged and (line.saved is None) != (line.values is None)
    return Cell(f"{row.key}/{INCLUDED}", _INCLUDED, value, saved, "", staged)
