"""People by days: every cell of a person's row under a date says which shifts the person has then."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from scheduling.roster.calendar import FileCalendar
from scheduling.roster.cells import CellGrammar, CellShift
from scheduling.roster.collector import Collector
from scheduling.roster.detect import Layout
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.persons import PersonReader, PersonReading
from scheduling.roster.text import quoted
from scheduling.roster.types import (
    CODE_LIMIT,
    NOTE_LIMIT,
    Cell,
    DateOrder,
    RosterEntry,
    RosterIgnored,
    column_letter,
)

_LEGEND = re.compile(r"[^=]{1,20}=\s*\S.*|(legend|key|codes?)\s*:?\s*", re.IGNORECASE | re.DOTALL)
_LEGEND_START = re.compile(r"(legend|key|codes?|abbreviations?)\b\s*:?", re.IGNORECASE)
_TOTALS = re.compile(r"(grand )?(sub)?totals?\b|count\b|sum\b|staffed\b|coverage\b|required\b|needed\b", re.IGNORECASE)
_FOOTER = re.compile(
    r"(printed|generated|exported|notes?|page|last updated|updated|as of|remarks?)\b|\*|©", re.IGNORECASE
)
_CELL_LIMIT = CODE_LIMIT + NOTE_LIMIT + 60


class GridReader:
    """Reads one grid into a collector."""

    def __init__(
        self,
        collector: Collector,
        mapping: RosterMapping,
        known_codes: Collection[str],
        calendar: FileCalendar,
    ) -> None:
        self._collector = collector
        self._layout: Layout = collector.layout
        self._mapping = mapping
        self._known = {*mapping.codes, *(set(known_codes) - set(mapping.ignored_codes))}
        self._people = PersonReader(self._layout, mapping.person_match, collector)
        self.dates = _header_dates(self._layout, collector, calendar)
        self.used_rows: set[int] = set()

    def read(self) -> None:
        self._leave_out_columns()
        rows = self._person_rows()
        self.used_rows = {number for number, _ in rows}
        grammar = self._grammar(rows)
        for _, row in rows:
            under_dates = {column: row[column] for column in self._layout.dates if column in row}
            person = self._people.read(row)
            if person.key and person.cell is not None:
                self._collector.people_rows.append((person.key, person.name, person.cell))
            if person.ok and person.is_open and person.cell is None:
                self._say_nobody(under_dates, grammar)
            elif person.ok:
                for column, cell in under_dates.items():
                    if column in self.dates:
                        self._read_cell(cell, self.dates[column], person, grammar)

    def _person_rows(self) -> list[tuple[int, Mapping[int, Cell]]]:
        """The rows below the header that are about somebody; all others are left out with a reason."""
        rows: list[tuple[int, Mapping[int, Cell]]] = []
        in_legend = False
        for number, row in self._layout.view.items():
            if number in self._layout.header_rows:
                continue
            if number < self._layout.first_data_row:
                self._collector.leave_out(row.values(), "above the header")
                continue
            reason = self._reason_to_leave_out(row, in_legend=in_legend)
            first = row[min(row)].text
            in_legend = in_legend or bool(reason and _LEGEND_START.match(first))
            if reason:
                self._collector.leave_out(row.values(), reason)
            else:
                rows.append((number, row))
        return rows

    def _reason_to_leave_out(self, row: Mapping[int, Cell], *, in_legend: bool) -> str:
        shifts = [row[column] for column in self._layout.dates if column in row]
        first = row[min(row)].text
        if self._repeats_header(row):
            return "the header again"
        if all(_LEGEND.fullmatch(cell.text) and not cell.formula for cell in row.values()):
            return "explains codes"
        if _TOTALS.match(first) and all(re.fullmatch(r"\d+(\.\d+)?", c.text) or c.formula for c in shifts):
            return "counts shifts"
        if shifts:
            return ""
        if in_legend:
            return "below the legend"
        people = self._people.cells(row)
        if not people:
            return "no person and no shifts"
        if self._people.has_key_column and self._people.key_cell(row) is None:
            return "no staff id and no shifts: taken for a heading"
        if not any(cell.formula for cell in people) and (_FOOTER.match(first) or re.search(r"\w\s*[=:]", first)):
            return "no shifts: taken for a remark"
        return ""

    def _repeats_header(self, row: Mapping[int, Cell]) -> bool:
        heads = [self._layout.view[number] for number in self._layout.header_rows]
        texts = {column: cell.text for column, cell in row.items()}
        return any(texts == {column: cell.text for column, cell in head.items()} for head in heads)

    def _leave_out_columns(self) -> None:
        used = self._layout.dates.keys() | self._layout.columns.keys()
        columns: dict[int, list[Cell]] = {}
        for number, row in self._layout.view.items():
            if number >= self._layout.first_data_row:
                for column, cell in row.items():
                    if column not in used:
                        columns.setdefault(column, []).append(cell)
        for column, cells in sorted(columns.items()):
            header = self._layout.header_cell(column)
            between = min(self._layout.dates) < column < max(self._layout.dates)
            if header is None and between and len(cells) > 1 and not self._layout.transposed:
                self._collector.warning(
                    f"Column {column_letter(column)} has {len(cells)} filled cells but no date as header.",
                    at=cells[0],
                    advice="Give the column its date if it holds shifts; it is left out.",
                )
            if not self._layout.transposed:
                self._collector.ignored.append(_ignored_column(column, header))

    def _grammar(self, rows: list[tuple[int, Mapping[int, Cell]]]) -> CellGrammar:
        alone = {
            row[column].text
            for _, row in rows
            for column in self._layout.dates
            if column in row and re.fullmatch(r"[^\s/,;+&|()\[\]]+", row[column].text)
        }
        return CellGrammar(known=self._known, ignored=self._mapping.ignored_codes, alone=alone)

    def _say_nobody(self, under_dates: Mapping[int, Cell], grammar: CellGrammar) -> None:
        cells = [cell for cell in under_dates.values() if not grammar.is_ignored(cell.text)]
        if cells:
            self._collector.error(
                f"There are {len(cells)} shifts here but no person.",
                at=cells[0],
                advice="Fill in the person, write OPEN for open shifts, or empty the row.",
            )

    def _read_cell(self, cell: Cell, day: date, person: PersonReading, grammar: CellGrammar) -> None:
        if cell.formula or not self._collector.text_is_fine(cell, _CELL_LIMIT, "cell"):
            return
        if isinstance(cell.value, date | datetime | time | timedelta):
            self._collector.error(
                f"The cell holds a date or time ({cell.text}), not a shift code.",
                at=cell,
                advice="Excel may have changed what was typed: format the cell as text and type it again.",
            )
            return
        if cell.text.startswith("#") and cell.text.endswith(("!", "?", "/A", "0")) and cell.text[1:2].isupper():
            self._collector.error(f"The cell holds Excel's error {cell.text}.", at=cell, advice="Type the shift code.")
            return
        reading = grammar.read(cell.text)
        if reading.problem:
            self._collector.error(f"{quoted(cell.text)} {reading.problem}.", at=cell, advice="Add the shift code.")
            return
        for text in reading.ignored:
            self._collector.ignored_codes[text] += 1
        if reading.split_at_spaces:
            self._collector.assume(f"{quoted(cell.text)} and cells like it are read as several shifts.")
        for shift in reading.shifts:
            self._add(cell, day, person, shift)

    def _add(self, cell: Cell, day: date, person: PersonReading, shift: CellShift) -> None:
        if len(shift.code) > CODE_LIMIT or len(shift.note or "") > NOTE_LIMIT:
            what = f"shift code has {len(shift.code)} characters; at most {CODE_LIMIT}"
            if len(shift.code) <= CODE_LIMIT:
                what = f"note has {len(shift.note or ''):,} characters; at most {NOTE_LIMIT:,}"
            self._collector.error(f"The {what} are kept.", at=cell, advice="Shorten it.")
            return
        self._collector.entries.append(
            RosterEntry(
                row=cell.row,
                column=cell.letter,
                person_key="" if person.is_open else person.key,
                person_name="" if person.is_open else person.name,
                date=day,
                code=shift.code,
                start=shift.start,
                end=shift.end,
                end_day_offset=shift.end_day_offset,
                note=shift.note,
                cell_text=cell.text,
            )
        )


def grid_calendar(
    collector: Collector, *, date_order: DateOrder | None, year_hint: int | None, month_hint: int | None
) -> FileCalendar:
    shapes = [collector.layout.dates[column] for column in sorted(collector.layout.dates)]
    return FileCalendar(
        shapes, collector=collector, date_order=date_order, year_hint=year_hint, month_hint=month_hint,
        in_sequence=True,
    )  # fmt: skip


def _header_dates(layout: Layout, collector: Collector, calendar: FileCalendar) -> dict[int, date]:
    dates: dict[int, date] = {}
    first_at: dict[date, Cell] = {}
    day_before, month_steps = 0, 0
    for column in sorted(layout.dates):
        shape = layout.dates[column]
        cell = _date_cell(layout, column)
        if shape.kind == "day":
            month_steps += shape.second < day_before
            day_before = shape.second
        found = calendar.date(shape, cell, month_steps=month_steps)
        if found is None:
            continue
        if found in first_at:
            collector.error(
                f"The date {found.isoformat()} stands in {first_at[found].address} and {cell.address}.",
                at=cell,
                advice="Correct one of the two dates.",
            )
            continue
        first_at[found] = cell
        dates[column] = found
    return dates


def _date_cell(layout: Layout, column: int) -> Cell:
    """The cell of the header that holds the column's date (not the weekday above or below it)."""
    cells = [layout.view[row][column] for row in layout.header_rows if column in layout.view[row]]
    digits = [cell for cell in cells if any(char.isdigit() for char in cell.text)]
    return (digits or cells)[0]


def _ignored_column(column: int, header: Cell | None) -> RosterIgnored:
    return RosterIgnored(
        row=None,
        column=column_letter(column),
        text=header.text if header else "",
        reason="the header is no date" if header else "the column has no header",
    )
