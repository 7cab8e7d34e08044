"""Separated text into a sheet: which encoding, which separator, then RFC 4180."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from scheduling.roster.text import clean
from scheduling.roster.types import Cell, ReadLimits, RosterFileError, Sheet, column_letter

_DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SNIFFED_LINES = 40
_LONGEST_CELL = 100_000


def csv_sheet(data: bytes, *, name: str, limits: ReadLimits) -> Sheet:
    """Row numbers are those a spreadsheet would show. Raises RosterFileError."""
    text, encoding, notices = _decoded(data)
    hint, skipped = _excel_separator_hint(text)
    delimiter = hint or _delimiter_of(text)
    rows: dict[int, dict[int, Cell]] = {}
    cells = 0
    for number, fields in _records(text, delimiter):
        if number <= skipped:
            continue
        row = _row_of(number, fields, limits)
        if not row:
            continue
        rows[number] = row
        cells += len(row)
        if len(rows) > limits.rows or cells > limits.cells:
            what = f"{limits.rows:,} rows" if len(rows) > limits.rows else f"{limits.cells:,} filled cells"
            raise RosterFileError(
                f"The file has more than {what}.", advice="Import it in shorter date ranges.", row=number
            )
    if not rows:
        raise RosterFileError("The file has no filled cell.", advice="Choose the roster file again.")
    notices = (*notices, f"Read as {encoding} text separated by {_DELIMITER_NAMES[delimiter]}.")
    return Sheet(name=name, format="csv", rows=rows, encoding=encoding, delimiter=delimiter, notices=notices)


def _decoded(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise RosterFileError("The file is UTF-32 text, which is not read.", advice="Save it as CSV UTF-8.")
    notices: tuple[str, ...] = ()
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text, encoding = data.decode("utf-16"), "UTF-16"
        else:
            try:
                text, encoding = data.decode("utf-8-sig"), "UTF-8"
            except UnicodeDecodeError:
                text, encoding = data.decode("cp1252"), "Windows-1252"
                notices = ("The file is not UTF-8, so it was read as Windows-1252: check names with accents.",)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RosterFileError(
            f"Line {line} holds bytes that are text in none of UTF-8, UTF-16 and Windows-1252.",
            advice="Save the file as CSV UTF-8.",
            row=line,
        ) from error
    at = text.find("\x00")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        raise RosterFileError(
            f"Line {line} holds a NUL character, so the file is not plain text.",
            advice="Save it as CSV UTF-8, or as an Excel workbook (.xlsx).",
            row=line,
        )
    return text, encoding, notices


def _excel_separator_hint(text: str) -> tuple[str | None, int]:
    """Excel's own first line ``sep=;`` names the separator and is no row of the table."""
    first = text.split("\n", 1)[0].strip().strip('"')
    if len(first) == 5 and first.lower().startswith("sep=") and first[4] in _DELIMITERS:
        return first[4], 1
    return None, 0


def _delimiter_of(text: str) -> str:
    """The separator that most lines have equally often, quoted text left out of the count."""
    sample = text[:200_000]
    best, best_score = ",", 0
    for delimiter in _DELIMITERS:
        counts: Counter[int] = Counter()
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            for fields in reader:
                if any(fields):
                    counts[len(fields) - 1] += 1
                if counts.total() >= _SNIFFED_LINES:
                    break
        except csv.Error:
            pass  # The real reading below says what is wrong and where.
        counts.pop(0, None)
        score = max((separators * lines for separators, lines in counts.items()), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, line = 0, 0
    while True:
        number, line = number + 1, reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken_line(line, str(error)) from error
        yield number, fields


def _broken_line(line: int, reason: str) -> RosterFileError:
    if "limit" in reason:
        return RosterFileError(
            f"The row that starts on line {line} has a cell too long to read.",
            advice='A closing quotation mark may be missing: check that every " that opens a cell is closed.',
            row=line,
        )
    if "unexpected end" in reason:
        problem = "opens a quotation mark that is never closed"
    elif "expected after" in reason:
        problem = "has text after a closing quotation mark"
    else:
        problem = "is not well-formed separated text"
    return RosterFileError(
        f"The row that starts on line {line} {problem}.",
        advice='Write a quotation mark inside a quoted cell twice: "Jo ""Jack"" Doe".',
        row=line,
    )


def _row_of(number: int, fields: list[str], limits: ReadLimits) -> dict[int, Cell]:
    row: dict[int, Cell] = {}
    for index, raw in enumerate(fields, start=1):
        text = clean(raw)
        if not text:
            continue
        if index > limits.columns:
            raise RosterFileError(
                f"Row {number} has more than {limits.columns} columns.",
                advice="Import it in shorter date ranges.",
                row=number,
                column=column_letter(index),
            )
        if len(text) > _LONGEST_CELL:
            raise RosterFileError(
                f"Cell {column_letter(index)}{number} holds {len(text):,} characters.",
                advice="Check that every quotation mark is closed.",
                row=number,
                column=column_letter(index),
            )
        row[index] = Cell(number, index, text, text, formula=text.startswith("="))
    return row
