"""The demo's SFTP server: one user, one folder, the same identity after a restart."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest

from config.embedded.folder import DataFolder
from config.embedded.sftp import SftpAccess, sftp_access, sftp_answers
from tests.config.processes import command_start, wait_for


@contextmanager
def serving(folder: DataFolder) -> Iterator[SftpAccess]:
    port = folder.port("sftp")
    access = sftp_access(folder, port=port)
    process = command_start(
        *("config.embedded.sftp", "--data", str(folder.path), "--port", str(port)), log=folder.path / "said"
    )
    try:
        wait_for(lambda: sftp_answers(port), seconds=20, what="SFTP")
        yield access
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


@contextmanager
def client(access: SftpAccess, **how: str) -> Iterator[paramiko.SSHClient]:
    """A connection that trusts the published host key and nothing else."""
    kind, key, *_ = access.host_key.split()
    with paramiko.SSHClient() as ssh:
        host_key = paramiko.PKey.from_type_string(kind, base64.b64decode(key))
        ssh.get_host_keys().add(f"[{access.host}]:{access.port}", kind, host_key)
        options = {"username": access.user, "look_for_keys": False, "allow_agent": False, **how}
        ssh.connect(access.host, access.port, **options)
        yield ssh


@pytest.mark.slow
def test_one_user_one_folder_the_same_key(folder: DataFolder) -> None:
    with serving(folder) as access:
        with client(access, password=access.password) as ssh, ssh.open_sftp() as files:
            with files.open("/roster.csv.part", "wb") as file:
                file.write(b"new")
            with files.open("/roster.csv", "wb") as file:
                file.write(b"the old one")
            files.posix_rename("/roster.csv.part", "/roster.csv")
            assert files.listdir("/") == ["roster.csv"]
            assert files.normalize("../../etc") == "/etc"
            with pytest.raises(OSError, match="makes no links"):
                files.symlink("/etc", "/outside")
            with pytest.raises(FileNotFoundError):
                files.stat("/etc/passwd")
            with pytest.raises(paramiko.SSHException):
                ssh.exec_command("id")
        assert (Path(access.folder) / "roster.csv").read_bytes() == b"new"
        for how in ({"password": "wrong"}, {"password": access.password, "username": "root"}):
            with pytest.raises(paramiko.AuthenticationException), client(access, **how):
                pass
        with pytest.raises(paramiko.AuthenticationException), client(access, key_filename=access.key, username="root"):
            pass
    with serving(folder) as again:
        assert again == access
        with client(again, key_filename=again.key) as ssh, ssh.open_sftp() as files:
            assert files.stat("/roster.csv").st_size == 3
    assert subprocess.run(["stat", "-c", "%a", access.key], capture_output=True, check=True).stdout == b"600\n"
