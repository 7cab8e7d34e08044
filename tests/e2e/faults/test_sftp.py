"""Files to a real SFTP server while things break: nothing is lost, nothing is doubled, the receipts say what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exports.formats.epic_on_call_finder.layout import DEFAULT
from exports.layouts import layout_to_json
from integrations.services import connections
from tests.conftest import ROBOT, Tenant
from tests.e2e.faults.conftest import DAY, Feed
from tests.fakes.awkward_sftp import AwkwardSftpServer
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer

needs_sshd = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


def three_shifts(feed: Feed) -> list:
    return [feed.place(DAY + timedelta(days=n), person=feed.people[n]) for n in range(3)]


class TestOpenSsh:
    pytestmark = needs_sshd

    def test_a_note_reaches_the_next_file_and_nothing_new_sends_nothing(self, feed: Feed) -> None:
        shifts = three_shifts(feed)
        feed.publish()
        assert feed.deliver() == ["done", "nothing_waits"]
        feed.assert_in_step()
        assert feed.names == ["oncall_20260227_100000_000001.csv"]
        feed.change(shifts[1], note="Bring the pager")
        feed.publish()
        feed.later(minutes=1)
        assert feed.deliver() == ["done", "nothing_waits"]
        feed.assert_in_step()
        assert [row["Notes"] for row in feed.newest()] == ["", "Bring the pager", ""]
        assert feed.publish() is None
        assert feed.deliver() == ["nothing_waits"]
        assert len(feed.names) == 2

    @pytest.mark.slow
    @pytest.mark.parametrize("stage", ["read", "written", "intended", "sent", "recorded"])
    def test_killed_at_each_step_of_a_file(self, feed: Feed, stage: str) -> None:
        three_shifts(feed)
        feed.publish()
        feed.killed_at(stage)
        feed.later(minutes=5)
        feed.deliver()
        feed.assert_in_step()
        row = feed.connection()
        assert (row.uncertain, row.in_step_number, row.lease_token) == (False, 1, "")
        assert feed.runs()[0] == ("failed", "worker_died")
        assert "sending" not in feed.attempts()

    def test_a_changed_host_key_refuses_and_is_told_once(
        self, feed: Feed, openssh: OpenSshServer, mail_folder: Path
    ) -> None:
        three_shifts(feed)
        feed.publish()
        feed.deliver()
        openssh.stop()
        openssh.swap_host_key()
        openssh.start()
        feed.place(DAY + timedelta(days=9), person=feed.people[0])
        feed.publish()
        assert feed.deliver() == ["stopped", "nothing_waits"]
        row = feed.connection()
        assert (row.hold, row.in_step_number, len(feed.names)) == ("config", 1, 1)
        assert feed.runs()[-1] == ("stopped", "host_key_mismatch")
        letters = feed.mails(mail_folder)
        assert len(letters) == 1
        assert feed.mails(mail_folder) == letters

    def test_a_server_that_is_down_gets_the_file_when_it_is_back(self, feed: Feed, openssh: OpenSshServer) -> None:
        three_shifts(feed)
        feed.publish()
        openssh.stop()
        assert feed.deliver() == ["failed", "not_yet"]
        openssh.start()
        feed.later(minutes=1)
        assert feed.deliver() == ["done", "nothing_waits"]
        feed.assert_in_step()
        assert len(feed.names) == 1


class TestAwkwardServers:
    """Quirks that OpenSSH does not show on demand, from a real server of another make."""

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[AwkwardSftpServer]:
        files = tmp_path / "awkward"
        files.mkdir()
        server = AwkwardSftpServer(files).start()
        yield server
        server.stop()

    @pytest.fixture
    def awkward(self, tenant: Tenant, server: AwkwardSftpServer, mail_folder: Path) -> Feed:
        return Feed(
            tenant,
            server.files,
            {"port": server.port, "username": server.username, "host_key": server.host_key},
            {"password": server.password},
        )

    @pytest.mark.parametrize(
        ("quirk", "value"),
        [
            ("drop_after", 100),
            ("full_after", 100),
            ("drop_on_rename", True),
            ("drop_after_rename", True),
            ("refuse_rename", True),
        ],
    )
    def test_broken_in_the_middle_of_a_file(
        self, awkward: Feed, server: AwkwardSftpServer, quirk: str, value: object
    ) -> None:
        three_shifts(awkward)
        awkward.publish()
        setattr(server.quirks, quirk, value)
        first = awkward.deliver()
        whole = list(server.files.glob("oncall_*.csv"))
        for path in whole:  # whatever has its final name is whole
            assert path.read_text(encoding="utf-8").count("\n") == 4
        server.quirks.__init__()  # type: ignore[misc]
        awkward.later(minutes=10)
        if "stopped" in first:
            from integrations.services.connections import connection_resume
            from tests.conftest import ROBOT

            with awkward.tenant.transaction():
                connection_resume(connection_id=awkward.public_id, actor=ROBOT, now=awkward.now)
        awkward.deliver()
        awkward.assert_in_step()
        assert awkward.connection().in_step_number == 1


@pytest.mark.peer("sshd")
@pytest.mark.skipif(SSHD is None, reason=WHY_NOT)
def test_a_setting_that_alters_the_bytes_makes_a_file_and_one_that_does_not_makes_none(feed: Feed) -> None:
    shifts = three_shifts(feed)
    feed.change(shifts[0], note="Bring the pager")
    feed.publish()
    feed.deliver()
    assert [row["Notes"] for row in feed.newest()] == ["Bring the pager", "", ""]
    by = {"actor": ROBOT, "now": feed.now}
    with feed.tenant.transaction():
        connections.connection_change(connection_id=feed.public_id, name="Epic, main campus", **by)
    feed.deliver()
    assert len(feed.names) == 1
    layout = json.dumps({**json.loads(layout_to_json(DEFAULT)), "header": False})
    with feed.tenant.transaction():
        connections.connection_change(connection_id=feed.public_id, settings={"layout": layout}, **by)
    feed.later(minutes=1)
    feed.deliver()
    assert len(feed.names) == 2
    newest = max(feed.files.iterdir(), key=lambda path: path.name.rsplit("_", 1)[-1])
    assert newest.read_text(encoding="utf-8").startswith("500,")
