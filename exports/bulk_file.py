"""A file of any number of rows, written by the database through a layout, in constant memory."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from exports.layouts import Layout
from exports.layouts.model import LINE_ENDINGS
from exports.layouts.render import dialect_of
from exports.layouts.to_sql import copy_options, end_mark, expressions_of, marks_ends
from exports.writers.csv import csv_bytes
from scheduling.selectors.bulk import bulk_columns, bulk_copy, bulk_filled

_BUFFER = 512 * 1024


@dataclass(frozen=True)
class BulkFile:
    """What was written."""

    path: Path
    rows: int
    bytes: int
    sha256: str


class _Sink(io.RawIOBase):
    """Below a buffer that gathers lines: gives them the layout's ending, counts bytes, hashes, writes."""

    def __init__(self, file: BinaryIO, mark: bytes, ending: bytes) -> None:
        self.bytes = 0
        self.digest = hashlib.sha256()
        self._file = file
        self._mark = mark
        self._ending = ending
        self._rest = b""

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any, /) -> int:
        """Some lines; the last may be unfinished."""
        block = self._rest + bytes(data)
        whole = block.rfind(b"\n") + 1
        self._rest = block[whole:]
        self.raw(block[:whole].replace(self._mark, self._ending))
        return len(data)

    def raw(self, block: bytes) -> None:
        """Bytes as they are."""
        self.bytes += len(block)
        self.digest.update(block)
        self._file.write(block)


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
    expressions = expressions_of(
        layout, kinds=bulk_columns(source), organization_zone=organization_zone, filled=bulk_filled(source)
    )
    with path.open("wb") as file:
        mark = end_mark(layout) if marks_ends(layout) else b"\n"
        sink = _Sink(file, mark, LINE_ENDINGS[layout.line_ending].encode())
        heads = [[column.header for column in layout.columns]] if layout.header else []
        for piece in csv_bytes(heads, dialect_of(layout)):
            sink.raw(piece)
        with io.BufferedWriter(sink, _BUFFER) as lines:
            rows = bulk_copy(
                source=source,
                expressions=expressions,
                options=copy_options(layout),
                file=lines,
                starts_from=starts_from,
                starts_before=starts_before,
            )
    return BulkFile(path, rows, sink.bytes, sink.digest.hexdigest())
