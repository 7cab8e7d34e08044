"""Misbehaviour on demand: the next so many matching requests are answered wrongly, late, or not at all."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.messages import JSON_TYPE, Answer, Cut

ACTIONS = ("answer", "reset", "hang", "garbage", "slow")
GARBAGE = b"<html><body>\xff\xfe 502 upstream </bo"
_FIELDS = {
    "action", "times", "method", "path", "recipient", "mailbox", "vendor",
    "status", "headers", "body", "accepted", "seconds",
}  # fmt: skip


class BadFault(Exception):
    """The description of a fault makes no sense; the text says why."""


@dataclass
class Fault:
    """One instruction. ``accepted`` means the request is carried out before the connection misbehaves."""

    id: int
    action: str
    times: int = 1
    method: str | None = None
    path: re.Pattern[str] | None = None
    recipient: str | None = None
    vendor: str | None = None
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    accepted: bool = False
    seconds: float = 0.0
    hits: int = 0

    def matches(self, *, vendor: str, method: str, path: str, recipients: frozenset[str]) -> bool:
        return (
            self.hits < self.times
            and (self.vendor is None or self.vendor == vendor)
            and (self.method is None or self.method == method)
            and (self.path is None or self.path.search(path) is not None)
            and (self.recipient is None or self.recipient.casefold() in recipients)
        )

    def answer(self) -> Answer:
        if isinstance(self.body, str):
            return Answer(self.status, self.body.encode(), {"Content-Type": "text/plain", **self.headers})
        if self.body is None:
            return Answer(self.status, b"", dict(self.headers))
        return Answer(self.status, json.dumps(self.body).encode(), {"Content-Type": JSON_TYPE, **self.headers})

    def enact(self, handle: Callable[[], Answer]) -> Answer:
        """Do what the instruction says instead of, before or after ``handle``.

        Raises Cut when the connection is to be closed unanswered.
        """
        if self.action == "answer":
            return self.answer()
        if self.action == "slow":
            time.sleep(self.seconds)
            return handle()
        if self.accepted:
            handle()
        if self.action == "garbage":
            return Answer(200, GARBAGE, {"Content-Type": "text/html"})
        raise Cut(self.seconds if self.action == "hang" else 0.0)

    def report(self) -> dict[str, Any]:
        return {
            "id": self.id, "action": self.action, "times": self.times, "hits": self.hits,
            "vendor": self.vendor, "method": self.method, "recipient": self.recipient,
            "path": self.path.pattern if self.path else None, "status": self.status,
            "accepted": self.accepted, "seconds": self.seconds,
        }  # fmt: skip


class Faults:
    """The instructions still standing, oldest first; the first that matches is used and counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, description: Mapping[str, Any]) -> Fault:
        """Take a fault as the admin API describes it.

        Raises BadFault for an unknown field, action or pattern.
        """
        unknown = set(description) - _FIELDS
        if unknown:
            raise BadFault(f"unknown field {sorted(unknown)[0]!r}; known: {', '.join(sorted(_FIELDS))}")
        action = description.get("action", "answer")
        if action not in ACTIONS:
            raise BadFault(f"unknown action {action!r}; known: {', '.join(ACTIONS)}")
        with self._lock:
            self._count += 1
            fault = _fault(self._count, str(action), description)
            self._faults.append(fault)
        return fault

    def take(self, *, vendor: str, method: str, path: str, recipients: frozenset[str] = frozenset()) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.matches(vendor=vendor, method=method, path=path, recipients=recipients):
                    fault.hits += 1
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def report(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.report() for fault in self._faults]


def _fault(number: int, action: str, description: Mapping[str, Any]) -> Fault:
    pattern = description.get("path")
    method = description.get("method")
    try:
        return Fault(
            id=number,
            action=action,
            times=int(description.get("times", 1)),
            method=str(method).upper() if method else None,
            path=re.compile(str(pattern)) if pattern else None,
            recipient=description.get("recipient") or description.get("mailbox"),
            vendor=description.get("vendor"),
            status=int(description.get("status", 503)),
            headers={str(name): str(value) for name, value in (description.get("headers") or {}).items()},
            body=description.get("body"),
            accepted=bool(description.get("accepted", False)),
            seconds=float(description.get("seconds", 0)),
        )
    except (re.error, TypeError, ValueError) as error:
        raise BadFault(str(error)) from error
