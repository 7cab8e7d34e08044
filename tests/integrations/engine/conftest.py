"""A live notebook connection beside the small department of the publishing tests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from integrations import registry
from integrations.models import Connection, MappingRow, Run
from integrations.services.connections import connection_create
from integrations.services.requests import relay, run_request
from integrations.services.run import connection_run
from tests.conftest import NOW, ROBOT, Tenant
from tests.scheduling.test_publish import World

DAY = date(2026, 3, 2)


class Notebook(World):
    """A World with a connection that delivers into a folder."""

    def __init__(self, tenant: Tenant, folder: Path) -> None:
        super().__init__(tenant)
        self.folder = folder
        self.now = datetime(2026, 2, 27, 16, 0, tzinfo=UTC)
        with tenant.transaction():
            row = connection_create(kind="notebook", name="Notebook", actor=ROBOT, now=NOW)
            row.settings, row.state = {"folder": str(folder)}, "live"
            row.save()
            for number, assignment in enumerate((self.day, self.night)):
                MappingRow.objects.create(connection=row, assignment=assignment, values={"page": f"p{number}"})
            run_request(connection_id=row.id, triggers=["manual"], now=self.now, full=True)
        self.connection_id = row.id

    def deliver(self) -> list[str]:
        """Relay, then run until nothing waits now; what each run came to."""
        states = []
        for _ in range(20):
            with self.tenant.transaction():
                relay(now=self.now)
            state = connection_run(
                organization_id=self.tenant.id, connection_id=self.connection_id, clock=lambda: self.now
            )
            if state in ("nothing_waits", "not_yet", "busy"):
                return [*states, state]
            states.append(state)
        return states

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    @property
    def records(self) -> list[dict]:
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("*.json"))]

    @property
    def requests(self) -> list[str]:
        log = self.folder / "requests.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

    def requests_clear(self) -> None:
        (self.folder / "requests.log").unlink(missing_ok=True)

    def assert_in_step(self) -> None:
        """The folder holds exactly what is published and mapped, once each."""
        from scheduling import selectors

        with self.tenant.transaction():
            wanted = Counter(
                (row.person.unique_id, row.starts_at.isoformat(), row.note)
                for row in selectors.published_rows(ends_after=self.now)
                if row.person is not None and row.person.unique_id
            )
        assert Counter((one["recipient"], one["start"], one["note"]) for one in self.records) == wanted

    def connection(self) -> Connection:
        with self.tenant.transaction():
            return Connection.objects.get(id=self.connection_id)

    def runs(self) -> list[Run]:
        with self.tenant.transaction():
            return list(Run.objects.filter(connection_id=self.connection_id).order_by("id"))


@pytest.fixture
def notebook(tenant: Tenant, tmp_path: Path, settings) -> Iterator[Notebook]:
    settings.ROTACAST_CONNECTOR_ROOTS = ["tests.fakes.connectors"]
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    registry.connectors.cache_clear()
    folder = tmp_path / "notebook"
    folder.mkdir()
    yield Notebook(tenant, folder)
    registry.connectors.cache_clear()
