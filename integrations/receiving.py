"""The contract of a connector that receives (mode inbound): effects at both ends, and a pure middle."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from integrations.contract import Connector, Desired, FileWritten, Mode, Skipped, Unit
from integrations.doors import Doors
from integrations.inbound import FileFetched, FilePlan, InboundContext, RemoteFile, Reports
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.types import Actor


class InboundConnector(Connector):
    """Takes files in. The engine knows what was seen, claimed and applied; a connector only looks, fetches, plans, applies, moves.

    `look`, `fetch`, `archive` and `send_report` use the network and are called without a database transaction; `background` and
    `apply` are called inside one and use no network; `plan` and `reports` are pure.
    """

    mode = Mode.INBOUND
    all_assignments = True
    largest_bytes: ClassVar[int] = 64 * 1024 * 1024

    def desired(self, unit: Unit, context: Any) -> Iterable[Desired | Skipped]:
        """Nothing is sent."""
        return ()

    def settle_seconds(self, settings: Mapping[str, Any]) -> int:
        """How long a file must have kept its size and time before it is taken."""
        return 60

    def archives(self, settings: Mapping[str, Any]) -> bool:
        """Whether a file is moved out of the way when it is done with."""
        return True

    def uploads_reports(self, settings: Mapping[str, Any]) -> bool:
        """Whether the reports go back to the other side."""
        return False

    @abstractmethod
    def look(self, doors: Doors) -> Iterable[RemoteFile]:
        """The files that are meant for this connection, changing nothing. Raises ConfigError or TransientError."""

    @abstractmethod
    def fetch(self, file: RemoteFile, doors: Doors, spool: Path) -> FileFetched:
        """A copy of a file in `spool`. Raises FileTooLarge, ConfigError or TransientError."""

    @abstractmethod
    def background(self, settings: Mapping[str, Any]) -> Any:
        """What the plan compares with, as plain data, read through selectors. Called inside tenant_transaction(snapshot=True)."""

    @abstractmethod
    def background_of(
        self, people: Sequence[PersonInfo], departments: Sequence[DepartmentInfo], personnel_types: Sequence[str]
    ) -> Any:
        """The same from the values of an example, without a database."""

    @abstractmethod
    def plan(self, content: bytes, background: Any, context: InboundContext) -> FilePlan:
        """What the file would change, row by row. Pure. Raises FileUnreadable when nothing of it can be used."""

    @abstractmethod
    def reports(self, plan: FilePlan, context: InboundContext) -> Reports:
        """What was accepted and what was not, as files. Pure: the same plan, the same bytes."""

    @abstractmethod
    def apply(self, plan: FilePlan, *, actor: Actor, now: datetime, reason: str) -> None:
        """Carry out every change, or raise. Called inside tenant_transaction. Raises DataMoved when the plan is out of date."""

    @abstractmethod
    def archive(self, file: RemoteFile, as_name: str, doors: Doors) -> bool:
        """Move a file out of the way under that name, never over another one. True also when it was moved before.

        False: what lies there is no longer this file, so it stays. Raises ConfigError or TransientError.
        """

    def send_report(self, written: FileWritten, doors: Doors) -> None:
        """Put a report where the connection's settings say. Raises ConfigError or TransientError."""
        raise NotImplementedError(f"{self.kind} sends no reports")
