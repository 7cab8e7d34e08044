"""Files from a real OpenSSH server: what is seen, what is read, and moving that never sweeps another file away."""

import hashlib
import os
from pathlib import Path

import pytest

from egress.errors import AnswerTooLarge, RemoteRefused
from egress.guard import AddressPolicy
from egress.sftp import RemoteEntry, SftpTarget, download_file, list_files, move_file, remote_entry, sftp_session
from tests.fakes.openssh import OpenSshServer

pytestmark = pytest.mark.peer("sshd")
AT = 1_772_000_000


def put(sshd: OpenSshServer, name: str, content: bytes = b"x", at: int = AT) -> RemoteEntry:
    path = sshd.files / name
    path.write_bytes(content)
    os.utime(path, (at, at))
    return RemoteEntry(name, len(content), at)


def there(sshd: OpenSshServer) -> list[str]:
    return sorted(str(path.relative_to(sshd.files)) for path in sshd.files.rglob("*") if not path.is_dir())


def test_only_plain_files_of_plain_names_are_seen(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy
) -> None:
    plain = [put(sshd, "b.csv", b"12"), put(sshd, "a b.csv", b"1", AT + 5), put(sshd, "é.csv", b"")]
    for name in (".hidden", "new\nline.csv", "back\\slash.csv", "x" * 201):
        put(sshd, name)
    (sshd.files / "folder.csv").mkdir()
    (sshd.files / "link.csv").symlink_to(sshd.files / "b.csv")
    os.mkfifo(sshd.files / "pipe.csv")
    with sftp_session(sshd_target, local) as session:
        assert list_files(session) == tuple(sorted(plain, key=lambda one: one.name))
        assert len(list_files(session, limit=3)) <= 3
        assert remote_entry(session, "b.csv") == plain[0]
        assert [remote_entry(session, name) for name in ("link.csv", "folder.csv", "gone.csv")] == [None, None, None]


@pytest.mark.parametrize("size", [0, 1, 32768, 3_000_017])
def test_a_file_is_read_byte_for_byte(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    put(sshd, "x.csv", content)
    with sftp_session(sshd_target, local) as session:
        got = download_file(session, "x.csv", tmp_path / "x", limit=size)
    assert (got.bytes, got.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert (tmp_path / "x").read_bytes() == content


def test_too_large_missing_and_names_that_lead_elsewhere(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, tmp_path: Path
) -> None:
    entry = put(sshd, "x.csv", b"12345")
    with sftp_session(sshd_target, local) as session:
        with pytest.raises(AnswerTooLarge):
            download_file(session, "x.csv", tmp_path / "x", limit=4)
        with pytest.raises(RemoteRefused) as missing:
            download_file(session, "y.csv", tmp_path / "y", limit=4)
        assert missing.value.reason == "missing"
        for name in ("../x", "/etc/passwd", "..", "a/b"):
            with pytest.raises(ValueError):
                download_file(session, name, tmp_path / "z", limit=4)
            with pytest.raises(ValueError):
                move_file(session, "x.csv", "archive", name, expected=entry)
        for folder in ("../out", "a/../../b", "", "a\\b", "a\nb"):
            with pytest.raises(ValueError):
                move_file(session, "x.csv", folder, "x.csv", expected=entry)
    assert there(sshd) == ["x.csv"]


def test_a_file_is_moved_once_and_never_over_another(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy
) -> None:
    entry = put(sshd, "x.csv", b"first")
    with sftp_session(sshd_target, local) as session:
        assert move_file(session, "x.csv", "archive", "x.1.csv", expected=entry) is True
        assert move_file(session, "x.csv", "archive", "x.1.csv", expected=entry) is True, (
            "the answer was lost: it lies there"
        )
        other = put(sshd, "x.csv", b"second")
        with pytest.raises(RemoteRefused) as taken:
            move_file(session, "x.csv", "archive", "x.1.csv", expected=other)
        assert taken.value.reason == "exists"
        assert move_file(session, "gone.csv", "archive", "gone.csv", expected=entry) is False
        assert move_file(session, "x.csv", str(sshd.files / "full"), "x.2.csv", expected=other) is True
    assert there(sshd) == ["archive/x.1.csv", "full/x.2.csv"]
    assert (sshd.files / "archive/x.1.csv").read_bytes() == b"first"


def test_another_file_of_that_name_stays_and_what_slips_through_is_put_back(
    sshd: OpenSshServer, sshd_target: SftpTarget, local: AddressPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = put(sshd, "x.csv", b"old")
    put(sshd, "x.csv", b"newer")
    with sftp_session(sshd_target, local) as session:
        assert move_file(session, "x.csv", "archive", "x.csv", expected=entry) is False
        assert there(sshd) == ["x.csv"]
        known = put(sshd, "x.csv", b"seen")
        real = session.client.rename

        def rename(source: str, target: str) -> None:
            if source.endswith("/x.csv") and "archive" in target and (sshd.files / "x.csv").read_bytes() == b"seen":
                put(sshd, "x.csv", b"replaced in between", AT + 9)
            real(source, target)

        monkeypatch.setattr(session.client, "rename", rename)
        assert move_file(session, "x.csv", "archive", "x.csv", expected=known) is False
    assert there(sshd) == ["x.csv"] and (sshd.files / "x.csv").read_bytes() == b"replaced in between"
