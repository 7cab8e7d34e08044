"""Picking up from a directory of this installation: the same promises as from a server, and no way out of it."""

from __future__ import annotations

import hashlib
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from egress.guard import AddressPolicy
from exports.formats.demographic_import.connector import CONNECTOR
from exports.pickup.settings import PICKUP_SETTINGS
from integrations.contract import ConfigError, FileTooLarge, FileWritten, RemoteFile
from integrations.doors import Doors
from integrations.registry import connector

AT = 1_772_000_000


@pytest.fixture
def inbox(tmp_path: Path, settings: Any) -> Path:
    settings.ROTACAST_DATA_DIR = tmp_path
    folder = tmp_path / "deliveries" / "acme" / "in"
    folder.mkdir(parents=True)
    return folder


def doors(**more: Any) -> Doors:
    return Doors(
        connection_id=uuid.UUID(int=1), run_token="run", settings={"where": "folder", "directory": "in", **more}, secrets={},
        policy=AddressPolicy(grants=()), now=lambda: datetime.now(UTC), before_effect=lambda seconds: None, organization="acme",
    )  # fmt: skip


def put(inbox: Path, name: str, content: bytes = b"x") -> RemoteFile:
    (inbox / name).write_bytes(content)
    os.utime(inbox / name, (AT, AT))
    return RemoteFile(name, len(content), datetime.fromtimestamp(AT, UTC))


def there(inbox: Path) -> list[str]:
    return sorted(str(path.relative_to(inbox)) for path in inbox.rglob("*") if not path.is_dir())


def test_plain_files_that_match_are_seen_read_and_moved(inbox: Path, tmp_path: Path) -> None:
    feed = connector("demographic_import")
    assert feed is CONNECTOR
    file = put(inbox, "a.csv", b"content")
    put(inbox, "a.txt")
    put(inbox, ".a.csv")
    (inbox / "link.csv").symlink_to(inbox / "a.txt")
    (inbox / "folder.csv").mkdir()
    assert list(CONNECTOR.look(doors())) == [file]
    got = CONNECTOR.fetch(file, doors(), tmp_path)
    assert (got.path.read_bytes(), got.sha256, got.settled) == (
        b"content",
        hashlib.sha256(b"content").hexdigest(),
        True,
    )
    assert CONNECTOR.archive(file, "a.1.csv", doors()) is True
    assert CONNECTOR.archive(file, "a.1.csv", doors()) is True, "asked again"
    assert "archive/a.1.csv" in there(inbox) and "a.csv" not in there(inbox)
    assert CONNECTOR.archive(RemoteFile("never.csv", 1, None), "never.csv", doors()) is False


def test_another_file_is_neither_moved_nor_replaced(inbox: Path, tmp_path: Path) -> None:
    old = put(inbox, "a.csv", b"old")
    put(inbox, "a.csv", b"newer")
    assert CONNECTOR.fetch(old, doors(), tmp_path).settled is False
    assert CONNECTOR.archive(old, "a.1.csv", doors()) is False
    (inbox / "archive" / "a.1.csv").write_bytes(b"somebody's")
    with pytest.raises(ConfigError, match="already in the archive"):
        CONNECTOR.archive(RemoteFile("a.csv", 5, datetime.fromtimestamp(AT, UTC)), "a.1.csv", doors())
    assert there(inbox) == ["a.csv", "archive/a.1.csv"]


def test_killed_between_the_two_halves_of_a_move(inbox: Path) -> None:
    file = put(inbox, "a.csv", b"content")
    (inbox / "archive").mkdir()
    os.link(inbox / "a.csv", inbox / "archive" / "a.1.csv")
    assert CONNECTOR.archive(file, "a.1.csv", doors()) is True
    assert there(inbox) == ["archive/a.1.csv"]


def test_reports_limits_and_ways_out(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r").write_bytes(b"report")
    CONNECTOR.send_report(FileWritten(tmp_path / "r", "a.accepted.csv", 1), doors(report_directory="reports"))
    assert (inbox / "reports" / "a.accepted.csv").read_bytes() == b"report"
    monkeypatch.setattr(type(CONNECTOR), "largest_bytes", 3)
    with pytest.raises(FileTooLarge):
        CONNECTOR.fetch(put(inbox, "a.csv", b"1234"), doors(), tmp_path)
    with pytest.raises(FileTooLarge):
        CONNECTOR.fetch(RemoteFile("a.csv", 1, None), doors(), tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (inbox / "archive").symlink_to(outside)
    with pytest.raises(ConfigError):
        CONNECTOR.archive(put(inbox, "b.csv"), "b.csv", doors())
    for directory in ("..", "/etc", "a/../../b"):
        with pytest.raises(ConfigError):
            CONNECTOR.archive(put(inbox, "b.csv"), "b.csv", doors(archive_directory=directory))
    assert list(outside.iterdir()) == [] and "b.csv" in there(inbox)


def test_the_test_of_a_folder_counts_the_files(inbox: Path) -> None:
    put(inbox, "a.csv")
    steps = list(CONNECTOR.check(doors()))
    assert [(step.name, step.state) for step in steps] == [
        ("Open the directory", "passed"), ("List the files", "passed"), ("Look for the archive directory", "passed"),
    ]  # fmt: skip
    assert steps[1].detail == "1 match *.csv: a.csv"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pattern", "../*.csv"),
        ("pattern", "."),
        ("pattern", "a\\b"),
        ("archive_directory", "../x"),
        ("report_directory", "a/../b"),
    ],
)
def test_settings_that_lead_elsewhere_are_refused(name: str, value: str) -> None:
    setting = next(one for one in PICKUP_SETTINGS if one.name == name)
    with pytest.raises(ValueError, match=setting.label):
        setting.clean(value)


@pytest.mark.parametrize("value", ["archive", "/var/feeds/done/", "done/2026", ""])
def test_directories_that_may_be(value: str) -> None:
    setting = next(one for one in PICKUP_SETTINGS if one.name == "archive_directory")
    assert setting.clean(value) == value.rstrip("/")
