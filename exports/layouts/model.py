"""What a file layout is. A layout is data that an administrator may clone, change, export and import."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FIELD_ROLES = ("", "start", "end", "day", "hours", "record")
FIELD_KINDS = ("text", "integer", "boolean", "date", "wall", "instant")
QUOTING = ("minimal", "all", "none")
ZONES = ("organization", "department", "mapping", "utc")
OVERNIGHT = ("as_is", "split")
OVER_LONG = ("refuse", "cut")
LINE_BREAKS = ("keep", "space")
LINE_ENDINGS = {"crlf": "\r\n", "lf": "\n"}
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "us-ascii", "utf-16le")
MOST_COLUMNS = 200
LONGEST_NAME = 120  # of a layout, and of its file before the parts in braces are filled
NAMED_FORMATS = ("date", "time", "datetime")


class LayoutError(ValueError):
    """A layout that cannot be used, or a value that it cannot write.

    `column` is the header it is about, if it is about one, and `index` its place from 0. `part` is what is wrong: a part of the layout
    or of the column; empty for a value. `row` counts rows from 1. `text` says what is wrong and not where.
    """

    def __init__(
        self, text: str, *, column: str = "", part: str = "", index: int | None = None, row: int = 0, where: str = ""
    ) -> None:
        super().__init__(f"Column {column}: {where}{text}" if column else where + text)
        self.text = text
        self.column = column
        self.part = part
        self.index = index
        self.row = row

    def at(self, *, part: str | None = None, index: int | None = None, row: int | None = None) -> LayoutError:
        """The same about a part, or a place."""
        self.part = self.part if part is None else part
        self.index = self.index if index is None else index
        self.row = self.row if row is None else row
        return self


@dataclass(frozen=True, slots=True)
class Field:
    """A field that the records of a connector offer to its layouts.

    `kind`: text, integer, boolean, date (ISO date), wall (ISO wall time, written as it is) or instant (ISO with offset, converted
    to the layout's zone).

    `role`, for layouts with one row per local day: start and end are the instants by which a record is cut, each named once; day is a
    date and hours a decimal number or hh:mm that follow; record is an identifier, which gets the day added where it would stand twice.
    """

    name: str
    label: str
    kind: str = "text"
    role: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Exactly one of `source` (a field) and `template` is set; both empty writes an empty column.

    `format`, for dates and times: date, time or datetime for the layout's pattern, or a pattern of its own. `limit` is the most
    characters it may have.
    """

    header: str
    source: str = ""
    template: str = ""
    format: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole file. `file_name` knows {kind}, {organization}, {date}, {time} and {sequence}.

    `null` is what stands for a missing value; an empty text is a missing value too. `line_breaks` says what becomes of line breaks
    inside values. `replaces` allows a file name that is the same each time. `overnight`: as_is, or split for one row per local day.
    """

    name: str
    columns: tuple[Column, ...]
    file_name: str
    delimiter: str = ","
    quoting: str = "minimal"
    header: bool = True
    encoding: str = "utf-8"
    bom: bool = False
    line_ending: str = "crlf"
    null: str = ""
    date_pattern: str = "YYYY-MM-DD"
    time_pattern: str = "HH:mm"
    datetime_pattern: str = "YYYY-MM-DD[T]HH:mm:ss"
    zone: str = "department"
    overnight: str = "as_is"
    over_long: str = "refuse"
    line_breaks: str = "keep"
    replaces: bool = False

    def pattern(self, column: Column) -> str:
        """The pattern a column is written by; empty when it has none."""
        named = {"date": self.date_pattern, "time": self.time_pattern, "datetime": self.datetime_pattern}
        return named.get(column.format, column.format)


@dataclass
class RenderReport:
    """What rendering noticed: rows written, and per column how many values were cut."""

    rows: int = 0
    cut: Counter[str] = field(default_factory=Counter)

    @property
    def warnings(self) -> tuple[str, ...]:
        """In words, for the receipt."""
        return tuple(f"Column {name}: {count} values were too long and were cut." for name, count in self.cut.items())
