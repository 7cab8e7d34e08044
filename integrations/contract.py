"""What a connector is: a declaration and three pure-or-effectful methods. A new integration is one new folder.

`desired` is pure: published rows and mapping in, records and reasons out. The engine compares the records with what the destination
was given (the ledger), and that difference is all that `deliver` ever sees. Connectors decide nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from integrations.failures import ConfigError as ConfigError
from integrations.failures import DeliveryError as DeliveryError
from integrations.failures import PermanentError as PermanentError
from integrations.failures import TransientError as TransientError
from scheduling.types import PersonInfo, PublishedRow

if TYPE_CHECKING:
    from integrations.doors import Doors

# -- declaration ------------------------------------------------------------------------------------------------------


class Nature(StrEnum):
    """How it reaches the destination."""

    FILE = "file"
    API = "api"


class Mode(StrEnum):
    """What a run sends: the whole window as one file, the difference record by record, or files that the database writes itself."""

    SNAPSHOT = "snapshot"
    SYNC = "sync"
    EXTRACT = "extract"


class Trigger(StrEnum):
    """Why a run starts."""

    PUBLISH = "publish"
    DATA_CHANGE = "data_change"
    RECURRENCE = "recurrence"
    MANUAL = "manual"
    REPLAY = "replay"
    RETRY = "retry"


@dataclass(frozen=True)
class Setting:
    """One field of the settings form. `destination`: changing it forgets secrets and asks for a new test."""

    name: str
    label: str
    kind: str = "text"  # text, integer, boolean, choice, url, lines
    required: bool = False
    default: Any = ""
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    minimum: int | None = None
    maximum: int | None = None
    destination: bool = False

    def clean(self, raw: Any) -> Any:
        """The typed value. Raises ValueError with what is wrong."""
        if self.kind == "boolean":
            return raw in (True, "true", "on", "1", "yes")
        text = str(raw if raw is not None else "").strip()
        if not text:
            if self.required:
                raise ValueError(f"{self.label} is needed.")
            return None if self.kind == "integer" else self.default if raw is None else ""
        if self.kind == "integer":
            if not re.fullmatch(r"-?\d{1,9}", text):
                raise ValueError(f"{self.label} must be a whole number, not {text!r}.")
            number = int(text)
            if self.minimum is not None and number < self.minimum:
                raise ValueError(f"{self.label} must be at least {self.minimum}.")
            if self.maximum is not None and number > self.maximum:
                raise ValueError(f"{self.label} must be at most {self.maximum}.")
            return number
        if self.kind == "choice" and text not in {value for value, _ in self.choices}:
            raise ValueError(f"{self.label} must be one of: {', '.join(label for _, label in self.choices)}.")
        if self.kind == "url" and not re.match(r"https?://[^/\s]+", text):
            raise ValueError(f"{self.label} must be an address that begins with https://")
        return text


@dataclass(frozen=True)
class Secret:
    """A write-only field of the settings form."""

    name: str
    label: str
    help: str = ""
    required: bool = False
    multiline: bool = False


@dataclass(frozen=True)
class MappingField:
    """One column of the mapping table."""

    name: str
    label: str
    kind: str = "text"  # text, integer, boolean
    required: bool = False
    limit: int = 200
    minimum: int | None = None
    maximum: int | None = None
    help: str = ""

    def problem(self, value: Any) -> str | None:
        """What is wrong with a cell, or None."""
        if value in (None, ""):
            return f"{self.label} is required." if self.required else None
        if self.kind == "boolean":
            return None if isinstance(value, bool) else f"{self.label} must be yes or no."
        if self.kind == "integer":
            low, high = self.minimum or 0, self.maximum or 999_999_999
            if not isinstance(value, int) or not low <= value <= high:
                return f"{self.label} must be a number from {low} to {high}."
            return None
        if len(str(value)) > self.limit:
            return f"{self.label} has at most {self.limit} characters."
        return f"{self.label} must not hold line breaks." if "\n" in str(value) or "\r" in str(value) else None


@dataclass(frozen=True)
class CatalogPage:
    """What an administrator reads before connecting."""

    overview: str
    benefits: tuple[str, ...]
    requirements: tuple[str, ...]
    protocol: str
    sample_note: str = ""


@dataclass(frozen=True)
class Window:
    """Days back and forward from today in the organisation's zone; None means without end."""

    days_back: int | None
    days_forward: int | None

    def dates(self, today: date) -> tuple[date | None, date | None]:
        """First and last local date, both included; None means without end."""
        first = None if self.days_back is None else today - timedelta(days=self.days_back)
        last = None if self.days_forward is None else today + timedelta(days=self.days_forward)
        return first, last


# -- what flows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MappingValues:
    """One mapping row of an assignment: field name → value. `number` tells rows of one assignment apart, from 1."""

    row_id: int
    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ShapeContext:
    """Everything `desired` may look at besides its unit. Nothing in it reads a clock or a database."""

    connection_id: uuid.UUID
    organization_name: str
    organization_zone: str
    settings: Mapping[str, Any]
    mapping: Mapping[int, tuple[MappingValues, ...]]  # by assignment id
    generated_at: datetime


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
    subject_type: str  # person, assignment, shift
    subject_id: uuid.UUID
    subject: str
    label: str
    silent: bool = False


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
    """A rendered file on the spool, not yet sent."""

    path: Path
    name: str
    rows: int
    warnings: tuple[str, ...] = ()  # what rendering had to change, for the receipt


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
    mapping: ClassVar[tuple[MappingField, ...]] = ()
    triggers: ClassVar[frozenset[Trigger]] = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE})
    window: ClassVar[Window] = Window(1, 30)
    recurrence: ClassVar[Mapping[str, Any] | None] = None  # the default, e.g. {"every_minutes": 5}
    send_unchanged: ClassVar[bool] = False
    keeps_past: ClassVar[bool] = True  # what has ended is never removed or changed (calendars)
    slice_size: ClassVar[int] = 200  # operations intended and sent together

    def units(self, row: PublishedRow) -> Iterable[str]:
        """The units a row belongs to. By default each shift is its own."""
        return (str(row.shift_id),)

    @abstractmethod
    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """The complete records of a unit, and what is left out and why. Pure."""

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

    def extract(self, context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Write a file too large for records into `spool` (mode extract), streaming, in constant memory.

        Called inside tenant_transaction(snapshot=True), so that everything in it belongs to one moment; reads through selectors.
        """
        raise NotImplementedError(f"{self.kind} extracts no file")

    def send_file(self, written: FileWritten, doors: Doors) -> FileSent:
        """Send a rendered file (mode snapshot). Raises ConfigError or TransientError."""
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
