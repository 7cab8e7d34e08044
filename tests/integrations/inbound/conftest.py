"""A feed of people on a real OpenSSH server, and the connection that takes it in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.models import Connection, InboundFile, Incident, Problem, Run
from integrations.services.connections import connection_create
from integrations.services.inbound_plan import content_of
from integrations.services.requests import relay, run_request
from integrations.services.run import connection_run
from scheduling import services
from scheduling.models import Person
from tenancy.models import ChangeEntry
from tenancy.secrets import secret_put
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.openssh import OpenSshServer

HEAD = "Unique ID,Cell,Last name"


class Feed:
    """People 001 to 010, a directory on a server, and a live connection between them. `now` moves by itself with each run."""

    def __init__(self, tenant: Tenant, server: OpenSshServer, people: int = 10, **settings: Any) -> None:
        self.tenant, self.server = tenant, server
        self.now = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
        with tenant.transaction():
            self.people = [
                services.person_create(fields={"last_name": f"P{n}", "unique_id": f"{n:03d}"}, actor=ROBOT, now=NOW)
                for n in range(1, people + 1)
            ]
            row = connection_create(kind="demographic_import", name="HR feed", actor=ROBOT, now=NOW)
            row.settings |= {
                "host": "127.0.0.1",
                "port": server.port,
                "username": server.username,
                "directory": str(server.files),
                "host_key": server.host_key,
                **settings,
            }
            row.state = "live"
            row.save()
            secret_put(owner=row.public_id, name="private_key", value=server.private_key, now=NOW)
        self.id, self.public_id = row.id, row.public_id

    def put(self, name: str, *rows: str, head: str = HEAD, at: int = 1_772_000_000) -> bytes:
        """A file as the other side would put it there, with a time of its own."""
        content = "\r\n".join([head, *rows, ""]).encode()
        path = self.server.files / name
        path.write_bytes(content)
        os.utime(path, (at, at))
        return content

    def run(self, *, minutes: float = 5) -> str:
        """What waits, or a run by the clock, some minutes later."""
        self.later(minutes=minutes)
        with self.tenant.transaction():
            relay(now=self.now)
            run_request(connection_id=self.id, triggers=["recurrence"], now=self.now)
        return connection_run(organization_id=self.tenant.id, connection_id=self.id, clock=lambda: self.now)

    def taken(self) -> str:
        """Two looks: the second one takes what rests."""
        self.run()
        return self.run()

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def cells(self) -> dict[str, str]:
        with self.tenant.transaction():
            return dict(Person.objects.exclude(cell="").order_by("id").values_list("unique_id", "cell"))

    def files(self) -> list[InboundFile]:
        with self.tenant.transaction():
            return list(InboundFile.objects.order_by("id"))

    def states(self) -> list[tuple[str, str, str]]:
        return [(one.name, one.state, one.code) for one in self.files()]

    def there(self) -> list[str]:
        """What lies on the server, archive and reports included."""
        root = self.server.files
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def text(self, artifact_id: int | None) -> str:
        with self.tenant.transaction():
            return content_of(artifact_id).decode("utf-8-sig")

    def connection(self) -> Connection:
        with self.tenant.transaction():
            return Connection.objects.get(id=self.id)

    def runs(self) -> list[Run]:
        with self.tenant.transaction():
            return list(Run.objects.filter(connection_id=self.id).order_by("id"))

    def problems(self) -> list[tuple[str, str, int]]:
        with self.tenant.transaction():
            rows = Problem.objects.filter(closed_at=None).order_by("cause", "subject")
            return list(rows.values_list("cause", "subject", "count"))

    def incident(self) -> str:
        with self.tenant.transaction():
            return next(iter(Incident.objects.filter(closed_at=None).values_list("text", flat=True)), "")

    def imported(self) -> int:
        """Entries of the change log that a file made."""
        with self.tenant.transaction():
            return ChangeEntry.objects.filter(source="import", action="person.change").count()


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[OpenSshServer]:
    server = OpenSshServer(tmp_path / "server").start()
    settings.ROTACAST_EGRESS_GRANTS = f"127.0.0.1/32={server.port}"
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    yield server
    server.stop()


@pytest.fixture
def feed(tenant: Tenant, server: OpenSshServer) -> Feed:
    return Feed(tenant, server)
