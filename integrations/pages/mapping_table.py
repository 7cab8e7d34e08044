"""A mapping table as rows of cells: everything a row can be about, mapped or not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.contract import MappingField
from integrations.types import RowKey

SHOW = (("all", "All"), ("mapped", "Mapped"), ("invalid", "Invalid"), ("unmapped", "Not mapped"))
INCLUDED = "included"  # the cell that says a pair of types has a row
Values = Mapping[str, Any]
Judge = Callable[[Values], Mapping[str, str]]  # what is wrong with a row's values, by field


@dataclass(frozen=True)
class Thing:
    """What rows can be about: an assignment, a person, a department, a pair of types. `words` is searched besides the rest."""

    key: RowKey  # of its first row
    name: str
    code: str = ""
    place: str = ""
    hue: str = ""
    note: str = ""
    words: str = ""


@dataclass(frozen=True)
class Cell:
    """One input: its name in the form, what stands in it, what stood there before, and what is wrong."""

    name: str
    field: MappingField
    value: str
    saved: str
    error: str
    staged: bool

    @property
    def checked(self) -> bool:
        """For yes-or-no fields."""
        return self.value == "yes"

    @property
    def edited(self) -> bool:
        """True if it differs from what is saved or staged."""
        return self.value != self.saved


@dataclass(frozen=True)
class Line:
    """One row before it has cells. `saved` is in effect, `values` is what it will be once staged edits are too.

    `posted` are the texts that a form just sent for it.
    """

    key: RowKey
    thing: Thing
    first: bool
    saved: Values | None
    values: Values | None
    staged: bool
    posted: Mapping[str, str] | None = None

    @property
    def mapped(self) -> bool:
        """True if there is, or will be, such a row."""
        return self.values is not None


@dataclass(frozen=True)
class TableRow:
    """A line with its cells, as the page shows it. `why` is the id of the line that tells its errors."""

    line: Line
    cells: tuple[Cell, ...]

    @property
    def key(self) -> str:
        """Its name in the form."""
        return str(self.line.key)

    @property
    def number(self) -> int:
        """Several rows of one thing count from 1."""
        return self.line.key.number

    @property
    def about(self) -> str:
        """What it is about, as a button names it."""
        return self.key.rpartition("/")[0]

    @property
    def errors(self) -> list[str]:
        """What is wrong in the row, one sentence for each cell."""
        return [cell.error for cell in self.cells if cell.error]


@dataclass(frozen=True)
class Coverage:
    """How much is mapped, counted in things; `invalid` counts rows."""

    total: int
    mapped: int
    invalid: int

    @property
    def unmapped(self) -> int:
        """Things without a row."""
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


@dataclass(frozen=True)
class Kept:
    """What a table holds: rows in effect, and those that staged edits give or (None) take away."""

    saved: Mapping[RowKey, Values]
    staged: Mapping[RowKey, Values | None] = field(default_factory=dict)

    def values(self, key: RowKey) -> Values | None:
        """What a row will be."""
        return self.staged[key] if key in self.staged else self.saved.get(key)


def lines_of(
    things: Iterable[Thing], kept: Kept, posted: Mapping[RowKey, Mapping[str, str]] | None = None
) -> list[Line]:
    """The whole table, in the order of the things; one without a row has an empty one."""
    posted = posted or {}
    numbers: dict[tuple[object, ...], set[int]] = {}
    for key in (*kept.saved, *kept.staged, *posted):
        numbers.setdefault(key.about, set()).add(key.number)
    lines = []
    for thing in things:
        own = sorted(numbers.get(thing.key.about, ())) or [1]
        present = [one for one in own if _stays(RowKey(thing.key.about, one), kept, posted)] or own[:1]
        for number in present:
            key = RowKey(thing.key.about, number)
            lines.append(
                Line(
                    key,
                    thing,
                    number == present[0],
                    kept.saved.get(key),
                    kept.values(key),
                    key in kept.staged,
                    posted.get(key),
                )
            )
    return lines


def table_rows(
    lines: Iterable[Line], fields: Sequence[MappingField], judge: Judge, errors: Mapping[str, str] | None = None
) -> list[TableRow]:
    """Lines with their cells. `errors` are keyed "<row>/<field>" and told of rows that were just sent."""
    return [TableRow(line, _cells(line, fields, judge, errors or {})) for line in lines]


def coverage_of(lines: Iterable[Line], judge: Judge) -> Coverage:
    """The figures above the table."""
    lines = list(lines)
    things = {line.key.about for line in lines}
    mapped = {line.key.about for line in lines if line.mapped}
    return Coverage(
        len(things), len(mapped), sum(1 for line in lines if line.values is not None and judge(line.values))
    )


def filtered(
    lines: Iterable[Line], fields: Sequence[MappingField], judge: Judge, *, show: str, text: str
) -> list[Line]:
    """The lines that a filter leaves; the text looks at what a row is about and at every cell. What was just sent stays."""
    text = text.strip().casefold()
    return [
        line
        for line in lines
        if line.posted is not None or (_shown(line, judge, show) and (not text or text in _haystack(line, fields)))
    ]


def next_number(lines: Iterable[Line], about: tuple[object, ...]) -> int:
    """The number of a further row of a thing."""
    return max((line.key.number for line in lines if line.key.about == about), default=0) + 1


def _stays(key: RowKey, kept: Kept, posted: Mapping[RowKey, Any]) -> bool:
    """A further row that staged edits take away is no longer shown, unless it was just sent."""
    return key in posted or kept.values(key) is not None


def _cells(line: Line, fields: Sequence[MappingField], judge: Judge, errors: Mapping[str, str]) -> tuple[Cell, ...]:
    wrong = judge(line.values) if line.posted is None and line.values is not None else {}
    cells = []
    for one in fields:
        name = f"{line.key}/{one.name}"
        saved = one.text((line.values or {}).get(one.name))
        staged = line.staged and one.text((line.saved or {}).get(one.name)) != saved
        value = saved if line.posted is None else line.posted.get(one.name, "")
        cells.append(Cell(name, one, value, saved, errors.get(name) or wrong.get(one.name, ""), staged))
    return tuple(cells)


def _shown(line: Line, judge: Judge, show: str) -> bool:
    if show == "mapped":
        return line.mapped
    if show == "invalid":
        return line.values is not None and bool(judge(line.values))
    return not line.mapped if show == "unmapped" else True


def _haystack(line: Line, fields: Sequence[MappingField]) -> str:
    thing, values = line.thing, line.values or {}
    cells = [one.text(values.get(one.name)) for one in fields]
    return " ".join([thing.code, thing.name, thing.place, thing.words, *cells]).casefold()
