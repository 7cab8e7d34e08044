"""The SFTP door against servers that lack things, refuse things and break off."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from egress.errors import (
    AuthenticationRefused,
    EgressError,
    HostKeyMismatch,
    RemoteRefused,
    Timeout,
    TransferInterrupted,
)
from egress.guard import AddressPolicy
from egress.sftp import SftpTarget, UploadResult, sftp_check_steps, sftp_session, upload_file
from tests.fakes.awkward_sftp import AwkwardSftpServer

CONTENT = os.urandom(1_000_000)
Upload = Callable[..., UploadResult]


@pytest.fixture
def upload(awkward_target: SftpTarget, local: AddressPolicy, local_file: Callable[[bytes], Path]) -> Upload:
    def run(name: str = "a.csv", **options) -> UploadResult:
        with sftp_session(awkward_target, local) as session:
            return upload_file(session, local_file(CONTENT), name, unique="r", **options)

    return run


def names(server: AwkwardSftpServer) -> list[str]:
    return sorted(path.name for path in server.files.iterdir())


def test_passwords_sign_in(awkward: AwkwardSftpServer, upload: Upload) -> None:
    assert upload().rename_method == "posix-rename"
    assert awkward.seen.passwords == [("delivery", "correct horse")]
    assert (awkward.files / "a.csv").read_bytes() == CONTENT


def test_a_wrong_password(awkward: AwkwardSftpServer, awkward_target: SftpTarget, local: AddressPolicy) -> None:
    with (
        pytest.raises(AuthenticationRefused, match="refused the sign-in of delivery") as caught,
        sftp_session(replace(awkward_target, password="wr0ng"), local),
    ):
        pytest.fail("signed in")
    assert "wr0ng" not in caught.value.text + caught.value.advice
    assert awkward.seen.passwords == [("delivery", "wr0ng")]


def test_a_sign_in_that_is_never_answered(
    awkward: AwkwardSftpServer, awkward_target: SftpTarget, local: AddressPolicy
) -> None:
    awkward.quirks.silent_sign_in = True
    with pytest.raises(Timeout) as caught, sftp_session(replace(awkward_target, timeout_s=0.5), local):
        pytest.fail("signed in")
    assert caught.value.outcome_unknown is False


@pytest.mark.parametrize("typed", [True, False])
def test_no_password_and_no_user_name_for_a_server_with_another_key(
    awkward: AwkwardSftpServer, awkward_target: SftpTarget, local: AddressPolicy, typed: bool
) -> None:
    wrong = "SHA256:" + "A" * 43
    target = replace(awkward_target, host_key=f"ssh-ed25519 {wrong}" if typed else wrong)
    with pytest.raises(HostKeyMismatch), sftp_session(target, local):
        pytest.fail("a session was opened")
    assert awkward.seen.connections >= 1
    assert awkward.seen.users == []
    assert awkward.seen.passwords == []


def test_a_bare_fingerprint_finds_its_key_among_several(tmp_path: Path, local: AddressPolicy) -> None:
    server = AwkwardSftpServer(tmp_path, host_keys=("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")).start()
    try:
        for position in range(3):
            target = SftpTarget(
                host="127.0.0.1",
                port=server.port,
                username=server.username,
                password=server.password,
                host_key=server.fingerprint_at(position),
                timeout_s=5,
            )
            with sftp_session(target, local):
                assert len(server.seen.passwords) == position + 1
    finally:
        server.stop()


def test_without_posix_rename_a_free_name_is_taken_by_rename(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_posix_rename = True
    result = upload()
    assert result.rename_method == "rename"
    assert result.warnings == ("The server cannot replace a file in one step; this name was free, so it was safe.",)
    assert (awkward.files / "a.csv").read_bytes() == CONTENT
    assert names(awkward) == ["a.csv"]


def test_without_posix_rename_a_taken_name_is_swapped(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_posix_rename = True
    (awkward.files / "a.csv").write_text("old")
    result = upload()
    assert result.rename_method == "swap-rename"
    assert len(result.warnings) == 1
    assert (awkward.files / "a.csv").read_bytes() == CONTENT
    assert names(awkward) == ["a.csv"]
    awkward.seen.operations.clear()
    assert upload(known_method=result.rename_method).rename_method == "swap-rename"
    assert not [operation for operation in awkward.seen.operations if operation.startswith("posix")]


def test_a_swap_that_fails_half_way_puts_the_old_file_back(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_posix_rename = True
    (awkward.files / "a.csv").write_text("old")
    moved: list[str] = []
    original = awkward.quirks

    class FailsOnce(type(original)):  # type: ignore[misc]
        @property
        def refuse_rename(self) -> bool:
            # the third rename of the upload is the one that gives the new file its name
            moved.append("")
            return len(moved) == 3

        @refuse_rename.setter
        def refuse_rename(self, _value: bool) -> None:
            pass

    awkward.quirks = FailsOnce(no_posix_rename=True)
    with pytest.raises(RemoteRefused) as caught:
        upload()
    assert caught.value.outcome_unknown is False
    assert (awkward.files / "a.csv").read_text() == "old"
    assert names(awkward) == ["a.csv"]


def test_a_server_that_cannot_rename_gets_the_file_and_a_marker(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_rename = True
    result = upload(sha256_companion=True)
    assert result.rename_method == "direct"
    assert result.warnings[0].startswith("The server cannot rename files")
    assert names(awkward) == ["a.csv", "a.csv.done", "a.csv.sha256"]
    assert (awkward.files / "a.csv").read_bytes() == CONTENT
    awkward.seen.operations.clear()
    upload(known_method="direct")
    opened = [operation for operation in awkward.seen.operations if operation.startswith("open")]
    assert opened == ["open a.csv", "open a.csv.done"]
    assert awkward.seen.operations.index("remove a.csv.done") < awkward.seen.operations.index("open a.csv")


def test_direct_writing_can_be_ruled_out(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_rename = True
    with pytest.raises(RemoteRefused) as caught:
        upload(allow_direct=False)
    assert caught.value.reason == "unsupported"
    assert names(awkward) == []


@pytest.mark.parametrize("old", [None, "old"])
def test_a_refused_rename_is_not_worked_around(awkward: AwkwardSftpServer, upload: Upload, old: str | None) -> None:
    awkward.quirks.refuse_rename = True
    if old:
        (awkward.files / "a.csv").write_text(old)
    with pytest.raises(RemoteRefused) as caught:
        upload()
    assert (caught.value.reason, caught.value.transient) == ("permission", False)
    assert caught.value.outcome_unknown is False
    assert names(awkward) == (["a.csv"] if old else [])
    assert not old or (awkward.files / "a.csv").read_text() == old


@pytest.mark.parametrize("after", [0, 40_000, 900_000, 999_999])
def test_a_full_disk(awkward: AwkwardSftpServer, upload: Upload, after: int) -> None:
    (awkward.files / "a.csv").write_text("old")
    awkward.quirks.full_after = after
    with pytest.raises(RemoteRefused) as caught:
        upload()
    assert (caught.value.reason, caught.value.transient) == ("no-space", True)
    assert "free disk space" in caught.value.advice
    assert names(awkward) == ["a.csv"]
    assert (awkward.files / "a.csv").read_text() == "old"


def test_a_full_disk_while_writing_directly_leaves_no_half_file(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_rename = True
    awkward.quirks.full_after = 500_000
    with pytest.raises(RemoteRefused) as caught:
        upload(known_method="direct")
    assert (caught.value.reason, caught.value.outcome_unknown) == ("no-space", False)
    assert names(awkward) == []


@pytest.mark.parametrize("at", [0, 500_000, 999_999])
def test_one_failed_write_in_the_middle_of_a_pipeline_is_noticed(
    awkward: AwkwardSftpServer, upload: Upload, at: int
) -> None:
    awkward.quirks.fail_write_at = at
    with pytest.raises(RemoteRefused):
        upload()
    assert names(awkward) == []


def test_a_server_that_loses_bytes_silently(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.lose_after = 900_000
    with pytest.raises(RemoteRefused, match=r"bytes on .* instead of 1000000") as caught:
        upload()
    assert caught.value.outcome_unknown is False
    assert names(awkward) == []


def test_a_connection_dropped_mid_file(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.drop_after = 500_000
    with pytest.raises(TransferInterrupted) as caught:
        upload()
    assert (caught.value.outcome_unknown, caught.value.transient) == (False, True)
    assert names(awkward) == [".a.csv.r.part"]
    awkward.quirks.drop_after = None
    assert upload().bytes == 1_000_000
    assert names(awkward) == ["a.csv"]


def test_a_connection_dropped_while_writing_directly(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_rename = True
    awkward.quirks.drop_after = 500_000
    with pytest.raises(TransferInterrupted) as caught:
        upload(known_method="direct")
    assert caught.value.outcome_unknown is False
    assert names(awkward) == [], "the half file was removed over a second connection"
    assert awkward.seen.connections == 2


def test_half_a_direct_file_that_cannot_be_removed_is_an_unknown_outcome(
    awkward: AwkwardSftpServer, upload: Upload
) -> None:
    awkward.quirks.no_rename = True
    awkward.quirks.drop_after = 500_000
    awkward.quirks.one_sign_in_only = True
    with pytest.raises(TransferInterrupted) as caught:
        upload(known_method="direct")
    assert caught.value.outcome_unknown is True
    assert names(awkward) == ["a.csv"], "without its .done"


def test_a_rename_that_fails_for_another_reason_is_not_taken_for_a_missing_one(
    awkward: AwkwardSftpServer, upload: Upload
) -> None:
    awkward.quirks.fail_rename_to = "a.csv"
    with pytest.raises(RemoteRefused, match="rename failed") as caught:
        upload()
    assert caught.value.outcome_unknown is False
    assert names(awkward) == []


def test_a_server_that_falls_silent_mid_file(
    awkward: AwkwardSftpServer, awkward_target: SftpTarget, local: AddressPolicy, tmp_path: Path
) -> None:
    awkward.quirks.silent_after = 500_000
    (tmp_path / "f").write_bytes(CONTENT)
    with (
        pytest.raises(Timeout) as caught,
        sftp_session(replace(awkward_target, timeout_s=0.5), local) as session,
    ):
        upload_file(session, tmp_path / "f", "a.csv", unique="r")
    assert caught.value.outcome_unknown is False
    assert names(awkward) == [".a.csv.r.part"]


@pytest.mark.parametrize(("quirk", "there"), [("drop_on_rename", False), ("drop_after_rename", True)])
def test_a_drop_during_the_rename_is_an_unknown_outcome(
    awkward: AwkwardSftpServer, upload: Upload, quirk: str, there: bool
) -> None:
    setattr(awkward.quirks, quirk, True)
    try:
        upload()
    except EgressError as error:
        assert isinstance(error, TransferInterrupted)
        assert error.outcome_unknown is True
    else:
        pytest.fail("a drop went unnoticed")
    assert ("a.csv" in names(awkward)) is there
    if there:
        assert (awkward.files / "a.csv").read_bytes() == CONTENT


def test_a_server_that_takes_the_file_away_at_once(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.swallow_finished = True
    assert upload().warnings == ("The server took the file away as soon as it was complete.",)


def test_a_drop_box_that_shows_nothing(awkward: AwkwardSftpServer, upload: Upload) -> None:
    awkward.quirks.no_stat = True
    awkward.quirks.no_list = True
    result = upload()
    assert result.warnings == ("The server does not let us look at files, so the size could not be compared.",)
    assert (awkward.files / "a.csv").read_bytes() == CONTENT


def test_a_marker_that_cannot_be_written_leaves_doubt_about_the_delivery(
    awkward: AwkwardSftpServer, upload: Upload
) -> None:
    awkward.quirks.fail_rename_to = ".done"
    with pytest.raises(RemoteRefused) as caught:
        upload(write_marker=".done")
    assert caught.value.outcome_unknown is True
    assert names(awkward) == ["a.csv"]


@pytest.mark.parametrize(("quirk", "words"), [("no_posix_rename", "cannot replace"), ("no_rename", "cannot rename")])
def test_the_connection_test_names_a_missing_rename(
    awkward: AwkwardSftpServer, awkward_target: SftpTarget, local: AddressPolicy, quirk: str, words: str
) -> None:
    setattr(awkward.quirks, quirk, True)
    steps = {step.name: step for step in sftp_check_steps(awkward_target, local)}
    assert {step.status for step in steps.values()} == {"passed"}
    assert words in steps["rename"].detail
    assert steps["rename"].advice
    assert names(awkward) == []


def test_the_connection_test_cleans_up_after_a_refused_rename(
    awkward: AwkwardSftpServer, awkward_target: SftpTarget, local: AddressPolicy
) -> None:
    awkward.quirks.refuse_rename = True
    steps = [step.status for step in sftp_check_steps(awkward_target, local)]
    assert steps == ["passed"] * 6 + ["failed", "skipped"]
    assert names(awkward) == []
