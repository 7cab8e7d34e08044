"""An Excel workbook into a sheet, row by row, within limits."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.worksheet._reader import WorkSheetParser

from scheduling.roster.text import clean
from scheduling.roster.types import (
    Cell,
    CellValue,
    MergedRange,
    ReadLimits,
    RosterFileError,
    Sheet,
    column_letter,
)
from scheduling.roster.zip_guard import workbook_guard

_ZEROS = re.compile(r"0{2,}")
_SAVE_AGAIN = "Open it in Excel and save it again as .xlsx, or as CSV."


@dataclass
class _Content:
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: tuple[MergedRange, ...] = ()
    hidden: frozenset[int] = frozenset()


def xlsx_sheet(data: bytes, *, wanted: str | None, limits: ReadLimits) -> Sheet:
    """Read one worksheet: the wanted one, or the first visible one that has content."""
    workbook_guard(data, limits=limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about parts it leaves out; none matter here
            return _read(data, wanted, limits)
    except RosterFileError:
        raise
    except Exception as error:  # A parser of foreign bytes may raise anything; all of it means one thing.
        raise RosterFileError("The workbook is damaged and cannot be read.", advice=_SAVE_AGAIN) from error


def _read(data: bytes, wanted: str | None, limits: ReadLimits) -> Sheet:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        worksheets = list(book.worksheets)
        names = tuple(worksheet.title for worksheet in worksheets)
        if not names:
            raise RosterFileError("The workbook has no worksheet.", advice=_SAVE_AGAIN)
        if wanted is not None:
            worksheets = [worksheet for worksheet in worksheets if worksheet.title == wanted]
            if not worksheets:
                listed = ", ".join(f"“{name}”" for name in names)
                raise RosterFileError(f"The workbook has no worksheet “{wanted}”.", advice=f"Choose one of {listed}.")
        else:  # False sorts first: visible before hidden, otherwise as they stand
            worksheets.sort(key=lambda worksheet: worksheet.sheet_state != "visible")
        for worksheet in worksheets:
            content = _content_of(worksheet, limits)
            if content.rows:
                return _sheet_of(worksheet.title, names, content)
    finally:
        book.close()
    raise RosterFileError("The workbook has no filled cell.", advice="Choose the roster file again.")


def _sheet_of(title: str, names: tuple[str, ...], content: _Content) -> Sheet:
    notices: tuple[str, ...] = ()
    if len(names) > 1:
        others = ", ".join(f"“{name}”" for name in names if name != title)
        notices = (f"Worksheet “{title}” was read; the workbook also has {others}.",)
    hidden = content.hidden & content.rows.keys()
    return Sheet(
        name=title,
        format="xlsx",
        rows=content.rows,
        sheet_names=names,
        merged=content.merged,
        hidden_rows=frozenset(hidden),
        notices=notices,
    )


def _content_of(worksheet: Any, limits: ReadLimits) -> _Content:
    """The filled cells of a worksheet.

    openpyxl's public read-only rows hide merged ranges and hidden rows and fill every gap with empty
    cells, so that one stray cell in the last column costs 16,384 cells a row; its own parser does neither.
    """
    content = _Content()
    book = worksheet.parent
    cells = 0
    with worksheet._get_source() as source:
        parser: Any = WorkSheetParser(
            source,
            worksheet._shared_strings,
            data_only=False,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, found in parser.parse():
            row = _row_of(worksheet, number, found, limits)
            if not row:
                continue
            if number in content.rows:
                raise RosterFileError(f"The workbook holds row {number} twice.", advice=_SAVE_AGAIN, row=number)
            content.rows[number] = row
            cells += len(row)
            if len(content.rows) > limits.rows or cells > limits.cells:
                many = f"{limits.rows:,} rows" if len(content.rows) > limits.rows else f"{limits.cells:,} filled cells"
                raise RosterFileError(
                    f"Worksheet “{worksheet.title}” has more than {many}.",
                    advice="Import it in shorter date ranges.",
                    row=number,
                )
    content.rows = dict(sorted(content.rows.items()))
    content.hidden = frozenset(
        int(key) for key, attributes in parser.row_dimensions.items() if attributes.get("hidden") in {"1", "true"}
    )
    if parser.merged_cells is not None:
        content.merged = tuple(
            MergedRange(block.min_row, block.max_row, block.min_col, block.max_col)
            for block in parser.merged_cells.mergeCell
        )
    return content


def _row_of(worksheet: Any, number: int, found: list[dict[str, Any]], limits: ReadLimits) -> dict[int, Cell]:
    row: dict[int, Cell] = {}
    for raw in found:
        if raw["value"] is None:
            continue
        column = int(raw["column"])
        cell = _cell_of(worksheet, number, column, raw)
        if cell is None:
            continue
        if column > limits.columns:
            raise RosterFileError(
                f"Cell {column_letter(column)}{number} is beyond {limits.columns} columns.",
                advice="Remove what is not the roster, or import it in shorter date ranges.",
                row=number,
                column=column_letter(column),
            )
        row[column] = cell
    return dict(sorted(row.items()))


def _cell_of(worksheet: Any, number: int, column: int, raw: dict[str, Any]) -> Cell | None:
    value = raw["value"]
    if raw["data_type"] == "f":
        formula = getattr(value, "text", None) or value  # array formulas are objects
        text = formula if isinstance(formula, str) else "=…"
        return Cell(number, column, clean(text), text, formula=True)
    if isinstance(value, str):
        text = clean(value)
        return Cell(number, column, text, text, formula=text.startswith("=")) if text else None
    if isinstance(value, bool):
        return Cell(number, column, "TRUE" if value else "FALSE", value)
    if isinstance(value, int | float):
        shown = ReadOnlyCell(worksheet, number, column, None, "n", raw["style_id"]).number_format
        text, kept = _number(value, str(shown))
        return Cell(number, column, text, kept)
    if isinstance(value, date | time | timedelta):
        return Cell(number, column, _moment_text(value), value)
    text = clean(str(value))
    return Cell(number, column, text, text) if text else None


def _number(value: int | float, shown: str) -> tuple[str, CellValue]:
    """The digits of a whole number without ``.0``, padded with zeros where the cell's format pads them."""
    if isinstance(value, float) and not value.is_integer():
        return repr(value), value
    whole = int(value)
    text = str(whole)
    first_section = shown.split(";")[0].replace("\\", "").replace('"', "")
    if whole >= 0 and _ZEROS.fullmatch(first_section):
        text = text.zfill(len(first_section))
    return text, whole


def _moment_text(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        at_midnight = value.time() == time(0)
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    minutes = round(value.total_seconds() / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
