"""The log of what was asked and what came of it. Credentials never enter it."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from integrations.sandbox.messages import Answer

CAPACITY = 50_000


@dataclass
class Entry:
    """One request, or one step of a batch (then ``parent`` is the batch's id)."""

    id: int
    at: str
    vendor: str
    method: str
    path: str
    query: str
    recipient: str | None = None
    parent: int | None = None
    status: int | None = None
    outcome: str = "open"
    fault: int | None = None
    code: str | None = None
    in_flight: int = 0
    prefer: str | None = None
    body: Any = None


class Journal:
    """Keeps the last entries in memory and counts all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)

    def open(
        self,
        *,
        at: str,
        vendor: str,
        method: str,
        path: str,
        query: str = "",
        recipient: str | None = None,
        parent: int | None = None,
        prefer: str | None = None,
        body: Any = None,
    ) -> Entry:
        with self._lock:
            entry = Entry(
                id=next(self._numbers), at=at, vendor=vendor, method=method, path=path, query=query,
                recipient=recipient, parent=parent, prefer=prefer, body=body,
            )  # fmt: skip
            self._entries.append(entry)
        return entry

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def report(self, *, since: int = 0) -> dict[str, Any]:
        """The entries with a number above ``since`` and the counts over exactly these."""
        with self._lock:
            entries = [entry for entry in self._entries if entry.id > since]
        calls = [entry for entry in entries if entry.parent is None]
        peaks: dict[str, int] = {}
        for entry in entries:
            if entry.recipient:
                peaks[entry.recipient] = max(peaks.get(entry.recipient, 0), entry.in_flight)
        return {
            "calls": len(calls),
            "steps": len(entries) - len(calls),
            "by_status": _counted(entries, "status"),
            "by_outcome": _counted(entries, "outcome"),
            "by_path": dict(Counter(f"{entry.method} {entry.path}" for entry in calls)),
            "peak_in_flight": peaks,
            "requests": [asdict(entry) for entry in entries],
        }


def _counted(entries: list[Entry], name: str) -> dict[str, int]:
    return dict(Counter(str(getattr(entry, name)) for entry in entries))


def entry_close(entry: Entry, answer: Answer) -> None:
    """Complete a line of the log with what was answered."""
    entry.outcome = "answered"
    entry.status = answer.status
    if answer.status >= 400 and answer.body.startswith(b"{"):
        error = json.loads(answer.body).get("error")
        entry.code = error.get("code") if isinstance(error, dict) else error
