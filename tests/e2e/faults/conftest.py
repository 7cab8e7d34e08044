"""A live Epic connection to a real SFTP server, beside a small department."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from integrations.models import Attempt, Connection, Run
from integrations.services import connections
from integrations.services.alert import alert_send
from integrations.services.mapping import MappingInput, mapping_save
from integrations.services.requests import relay
from integrations.services.run import connection_run
from scheduling import selectors
from tests.conftest import ROBOT, Tenant
from tests.fakes.openssh import OpenSshServer
from tests.scheduling.test_publish import World

DAY = date(2026, 3, 2)
ROOTS = "exports.formats,integrations.connectors"


class Feed(World):
    """A World whose publications become files in `files`."""

    def __init__(self, tenant: Tenant, files: Path, settings: dict, secrets: dict) -> None:
        super().__init__(tenant)
        tenant.account()
        self.files = files
        self.now = datetime(2026, 2, 27, 16, 0, tzinfo=UTC)
        by = {"actor": ROBOT, "now": self.now}
        with tenant.transaction():
            connections.egress_grant(network="127.0.0.1/32", ports=[settings["port"]], reason="test", **by)
            row = connections.connection_create(kind="epic_on_call_finder", name="Epic", **by)
            self.public_id, self.connection_id = row.public_id, row.id
            connections.connection_change(
                connection_id=row.public_id, settings={"host": "127.0.0.1", **settings}, secrets=secrets, **by
            )
            rows = [
                MappingInput(one.public_id, 1, {"team_id": "500", "team_name": one.name, "role": "Primary"})
                for one in (self.day, self.night)
            ]
            mapping_save(connection_id=row.public_id, rows=rows, **by)
            connections.connection_state_set(connection_id=row.public_id, state="live", **by)

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def deliver(self) -> list[str]:
        """Relay, then run until nothing waits now."""
        states: list[str] = []
        for _ in range(10):
            with self.tenant.transaction():
                relay(now=self.now)
            state = connection_run(
                organization_id=self.tenant.id, connection_id=self.connection_id, clock=lambda: self.now
            )
            states.append(state)
            if state in ("nothing_waits", "not_yet", "busy"):
                return states
        return states

    def killed_at(self, stage: str, times: int = 1) -> None:
        """Deliver in a process that kills itself at a stage."""
        with self.tenant.transaction():
            relay(now=self.now)
        arguments = [self.tenant.id, self.connection_id, self.now.isoformat(), stage, times, ROOTS]
        done = subprocess.run(
            [sys.executable, "-m", "tests.fakes.killed", *map(str, arguments)],
            check=False,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == -9, done.stderr.decode()

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.files.iterdir())

    def newest(self) -> list[dict[str, str]]:
        """The rows of the newest file at the destination."""
        newest = sorted(self.files.glob("*.csv"), key=lambda path: path.name.rsplit("_", 1)[-1])[-1]
        return list(csv.DictReader(io.StringIO(newest.read_text(encoding="utf-8"))))

    def assert_in_step(self) -> None:
        """The newest file is exactly what is published, and nothing half-written lies beside it."""
        with self.tenant.transaction():
            wanted = Counter(
                (row.person.unique_id, row.start_wall.strftime("%m/%d/%Y %H%M"), row.note)
                for row in selectors.published_rows()
                if row.person
            )
        found = Counter(
            (row["ProviderID"], f"{row['StartDate']} {row['StartTime']}", row["Notes"]) for row in self.newest()
        )
        assert found == wanted
        assert [name for name in self.names if not name.endswith(".csv")] == []
        assert len({name.rsplit("_", 1)[-1] for name in self.names}) == len(self.names), "a sequence number came twice"

    def attempts(self) -> list[str]:
        with self.tenant.transaction():
            return list(Attempt.objects.order_by("id").values_list("result", flat=True))

    def runs(self) -> list[tuple[str, str]]:
        with self.tenant.transaction():
            return list(Run.objects.order_by("id").values_list("state", "code"))

    def last_text(self) -> str:
        """What the last run that ended says."""
        with self.tenant.transaction():
            return Run.objects.exclude(finished_at=None).order_by("-id").values_list("text", flat=True)[0]

    def connection(self) -> Connection:
        with self.tenant.transaction():
            return Connection.objects.get(id=self.connection_id)

    def mails(self, folder: Path) -> list[str]:
        alert_send(organization_id=self.tenant.id, connection_id=self.connection_id, clock=lambda: self.now)
        return [path.read_text() for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


@pytest.fixture
def mail_folder(tmp_path: Path, settings) -> Path:
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    return tmp_path / "mail"


@pytest.fixture
def openssh(tmp_path: Path) -> Iterator[OpenSshServer]:
    server = OpenSshServer(tmp_path / "server").start()
    yield server
    server.stop()


@pytest.fixture
def feed(tenant: Tenant, openssh: OpenSshServer, mail_folder: Path) -> Feed:
    return Feed(
        tenant,
        openssh.files,
        {
            "port": openssh.port,
            "username": openssh.username,
            "directory": str(openssh.files),
            "host_key": openssh.host_key,
        },
        {"private_key": openssh.private_key},
    )
