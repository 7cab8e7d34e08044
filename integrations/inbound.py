"""What flows where files come to us: from what lies on a server to the changes that a file asks for. Part of the contract.

The order of a run: look, wait until a file rests, fetch it, keep a copy (the intent), read what is known, plan (pure), and then, in
one transaction, apply and write down that it was applied. Only afterwards is the file moved into the archive and the reports are
sent. A worker may die between any two of these: a copy that was kept is planned again, a file that was applied is never applied
twice, and one that could not be moved is known by its name, size and time, and by its content.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from integrations.failures import DeliveryError


class FileUnreadable(DeliveryError):
    """Nothing of the file can be used: its encoding, its header. A person must mend the file, or the settings."""


class FileTooLarge(FileUnreadable):
    """It was not even fetched."""


class DataMoved(Exception):
    """What the plan was made from has changed since: read again and plan again."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that lies where the connection looks. `modified` is the other side's own time, in UTC."""

    name: str
    bytes: int
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class FileFetched:
    """A local copy. `settled` False: the file changed while it was read, so the copy is worth nothing."""

    path: Path
    bytes: int
    sha256: str
    settled: bool = True


@dataclass(frozen=True)
class InboundContext:
    """What the plan may look at besides the file and the connector's own background. Nothing in it reads a clock or a database.

    `identifiers_used`: which of a person's identifiers other connections send by, with the names of those connections.
    """

    connection_name: str
    settings: Mapping[str, Any]
    organization_zone: str
    file_name: str
    now: datetime
    identifiers_used: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field: what it is called, what was there and what comes, both in words."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """What a row of the file changes. `apply` is for the connector alone: what it needs to carry the change out."""

    row: int
    key: str
    subject_type: str
    subject_id: uuid.UUID
    subject: str
    fields: tuple[FieldDifference, ...]
    apply: Any = None


@dataclass(frozen=True, slots=True)
class RowKept:
    """A row that says what is known already."""

    row: int
    key: str
    subject: str


@dataclass(frozen=True, slots=True)
class RowRejected:
    """A row that is not applied: the reason, and what would let it in. `group` gathers alike ones into one problem.

    `silent`: left out by design; it is counted by itself and is nobody's problem.
    """

    row: int
    key: str
    cause: str
    text: str
    fix: str
    group: str = ""
    silent: bool = False


@dataclass(frozen=True)
class FilePlan:
    """What a file would do. `stops` says why no part of it may be applied without a person's word; empty: it may."""

    rows: int
    matched: int
    changes: tuple[RowChange, ...]
    kept: tuple[RowKept, ...]
    rejected: tuple[RowRejected, ...]
    notes: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def unchanged(self) -> int:
        """Rows that say what is known already."""
        return len(self.kept)

    @property
    def refused(self) -> tuple[RowRejected, ...]:
        """Rows that are somebody's problem."""
        return tuple(one for one in self.rejected if not one.silent)

    @property
    def unmatched(self) -> int:
        """Rows that are left out by design."""
        return sum(1 for one in self.rejected if one.silent)

    def digest(self, sha256: str) -> str:
        """Binds a person's word to exactly this file and exactly these changes and rejections."""
        told = [
            sha256,
            [(one.row, str(one.subject_id), [(f.name, f.was, f.now) for f in one.fields]) for one in self.changes],
            [(one.row, one.cause) for one in self.rejected],
            list(self.stops),
        ]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Report:
    """A report of what became of a file."""

    name: str
    content: bytes
    rows: int


@dataclass(frozen=True)
class Reports:
    """The two reports of a file."""

    accepted: Report
    rejected: Report

    def both(self) -> Sequence[Report]:
        """Accepted first."""
        return (self.accepted, self.rejected)
