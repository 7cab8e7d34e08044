"""Off, shadow, test, live with real files on real OpenSSH servers: what lies where, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.models import Artifact, Attempt, Connection, MappingRow, Run
from integrations.services.artifacts import artifact_chunks
from integrations.services.connections import (
    connection_change,
    connection_create,
    connection_send_again,
    connection_state_set,
    connection_test,
)
from tenancy.secrets import secrets_set
from tenancy.types import RefusedError
from tests.conftest import NOW, ROBOT, Tenant
from tests.exports.test_through_the_engine import Wire
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer
from tests.scheduling.test_publish import DAY, World

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


class Cutover(Wire):
    """A file connection that is off and has no destination yet, and two servers: the hospital's own and the vendor's acceptance."""

    def __init__(self, tenant: Tenant, server: OpenSshServer, acceptance: OpenSshServer) -> None:
        World.__init__(self, tenant)
        self.server, self.acceptance = server, acceptance
        self.now = NOW + timedelta(days=3)
        with tenant.transaction():
            row = connection_create(kind="epic_on_call_finder", name="On call", actor=ROBOT, now=NOW)
            MappingRow.objects.create(connection=row, assignment=self.day, values={"team_id": "00501"})
            self.connection_id, self.public_id = row.id, row.public_id

    def change(self, **fields: Any) -> None:  # type: ignore[override]
        with self.tenant.transaction():
            connection_change(connection_id=self.public_id, actor=ROBOT, now=self.now, **fields)

    def switch(self, state: str) -> None:
        with self.tenant.transaction():
            connection_state_set(connection_id=self.public_id, state=state, actor=ROBOT, now=self.now)

    def at(self, server: OpenSshServer, **more: Any) -> dict[str, Any]:
        return {
            "host": "127.0.0.1", "port": server.port, "username": server.username, "directory": str(server.files),
            "host_key": server.host_key, **more,
        }  # fmt: skip

    def there(self) -> tuple[int, int]:
        """How many files lie at the live and at the test destination."""
        return len(list(self.server.files.iterdir())), len(list(self.acceptance.files.iterdir()))


@pytest.fixture
def cutover(tenant: Tenant, tmp_path: Path, settings: Any) -> Iterator[Cutover]:
    servers = [OpenSshServer(tmp_path / name).start() for name in ("server", "acceptance")]
    settings.ROTACAST_EGRESS_GRANTS = ",".join(f"127.0.0.1/32={one.port}" for one in servers)
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    yield Cutover(tenant, *servers)
    for one in servers:
        one.stop()


def test_from_off_through_shadow_and_test_to_live(cutover: Cutover) -> None:
    cutover.place(DAY, person=cutover.people[1])
    cutover.publish()
    # Shadow: neither a destination nor a secret is set, so that a connection could not even be opened.
    cutover.switch("shadow")
    assert cutover.run() == "done"
    shadow = cutover.last_run()
    assert (shadow.lane, shadow.rows, shadow.added) == ("shadow", 1, 1)
    with cutover.tenant.transaction():
        kept = Artifact.objects.get(run_id=shadow.id)
        assert kept.sent_at is None
        assert list(Attempt.objects.filter(run_id=shadow.id).values_list("kind", "result")) == [("file", "shadow")]
    file = b"".join(artifact_chunks(organization_id=cutover.tenant.id, public_id=kept.public_id, key_id=kept.key_id))
    assert file.count(b"\n") == 2 and b"00501" in file
    assert cutover.run("recurrence") == "nothing", "shadow keeps its ledger as if confirmed"
    assert cutover.there() == (0, 0)
    # Test: its own destination and its own key. The live one's secret is another and is never used.
    cutover.change(settings=cutover.at(cutover.server), secrets={"private_key": cutover.server.private_key})
    cutover.change(test_settings=cutover.at(cutover.acceptance))
    cutover.switch("test")
    assert cutover.run() == "stopped", "there is no test secret, and live's is not lent"
    assert cutover.there() == (0, 0)
    assert "Accepted" not in cutover.acceptance.log
    cutover.change(test_secrets={"private_key": cutover.acceptance.private_key})
    steps = connection_test(
        organization_id=cutover.tenant.id, connection_id=cutover.public_id, clock=lambda: cutover.now, lane="test"
    )
    assert {step.state for step in steps} == {"passed"}
    cutover.switch("test")
    assert cutover.run() == "done"
    assert (cutover.there(), cutover.last_run().lane) == ((0, 1), "test")
    assert "Accepted" in cutover.acceptance.log
    assert "Accepted" not in cutover.server.log, "nobody signed in at the live destination"
    with cutover.tenant.transaction():
        with pytest.raises(RefusedError, match="belongs to shadow"):
            connection_send_again(
                connection_id=cutover.public_id, artifact_id=kept.public_id, actor=ROBOT, now=cutover.now
            )
        row = Connection.objects.get(id=cutover.connection_id)
        assert (row.tested_at, row.settings["port"]) == (None, cutover.server.port)
    # Live: everything is sent, although both other lanes have it; settings and mapping were carried over.
    cutover.switch("live")
    assert cutover.run() == "done"
    assert (cutover.there(), cutover.last_run().lane, cutover.last_run().full) == ((1, 1), "live", True)
    (name,) = cutover.files()
    assert (cutover.server.files / name).read_bytes() == file, "what shadow showed is what is sent"
    assert name.endswith("_000004.csv"), "shadow, the refused test and the test have had theirs: none is used twice"
    # And back: what live delivered is still known there.
    cutover.switch("shadow")
    assert cutover.run() == "done"
    cutover.switch("live")
    assert cutover.run() == "done", "going live begins with a full send"
    assert (cutover.last_run().unchanged, cutover.last_run().added) == (1, 0)
    assert cutover.there() == (2, 1)


def test_another_test_destination_forgets_its_secrets_and_not_those_of_live(cutover: Cutover) -> None:
    cutover.change(settings=cutover.at(cutover.server), secrets={"private_key": "live"})
    cutover.change(test_settings=cutover.at(cutover.acceptance), test_secrets={"private_key": "test"})
    with cutover.tenant.transaction():
        assert set(secrets_set(owner=cutover.public_id)) == {"private_key", "test:private_key"}
    cutover.change(test_settings={"host": "other.example"})
    with cutover.tenant.transaction():
        assert set(secrets_set(owner=cutover.public_id)) == {"private_key"}


@pytest.mark.parametrize(("chosen", "files"), [("send", 3), ("skip", 1)])
def test_when_nothing_changed_the_connection_decides(cutover: Cutover, chosen: str, files: int) -> None:
    cutover.change(
        settings=cutover.at(cutover.server),
        secrets={"private_key": cutover.server.private_key},
        watch={"when_unchanged": chosen},
    )
    cutover.place(DAY, person=cutover.people[1])
    cutover.publish()
    cutover.switch("live")
    states = [cutover.run("recurrence") for _ in range(3)]
    assert states == ["done", *(["done"] * 2 if chosen == "send" else ["nothing"] * 2)]
    assert cutover.there() == (files, 0)
    with cutover.tenant.transaction():
        assert set(Run.objects.values_list("lane", flat=True)) == {"live"}
