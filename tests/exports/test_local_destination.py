"""Files into directories of this machine: whole or not at all, and never outside the organisation's own."""

from __future__ import annotations

import hashlib
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exports.destination.local import LocalFolder, directory_parts
from exports.destination.place import place_of
from integrations.contract import ConfigError, FileWritten, Setting, TransientError, cleaned, counts
from integrations.doors import Doors

CONTENT = b"TeamID,ProviderID\r\n501,0042\r\n"
CONNECTION = uuid.UUID("9d3f8a52-0000-4000-8000-000000000001")
OWN = "epic-on-call-finder-9d3f8a52"


@pytest.fixture
def data(tmp_path: Path, settings) -> Path:
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def written(tmp_path: Path) -> FileWritten:
    path = tmp_path / "oncall_1.csv"
    path.write_bytes(CONTENT)
    return FileWritten(path, path.name, 1, ("Column Notes: 1 value was cut.",))


def doors_of(organization: str = "alderbay", **chosen: object) -> Doors:
    return Doors(
        connection_id=CONNECTION,
        run_token="run-1",
        settings={"where": "folder"} | chosen,
        secrets={},
        policy=None,  # type: ignore[arg-type]  nothing here opens a connection
        now=lambda: datetime.now(UTC),
        before_effect=lambda seconds: None,
        organization=organization,
    )


def send(written: FileWritten, doors: Doors):
    return place_of("epic_on_call_finder", doors).send(written, doors)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_in_a_directory_of_its_own(data: Path, written: FileWritten) -> None:
    sent = send(written, doors_of())
    folder = data / "deliveries" / "alderbay" / OWN
    assert names(folder) == ["oncall_1.csv"] and (folder / "oncall_1.csv").read_bytes() == CONTENT
    assert (sent.name, sent.bytes, sent.sha256) == ("oncall_1.csv", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert sent.warnings == written.warnings
    assert (folder / "oncall_1.csv").stat().st_mode & 0o777 == 0o644


def test_marker_and_companion_stand_beside_it_and_an_old_marker_vouches_for_nothing(
    data: Path, written: FileWritten
) -> None:
    doors = doors_of(directory="epic/in", done_marker=True, sha256_companion=True)
    folder = data / "deliveries" / "alderbay" / "epic" / "in"
    send(written, doors)
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert names(folder) == ["oncall_1.csv", "oncall_1.csv.done", "oncall_1.csv.sha256"]
    assert (folder / "oncall_1.csv.sha256").read_text() == f"{digest}  oncall_1.csv\n"
    (folder / ".oncall_1.csv.run-1.part").write_bytes(b"half")  # what a killed worker left
    (folder / ".oncall_1.csv.other.part").write_bytes(b"of somebody else")
    send(written, doors)
    assert names(folder) == [".oncall_1.csv.other.part", "oncall_1.csv", "oncall_1.csv.done", "oncall_1.csv.sha256"]


@pytest.mark.parametrize(
    "directory", ["../beta", "a/../../beta", ".hidden", "a//../b", "a\\b", "a\nb", "x/" * 9 + "x", "a/.", "trail. "]
)
def test_a_directory_that_leads_elsewhere_is_refused(data: Path, written: FileWritten, directory: str) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        send(written, doors_of(directory=directory))
    assert not data.exists() or list(data.rglob("*.csv")) == []


def test_an_absolute_directory_stays_inside(data: Path, written: FileWritten) -> None:
    send(written, doors_of(directory="/etc/epic"))
    assert (data / "deliveries" / "alderbay" / "etc" / "epic" / "oncall_1.csv").exists()
    assert directory_parts(" /a/b/ ") == ("a", "b")


@pytest.mark.parametrize("depth", ["", "/deeper"])
def test_a_link_inside_is_not_followed(data: Path, written: FileWritten, tmp_path: Path, depth: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deeper").mkdir(parents=True)
    root = data / "deliveries" / "alderbay"
    root.mkdir(parents=True)
    (root / "out").symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="stands in the way"):
        send(written, doors_of(directory=f"out{depth}"))
    assert list(elsewhere.rglob("*.csv")) == []


def test_a_link_under_the_final_name_is_replaced_not_written_through(
    data: Path, written: FileWritten, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    folder = data / "deliveries" / "alderbay" / "d"
    folder.mkdir(parents=True)
    (folder / "oncall_1.csv").symlink_to(victim)
    send(written, doors_of(directory="d"))
    assert victim.read_text() == "untouched"
    assert not (folder / "oncall_1.csv").is_symlink() and (folder / "oncall_1.csv").read_bytes() == CONTENT


def test_a_full_disk_leaves_the_old_file_whole_and_is_tried_again(
    data: Path, written: FileWritten, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = doors_of(directory="d")
    send(written, doors)
    written.path.write_bytes(b"newer")
    monkeypatch.setattr(os, "fsync", lambda number: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(TransientError, match="No space left on device") as failed:
        send(written, doors)
    folder = data / "deliveries" / "alderbay" / "d"
    assert (failed.value.code, failed.value.outcome_unknown) == ("no_space", False)
    assert names(folder) == ["oncall_1.csv"] and (folder / "oncall_1.csv").read_bytes() == CONTENT


def test_a_marker_that_cannot_be_written_leaves_doubt(data: Path, written: FileWritten) -> None:
    folder = data / "deliveries" / "alderbay" / "d"
    (folder / "oncall_1.csv.done").mkdir(parents=True)
    (folder / "oncall_1.csv.done" / "x").touch()
    with pytest.raises(TransientError) as failed:
        send(written, doors_of(directory="d", done_marker=True))
    assert failed.value.outcome_unknown is True
    assert (folder / "oncall_1.csv").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["../x.csv", ".hidden", "", "a/b"])
def test_a_name_that_is_none(data: Path, written: FileWritten, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of a file"):
        send(FileWritten(written.path, name, 1), doors_of())


def test_the_test_walks_the_way_and_leaves_nothing(data: Path) -> None:
    doors = doors_of()
    steps = list(place_of("epic_on_call_finder", doors).check(doors))
    assert [step.state for step in steps] == ["passed"] * 4
    assert names(data / "deliveries" / "alderbay" / OWN) == []
    failed = list(place_of("epic_on_call_finder", doors_of(directory="..")).check(doors_of(directory="..")))
    assert [step.state for step in failed] == ["failed", "skipped", "skipped", "skipped"]


def test_writing_again_under_a_taken_temporary_name_is_refused(tmp_path: Path) -> None:
    with LocalFolder(tmp_path, ("d",), what="d") as folder:
        folder.write("a", (b"1",))
        with pytest.raises(TransientError, match="File exists"):
            folder.write("a", (b"2",))


WHERE = Setting("where", "Where", kind="choice", default="sftp", choices=(("sftp", "S"), ("folder", "F")))
HOST = Setting("host", "Host", required=True, only_when=("where", "sftp"))


def test_a_field_counts_only_beside_its_choice() -> None:
    declared = (WHERE, HOST)
    assert counts(WHERE, {}, declared) and counts(HOST, {}, declared)
    assert counts(HOST, {"where": "sftp"}, declared) and not counts(HOST, {"where": "folder"}, declared)
    with pytest.raises(ValueError, match="Host is needed"):
        cleaned(HOST, "", {}, declared)
    assert cleaned(HOST, "", {"where": "folder"}, declared) == ""
    assert cleaned(HOST, " a.example ", {"where": "folder"}, declared) == "a.example"
