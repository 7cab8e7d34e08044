"""Frozen values of the engine that pages, the API and other packages may read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple

from integrations.lanes import RUNNING
from integrations.mapping_fields import NO_TYPE, Subject
from scheduling.types import AssignmentInfo, DepartmentInfo


class RowKey(NamedTuple):
    """A row of a mapping table by what it is about and its number.

    As a text it is "<id>/<number>"; a pair of types is "<personnel type or none>.<assignment type>/1".
    """

    about: tuple[uuid.UUID | None, ...]
    number: int

    def __str__(self) -> str:
        return f"{'.'.join(NO_TYPE if one is None else str(one) for one in self.about)}/{self.number}"


@dataclass(frozen=True)
class ConnectionInfo:
    """A connection as pages need it."""

    id: int
    public_id: uuid.UUID
    kind: str
    title: str
    nature: str
    name: str
    state: str
    lane: str
    hold: str
    hold_text: str
    settings: Mapping[str, Any]
    test_settings: Mapping[str, Any]
    revision: int
    recurrence: Mapping[str, Any] | None
    next_due_at: datetime | None
    in_step_number: int
    in_step_at: datetime | None
    tested_at: datetime | None
    test_tested_at: datetime | None  # of the destination for tests
    safety_percent: int
    silence_by: time | None
    keep_days: int
    open_problems: int

    @property
    def running(self) -> bool:
        """True if runs are carried out: not off, and nothing holds it."""
        return self.state in RUNNING and not self.hold


@dataclass(frozen=True)
class RunInfo:
    """A run as pages need it."""

    id: int
    public_id: uuid.UUID
    lane: str
    state: str
    triggers: tuple[str, ...]
    full: bool
    publication: int | None
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tries: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: int
    rejected: int
    rows: int
    bytes: int
    code: str
    text: str
    actor: str
    times: int
    created_at: datetime


@dataclass(frozen=True)
class BoardCard:
    """A connection on the board. `runs` are the latest, oldest first; `active` is the run that waits or is under way.

    `listens`: a publication starts a run at once. `receives`: files come in instead of going out. `incident` says why it
    cannot deliver, empty when it can; `silence` since when nothing was delivered that should have been.
    """

    info: ConnectionInfo
    listens: bool
    runs: tuple[RunInfo, ...]
    active: RunInfo | None
    incident: str
    receives: bool = False
    silence: str = ""

    @property
    def last(self) -> RunInfo | None:
        """The latest run that has ended."""
        return next(
            (run for run in reversed(self.runs) if run.finished_at is not None and run.code != "switched"), None
        )


@dataclass(frozen=True)
class AttemptInfo:
    """One try at sending a record or a file, and the answer."""

    at: datetime
    kind: str
    label: str
    recipient: str
    request: Mapping[str, Any] | None
    result: str
    status: int | None
    code: str
    text: str
    artifact: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class LayoutMark:
    """Which layout a file was written with: a version of the connection's own, or one that the connector shipped in its version."""

    setting: str  # the setting that it stood in, or setting.part
    name: str
    version: int  # 0: shipped
    shipped: int  # the connector's version then


@dataclass(frozen=True, slots=True)
class LayoutVersionInfo:
    """A layout that a connection has or once had."""

    setting: str
    number: int
    name: str
    content: str
    digest: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class ArtifactInfo:
    """A file that was sent or was about to be."""

    public_id: uuid.UUID
    name: str
    bytes: int
    rows: int
    sha256: str
    layouts: tuple[LayoutMark, ...]
    key_id: str
    created_at: datetime
    sent_at: datetime | None
    plain_sha256: str = ""
    encrypted_for: str = ""
    removed_at: datetime | None = None


@dataclass(frozen=True)
class ProblemInfo:
    """Something that was left out or refused, and what would mend it."""

    cause: str
    subject_type: str
    subject_id: uuid.UUID | None
    subject: str
    text: str
    count: int
    examples: tuple[str, ...]
    opened_at: datetime


@dataclass(frozen=True)
class MappingRowInfo:
    """One row of a connection's mapping table."""

    assignment_id: int
    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class SubjectRowInfo:
    """One row of a table of another subject: the row ids it is about, as `selectors.refs_of` gives them."""

    refs: tuple[int | None, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class DraftInfo:
    """Edits of mapping tables that wait. `version` names exactly this state of them."""

    version: str
    edits: Mapping[Subject, Mapping[RowKey, Mapping[str, Any] | None]]
    changed_by: str
    changed_at: datetime

    @property
    def count(self) -> int:
        """How many rows wait."""
        return sum(len(rows) for rows in self.edits.values())


@dataclass(frozen=True)
class UnsentInfo:
    """A new assignment that no connection maps; dismissed when a person said that nobody needs it sent."""

    assignment: AssignmentInfo
    department: DepartmentInfo
    made_at: datetime
    dismissed_by: str
    dismissed_at: datetime | None


@dataclass(frozen=True)
class PublishEffect:
    """What publishing would make a connection do. Counts are None where only a run can tell: then `mapped` says how many

    of the differing shifts are on assignments that the connection maps. `held` says why nothing is sent at all.
    """

    info: ConnectionInfo
    at_once: bool
    added: int | None
    changed: int | None
    removed: int | None
    left_out: int
    mapped: int
    held: str
