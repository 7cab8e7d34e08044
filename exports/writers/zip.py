"""Zip archives that come out the same each time: entries in the order given, one time stamp for all, no extra fields."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

_EARLIEST = datetime(1980, 1, 1)  # noqa: DTZ001 - a zip time stamp has no zone
_COPY_CHUNK = 1024 * 1024


def zip_write(path: Path, entries: Iterable[tuple[str, Path | bytes]], *, at: datetime, level: int = 4) -> None:
    """Write an archive of named files. `at` is the entries' time stamp (its wall time is taken). Memory does not grow with size."""
    stamp = max(at.replace(tzinfo=None), _EARLIEST)
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            big = isinstance(content, Path) and content.stat().st_size > 2**31 - 1
            with archive.open(info, "w", force_zip64=big) as entry:
                if isinstance(content, Path):
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, entry, _COPY_CHUNK)
                else:
                    entry.write(content)
