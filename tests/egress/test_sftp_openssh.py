"""The SFTP door against a real OpenSSH server."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from egress.errors import (
    AddressRefused,
    AuthenticationRefused,
    ConnectFailed,
    HostKeyMismatch,
    HostKeyUnknown,
    RemoteRefused,
    Timeout,
    TransferInterrupted,
)
from egress.guard import AddressPolicy
from egress.sftp import (
    SftpTarget,
    list_names,
    probe_host_key,
    read_back,
    remove,
    remove_stale_parts,
    sftp_check_steps,
    sftp_session,
    stat,
    upload_file,
)
from tests.fakes.openssh import OpenSshServer, keygen

pytestmark = pytest.mark.peer("sshd")

Writer = Callable[[bytes], Path]


def names(sshd: OpenSshServer) -> list[str]:
    return sorted(path.name for path in sshd.files.iterdir())


def halting_file(tmp_path: Path, meanwhile: Callable[[], None], *, first: int = 400_000) -> Path:
    """A local file whose reader gets `first` bytes, then `meanwhile` happens, then the rest follows."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def feed() -> None:
        with path.open("wb") as pipe:
            pipe.write(b"a" * first)
            pipe.flush()
            time.sleep(0.2)
            meanwhile()
            try:
                pipe.write(b"b" * first)
            except BrokenPipeError:
                return

    threading.Thread(target=feed, daemon=True).start()
    return path


def test_upload_and_everything_about_the_file(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer
) -> None:
    content = os.urandom(3_000_017)
    with sftp_session(sshd_target, local) as session:
        result = upload_file(session, local_file(content), "oncall.csv", unique="run-1")
        assert list_names(session) == ("oncall.csv",)
        assert stat(session, "oncall.csv") == 3_000_017
        assert stat(session, "other.csv") is None
        assert read_back(session, "oncall.csv", 3_000_017) == content
        remove(session, "oncall.csv")
        with pytest.raises(RemoteRefused) as caught:
            remove(session, "oncall.csv")
    assert caught.value.reason == "missing"
    assert (result.remote_name, result.bytes, result.rename_method) == (
        "oncall.csv",
        3_000_017,
        "posix-rename",
    )
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert result.warnings == ()
    assert names(sshd) == []


@pytest.mark.parametrize("size", [0, 1, 32767, 32768, 32769, 64 * 32768 + 1])
def test_sizes_around_the_pieces(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer, size: int
) -> None:
    content = os.urandom(size)
    with sftp_session(sshd_target, local) as session:
        upload_file(session, local_file(content), "x", unique="r")
    assert (sshd.files / "x").read_bytes() == content
    assert names(sshd) == ["x"]


def test_replacing_markers_and_companions(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer
) -> None:
    (sshd.files / "a.csv").write_text("old")
    (sshd.files / "a.csv.done").write_text("vouches for the old one")
    with sftp_session(sshd_target, local) as session:
        upload_file(session, local_file(b"new\n"), "a.csv", unique="r", write_marker=".done", sha256_companion=True)
    assert names(sshd) == ["a.csv", "a.csv.done", "a.csv.sha256"]
    assert (sshd.files / "a.csv").read_text() == "new\n"
    assert (sshd.files / "a.csv.done").read_bytes() == b""
    digest = hashlib.sha256(b"new\n").hexdigest()
    assert (sshd.files / "a.csv.sha256").read_text() == f"{digest}  a.csv\n"


def test_never_overwrite(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer
) -> None:
    with sftp_session(sshd_target, local) as session:
        first = upload_file(session, local_file(b"first"), "seq-1.csv", unique="r", overwrite=False)
        with pytest.raises(RemoteRefused) as caught:
            upload_file(session, local_file(b"second"), "seq-1.csv", unique="r", overwrite=False)
    assert first.rename_method == "rename"
    assert (caught.value.reason, caught.value.outcome_unknown) == ("exists", False)
    assert (sshd.files / "seq-1.csv").read_bytes() == b"first"
    assert names(sshd) == ["seq-1.csv"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\\b", "a\nb", "a\x00b"])
def test_names_that_lead_elsewhere(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer, name: str
) -> None:
    with sftp_session(sshd_target, local) as session, pytest.raises(ValueError):
        upload_file(session, local_file(b"x"), name, unique="r")
    assert names(sshd) == []


def test_stale_parts_of_the_same_token_go_and_others_stay(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer
) -> None:
    for name in (".old.csv.mine.part", ".old.csv.theirs.part", "old.csv.mine.part"):
        (sshd.files / name).write_text("half")
    with sftp_session(sshd_target, local) as session:
        upload_file(session, local_file(b"x"), "new.csv", unique="mine")
        assert remove_stale_parts(session, "mine") == 0
    assert names(sshd) == [".old.csv.theirs.part", "new.csv", "old.csv.mine.part"]


@pytest.mark.parametrize("event", ["stop", "kill", "kill_sessions"])
def test_a_server_that_goes_away_mid_file_leaves_the_old_file_whole(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path, event: str
) -> None:
    (sshd.files / "a.csv").write_text("old and whole")
    source = halting_file(tmp_path, getattr(sshd, event))
    with pytest.raises(TransferInterrupted) as caught, sftp_session(sshd_target, local) as session:
        upload_file(session, source, "a.csv", unique="r")
    assert (caught.value.outcome_unknown, caught.value.transient) == (False, True)
    assert (sshd.files / "a.csv").read_text() == "old and whole"
    assert names(sshd) == [".a.csv.r.part", "a.csv"]
    if event != "kill_sessions":
        sshd.start()
    with sftp_session(sshd_target, local) as session:
        upload_file(session, Path(__file__), "a.csv", unique="r")
    assert (sshd.files / "a.csv").read_bytes() == Path(__file__).read_bytes()
    assert names(sshd) == ["a.csv"]


def test_a_server_that_freezes_mid_file_times_out(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path
) -> None:
    source = halting_file(tmp_path, sshd.freeze_sessions)
    started = time.monotonic()
    with (
        pytest.raises(Timeout) as caught,
        sftp_session(replace(sshd_target, timeout_s=1), local) as session,
    ):
        upload_file(session, source, "a.csv", unique="r")
    assert time.monotonic() - started < 4
    assert caught.value.outcome_unknown is False
    assert names(sshd) == [".a.csv.r.part"]


def test_the_total_time_cuts_a_delivery_off(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path
) -> None:
    source = halting_file(tmp_path, lambda: time.sleep(1.5))
    with (
        pytest.raises(Timeout, match="took too long") as caught,
        sftp_session(sshd_target, local, total_timeout_s=1.0) as session,
    ):
        upload_file(session, source, "a.csv", unique="r")
    assert caught.value.outcome_unknown is False
    assert "a.csv" not in names(sshd)


def test_a_refused_write_mid_file_is_seen_although_writes_are_pipelined(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, local_file: Writer
) -> None:
    (sshd.files / "full").symlink_to("/dev/full")
    with sftp_session(sshd_target, local) as session, pytest.raises(RemoteRefused) as caught:
        upload_file(session, local_file(b"x" * 100_000), "full", unique="r", known_method="direct")
    assert caught.value.reason == "failure"
    assert caught.value.outcome_unknown is False
    assert names(sshd) == []


def test_a_changed_host_key_is_refused_before_anything_is_said(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy
) -> None:
    pinned = probe_host_key(sshd_target, local)
    sshd.stop()
    sshd.swap_host_key()
    sshd.log_path.write_text("")
    sshd.start()
    shown = probe_host_key(sshd_target, local)
    assert shown != pinned
    with pytest.raises(HostKeyMismatch) as caught, sftp_session(sshd_target, local):
        pytest.fail("a session was opened")
    assert (caught.value.expected, caught.value.presented) == (pinned.pin, shown.pin)
    assert caught.value.transient is False
    assert f"for {sshd.username}" not in sshd.log and "publickey" not in sshd.log


def test_a_key_of_another_type_is_a_mismatch_too(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy
) -> None:
    sshd.stop()
    sshd.swap_host_key("ecdsa")
    sshd.start()
    with pytest.raises(HostKeyMismatch) as caught, sftp_session(sshd_target, local):
        pytest.fail("a session was opened")
    assert caught.value.expected.startswith("ssh-ed25519 SHA256:")
    assert caught.value.presented.startswith("ecdsa-sha2-nistp256 SHA256:")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_host_keys_and_client_keys_of_every_kind(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path, kind: str
) -> None:
    sshd.authorized_keys.write_text(keygen(tmp_path / "key", kind, passphrase="open sesame"))
    sshd.stop()
    sshd.swap_host_key(kind)
    sshd.start()
    key = (tmp_path / "key").read_text()
    found = probe_host_key(sshd_target, local)
    for pin in (found.pin, found.fingerprint, sshd.host_key, f"[127.0.0.1]:{sshd.port} {sshd.host_key}"):
        target = replace(sshd_target, host_key=pin, private_key=key, passphrase="open sesame")
        with sftp_session(target, local) as session:
            assert list_names(session) == ()
    with (
        pytest.raises(AuthenticationRefused, match="cannot be read") as caught,
        sftp_session(replace(target, passphrase="wrong one"), local),
    ):
        pytest.fail("signed in")
    assert "wrong one" not in str(caught.value)


def test_servers_that_know_only_sha1_rsa(tmp_path: Path, sshd: OpenSshServer, local: AddressPolicy) -> None:
    options = ("HostKeyAlgorithms ssh-rsa", "PubkeyAcceptedAlgorithms ssh-rsa")
    server = OpenSshServer(tmp_path / "old", options=options, host_key_kind="rsa")
    key = tmp_path / "rsa_key"
    server.authorized_keys.write_text(keygen(key, "rsa"))
    server.start()
    try:
        target = SftpTarget(
            host="127.0.0.1",
            port=server.port,
            username=server.username,
            private_key=key.read_text(),
            host_key=server.host_key,
            timeout_s=5,
        )
        with pytest.raises(ConnectFailed, match="no common algorithm"), sftp_session(target, local):
            pytest.fail("connected")
        with sftp_session(replace(target, legacy_rsa=True, directory=str(server.files)), local) as session:
            assert list_names(session) == ()
    finally:
        server.kill()


@pytest.mark.parametrize("pin", ["", "  ", "nonsense", "ssh-ed25519 ***", "MD5:aa:bb"])
def test_without_a_usable_pin_nobody_is_called(sshd: OpenSshServer, sshd_target: SftpTarget, pin: str) -> None:
    with (
        pytest.raises(HostKeyUnknown),
        sftp_session(replace(sshd_target, host_key=pin), AddressPolicy()),
    ):
        pytest.fail("a session was opened")


def test_the_guard_comes_first(sshd: OpenSshServer, sshd_target: SftpTarget) -> None:
    sshd.log_path.write_text("")
    with pytest.raises(AddressRefused), sftp_session(sshd_target, AddressPolicy()):
        pytest.fail("a session was opened")
    assert sshd.log == ""


def test_refused_sign_ins(sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path) -> None:
    keygen(tmp_path / "stranger")
    stranger = (tmp_path / "stranger").read_text()
    cases = {
        "refused the sign-in": replace(sshd_target, private_key=stranger),
        "accepts only this": replace(sshd_target, private_key=None, password="s3cret"),
        "neither a password nor": replace(sshd_target, private_key=None),
        "cannot be read": replace(sshd_target, private_key="-----BEGIN s3cret"),
        "PuTTY": replace(sshd_target, private_key="PuTTY-User-Key-File-3: ssh-ed25519"),
    }
    for words, target in cases.items():
        with pytest.raises(AuthenticationRefused, match=words) as caught, sftp_session(target, local):
            pytest.fail("signed in")
        assert "s3cret" not in str(caught.value) + caught.value.advice + repr(target)


def test_directories(sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy) -> None:
    deep = replace(sshd_target, directory=str(sshd.files / "a" / "b"))
    with pytest.raises(RemoteRefused) as missing, sftp_session(deep, local):
        pytest.fail("entered")
    assert missing.value.reason == "missing"
    assert names(sshd) == []
    with sftp_session(replace(deep, allow_create_directory=True), local) as session:
        assert list_names(session) == ()
    assert (sshd.files / "a" / "b").is_dir()
    (sshd.files / "file").write_text("x")
    with pytest.raises(RemoteRefused) as wrong, sftp_session(replace(deep, directory=str(sshd.files / "file")), local):
        pytest.fail("entered")
    assert wrong.value.reason == "not-a-directory"


def test_read_back_has_a_limit(sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy) -> None:
    (sshd.files / "x").write_bytes(b"12345")
    with sftp_session(sshd_target, local) as session:
        assert read_back(session, "x", 5) == b"12345"
        with pytest.raises(Exception, match="longer than 4 bytes"):
            read_back(session, "x", 4)


def test_the_connection_test_passes_and_leaves_nothing(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy
) -> None:
    steps = list(sftp_check_steps(sshd_target, local))
    assert [(step.name, step.status) for step in steps] == [
        (name, "passed")
        for name in (
            "resolve",
            "connect",
            "host-key",
            "sign-in",
            "directory",
            "write",
            "rename",
            "remove",
        )
    ]
    assert names(sshd) == []


def test_the_connection_test_stops_at_the_first_failure(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy
) -> None:
    def statuses(target: SftpTarget, policy: AddressPolicy = local) -> str:
        steps = list(sftp_check_steps(target, policy))
        assert all(step.detail for step in steps)
        assert all(step.advice for step in steps if step.status == "failed")
        return "".join(step.status[0] for step in steps)

    assert statuses(sshd_target, AddressPolicy()) == "fsssssss"
    assert statuses(replace(sshd_target, host_key="SHA256:" + "A" * 43)) == "ppfsssss"
    assert statuses(replace(sshd_target, username="nobody-here")) == "pppfssss"
    assert statuses(replace(sshd_target, directory="/no/such/place")) == "ppppfsss"
    assert statuses(replace(sshd_target, directory="/proc/self")) == "pppppfss"
    unpinned = list(sftp_check_steps(replace(sshd_target, host_key=""), local))
    assert unpinned[2].status == "failed"
    assert unpinned[2].host_key == probe_host_key(sshd_target, local)
    sshd.stop()
    assert statuses(sshd_target) == "pfssssss"
