"""Files from a customer's SFTP server, under a pinned host key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from egress.errors import AnswerTooLarge
from egress.sftp import (
    RemoteEntry,
    SftpSession,
    download_file,
    list_files,
    move_file,
    remote_entry,
    sftp_check_steps,
    sftp_session,
    upload_file,
)
from exports.destination.place import token_of
from exports.destination.sftp import step_of, target_of
from exports.pickup.place import SLOWEST_BYTES_PER_S, TIMEOUT_S, too_large
from integrations.contract import ConfigError, FileFetched, FileWritten, RemoteFile, Step
from integrations.doors import Doors, egress_errors

_WALK = ("resolve", "connect", "host-key", "sign-in", "directory")  # of the test of a destination; the rest writes


class SftpInbox:
    """A directory on somebody's SFTP server."""

    def files(self, doors: Doors) -> Sequence[RemoteFile]:
        """The plain files of the directory."""
        with _session(doors, "Looking for files") as session:
            return [_remote(one) for one in list_files(session)]

    def fetch(self, file: RemoteFile, doors: Doors, local: Path, *, limit: int) -> FileFetched:
        """Read it once, and look whether it was the same before and after."""
        if file.bytes > limit:
            raise too_large(file.name, limit)
        timeout_s = TIMEOUT_S + file.bytes / SLOWEST_BYTES_PER_S
        try:
            with _session(doors, f"Fetching {file.name}", timeout_s) as session:
                doors.before_effect(timeout_s)
                got = download_file(session, file.name, local, limit=limit)
                after = remote_entry(session, file.name)
        except ConfigError as error:
            if isinstance(error.__cause__, AnswerTooLarge):
                raise too_large(file.name, limit) from error
            raise
        settled = after is not None and _remote(after) == file and got.bytes == file.bytes
        return FileFetched(local, got.bytes, got.sha256, settled)

    def move(self, file: RemoteFile, folder: str, as_name: str, doors: Doors) -> bool:
        """By renaming, on the same server."""
        modified = None if file.modified is None else int(file.modified.timestamp())
        with _session(doors, f"Moving {file.name} to {folder}") as session:
            return move_file(session, file.name, folder, as_name, expected=RemoteEntry(file.name, file.bytes, modified))

    def put(self, written: FileWritten, folder: str, doors: Doors) -> None:
        """Under a temporary name first; the directory is made when it is missing."""
        with _session(doors, f"Sending {written.name}", folder=folder, create=True) as session:
            upload_file(session, written.path, written.name, unique=token_of(doors.run_token))

    def check(self, doors: Doors) -> Iterator[Step]:
        """The steps of a delivery as far as the directory: nothing is written."""
        for result in sftp_check_steps(target_of(doors), doors.policy):
            if result.name not in _WALK:
                return
            yield step_of(result, doors)

    def folder_there(self, folder: str, doors: Doors) -> bool:
        """Whether it can be opened."""
        try:
            with _session(doors, "Opening the archive directory", folder=folder):
                return True
        except ConfigError:
            return False


@contextmanager
def _session(
    doors: Doors, doing: str, timeout_s: float = TIMEOUT_S, *, folder: str = "", create: bool = False
) -> Iterator[SftpSession]:
    target = target_of(doors)
    if not target.host_key:
        raise ConfigError(
            f"No host key is pinned for {target.where}, so nothing is fetched. Run the connection test, compare the key with the "
            "server's owner, and pin the key.",
            code="host_key_unpinned",
        )
    if folder:
        below = target.directory and not folder.startswith("/")
        directory = f"{target.directory.rstrip('/')}/{folder}" if below else folder
        target = replace(target, directory=directory, allow_create_directory=create)
    with (
        egress_errors(f"{doing} on {target.where}"),
        sftp_session(target, doors.policy, total_timeout_s=timeout_s) as session,
    ):
        yield session


def _remote(entry: RemoteEntry) -> RemoteFile:
    modified = None if entry.modified is None else datetime.fromtimestamp(entry.modified, UTC)
    return RemoteFile(entry.name, entry.bytes, modified)
