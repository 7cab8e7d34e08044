"""Zip archives that come out the same each time: entries in the order given, one time stamp for all.

Entries are written as they are made, so nothing is on the disk twice. Compression is Intel's ISA-L, which on tables is several
times as fast as zlib and makes them no larger; the archive is an ordinary deflated one.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from isal import isal_zlib

_EARLIEST = datetime(1980, 1, 1)  # noqa: DTZ001 - a zip time stamp has no zone
_LEVEL = 2


class ZipWriter:
    """An archive under way. `at` is the entries' time stamp (its wall time is taken). Memory does not grow with size."""

    def __init__(self, path: Path, *, at: datetime) -> None:
        stamp = max(at.replace(tzinfo=None), _EARLIEST)
        self._stamp = (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
        self._archive = zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED)

    @contextmanager
    def entry(self, name: str) -> Iterator[IO[bytes]]:
        """Write one file of any size: nobody knows it before its end, so the archive allows for more than 4 GB."""
        info = zipfile.ZipInfo(name, self._stamp)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._archive.open(info, "w", force_zip64=True) as file:
            # The standard library offers no other way to choose the compressor; the interface is zlib's.
            file._compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)  # type: ignore[attr-defined]
            yield file

    def close(self) -> None:
        """Finish the archive."""
        self._archive.close()


@contextmanager
def zip_open(path: Path, *, at: datetime) -> Iterator[ZipWriter]:
    """An archive to write; finished at the end."""
    archive = ZipWriter(path, at=at)
    try:
        yield archive
    finally:
        archive.close()
