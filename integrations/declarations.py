"""What a connector says about itself: its settings, secrets, triggers, window and catalog page; mapping tables: mapping_fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any


class Nature(StrEnum):
    """How it reaches the destination."""

    FILE = "file"
    API = "api"


class Mode(StrEnum):
    """What a run does.

    snapshot: the whole window as one file. delta: a file of what changed since the last confirmed one, the first one whole.
    sync: the difference, record by record. extract: files that the database writes itself. inbound: files come to us.
    """

    SNAPSHOT = "snapshot"
    DELTA = "delta"
    SYNC = "sync"
    EXTRACT = "extract"
    INBOUND = "inbound"


class Trigger(StrEnum):
    """Why a run starts."""

    PUBLISH = "publish"
    DATA_CHANGE = "data_change"
    RECURRENCE = "recurrence"
    MANUAL = "manual"
    REPLAY = "replay"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class LayoutUsed:
    """A layout of a file: its name, and its content; none for one that the connector ships."""

    name: str
    content: str = ""


@dataclass(frozen=True)
class Setting:
    """One field of the settings form. `destination`: changing it forgets secrets and asks for a new test.

    `pinned`: the connection test finds it at the destination (a host key), so it belongs to the destination as well, but changing it
    forgets nothing.
    `only_when` is (another setting, its value): else this one does not count, and is not needed.
    """

    name: str
    label: str
    kind: str = "text"  # text, integer, boolean, choice, url, lines, time
    required: bool = False
    default: Any = ""
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    minimum: int | None = None
    maximum: int | None = None
    destination: bool = False
    pinned: bool = False
    only_when: tuple[str, str] | None = None

    def told(self, value: Any) -> str:
        """What a person should know of a value besides itself, such as a key's fingerprint; shown at its field."""
        return ""

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
        if self.kind == "time":
            found = re.fullmatch(r"([01]?\d|2[0-3]):?([0-5]\d)", text)
            if not found:
                raise ValueError(f"{self.label} must be a time of day such as 06:00, not {text!r}.")
            return f"{int(found[1]):02}:{found[2]}"
        if self.kind == "url" and not re.match(r"https?://[^/\s]+", text):
            raise ValueError(f"{self.label} must be an address that begins with https://")
        return text

    @property
    def edited_on(self) -> str:
        """The key of the tab on which it is edited; empty: it stands in the settings form."""
        return ""

    def layouts_in(self, value: Any) -> Mapping[str, LayoutUsed]:
        """The layouts that a value means, each by the part of the setting that it stands in ("" for the only one)."""
        return {}

    def layout_changes(self, before: LayoutUsed, after: LayoutUsed) -> Sequence[str]:
        """What is different between two layouts of this setting, a line for each thing."""
        return ()


@dataclass(frozen=True)
class Secret:
    """A write-only field of the settings form. `only_when` as for a setting.

    `made`: made in the product and never entered, so no field of the form; a changed destination does not forget it.
    """

    name: str
    label: str
    help: str = ""
    required: bool = False
    multiline: bool = False
    only_when: tuple[str, str] | None = None
    made: bool = False


def counts(one: Setting | Secret | Tab, settings: Mapping[str, Any], declared: Sequence[Setting]) -> bool:
    """Whether a field counts beside these settings: the choice it depends on is made, or is the default."""
    if one.only_when is None:
        return True
    name, wanted = one.only_when
    value = settings.get(name)
    if value in (None, ""):
        value = next((other.default for other in declared if other.name == name), "")
    return str(value) == wanted


def cleaned(one: Setting, raw: Any, settings: Mapping[str, Any], declared: Sequence[Setting]) -> Any:
    """The typed value; a field that does not count may stay empty. Raises ValueError with what is wrong."""
    return (one if counts(one, settings, declared) else replace(one, required=False)).clean(raw)


@dataclass(frozen=True)
class Tab:
    """A page of its own that a connector's package adds to a connection: its label and the name of its address.

    `only_when` as for a setting: the page is offered beside that choice only.
    """

    key: str
    label: str
    url_name: str
    only_when: tuple[str, str] | None = None


@dataclass(frozen=True)
class CatalogPage:
    """What an administrator reads before connecting. `window`: what is covered, where that is not so many days."""

    overview: str
    benefits: tuple[str, ...]
    requirements: tuple[str, ...]
    protocol: str
    sample_note: str = ""
    window: str = ""


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
