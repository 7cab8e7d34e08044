"""What every kind of place offers: a test, step by step, and taking a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from exports.destination.settings import FOLDER, HOSTED, destination_value
from integrations.contract import FileSent, FileWritten, Step
from integrations.doors import Doors


class Place(Protocol):
    """One kind of place. Never shows a reader half a file: a temporary name, the size, then the final name, the marker last."""

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk the way of a delivery with a hidden test file that is removed again."""
        ...

    def forget(self, doors: Doors, *, names: Sequence[str], before: datetime) -> int:
        """Remove these files, unless written since `before`, where we keep them ourselves. Returns how many."""
        ...

    def send(self, written: FileWritten, doors: Doors) -> FileSent:
        """Deliver a file. Raises ConfigError or TransientError; what was there before is then whole."""
        ...


def place_of(kind: str, doors: Doors) -> Place:
    """Where a connection's files go. `kind` is the connector's, for the name of a directory of its own."""
    where = destination_value(doors.settings, "where")
    if where == HOSTED:
        from exports.destination.hosted import HostedPlace

        return HostedPlace(kind)
    if where == FOLDER:
        from exports.destination.folder import FolderPlace

        return FolderPlace(kind)
    # The SSH library is loaded by the first test or delivery only: who shows pages or writes large files never pays for it.
    from exports.destination.sftp import SftpPlace

    return SftpPlace()


def token_of(run_token: str) -> str:
    """The mark of our temporary files."""
    return re.sub(r"[^A-Za-z0-9_-]", "", run_token)[:64] or "rotacast"
