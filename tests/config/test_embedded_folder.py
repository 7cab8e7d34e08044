"""The data folder keeps its secrets, its ports and its lock."""

from __future__ import annotations

import base64
import os
import socket
import stat
import uuid
from pathlib import Path

import pytest

from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder
from tests.config.processes import command_run


def test_secrets_are_made_once_and_are_the_owners_alone(folder: DataFolder) -> None:
    first = folder.secrets()
    assert DataFolder(folder.path).secrets() == first
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600
    name, _, key = first.data_keys.partition(":")
    assert name == "k1"
    assert len(base64.b64decode(key)) == 32
    assert len(first.secret_key) >= 50
    assert str(uuid.UUID(first.installation_id)) == first.installation_id


def test_a_secret_that_an_older_folder_lacks_is_added_and_the_others_stay(folder: DataFolder) -> None:
    before = folder.secrets()
    stored = folder.read_json("secrets.json")
    del stored["sftp_password"]
    folder.write_json("secrets.json", stored)
    after = folder.secrets()
    assert after.secret_key == before.secret_key
    assert after.sftp_password != before.sftp_password
    assert folder.secrets() == after


def test_a_broken_file_is_named_and_left_alone(folder: DataFolder) -> None:
    path = folder.path / "secrets.json"
    path.write_text("{")
    with pytest.raises(EmbeddedError, match=r"secrets\.json is not readable JSON"):
        folder.secrets()
    assert path.read_text() == "{"


def test_a_port_is_kept_until_somebody_else_has_it(folder: DataFolder) -> None:
    port = folder.port("sftp")
    assert folder.port("sftp") == port
    with socket.create_server(("127.0.0.1", port)):
        replacement = folder.port("sftp")
        assert replacement != port
        with pytest.raises(EmbeddedError, match=f"Port {port} is taken by another program"):
            folder.port("web", wanted=port)
    assert folder.port("sftp") == replacement
    assert folder.port("redis") != replacement
    # Nobody listens yet, but the port is promised to the web application now.
    assert folder.port("web", wanted=replacement) == replacement
    assert folder.port("sftp") != replacement


def test_a_second_holder_is_told_who_holds_the_folder(folder: DataFolder) -> None:
    with folder.locked():
        refused = command_run("config.embedded.serve", "--data", str(folder.path), "--", "true")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"Something already runs on the data folder {folder.path} (process {os.getpid()}). "
        "Stop it first, or choose another folder with DATA=."
    )


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"cannot be made \(Not a directory\)\. Choose another with DATA="):
        DataFolder(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 65534, 65534)
    with pytest.raises(EmbeddedError, match="belongs to nobody, and this runs as root"):
        DataFolder(tmp_path / "theirs")
