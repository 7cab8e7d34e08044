"""A file of any number of rows, written by the database through a layout, in constant memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from exports.layouts import Layout
from exports.layouts.model import LINE_ENDINGS
from exports.layouts.render import dialect_of
from exports.layouts.to_sql import copy_options, expressions_of
from exports.writers.csv import csv_bytes
from scheduling.selectors.bulk import LimitValue, RowSink, bulk_columns, bulk_copy, bulk_filled

_GATHERED = 2000


@dataclass(frozen=True)
class BulkFile:
    """What was written."""

    rows: int
    bytes: int
    sha256: str


class _Sink:
    """Takes the lines of COPY one by one, as it gives them: gives them the layout's ending, counts bytes, hashes, writes.

    A line is told from a line break inside a value by being a call of its own. Lines are gathered, so that what is done for each
    stays small.
    """

    def __init__(self, file: RowSink, ending: bytes) -> None:
        self.bytes = 0
        self.digest = hashlib.sha256()
        self._file = file
        self._ending = ending
        self._lines: list[bytes] = []

    def write(self, line: bytes, /) -> None:
        """One line, with its line feed."""
        self._lines.append(line[:-1])
        if len(self._lines) == _GATHERED:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        self._lines.append(b"")
        self.raw(self._ending.join(self._lines))
        self._lines.clear()

    def raw(self, block: bytes) -> None:
        """Bytes as they are."""
        self.bytes += len(block)
        self.digest.update(block)
        self._file.write(block)


def bulk_file_write(
    *,
    source: str,
    layout: Layout,
    file: RowSink,
    organization_zone: str,
    limits: Mapping[str, LimitValue] | None = None,
    most: int | None = None,
) -> BulkFile:
    """Write a bulk source, or the first `most` rows of it, through a layout. Call inside tenant_transaction(snapshot=True).

    Raises LayoutError.
    """
    expressions = expressions_of(
        layout, kinds=bulk_columns(source), organization_zone=organization_zone, filled=bulk_filled(source)
    )
    sink = _Sink(file, LINE_ENDINGS[layout.line_ending].encode())
    heads = [[column.header for column in layout.columns]] if layout.header else []
    for piece in csv_bytes(heads, dialect_of(layout)):
        sink.raw(piece)
    options = copy_options(layout)
    rows = bulk_copy(source=source, expressions=expressions, options=options, file=sink, limits=limits, most=most)
    sink.flush()
    return BulkFile(rows, sink.bytes, sink.digest.hexdigest())
