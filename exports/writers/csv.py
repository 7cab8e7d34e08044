"""Delimited text, byte-exact. Knows nothing of what the values mean.

Quoting follows RFC 4180: a quote inside a quoted value is doubled. A missing value (None) is written as the null token and never
quoted, so that a value that happens to look like the token, which is quoted, can be told apart.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_CHUNK = 64 * 1024
_BOMS = {"utf-8": codecs.BOM_UTF8, "utf-16le": codecs.BOM_UTF16_LE}


class CannotWrite(ValueError):
    """A value that the dialect cannot express. `index` counts the columns from 0, `row` the lines from 1."""

    def __init__(self, text: str, *, index: int, row: int) -> None:
        super().__init__(text)
        self.index = index
        self.row = row


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How values become lines. `quoting`: minimal, all, none (values that would need quotes are refused)."""

    delimiter: str = ","
    quoting: str = "minimal"
    line_ending: str = "\r\n"
    null: str = ""
    encoding: str = "utf-8"
    bom: bool = False


def csv_bytes(rows: Iterable[Sequence[str | None]], dialect: CsvDialect) -> Iterator[bytes]:
    """The lines in pieces of about 64 KiB. Raises CannotWrite."""
    if dialect.bom:
        yield _BOMS[dialect.encoding]
    pending: list[str] = []
    size = 0
    first = 1
    for number, values in enumerate(rows, start=1):
        line = _line(values, dialect, number)
        pending.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield _encoded(pending, dialect, first)
            pending, size, first = [], 0, number + 1
    if pending:
        yield _encoded(pending, dialect, first)


def _line(values: Sequence[str | None], dialect: CsvDialect, row: int) -> str:
    cells = [dialect.null if value is None else _cell(value, dialect, index, row) for index, value in enumerate(values)]
    if cells == [""]:
        return f'""{dialect.line_ending}'  # a blank line would read as no row at all
    return dialect.delimiter.join(cells) + dialect.line_ending


def _cell(value: str, dialect: CsvDialect, index: int, row: int) -> str:
    if dialect.quoting == "all":
        return '"' + value.replace('"', '""') + '"'
    special = dialect.delimiter in value or '"' in value or "\n" in value or "\r" in value or value == dialect.null
    if not special:
        return value
    if dialect.quoting == "none":
        raise CannotWrite(
            f"{value[:60]!r} holds a delimiter, a quote or a line break, or looks like a missing value, "
            "and this layout does not quote.",
            index=index,
            row=row,
        )
    return '"' + value.replace('"', '""') + '"'


def _encoded(lines: list[str], dialect: CsvDialect, first: int) -> bytes:
    try:
        return "".join(lines).encode(dialect.encoding)
    except UnicodeEncodeError:
        for row, line in enumerate(lines, start=first):
            try:
                line.encode(dialect.encoding)
            except UnicodeEncodeError as error:
                bad = line[error.start]
                raise CannotWrite(
                    f"the character {bad!r} (U+{ord(bad):04X}) does not exist in {dialect.encoding}.",
                    index=_column_at(line, error.start, dialect.delimiter),
                    row=row,
                ) from None
        raise


def _column_at(line: str, position: int, delimiter: str) -> int:
    """Which column a position of a line is in: delimiters outside quotes, counted."""
    index = 0
    quoted = False
    for character in line[:position]:
        if character == '"':
            quoted = not quoted
        elif character == delimiter and not quoted:
            index += 1
    return index
