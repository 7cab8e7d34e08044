"""Workbooks for people: sheets of text in tables, ready to print. Knows nothing of what the texts mean.

Every cell is written as text, so what begins with = + - or @ is shown, never calculated. Rows are streamed: memory does not grow with
their number. The same sheets give the same bytes: the only moment in the file is the one that is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

LETTER: Final = 1  # paper sizes as spreadsheets number them
A4: Final = 9
PAPERS: Final[Mapping[str, int]] = {"letter": LETTER, "a4": A4}
LONGEST_CELL: Final = 32_767
LONGEST_TITLE: Final = 31

_LINE_HEIGHT: Final = 13.5  # points, of the font below
_HEIGHTS: Final[Mapping[str, float]] = {"title": 24.0, "note": 15.0, "group": 18.0}
_FONT: Final = {"font_name": "Arial", "font_size": 10, "valign": "top"}
_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {"text_wrap": True, "bottom": 4, "bottom_color": "#B8C1CC"},
    "strong": {"text_wrap": True, "bold": True, "bottom": 4, "bottom_color": "#B8C1CC"},
    "alarm": {"text_wrap": True, "bold": True, "bottom": 4, "bottom_color": "#B8C1CC", "bg_color": "#FBE3C8"},
    "group": {"bold": True, "font_size": 12, "bg_color": "#DCE6F1", "top": 1},
    "title": {"bold": True, "font_size": 16},
    "note": {"font_color": "#44505E"},
    "header": {"bold": True, "text_wrap": True, "bottom": 2, "bg_color": "#F1F4F7"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet; texts hold no line breaks. `style`: plain, strong, alarm, or group for a heading across the table."""

    cells: Sequence[str]
    style: str = "plain"


@dataclass(frozen=True)
class Sheet:
    """A sheet: a title, lines that say what it is and as of when, the table's columns with their widths in characters, its rows."""

    name: str
    title: str
    notes: tuple[str, ...]
    columns: tuple[tuple[str, float], ...]
    lines: Iterable[Line]
    footer: str = ""


def workbook_write(path: Path, sheets: Iterable[Sheet], *, at: datetime, author: str, paper: str = "letter") -> int:
    """Write the sheets; returns how many rows that are no headings. `at` is the moment the workbook says it was made (UTC)."""
    rows = 0
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "in_memory": False,
            "tmpdir": str(path.parent),
        },
    )
    try:
        book.set_properties({"author": author, "created": at.astimezone(UTC).replace(tzinfo=None)})
        formats = {name: book.add_format({**_FONT, **style}) for name, style in _STYLES.items()}
        for sheet in sheets:
            rows += _sheet_write(book.add_worksheet(sheet.name[:LONGEST_TITLE]), sheet, formats, PAPERS[paper])
    finally:
        book.close()
    return rows


def _sheet_write(page: Any, sheet: Sheet, formats: Mapping[str, Any], paper: int) -> int:
    last = len(sheet.columns) - 1
    header = 1 + len(sheet.notes)
    page.set_landscape()
    page.set_paper(paper)
    page.fit_to_pages(1, 0)  # one page wide, as many as it takes high
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.repeat_rows(header)
    page.set_footer(f"&L{_printed(sheet.footer)}&RPage &P of &N")
    page.hide_gridlines(2)
    for index, (_, width) in enumerate(sheet.columns):
        page.set_column(index, index, width)
    page.freeze_panes(header + 1, 0)
    page.set_row(0, _HEIGHTS["title"])
    page.write_string(0, 0, sheet.title, formats["title"])
    for index, note in enumerate(sheet.notes, start=1):
        page.set_row(index, _HEIGHTS["note"])
        page.write_string(index, 0, note, formats["note"])
    for index, (title, _) in enumerate(sheet.columns):
        page.write_string(header, index, title, formats["header"])
    row, counted = header, 0
    for line in sheet.lines:
        row += 1
        style = formats[line.style]
        if line.style == "group":
            page.set_row(row, _HEIGHTS["group"])
            page.write_string(row, 0, line.cells[0][:LONGEST_CELL], style)
            for index in range(1, last + 1):
                page.write_blank(row, index, None, style)
            continue
        counted += 1
        tall = _lines_of(line.cells, sheet.columns)
        if tall > 1:
            page.set_row(row, tall * _LINE_HEIGHT)
        for index, text in enumerate(line.cells):
            page.write_string(row, index, text[:LONGEST_CELL], style)
    page.print_area(0, 0, max(row, header), last)
    return counted


def _lines_of(cells: Sequence[str], columns: Sequence[tuple[str, float]]) -> int:
    """How many lines the fullest cell takes. Spreadsheets that only print do not measure this themselves."""
    most = 1
    for text, (_, width) in zip(cells, columns, strict=True):
        if len(text) > width:
            most = max(most, -(-len(text) // max(int(width * 0.95), 1)))
    return most


def _printed(text: str) -> str:
    """In headers and footers an ampersand begins a command."""
    return text.replace("&", "&&")
