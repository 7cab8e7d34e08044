"""What every place that files are picked up from offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from exports.destination.settings import FOLDER, HOSTED, destination_value
from integrations.contract import FileFetched, FileTooLarge, FileWritten, RemoteFile, Step
from integrations.doors import Doors

TIMEOUT_S = 120.0
SLOWEST_BYTES_PER_S = 100_000


class Inbox(Protocol):
    """One kind of place, as one connection sees it. Names come from the other side: only plain files of plain names are seen."""

    def files(self, doors: Doors) -> Sequence[RemoteFile]:
        """The plain files there, by name."""
        ...

    def fetch(self, file: RemoteFile, doors: Doors, local: Path, *, limit: int) -> FileFetched:
        """A copy in `local`. Raises FileTooLarge, ConfigError or TransientError."""
        ...

    def move(self, file: RemoteFile, folder: str, as_name: str, doors: Doors) -> bool:
        """Move it, never over another one; False when another file has taken its place. Asked again: True if it lies there."""
        ...

    def put(self, written: FileWritten, folder: str, doors: Doors) -> None:
        """Put a file of ours there, replacing one of the same name in one step."""
        ...

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk to the directory. The last step tells whether it can be listed."""
        ...

    def folder_there(self, folder: str, doors: Doors) -> bool:
        """Whether a directory is there."""
        ...


def inbox_of(kind: str, doors: Doors) -> Inbox:
    """Where a connection's files come from. `kind` is the connector's, for the name of a directory of its own."""
    where = destination_value(doors.settings, "where")
    if where in (HOSTED, FOLDER):
        from exports.pickup.local import LocalPlace

        return LocalPlace(kind, hosted=where == HOSTED)
    # The SSH library is loaded by the first look only.
    from exports.pickup.sftp import SftpInbox

    return SftpInbox()


def too_large(name: str, limit: int) -> FileTooLarge:
    """It is not fetched at all, or no further."""
    return FileTooLarge(
        f"{name} is longer than {limit // 1024 // 1024} MB, so it was not fetched. Have it split, or the wrong file taken away.",
        code="too_large",
    )
