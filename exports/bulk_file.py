"""A file of any number of rows, written by the database through a layout, in constant memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from exports.layouts import Layout
from exports.layouts.model import LINE_ENDINGS
from exports.layouts.render import dialect_of
from exports.layouts.to_sql import copy_options, expressions_of
from exports.writers.csv import csv_bytes
from scheduling.selectors.bulk import bulk_columns, bulk_copy

_LINES = 2_000


@dataclass(frozen=True)
class BulkFile:
    """What was written."""

    path: Path
    rows: int
    bytes: int
    sha256: str


class LineSink:
    """Takes finished lines one by one and writes them in batches: counts, hashes, and gives lines the layout's ending."""

    def __init__(self, file: BinaryIO, line_ending: bytes) -> None:
        self.rows = 0
        self.bytes = 0
        self._file = file
        self._ending = line_ending
        self._lines: list[bytes] = []
        self._digest = hashlib.sha256()

    def write(self, data: bytes, /) -> None:
        """One line, ended by a line feed."""
        self._lines.append(data)
        if len(self._lines) >= _LINES:
            self.flush()

    def flush(self) -> None:
        """Write out what waits."""
        lines, self._lines = self._lines, []
        if self._ending == b"\n":
            block = b"".join(lines)
        else:
            # Only the line's own end is changed: line feeds inside quoted values are data.
            block = self._ending.join([line[:-1] for line in lines]) + (self._ending if lines else b"")
        self.rows += len(lines)
        self.raw(block)

    def raw(self, block: bytes) -> None:
        """Bytes that are no row: a header."""
        self.bytes += len(block)
        self._digest.update(block)
        self._file.write(block)

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._digest.hexdigest()


def bulk_file_write(
    *,
    source: str,
    layout: Layout,
    path: Path,
    organization_zone: str,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> BulkFile:
    """Write a bulk source through a layout. Call inside tenant_transaction(snapshot=True). Raises LayoutError."""
    expressions = expressions_of(layout, kinds=bulk_columns(source), organization_zone=organization_zone)
    with path.open("wb") as file:
        sink = LineSink(file, LINE_ENDINGS[layout.line_ending].encode())
        heads = [[column.header for column in layout.columns]] if layout.header else []
        for piece in csv_bytes(heads, dialect_of(layout)):
            sink.raw(piece)
        bulk_copy(
            source=source,
            expressions=expressions,
            options=copy_options(layout),
            file=sink,
            starts_from=starts_from,
            starts_before=starts_before,
        )
        sink.flush()
    return BulkFile(path, sink.rows, sink.bytes, sink.sha256)
