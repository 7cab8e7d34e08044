"""Who has a calendar, and the events in it: state only, kept in memory and written through to the store."""

from __future__ import annotations

import base64
import binascii
import threading
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from integrations.sandbox.store import Store

_VENDOR = "graph"
STATES = ("enabled", "disabled", "denied")
_IMMUTABLE = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
_MUTABLE = "AAMkADhkMGVkZjQyLWIyYTctNDQ0MS1hYWYx"


@dataclass
class Event:
    """One event. ``values`` are properties as they were written; instants are ISO 8601 in UTC."""

    key: str
    values: dict[str, Any]
    extended: dict[str, dict[str, str | None]]
    start: str
    end: str
    created: str
    modified: str
    sequence: int
    transaction_id: str | None = None
    change: int = 1
    moves: int = 0

    def id(self, *, immutable: bool) -> str:
        """The id in either form; the mutable one is another after each move."""
        if immutable:
            return _IMMUTABLE + _encoded(bytes.fromhex(self.key) + b"\x00\x00")
        return _MUTABLE + _encoded(bytes.fromhex(self.key) + self.moves.to_bytes(2, "big"))


@dataclass
class Mailbox:
    """One user. ``transactions``: by transaction id, the digest of what it created and the event's key."""

    user_id: str
    upn: str
    display_name: str
    state: str = "enabled"
    events: dict[str, Event] = field(default_factory=dict)
    transactions: dict[str, tuple[str, str]] = field(default_factory=dict)

    def event_find(self, event_id: str) -> Event | None:
        """The event with this id in either form; a mutable id from before a move finds nothing."""
        raw = _decoded(event_id)
        event = self.events.get(raw[:16].hex()) if raw else None
        if event is None or event_id not in (event.id(immutable=True), event.id(immutable=False)):
            return None
        return event


def id_is_well_formed(event_id: str) -> bool:
    return _decoded(event_id) is not None


class Mailboxes:
    """All users. Hold ``lock`` around anything that reads and then writes."""

    def __init__(self, store: Store) -> None:
        self.lock = threading.RLock()
        self._store = store
        self._by_id: dict[str, Mailbox] = {}
        self._names: dict[str, str] = {}
        self._sequence = 0
        self._load()

    def find(self, name: str) -> Mailbox | None:
        """By user id or by UPN, without regard to case."""
        name = name.casefold()
        return self._by_id.get(self._names.get(name, name))

    def all(self) -> list[Mailbox]:
        with self.lock:
            return sorted(self._by_id.values(), key=lambda mailbox: mailbox.upn.casefold())

    def add(self, *, upn: str, display_name: str | None = None, state: str = "enabled") -> Mailbox:
        """The mailbox of this UPN, made when there is none."""
        with self.lock:
            found = self.find(upn)
            if found is not None:
                return found
            mailbox = Mailbox(str(uuid.uuid4()), upn, display_name or upn.split("@")[0], state)
            self._by_id[mailbox.user_id] = mailbox
            self.save(mailbox)
            return mailbox

    def save(self, mailbox: Mailbox) -> None:
        """Keep name, state and transactions; the user id stays when the UPN changes."""
        with self.lock:
            self._names = {name: user for name, user in self._names.items() if user != mailbox.user_id}
            self._names[mailbox.upn.casefold()] = mailbox.user_id
            value = {"upn": mailbox.upn, "display_name": mailbox.display_name, "state": mailbox.state}
            self._store.put(_VENDOR, "mailbox", mailbox.user_id, value)

    def remove(self, mailbox: Mailbox) -> None:
        with self.lock:
            for event in list(mailbox.events.values()):
                self.event_remove(mailbox, event)
            for transaction_id in mailbox.transactions:
                self._store.delete(_VENDOR, "transaction", f"{mailbox.user_id}/{transaction_id}")
            self._names.pop(mailbox.upn.casefold(), None)
            self._by_id.pop(mailbox.user_id, None)
            self._store.delete(_VENDOR, "mailbox", mailbox.user_id)

    def sequence_next(self) -> int:
        with self.lock:
            self._sequence += 1
            return self._sequence

    def event_save(self, mailbox: Mailbox, event: Event) -> None:
        with self.lock:
            mailbox.events[event.key] = event
            self._store.put(_VENDOR, "event", f"{mailbox.user_id}/{event.key}", asdict(event))

    def event_remove(self, mailbox: Mailbox, event: Event) -> None:
        with self.lock:
            mailbox.events.pop(event.key, None)
            self._store.delete(_VENDOR, "event", f"{mailbox.user_id}/{event.key}")

    def transaction_save(self, mailbox: Mailbox, transaction_id: str, digest: str, key: str) -> None:
        with self.lock:
            mailbox.transactions[transaction_id] = (digest, key)
            self._store.put(_VENDOR, "transaction", f"{mailbox.user_id}/{transaction_id}", [digest, key])

    def clear(self) -> None:
        with self.lock:
            self._by_id.clear()
            self._names.clear()
            for kind in ("mailbox", "event", "transaction"):
                self._store.clear(_VENDOR, kind)

    def _load(self) -> None:
        for user_id, value in self._store.all(_VENDOR, "mailbox").items():
            self._by_id[user_id] = Mailbox(user_id, value["upn"], value["display_name"], value["state"])
            self._names[value["upn"].casefold()] = user_id
        for place, value in self._store.all(_VENDOR, "event").items():
            event = Event(**value)
            self._by_id[place.split("/")[0]].events[event.key] = event
            self._sequence = max(self._sequence, event.sequence)
        for place, (digest, key) in self._store.all(_VENDOR, "transaction").items():
            user_id, _, transaction_id = place.partition("/")
            self._by_id[user_id].transactions[transaction_id] = (digest, key)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw + b"\x01").decode()


def _decoded(event_id: str) -> bytes | None:
    for prefix in (_IMMUTABLE, _MUTABLE):
        if event_id.startswith(prefix):
            try:
                raw = base64.urlsafe_b64decode(event_id.removeprefix(prefix))
            except (binascii.Error, ValueError):
                return None
            return raw if len(raw) == 19 else None
    return None
