"""What a connector is: a declaration and three pure-or-effectful methods. A new integration is one new folder.

`desired` is pure: published rows and mapping in, records and reasons out. The engine compares the records with what the destination
was given (the ledger), and that difference is all that `deliver` ever sees. Connectors decide nothing else.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from integrations.declarations import CatalogPage as CatalogPage
from integrations.declarations import LayoutUsed as LayoutUsed
from integrations.declarations import Mode as Mode
from integrations.declarations import Nature as Nature
from integrations.declarations import Secret as Secret
from integrations.declarations import Setting as Setting
from integrations.declarations import Tab as Tab
from integrations.declarations import Trigger as Trigger
from integrations.declarations import Window as Window
from integrations.declarations import cleaned as cleaned
from integrations.declarations import counts as counts
from integrations.failures import ConfigError as ConfigError
from integrations.failures import DeliveryError as DeliveryError
from integrations.failures import PermanentError as PermanentError
from integrations.failures import TransientError as TransientError
from integrations.inbound import DataMoved as DataMoved
from integrations.inbound import FieldDifference as FieldDifference
from integrations.inbound import FileFetched as FileFetched
from integrations.inbound import FilePlan as FilePlan
from integrations.inbound import FileTooLarge as FileTooLarge
from integrations.inbound import FileUnreadable as FileUnreadable
from integrations.inbound import InboundContext as InboundContext
from integrations.inbound import RemoteFile as RemoteFile
from integrations.inbound import Report as Report
from integrations.inbound import Reports as Reports
from integrations.inbound import RowChange as RowChange
from integrations.inbound import RowKept as RowKept
from integrations.inbound import RowRejected as RowRejected
from integrations.mapping_fields import MappingField as MappingField
from integrations.mapping_fields import MappingTable as MappingTable
from integrations.mapping_fields import Subject as Subject
from integrations.mapping_fields import row_wrong as row_wrong
from scheduling.types import PayCalendarInfo, PersonInfo, PublishedRow, ScheduleSpan
from tenancy.wall import local_date

if TYPE_CHECKING:
    from integrations.doors import Doors

# -- what flows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MappingValues:
    """One mapping row of an assignment: field name → value. `number` tells rows of one assignment apart, from 1."""

    row_id: int
    number: int
    values: Mapping[str, Any]


SubjectKey = tuple[int, ...]  # (id,), or (personnel type id, assignment type id); personnel type 0: people without one


@dataclass(frozen=True)
class ShapeContext:
    """Everything `desired` may look at besides its unit. Nothing in it reads a clock or a database."""

    connection_id: uuid.UUID
    organization_name: str
    organization_zone: str
    settings: Mapping[str, Any]
    mapping: Mapping[int, tuple[MappingValues, ...]]  # by assignment id
    generated_at: datetime
    tables: Mapping[Subject, Mapping[SubjectKey, Mapping[str, Any]]] = field(default_factory=dict)
    pay_calendars: tuple[PayCalendarInfo, ...] = ()
    publication: int = 0  # the last one that the rows show
    schedules: tuple[ScheduleSpan, ...] = ()  # what is published to everyone, where the connector's window lies
    confirmed: Mapping[str, Any] = field(default_factory=dict)  # `FileWritten.keep` of the lane's last confirmed file

    @cached_property
    def today(self) -> date:
        """The date of the run in the organisation's zone."""
        return local_date(self.generated_at, self.organization_zone)

    def about(self, subject: Subject, *key: int) -> Mapping[str, Any] | None:
        """The values of a mapping table for a subject: its id, or for a pair of types both ids. None: it has no row."""
        return self.tables.get(subject, {}).get(key)


@dataclass(frozen=True)
class Unit:
    """The rows that together decide the records of one unit; a shift's own unit holds just that shift."""

    key: str
    rows: tuple[PublishedRow, ...]


@dataclass(frozen=True, slots=True)
class Desired:
    """One record the destination should have. (key, recipient) identifies it; payload is JSON values only."""

    key: str
    unit: str
    payload: Mapping[str, Any]
    label: str
    starts_at: datetime
    ends_at: datetime
    recipient: str = ""

    def hash(self) -> str:
        """A fingerprint of the payload."""
        return payload_hash(self.payload)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is left out, who it is about, and what would let it in. `silent` is a documented opt-out."""

    unit: str
    cause: str  # a stable code: no_person_id, open_shift …
    text: str
    subject_type: str  # person, assignment, shift; row, directory of what came to us
    subject_id: uuid.UUID | None
    subject: str
    label: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should look at although nothing is held back: listed among the problems until it is gone."""

    cause: str  # a stable code: no_rows …
    text: str
    subject_type: str  # assignment, target …
    subject: str
    subject_id: uuid.UUID | None = None
    label: str = ""  # of the record it is about, if it is about one


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do at the destination. `generation` makes a re-created record a new one for the vendor.

    `uncertain` without a handle: an earlier create may have been accepted although no answer came. The connector looks for the
    record by its ownership mark first, for a removal as well: what is there and not wanted must go.
    """

    kind: str  # create, update, remove
    key: str
    recipient: str
    generation: int
    payload: Mapping[str, Any]
    before: Mapping[str, Any] | None
    handle: str
    label: str
    starts_at: datetime
    ends_at: datetime
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation: confirmed, rejected (for good), retry (later), gone (nothing was there to change)."""

    key: str
    recipient: str
    result: str
    handle: str = ""
    code: str = ""
    text: str = ""
    status: int | None = None
    retry_after_s: float | None = None
    outcome_unknown: bool = False


@dataclass(frozen=True)
class FileSent:
    """A file the destination confirmed."""

    name: str
    bytes: int
    sha256: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileWritten:
    """A rendered file on the spool, not yet sent. `also` are further files of the same run, sent after it.

    `keep` (JSON values) is remembered when the destination has confirmed the file, in the transaction that says so, and not before.
    The context of the next extract has it as `confirmed`, unless somebody asked to send everything.
    """

    path: Path
    name: str
    rows: int
    warnings: tuple[str, ...] = ()  # what rendering had to change, for the receipt
    plain_sha256: str = ""  # of the file before it was encrypted; empty: it is not
    encrypted_for: str = ""  # fingerprints of the keys that read it, separated by spaces
    also: tuple[FileWritten, ...] = ()
    keep: Mapping[str, Any] | None = None
    layouts: Mapping[str, LayoutUsed] = field(default_factory=dict)  # by the setting that they stand in


@dataclass(frozen=True)
class Step:
    """One step of a connection test. `state`: passed, failed or skipped."""

    name: str
    state: str
    detail: str = ""
    advice: str = ""
    found: Mapping[str, str] = field(default_factory=dict)  # values to keep when the administrator agrees (a host key)


# -- the connector ----------------------------------------------------------------------------------------------------


class Connector(ABC):
    """Declares one kind of destination. Instances hold no state; the registry sets `kind` to the folder's name."""

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1  # raise it when the same rows would give other records
    title: ClassVar[str]
    nature: ClassVar[Nature]
    mode: ClassVar[Mode]
    page: ClassVar[CatalogPage]
    settings: ClassVar[tuple[Setting, ...]] = ()
    secrets: ClassVar[tuple[Secret, ...]] = ()
    mapping: ClassVar[tuple[MappingField, ...]] = ()  # of assignments; one assignment may have many rows
    tables: ClassVar[tuple[MappingTable, ...]] = ()  # of other subjects
    all_assignments: ClassVar[bool] = False  # what passes is not decided assignment by assignment
    reads_pay_calendars: ClassVar[bool] = False
    tabs: ClassVar[tuple[Tab, ...]] = ()
    triggers: ClassVar[frozenset[Trigger]] = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE})
    window: ClassVar[Window] = Window(1, 30)
    recurrence: ClassVar[Mapping[str, Any] | None] = None  # the default, e.g. {"every_minutes": 5}
    send_unchanged: ClassVar[bool] = False  # unless the connection says otherwise
    keeps_past: ClassVar[bool] = True  # what has ended is never removed or changed (calendars)
    slice_size: ClassVar[int] = 200  # operations intended and sent together

    def units(self, row: PublishedRow) -> Iterable[str]:
        """The units a row belongs to. By default each shift is its own."""
        return (str(row.shift_id),)

    def window_dates(
        self, settings: Mapping[str, Any], today: date, pay_calendars: Sequence[PayCalendarInfo]
    ) -> tuple[date | None, date | None]:
        """First and last local date that is read, both included; None means without end.

        By default the connection's own days back and forward where its settings have them, else the connector's.
        """
        back, forward = settings.get("days_back"), settings.get("days_forward")
        return Window(
            self.window.days_back if back is None else int(back),
            self.window.days_forward if forward is None else int(forward),
        ).dates(today)

    def person_fields(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Which of a person's identifiers the destination knows people by: changing one of them changes who is meant there."""
        declared = next((one for one in self.settings if one.name == "person_field"), None)
        return frozenset() if declared is None else frozenset({str(settings.get("person_field") or declared.default)})

    def heartbeat(self, settings: Mapping[str, Any]) -> timedelta | None:
        """The longest time without a file, however little changes; None: no limit. By default the setting heartbeat_hours."""
        hours = settings.get("heartbeat_hours")
        return None if hours is None else timedelta(hours=int(hours))

    def guard(self, context: ShapeContext) -> None:  # noqa: B027  nothing to guard by default
        """Raise ConfigError when nothing may be sent at all, naming what does not fit and how to mend it. Pure."""

    def closed(self, payload: Mapping[str, Any], starts_at: datetime, context: ShapeContext) -> str:
        """Why a record must not be changed any more (a closed pay period, a lock day), in a sentence; empty while it may. Pure.

        Differences of closed records are listed, never sent.
        """
        return ""

    def mapping_problem(self, values: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, str]:
        """What is wrong with a row of an assignment that its fields cannot tell one by one: field → a sentence. Pure.

        Asked when rows are saved, imported, shown and counted, so a row is refused at once, and told of when settings change.
        """
        return {}

    def subject_problem(
        self, subject: Subject, values: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> Mapping[str, str]:
        """The same for a row of one of `tables`. Pure."""
        return {}

    def fields_of(self, subject: Subject, settings: Mapping[str, Any]) -> tuple[MappingField, ...]:
        """The columns of a mapping table as a connection's settings make them. Empty when there is no such table."""
        declared = self.mapping if subject is Subject.ASSIGNMENT else ()
        declared = next((one.fields for one in self.tables if one.subject is subject), declared)
        return tuple(one.within(settings) for one in declared)

    def row_problems(self, subject: Subject, values: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
        """Everything that is wrong with a mapping row: field → a sentence. The hooks see only rows whose fields are valid."""
        wrong = row_wrong(self.fields_of(subject, settings), values)
        if wrong:
            return wrong
        if subject is Subject.ASSIGNMENT:
            return dict(self.mapping_problem(values, settings))
        return dict(self.subject_problem(subject, values, settings))

    @abstractmethod
    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """The complete records of a unit, and what is left out and why. Pure, and it must not look at the time of day:

        a file that goes out although nothing changed that day is written from the records of the last one.
        """

    def notices(
        self, rows: Sequence[PublishedRow], desired: Sequence[Desired], context: ShapeContext
    ) -> Iterable[Notice]:
        """What to tell of a whole window besides what is left out: a target without rows, a mapping of no use. Pure."""
        return ()

    @abstractmethod
    def check(self, doors: Doors) -> Iterator[Step]:
        """Try the destination step by step, changing nothing that lasts."""

    def deliver(self, operations: Sequence[Operation], doors: Doors) -> Iterator[Outcome]:
        """Carry out a slice of operations (mode sync), soonest first; yield each outcome as soon as it is known.

        May raise ConfigError or TransientError for the whole connection; operations without an outcome are tried again.
        """
        raise NotImplementedError(f"{self.kind} does not deliver records")

    def write(self, desired: Sequence[Desired], context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Render the file of a snapshot into `spool` (mode snapshot). Same input, same bytes."""
        raise NotImplementedError(f"{self.kind} writes no file")

    def write_delta(
        self, operations: Sequence[Operation], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        """Render the file of what changed into `spool` (mode delta). Same input, same bytes."""
        raise NotImplementedError(f"{self.kind} writes no differences")

    def extract(self, context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Write a file too large for records into `spool` (mode extract), streaming, in constant memory.

        Called inside tenant_transaction(snapshot=True), so that everything in it belongs to one moment; reads through selectors.
        """
        raise NotImplementedError(f"{self.kind} extracts no file")

    def for_readers(self, written: FileWritten, context: ShapeContext) -> FileWritten:
        """The file as it is kept and sent: encrypted, where settings ask for it. Raises ConfigError."""
        return written

    def forget_files(self, doors: Doors, *, names: Sequence[str], before: datetime) -> int:
        """Remove these delivered files, unless written since `before`, where we keep them ourselves for their readers."""
        return 0

    def send_file(self, written: FileWritten, doors: Doors) -> FileSent:
        """Send a rendered file. Raises ConfigError or TransientError."""
        raise NotImplementedError(f"{self.kind} sends no file")


PERSON_FIELDS = (
    ("unique_id", "Unique ID"),
    ("custom1", "Custom 1"),
    ("custom2", "Custom 2"),
    ("custom3", "Custom 3"),
    ("custom4", "Custom 4"),
)


def person_identifier(person: PersonInfo, field_name: str) -> str:
    """The identifier a connection has chosen: an opaque text, leading zeros and spaces included."""
    if field_name not in {"unique_id", "custom1", "custom2", "custom3", "custom4", "upn", "employee_id"}:
        raise ConfigError(
            f"A person has no identifier called {field_name!r}. Choose one in the settings.", code="setting"
        )
    return str(getattr(person, field_name))


def payload_hash(payload: Mapping[str, Any]) -> str:
    """A fingerprint that does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
