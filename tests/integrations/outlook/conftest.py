"""The Outlook connector against the real stand-in of Microsoft Graph, without and with the engine around it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from egress.guard import AddressPolicy, Grant
from integrations.connectors.outlook.connector import CONNECTOR
from integrations.connectors.outlook.payload import OWNERSHIP, ownership_value
from integrations.contract import Operation, Outcome
from integrations.doors import Doors
from tests.fakes.sandbox import Sandbox, start_sandbox

ANNA = "anna.berg@alderbay.example"
BEN = "ben.ortiz@alderbay.example"
CAT = "cat.lind@alderbay.example"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONNECTION = uuid.UUID("0d1f7f5e-5f5c-4d7e-9a55-0f3b9c8b7a10")


@pytest.fixture(scope="session")
def graph_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = start_sandbox(tmp_path_factory.mktemp("outlook"), mailboxes=(ANNA, BEN, CAT))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(graph_process: Sandbox) -> Sandbox:
    graph_process.reset()
    return graph_process


def settings_for(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    return {
        "cloud": "custom",
        "authority_url": sandbox.tls_url,
        "graph_url": sandbox.url,
        "tenant": sandbox.tenant,
        "client_id": sandbox.client_id,
        **more,
    }


@dataclass
class Outlook:
    """The connector with doors to the sandbox, and what it asked of them."""

    sandbox: Sandbox
    settings: dict[str, Any] = field(default_factory=dict)
    secret: str = ""
    memory: dict[str, Any] = field(default_factory=dict)
    leases: list[float] = field(default_factory=list)

    def doors(self) -> Doors:
        ports = [int(urlsplit(url).port or 0) for url in (self.sandbox.url, self.sandbox.tls_url)]
        return Doors(
            connection_id=CONNECTION,
            run_token="test",
            settings=settings_for(self.sandbox, **self.settings),
            secrets={"client_secret": self.secret or self.sandbox.client_secret},
            policy=AddressPolicy(grants=(Grant.of("127.0.0.1/32", *ports), Grant.of("::1/128", *ports))),
            now=lambda: NOW,
            before_effect=self.leases.append,
            authority_file=self.sandbox.ca,
            memory=self.memory,
        )

    def deliver(self, *operations: Operation) -> dict[tuple[str, str], Outcome]:
        found = list(CONNECTOR.deliver(operations, self.doors()))
        by_identity = {(one.key, one.recipient): one for one in found}
        assert len(by_identity) == len(found), "an operation has one outcome"
        return by_identity

    def results(self, *operations: Operation) -> list[str]:
        """Results in the order of the operations."""
        found = self.deliver(*operations)
        return [found[(one.key, one.recipient)].result for one in operations]

    def calls(self) -> Counter[str]:
        """How often each method reached a calendar, whether alone or in a batch."""
        return Counter(one["method"] for one in self.sandbox.requests() if "/users/" in one["path"])

    def batches(self) -> int:
        return sum(1 for one in self.sandbox.requests() if one["path"].endswith("/$batch"))


@pytest.fixture
def outlook(sandbox: Sandbox) -> Outlook:
    return Outlook(sandbox)


def body(key: str, *, day: int = 0, **more: Any) -> dict[str, Any]:
    start = datetime(2026, 3, 2, 13, 0, tzinfo=UTC) + timedelta(days=day)
    return {
        "subject": "Scheduled shift",
        "body": {"contentType": "text", "content": ""},
        "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{start + timedelta(hours=8):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "showAs": "busy",
        "isReminderOn": False,
        "categories": [],
        "singleValueExtendedProperties": [{"id": OWNERSHIP, "value": ownership_value(CONNECTION, key)}],
        **more,
    }


def operation(kind: str, key: str, recipient: str = ANNA, **more: Any) -> Operation:
    starts_at = more.pop("starts_at", datetime(2026, 3, 2, 13, 0, tzinfo=UTC))
    values: dict[str, Any] = {
        "generation": 1,
        "payload": body(key),
        "before": None,
        "handle": "",
        "label": f"Shift {key}",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=8),
        **more,
    }
    return Operation(kind=kind, key=key, recipient=recipient, **values)


def creates(count: int, recipients: list[str], prefix: str = "s") -> list[Operation]:
    return [operation("create", f"{prefix}{n}", recipients[n % len(recipients)]) for n in range(count)]
