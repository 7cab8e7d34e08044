"""A file connector against a real OpenSSH server: the test that pins the key, the delivery, and every way it must not go."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egress.guard import AddressPolicy, Grant
from exports.formats.epic_on_call_finder.connector import EpicOnCallFinder
from integrations.contract import ConfigError, FileWritten, TransientError
from integrations.doors import Doors
from integrations.registry import connector
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSshServer]:
    server = OpenSshServer(tmp_path / "server").start()
    yield server
    server.stop()


@pytest.fixture
def epic() -> EpicOnCallFinder:
    found = connector("epic_on_call_finder")
    assert isinstance(found, EpicOnCallFinder)
    return found


class Promise:
    """Stands for the lease: remembers what was promised, or refuses."""

    def __init__(self, refuse: Exception | None = None) -> None:
        self.seconds: list[float] = []
        self.refuse = refuse

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self.refuse:
            raise self.refuse


def doors_to(server: OpenSshServer, *, before_effect: Promise | None = None, **settings: object) -> Doors:
    return Doors(
        connection_id=uuid.UUID(int=1),
        run_token="run-1.a",
        settings={
            "host": "127.0.0.1",
            "port": server.port,
            "username": server.username,
            "directory": str(server.files),
            "host_key": server.host_key,
        }
        | settings,
        secrets={"private_key": server.private_key},
        policy=AddressPolicy(grants=(Grant.of("127.0.0.1/32", server.port),)),
        now=lambda: datetime.now(UTC),
        before_effect=before_effect or Promise(),
    )


@pytest.fixture
def written(tmp_path: Path) -> FileWritten:
    path = tmp_path / "oncall_20260302_060000_000007.csv"
    path.write_bytes(b"TeamID,ProviderID\r\n501,0042\r\n")
    return FileWritten(
        path=path, name=path.name, rows=1, warnings=("Column Notes: 1 values were too long and were cut.",)
    )


def names(server: OpenSshServer) -> list[str]:
    return sorted(path.name for path in server.files.iterdir())


def test_the_connection_test_shows_the_key_to_pin_and_sends_nothing(
    server: OpenSshServer, epic: EpicOnCallFinder
) -> None:
    steps = list(epic.check(doors_to(server, host_key="")))
    assert [step.state for step in steps] == ["passed", "passed", "failed", *["skipped"] * 5]
    shown = steps[2].found["host_key"]
    assert shown.startswith("ssh-ed25519 SHA256:")
    again = list(epic.check(doors_to(server, host_key=shown)))
    assert [step.state for step in again] == ["passed"] * 8
    assert again[2].name == "Compare the host key" and again[2].found == {"host_key": shown}
    assert names(server) == []


def test_a_file_arrives_whole_under_its_name_and_the_method_is_remembered(
    server: OpenSshServer, epic: EpicOnCallFinder, written: FileWritten
) -> None:
    promise = Promise()
    doors = doors_to(server, before_effect=promise)
    sent = epic.send_file(written, doors)
    content = written.path.read_bytes()
    assert (sent.name, sent.bytes, sent.sha256) == (written.name, len(content), hashlib.sha256(content).hexdigest())
    assert sent.warnings == written.warnings
    assert (server.files / written.name).read_bytes() == content
    assert names(server) == [written.name]
    assert len(promise.seconds) == 1 and promise.seconds[0] >= 120
    assert doors.facts["rename"] == {"where": f"127.0.0.1 port {server.port}", "method": "posix-rename"}
    assert epic.send_file(written, doors).sha256 == sent.sha256  # a retry of the same file changes nothing
    assert names(server) == [written.name]


def test_markers_companions_and_a_directory_where_allowed(
    server: OpenSshServer, epic: EpicOnCallFinder, written: FileWritten
) -> None:
    deep = str(server.files / "epic" / "in")
    with pytest.raises(ConfigError, match="does not exist"):
        epic.send_file(written, doors_to(server, directory=deep))
    epic.send_file(
        written, doors_to(server, directory=deep, create_directory=True, done_marker=True, sha256_companion=True)
    )
    folder = server.files / "epic" / "in"
    digest = hashlib.sha256(written.path.read_bytes()).hexdigest()
    assert sorted(path.name for path in folder.iterdir()) == [
        written.name,
        f"{written.name}.done",
        f"{written.name}.sha256",
    ]
    assert (folder / f"{written.name}.sha256").read_text() == f"{digest}  {written.name}\n"


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"host_key": ""}, "host_key_unpinned", "Run the connection test"),
        ({"host_key": "ssh-ed25519 SHA256:" + "A" * 43}, "host_key_mismatch", "is pinned"),
        ({"username": "nobody-of-that-name"}, "authentication_refused", "refused the sign-in"),
        ({"username": ""}, "setting", "username"),
        ({"host": "169.254.169.254"}, "address_refused", "never allowed"),
    ],
)
def test_what_a_person_must_mend_is_a_configuration_error_and_nothing_arrives(
    server: OpenSshServer, epic: EpicOnCallFinder, written: FileWritten, settings: dict, code: str, words: str
) -> None:
    promise = Promise()
    with pytest.raises(ConfigError, match=words) as refused:
        epic.send_file(written, doors_to(server, before_effect=promise, **settings))
    assert refused.value.code == code
    assert promise.seconds == [] and names(server) == []


def test_a_server_that_is_down_is_tried_again(
    server: OpenSshServer, epic: EpicOnCallFinder, written: FileWritten
) -> None:
    doors = doors_to(server)
    server.stop()
    with pytest.raises(TransientError) as failed:
        epic.send_file(written, doors)
    assert failed.value.outcome_unknown is False


def test_a_lost_lease_stops_before_the_upload(
    server: OpenSshServer, epic: EpicOnCallFinder, written: FileWritten
) -> None:
    class LeaseLost(Exception):
        pass

    with pytest.raises(LeaseLost):
        epic.send_file(written, doors_to(server, before_effect=Promise(LeaseLost())))
    assert names(server) == []
