"""A mapping table as a CSV file, and such a file read back with what is wrong in it, line by line. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.contract import MappingField, Subject
from integrations.pages.mapping_table import INCLUDED, Line, Thing
from integrations.services.mapping_keys import MOST_ROWS_OF_ONE
from integrations.types import RowKey
from tenancy.lists import csv_cell

LIMIT_BYTES = 2_000_000
_MOST_LINES = 20_000


@dataclass(frozen=True)
class Own:
    """The columns of ours in the file of a subject: those that name a thing by its parts, and the one with its id.

    `place` and `code` and `name` are the headings of what a thing has under these names; empty where it has none.
    """

    place: str = ""
    code: str = ""
    name: str = ""
    number: str = ""
    included: str = ""
    id: str = ""
    noun: str = ""

    @property
    def headings(self) -> list[str]:
        """In the order of the file."""
        if self.included:
            return [self.name, self.place, self.included]
        return [one for one in (self.place, self.code, self.name, self.number, self.id) if one]


OWN = {
    Subject.ASSIGNMENT: Own("Department", "Code", "Assignment", "Row", id="Assignment id", noun="assignment"),
    Subject.PERSON: Own("Department", "Unique ID", "Person", id="Rotacast id", noun="person"),
    Subject.DEPARTMENT: Own("", "Code", "Department", id="Rotacast id", noun="department"),
    Subject.TYPE_PAIR: Own("Assignment type", "", "Personnel type", included="Included", noun="pair of types"),
}


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


def mapping_sheet(subject: Subject, fields: Sequence[MappingField], lines: Iterable[Line]) -> Iterator[list[str]]:
    """The table as lines of a CSV file."""
    own = OWN[subject]
    yield file_headings(subject, fields)
    for line in lines:
        thing = line.thing
        said = {
            own.place: thing.place,
            own.code: thing.code,
            own.name: thing.name,
            own.number: str(line.key.number),
            own.id: str(line.key.about[-1]),
            own.included: "yes" if line.values is not None else "",
        }
        cells = [one.text((line.values or {}).get(one.name)) for one in fields]
        yield [*(said[heading] for heading in own.headings), *cells]


def file_headings(subject: Subject, fields: Sequence[MappingField]) -> list[str]:
    """The first line of the file."""
    return [*OWN[subject].headings, *(_heading(one, OWN[subject]) for one in fields)]


def _heading(field: MappingField, own: Own) -> str:
    """A field's label, set apart where a column of ours has the same name."""
    ours = field.label.casefold() in {one.casefold() for one in own.headings}
    return f"{field.label} (mapped)" if ours else field.label


def mapping_file_read(
    content: bytes, subject: Subject, fields: Sequence[MappingField], things: Sequence[Thing]
) -> MappingFile:
    """Read a file. Problems name line and column; a file with any is not to be applied."""
    text, refused = _text(content)
    if refused:
        return _refused(refused)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        return _refused(f"The file cannot be read as CSV ({error}). A quote that is opened and never closed does that.")
    if not lines or not any(cell.strip() for cell in lines[0]):
        return _refused("The file is empty. Export the table first to see the columns it needs.")
    if len(lines) > _MOST_LINES:
        return _refused(f"The file has more than {_MOST_LINES:,} lines.")
    columns, problems = _columns(lines[0], OWN[subject], fields)
    if problems:
        return MappingFile({}, {}, tuple(problems))
    return _rows(lines[1:], columns, OWN[subject], things)


def _rows(lines: Sequence[Sequence[str]], columns: Sequence[str], own: Own, things: Sequence[Thing]) -> MappingFile:
    find = _Finder(own, things)
    rows: dict[RowKey, dict[str, str]] = {}
    where: dict[RowKey, int] = {}
    problems: list[FileProblem] = []
    seen: dict[RowKey, int] = {}
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(columns):
            problems.append(FileProblem(number, "", f"The line has {len(line)} cells, the header {len(columns)}."))
            continue
        cells = {name: csv_cell(cell) for name, cell in zip(columns, line, strict=False)}
        said = {name: cells.pop(name, "").strip() for name in own.headings}
        try:
            thing = find(said)
            seen[thing.key] = seen.get(thing.key, 0) + 1
            key = RowKey(thing.key.about, _row_number(said[own.number], seen[thing.key]) if own.number else 1)
            if key in rows:
                raise _Wrong(
                    own.number or own.name, f"The same row of {thing.name} stands in line {where[key]} already."
                )
        except _Wrong as wrong:
            problems.append(FileProblem(number, wrong.column, wrong.text))
            continue
        rows[key] = {name.removeprefix("="): text for name, text in cells.items()}
        if own.included:
            rows[key][INCLUDED] = _included(said[own.included], own.included in columns, rows[key])
        where[key] = number
    return MappingFile(rows, where, tuple(problems))


class _Wrong(Exception):
    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column, self.text = column, text


class _Finder:
    """Finds the thing a line names: by its id, else by code or name, and where it is."""

    def __init__(self, own: Own, things: Sequence[Thing]) -> None:
        self.own = own
        self.by_id = {str(one.key.about[-1]): one for one in things}
        self.by_word: dict[str, list[Thing]] = {}
        for one in things:
            for word in {one.code.casefold(), one.name.casefold()} - {""}:
                self.by_word.setdefault(word, []).append(one)

    def __call__(self, said: Mapping[str, str]) -> Thing:
        own = self.own
        if own.id and said[own.id]:
            found = self.by_id.get(said[own.id].lower())
            if found is None:
                raise _Wrong(own.id, f"There is no {own.noun} with the id {said[own.id]!r}.")
            return found
        wanted = (own.code and said[own.code]) or said[own.name]
        column = own.code or own.name
        if not wanted:
            raise _Wrong(column, f"The line names no {own.noun}: fill in {' or '.join(self._ways())}.")
        place = said[own.place].casefold() if own.place else ""
        matches = [one for one in self.by_word.get(wanted.casefold(), []) if not place or self._in(one, place)]
        if len(matches) == 1:
            return matches[0]
        within = f" in {said[own.place]}" if place else ""
        if matches:
            more = " or ".join(one.lower() for one in (own.place if not place else "", own.id) if one) or "more"
            raise _Wrong(column, f"{len(matches)} rows are called {wanted!r}{within}. Add the {more}.")
        raise _Wrong(column, f"There is no {own.noun} called {wanted!r}{within}.")

    def _in(self, one: Thing, place: str) -> bool:
        return place in (one.place.casefold(), one.words.casefold())

    def _ways(self) -> list[str]:
        own = self.own
        if own.included:
            return [f"{own.name} and {own.place}"]
        return [own.id, f"{own.place} and {own.code}" if own.place else own.code]


def _included(text: str, there: bool, cells: Mapping[str, str]) -> str:
    """What the file says about the pair; a file without that column includes the pairs whose fields it fills."""
    if not there:
        return "yes" if any(cell.strip() for cell in cells.values()) else ""
    said = MappingField(INCLUDED, "", kind="boolean").clean(text)
    return "yes" if said is True else text if said else ""


def _row_number(text: str, nth: int) -> int:
    if not text:
        return nth
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_ROWS_OF_ONE):
        raise _Wrong("Row", f"Row must be a number from 1 to {MOST_ROWS_OF_ONE}, not {text!r}.")
    return int(text)


def _columns(header: Sequence[str], own: Own, fields: Sequence[MappingField]) -> tuple[list[str], list[FileProblem]]:
    """Our name of each column. Fields are marked with "=" so that none can be mistaken for a column of ours."""
    known = {name.casefold(): name for name in own.headings}
    for one in fields:
        known.setdefault(_heading(one, own).casefold(), f"={one.name}")
        known.setdefault(one.name.casefold(), f"={one.name}")
    columns: list[str] = []
    problems = []
    for cell in header:
        name = known.get(csv_cell(cell).strip().casefold())
        if name is None:
            wanted = ", ".join([*own.headings, *(_heading(one, own) for one in fields)])
            problems.append(
                FileProblem(1, cell.strip(), f"There is no column called {cell.strip()!r}. Columns are: {wanted}.")
            )
        elif name in columns:
            problems.append(FileProblem(1, cell.strip(), "The column stands in the file twice."))
        columns.append(name or "")
    if not problems and not _names(columns, own):
        needed = f"{own.name} and {own.place}" if own.included else f"{own.id}, or {own.code}"
        problems.append(FileProblem(1, "", f"No column says which {own.noun} a line is for: {needed}."))
    return columns, problems


def _names(columns: Sequence[str], own: Own) -> bool:
    if own.included:
        return {own.name, own.place} <= set(columns)
    return bool({own.id, own.code, own.name} & set(columns))


def _text(content: bytes) -> tuple[str, str]:
    if len(content) > LIMIT_BYTES:
        return "", "The file is larger than 2 MB. A mapping table is small: export it to see."
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
