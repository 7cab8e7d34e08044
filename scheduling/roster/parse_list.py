"""One line per shift: date, code, person, and perhaps times and a note, each in its own column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from scheduling.roster.calendar import FileCalendar
from scheduling.roster.collector import Collector
from scheduling.roster.dates import DateShape, date_of_serial, shape_of, shape_of_text
from scheduling.roster.detect import Layout
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.persons import PersonReader
from scheduling.roster.text import one_line, quoted
from scheduling.roster.times import end_offset, range_in, time_of_text, time_of_value
from scheduling.roster.types import CODE_LIMIT, NOTE_LIMIT, Cell, DateOrder, RosterEntry, column_letter
from tenancy.lists import csv_cell

_LONGEST_SHIFT_DAYS = 31
_LONGEST_DATED_TIME = 40
_DATED_TIME = re.compile(r"(?P<date>\S+(?: \d{1,2},? \d{4})?)[T\s]+(?P<time>\d.*)", re.IGNORECASE)
_ISO_DATED_TIME = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})T(?P<time>\d{2}:\d{2}(?::\d{2})?)")
_TIME_ADVICE = "Write the time like 14:00, 2:00 PM or 1400."


@dataclass(frozen=True, slots=True)
class _Times:
    start: time | None = None
    end: time | None = None
    end_day_offset: int | None = None


class ListReader:
    """Reads one list into a collector. The layout must have a date, a code and a person."""

    def __init__(
        self,
        collector: Collector,
        mapping: RosterMapping,
        *,
        date_order: DateOrder | None,
        year_hint: int | None,
    ) -> None:
        self._collector = collector
        self._layout: Layout = collector.layout
        self._ignored_codes = {one_line(code).casefold() for code in mapping.ignored_codes}
        self._ignored_codes -= {one_line(code).casefold() for code in mapping.codes}
        self._people = PersonReader(self._layout, mapping.person_match, collector)
        self._column = {meaning: column for column, meaning in self._layout.columns.items()}
        shapes = [shape for row in self._rows() for shape in self._shapes(row)]
        self._calendar = FileCalendar(
            shapes,
            collector=collector,
            date_order=date_order,
            year_hint=year_hint,
            month_hint=None,
            in_sequence=False,
        )
        self.used_rows: set[int] = set()

    def read(self) -> None:
        for number, row in self._layout.view.items():
            if number in self._layout.header_rows:
                continue
            if number < self._layout.first_data_row:
                self._collector.leave_out(row.values(), "above the header")
            elif reason := self._reason_to_leave_out(row):
                self._collector.leave_out(row.values(), reason)
            else:
                self.used_rows.add(number)
                self._read_row(number, row)

    def _rows(self) -> list[dict[int, Cell]]:
        return [row for number, row in self._layout.view.items() if number >= self._layout.first_data_row]

    def _cell(self, row: Mapping[int, Cell], meaning: str) -> Cell | None:
        column = self._column.get(meaning)
        return row.get(column) if column is not None else None

    def _shapes(self, row: Mapping[int, Cell]) -> list[DateShape]:
        cells = [self._cell(row, meaning) for meaning in ("date", "end_date")]
        shapes = [shape_of(cell.value, cell.text) for cell in cells if cell is not None]
        dated = [_dated(cell)[0] for meaning in ("start", "end") if (cell := self._cell(row, meaning)) is not None]
        return [shape for shape in (*shapes, *dated) if shape is not None]

    def _reason_to_leave_out(self, row: Mapping[int, Cell]) -> str:
        head = self._layout.view[self._layout.header_rows[0]]
        if {key: cell.text for key, cell in row.items()} == {key: cell.text for key, cell in head.items()}:
            return "the header again"
        if not any(column in row for column in self._layout.columns):
            return "nothing in the columns that are read"
        if len(row) == 1:
            only = next(iter(row.values()))
            if not only.formula and not self._shapes(row):
                return "a single remark, no shift"
        if all(re.fullmatch(r"[^=]{1,20}=\s*\S.*", cell.text) for cell in row.values()):
            return "explains codes"
        return ""

    def _read_row(self, number: int, row: Mapping[int, Cell]) -> None:
        read_cells = [row[column] for column in self._layout.columns if column in row]
        if any(cell.formula for cell in read_cells):
            return  # said for every formula of the file
        person = self._people.read(row)
        if person.key and person.cell is not None:
            self._collector.people_rows.append((person.key, person.name, person.cell))
        day = self._date(number, row)
        code_cell = self._code_cell(number, row)
        times = self._times(number, row, day)
        note = self._note(row)
        if code_cell is None or day is None or times is None or not person.ok or note is False:
            return
        self._collector.entries.append(
            RosterEntry(
                row=number,
                column=code_cell.letter,
                person_key=person.key,
                person_name="" if person.is_open else person.name,
                date=day,
                code=one_line(code_cell.text),
                start=times.start,
                end=times.end,
                end_day_offset=times.end_day_offset,
                note=note if isinstance(note, str) else None,
                cell_text=code_cell.text,
            )
        )

    def _missing(self, number: int, meaning: str, message: str, advice: str) -> None:
        column = self._column.get(meaning)
        header = self._layout.header_cell(column) if column is not None else None
        self._collector.row_error(
            number,
            message,
            column=column_letter(column) if column is not None else None,
            header=header.text if header else "",
            advice=advice,
        )

    def _date(self, number: int, row: Mapping[int, Cell]) -> date | None:
        cell = self._cell(row, "date")
        if cell is None and "date" not in self._column:
            start = self._cell(row, "start")
            shape = _dated(start)[0] if start is not None else None
            if start is None or shape is None:
                self._missing(number, "start", "The line has no date.", "Fill in the date.")
                return None
            return self._calendar.date(shape, start)
        if cell is None:
            self._missing(number, "date", "The line has no date.", "Fill in the date, or empty the line.")
            return None
        return self._date_of(cell)

    def _date_of(self, cell: Cell) -> date | None:
        if isinstance(cell.value, int | float) and (found := date_of_serial(cell.value)):
            self._collector.assume(f"Numbers such as {cell.text} in the date column are read as Excel dates.")
            return found
        shape = shape_of(cell.value, cell.text) or _dated(cell)[0]
        if shape is None or shape.kind == "day":
            self._collector.error(
                f"{quoted(cell.text)} is not a date.",
                at=cell,
                advice="Write the date like 2026-03-02 or 3/2/2026.",
            )
            return None
        return self._calendar.date(shape, cell)

    def _code_cell(self, number: int, row: Mapping[int, Cell]) -> Cell | None:
        cell = self._cell(row, "code")
        if cell is None:
            self._missing(number, "code", "The line has no shift code.", "Fill in the shift, or empty the line.")
            return None
        if not self._collector.text_is_fine(cell, CODE_LIMIT, "shift code"):
            return None
        if one_line(cell.text).casefold() in self._ignored_codes:
            self._collector.ignored_codes[cell.text] += 1
            return None
        return cell

    def _note(self, row: Mapping[int, Cell]) -> str | bool | None:
        """The note, None when the file has no such column, or False after saying that it cannot be kept."""
        if "note" not in self._column:
            return None
        cell = self._cell(row, "note")
        if cell is None:
            return ""
        return csv_cell(cell.text) if self._collector.text_is_fine(cell, NOTE_LIMIT, "note") else False

    def _times(self, number: int, row: Mapping[int, Cell], day: date | None) -> _Times | None:
        """The line's times (none at all is fine), or None after saying what is wrong with them."""
        both = self._cell(row, "times")
        if both is not None:
            found = range_in(both.text)
            if found is None:
                self._collector.error(
                    f"{quoted(both.text)} is not a pair of times.",
                    at=both,
                    advice="Write it like 19:00-07:00.",
                )
                return None
            return _Times(found.start, found.end, end_offset(found.start, found.end))
        start_cell, end_cell = self._cell(row, "start"), self._cell(row, "end")
        if start_cell is None and end_cell is None:
            return _Times()
        if start_cell is None or end_cell is None:
            given, empty = ("end", "start") if start_cell is None else ("start", "end")
            self._missing(number, empty, f"The line has a time for its {given} but none for its {empty}.", _TIME_ADVICE)
            return None
        start_shape, start = _dated(start_cell)
        end_shape, end = _dated(end_cell, as_end=True)
        for cell, moment in ((start_cell, start), (end_cell, end)):
            if moment is None:
                self._collector.error(f"{quoted(cell.text)} is not a time of day.", at=cell, advice=_TIME_ADVICE)
        if start is None or end is None or day is None:
            return None
        if start_shape is not None and self._calendar.date(start_shape, start_cell) not in (day, None):
            self._collector.error(
                f"The start {quoted(start_cell.text)} is not on the line's date {day.isoformat()}.",
                at=start_cell,
                advice="Correct the date or the start.",
            )
            return None
        return self._with_end_date(row, day, start, end, end_cell, end_shape)

    def _with_end_date(
        self,
        row: Mapping[int, Cell],
        day: date,
        start: time,
        end: time,
        end_cell: Cell,
        end_shape: DateShape | None,
    ) -> _Times | None:
        end_date_cell = self._cell(row, "end_date")
        if end_date_cell is not None:
            end_day = self._date_of(end_date_cell)
        elif end_shape is not None:
            end_date_cell, end_day = end_cell, self._calendar.date(end_shape, end_cell)
        else:
            return _Times(start, end, end_offset(start, end))
        if end_day is None:
            return None
        if end == time(0) and time_of_text(end_cell.text) is None and end_cell.text.startswith("24"):
            offset = (end_day - day).days + 1  # 24:00 of a day is 00:00 of the next
        else:
            offset = (end_day - day).days
        if offset < 0 or (offset == 0 and end <= start):
            self._collector.error(
                f"The shift ends on {end_day.isoformat()} at {end:%H:%M}, "
                f"before it starts on {day.isoformat()} at {start:%H:%M}.",
                at=end_date_cell,
                advice="Correct the end date or the times.",
            )
            return None
        if offset > _LONGEST_SHIFT_DAYS:
            self._collector.error(
                f"The shift would last {offset} days.", at=end_date_cell, advice="Correct the end date."
            )
            return None
        return _Times(start, end, offset)


def _dated(cell: Cell, *, as_end: bool = False) -> tuple[DateShape | None, time | None]:
    """A start or end cell as (its date if it has one, its time if that can be read)."""
    if isinstance(cell.value, datetime):
        return shape_of(cell.value, cell.text), time_of_value(cell.value, cell.text, as_end=as_end)
    plain = time_of_value(cell.value, cell.text, as_end=as_end)
    if plain is not None or not isinstance(cell.value, str) or len(cell.text) > _LONGEST_DATED_TIME:
        return None, plain
    found = _ISO_DATED_TIME.fullmatch(cell.text) or _DATED_TIME.fullmatch(cell.text)
    if found is None:
        return None, None
    return shape_of_text(found["date"]), time_of_text(found["time"], as_end=as_end)
