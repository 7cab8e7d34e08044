"""Who a row is about, and whether the file contradicts itself about people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduling.roster.collector import Collector
from scheduling.roster.detect import Layout
from scheduling.roster.mapping import PersonMatch
from scheduling.roster.text import is_open_word, name_tokens, one_line, quoted, starts_like_formula
from scheduling.roster.types import NAME_LIMIT, Cell, RosterEntry, RosterPerson

_BLANKS = frozenset({"-", "--", "–", "—", ".", "?"})


@dataclass(frozen=True, slots=True)
class PersonReading:
    """``key`` empty with ``is_open`` means nobody yet; ``ok`` False means the problem was said already."""

    key: str
    name: str
    cell: Cell | None
    is_open: bool
    ok: bool = True


class PersonReader:
    """Reads the person columns of one layout."""

    def __init__(self, layout: Layout, match: PersonMatch, collector: Collector) -> None:
        self._collector = collector
        self._key = _key_column(layout, match)
        self._columns = {meaning: layout.column_of(meaning) for meaning in ("name", "last", "first")}
        if self._key is None and match not in {"name"}:
            collector.assume("The file has no staff id, so people are matched by name.")

    @property
    def has_key_column(self) -> bool:
        return self._key is not None

    def cells(self, row: Mapping[int, Cell]) -> list[Cell]:
        columns = (self._key, *self._columns.values())
        return [
            row[column]
            for column in columns
            if column is not None and column in row and row[column].text not in _BLANKS
        ]

    def key_cell(self, row: Mapping[int, Cell]) -> Cell | None:
        cell = row.get(self._key) if self._key is not None else None
        return None if cell is None or cell.text in _BLANKS else cell

    def read(self, row: Mapping[int, Cell]) -> PersonReading:
        cells = self.cells(row)
        if not cells:
            return PersonReading("", "", None, is_open=True)
        if [cell for cell in cells if not self._is_fine(cell)]:
            return PersonReading("", "", cells[0], is_open=False, ok=False)
        key_cell, name = self.key_cell(row), self._name(row)
        key = key_cell.text if key_cell is not None else ""
        if is_open_word(key) or (not key and is_open_word(name)):
            return PersonReading("", "", cells[0], is_open=True)
        if self._key is None:
            key = name
        if not key:
            self._collector.error(
                f"{quoted(name)} has no staff id.",
                at=cells[0],
                advice="Fill in the staff id, or match people by name.",
            )
            return PersonReading("", name, cells[0], is_open=False, ok=False)
        return PersonReading(one_line(key), name, cells[0], is_open=False)

    def _name(self, row: Mapping[int, Cell]) -> str:
        texts = {
            meaning: one_line(row[column].text) if column is not None and column in row else ""
            for meaning, column in self._columns.items()
        }
        name = texts["name"] if texts["name"] not in _BLANKS else ""
        return name or ", ".join(filter(None, (texts["last"], texts["first"])))

    def _is_fine(self, cell: Cell) -> bool:
        if cell.formula:
            return False  # said for every formula of the file
        if starts_like_formula(cell.text):
            self._collector.error(
                f"{quoted(cell.text)} begins like a formula.",
                at=cell,
                advice="A name or staff id cannot begin with =, +, - or @: type it without.",
            )
            return False
        return self._collector.text_is_fine(cell, NAME_LIMIT, "name or staff id")


def _key_column(layout: Layout, match: PersonMatch) -> int | None:
    if match == "name":
        return None if layout.column_of("name") or layout.column_of("last") else layout.column_of("id")
    preferred = {"npi": ("npi", "id"), "email": ("email", "id"), "upn": ("email", "id")}.get(
        match, ("id", "npi", "email")
    )
    return next((column for meaning in preferred if (column := layout.column_of(meaning)) is not None), None)


def contradictions(collector: Collector) -> None:
    """One staff id with two names is an error; two spellings, and one name with two ids, are doubts."""
    by_key: dict[str, dict[str, Cell]] = {}
    by_name: dict[frozenset[str], dict[str, Cell]] = {}
    for key, name, cell in collector.people_rows:
        known = by_key.setdefault(key, {})
        if name and name not in known:
            if known:
                _name_differs(collector, key, next(iter(known.items())), (name, cell))
            known[name] = cell
        if tokens := name_tokens(name):
            keys = by_name.setdefault(tokens, {})
            if key not in keys:
                if keys:
                    _id_differs(collector, name, next(iter(keys.items())), (key, cell))
                keys[key] = cell


def _where(collector: Collector, cell: Cell) -> str:
    return f"column {cell.letter}" if collector.layout.transposed else f"row {cell.row}"


def _name_differs(collector: Collector, key: str, first: tuple[str, Cell], second: tuple[str, Cell]) -> None:
    where_first, where_second = _where(collector, first[1]), _where(collector, second[1])
    if name_tokens(first[0]) == name_tokens(second[0]):
        collector.warning(
            f"Staff id {quoted(key)} is spelled {quoted(first[0])} in {where_first} and {quoted(second[0])} "
            f"in {where_second}; they are taken for one person.",
            at=second[1],
            advice="Use one spelling.",
        )
        return
    collector.error(
        f"Two people have the staff id {quoted(key)}: {quoted(first[0])} in {where_first} "
        f"and {quoted(second[0])} in {where_second}.",
        at=second[1],
        advice="Correct the id or the name in one of the two.",
    )


def _id_differs(collector: Collector, name: str, first: tuple[str, Cell], second: tuple[str, Cell]) -> None:
    collector.warning(
        f"{quoted(name)} has the staff id {quoted(first[0])} in {_where(collector, first[1])} and "
        f"{quoted(second[0])} in {_where(collector, second[1])}; they are taken for two people.",
        at=second[1],
        advice="Correct the id if they are one person.",
    )


def people_of(collector: Collector, entries: list[RosterEntry]) -> tuple[RosterPerson, ...]:
    """Everybody met, in the order of the file, with the number of their shifts."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.person_key] = counts.get(entry.person_key, 0) + 1
    people: dict[str, RosterPerson] = {}
    for key, name, cell in collector.people_rows:
        held = people.get(key)
        if held is None or (name and not held.name):
            people[key] = RosterPerson(key=key, name=name, row=cell.row, column=cell.letter, count=counts.get(key, 0))
    return tuple(people.values())
