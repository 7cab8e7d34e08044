"""The door from a sheet to roster entries: which shape it has, what it says, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from scheduling.roster.checks import say_duplicates, say_formulas, say_hidden, say_merged
from scheduling.roster.collector import Collector
from scheduling.roster.detect import Layout, layout_of
from scheduling.roster.headers import EXPECTED, has_person
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.parse_grid import GridReader, grid_calendar
from scheduling.roster.parse_list import ListReader
from scheduling.roster.persons import contradictions, people_of
from scheduling.roster.text import quoted
from scheduling.roster.types import (
    DateOrder,
    RosterCode,
    RosterColumn,
    RosterEntry,
    RosterParse,
    Severity,
    Shape,
    Sheet,
    column_letter,
)

_NO_MAPPING = RosterMapping()


def parse_roster(
    sheet: Sheet,
    mapping: RosterMapping = _NO_MAPPING,
    *,
    date_order: DateOrder | None = None,
    year_hint: int | None = None,
    month_hint: int | None = None,
    known_codes: Collection[str] = (),
    shape: Shape | None = None,
    formulas_elsewhere: Severity = "error",
) -> RosterParse:
    """Read a roster. Never raises for what a sheet contains: problems are issues of the result.

    ``date_order`` (else the mapping's, else month first) settles 03/02 where the file does not.
    ``year_hint`` and ``month_hint`` are those of the first date, for dates that leave them out; without them
    lines above the table and the worksheet's name are asked. ``known_codes`` are codes that exist: they are
    never taken apart. ``shape`` forces grid or list. ``formulas_elsewhere`` is how severe a formula is in
    a cell that is not read; in a cell that is read it is always an error.
    """
    layout = layout_of(sheet, chosen=mapping.columns, shape=shape)
    collector = Collector(layout)
    for sentence in layout.assumptions:
        collector.assume(sentence)
    order = date_order or mapping.date_order
    used_rows: set[int] = set()
    dates: dict[int, date] = {}
    if layout.shape == "grid" and has_person(layout.columns):
        calendar = grid_calendar(collector, date_order=order, year_hint=year_hint, month_hint=month_hint)
        grid = GridReader(collector, mapping, known_codes, calendar)
        grid.read()
        used_rows, dates = grid.used_rows, dict(grid.dates)
    elif layout.shape == "list" and not _missing(layout):
        lines = ListReader(collector, mapping, date_order=order, year_hint=year_hint)
        lines.read()
        used_rows = lines.used_rows
    else:
        _say_missing(collector)
    say_formulas(collector, sheet, used_rows, formulas_elsewhere)
    say_merged(collector, sheet, used_rows)
    say_hidden(collector, sheet, used_rows)
    contradictions(collector)
    say_duplicates(collector)
    if not collector.entries and not any(issue.severity == "error" for issue in collector.issues):
        collector.error("The file has no shift.", advice="Check that the right file and worksheet were chosen.")
    return _result(collector, dates)


def _missing(layout: Layout) -> list[str]:
    held = set(layout.columns.values())
    missing = (
        [] if "date" in held or ("start" in held and layout.shape == "list" and _dates_in_start(layout)) else ["date"]
    )
    if "code" not in held:
        missing.append("code")
    if not has_person(layout.columns):
        missing.append("person")
    return missing


def _dates_in_start(layout: Layout) -> bool:
    start = layout.column_of("start")
    below = [row for number, row in layout.view.items() if number >= layout.first_data_row]
    return any(start in row and len(row[start].text) > 9 for row in below if start is not None)


def _say_missing(collector: Collector) -> None:
    layout = collector.layout
    header = layout.view[layout.header_rows[0]] if layout.header_rows else {}
    found = ", ".join(quoted(cell.text, 40) for cell in list(header.values())[:12]) or "nothing"
    if len(header) > 12:
        found += f" and {len(header) - 12} more"
    row = layout.header_rows[0] if layout.header_rows else 1
    missing = ["person"] if layout.shape == "grid" else _missing(layout)
    if layout.shape == "unknown":
        collector.row_error(
            row,
            f"No header is understood: this row has {found}. A list needs columns for the date "
            f"({EXPECTED['date']}), the shift ({EXPECTED['code']}) and the person ({EXPECTED['person']}); "
            "a grid needs a person column and one column for each date.",
            advice="Rename the headers, or say in the mapping what each column means.",
        )
        return
    for what in missing:
        label = {"date": "the date", "code": "the shift", "person": "the person"}[what]
        collector.row_error(
            row,
            f"There is no column for {label}: found {found}; expected one of {EXPECTED[what]}.",
            advice="Rename the header, or say in the mapping what each column means.",
        )


def _result(collector: Collector, dates: dict[int, date]) -> RosterParse:
    entries = collector.entries
    days = [entry.date for entry in entries]
    return RosterParse(
        shape=collector.layout.shape,
        transposed=collector.layout.transposed,
        columns=_columns(collector.layout, dates),
        entries=tuple(entries),
        issues=collector.all_issues(),
        ignored=tuple(collector.ignored),
        codes=_codes(entries),
        people=people_of(collector, entries),
        first_date=min(days, default=None),
        last_date=max(days, default=None),
        assumptions=tuple(collector.assumptions),
        ignored_codes=dict(collector.ignored_codes),
    )


def _columns(layout: Layout, dates: Mapping[int, date]) -> tuple[RosterColumn, ...]:
    """What every headed column was taken for. A transposed grid has its headers in rows."""
    columns: list[RosterColumn] = []
    headed = {column for row in layout.header_rows for column in layout.view[row]}
    for column in sorted(headed | layout.columns.keys()):
        header = layout.header_cell(column)
        meaning = "date" if column in layout.dates else layout.columns.get(column, "")
        columns.append(
            RosterColumn(
                position=f"row {column}" if layout.transposed else column_letter(column),
                header=header.text if header else "",
                meaning="" if meaning == "ignore" else meaning,
                date=dates.get(column),
            )
        )
    return tuple(columns)


def _codes(entries: list[RosterEntry]) -> tuple[RosterCode, ...]:
    """Every code in order of first appearance, with the times that most of its shifts state."""
    by_code: dict[str, list[RosterEntry]] = {}
    for entry in entries:
        by_code.setdefault(entry.code, []).append(entry)
    codes: list[RosterCode] = []
    for code, held in by_code.items():
        times = Counter((e.start, e.end, e.end_day_offset) for e in held if e.start is not None)
        start, end, offset = times.most_common(1)[0][0] if times else (None, None, None)
        codes.append(
            RosterCode(
                code=code, count=len(held), row=held[0].row, column=held[0].column,
                start=start, end=end, end_day_offset=offset,
            )
        )  # fmt: skip
    return tuple(codes)
