from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.fakes.sandbox import Sandbox, start_sandbox

ANNA = "anna.berg@alderbay.example"
BEN = "ben.ortiz@alderbay.example"
KEY = "String {5f1c0c4e-7d0b-4a1e-9f62-0a4c1d2e3f40} Name OnCallKey"
IMMUTABLE = 'IdType="ImmutableId"'


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = start_sandbox(tmp_path_factory.mktemp("sandbox"), mailboxes=(ANNA, BEN))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    sandbox_process.reset()
    return sandbox_process


@dataclass
class Graph:
    """A bare client: one call, no cleverness."""

    sandbox: Sandbox
    token: str
    prefer: str | None = IMMUTABLE

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}"}
        if self.prefer:
            sent["Prefer"] = self.prefer
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, f"{self.sandbox.url}/v1.0{path}", json=body, headers=sent, timeout=30)

    def create(self, upn: str = ANNA, **values: Any) -> requests.Response:
        return self("POST", f"/users/{upn}/events", event(**values))

    def item(self, event_id: str, upn: str = ANNA) -> str:
        return f"/users/{upn}/events/{quote(event_id)}"

    def batch(self, *steps: dict[str, Any]) -> requests.Response:
        return self("POST", "/$batch", {"requests": list(steps)})


@pytest.fixture
def graph(sandbox: Sandbox) -> Graph:
    return Graph(sandbox, sandbox.token())


def event(**values: Any) -> dict[str, Any]:
    """A well-formed event of twelve hours; ``values`` replace or add."""
    return {
        "subject": "On call",
        "body": {"contentType": "text", "content": "Cardiology <first>"},
        "start": {"dateTime": "2026-03-08T06:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-08T18:00:00", "timeZone": "UTC"},
        "isReminderOn": False,
        **values,
    }


def owned(value: str) -> list[dict[str, str]]:
    return [{"id": KEY, "value": value}]


def step(number: int, body: dict[str, Any] | None = None, upn: str = ANNA, **more: Any) -> dict[str, Any]:
    """One creating request of a batch."""
    return {
        "id": str(number),
        "method": "POST",
        "url": f"/users/{upn}/events",
        "headers": {"Content-Type": "application/json", "Prefer": IMMUTABLE},
        "body": body or event(subject=f"Shift {number}"),
        **more,
    }


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
