"""What connectors that pick files up from an SFTP server share: settings, the test, looking, fetching, archiving, reports."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egress.errors import AnswerTooLarge
from exports.sftp_destination import DESTINATION_SECRETS, DESTINATION_SETTINGS, sftp_target, step_of
from integrations.contract import (
    ConfigError,
    FileFetched,
    FileTooLarge,
    FileWritten,
    Nature,
    RemoteFile,
    Setting,
    Step,
)
from integrations.doors import Doors, egress_errors
from integrations.receiving import InboundConnector

if TYPE_CHECKING:
    from egress.sftp import RemoteEntry, SftpSession, SftpTarget

_TIMEOUT_S = 120.0
_SLOWEST_BYTES_PER_S = 100_000
_WALK = ("resolve", "connect", "host-key", "sign-in", "directory")  # of the test of a destination; the rest writes
_SERVER = ("host", "port", "username", "directory", "host_key", "legacy_rsa")


class FolderSetting(Setting):
    """A directory on the server, below the one that files are picked up from or by its full path; empty for none."""

    def clean(self, raw: Any) -> Any:
        """The path. Raises ValueError for one that climbs."""
        text = str(super().clean(raw)).rstrip("/")
        if ".." in text.split("/") or "\\" in text or not text.isprintable():
            raise ValueError(f"{self.label} must be a directory's name or path without “..” and backslashes.")
        return text


class PatternSetting(Setting):
    """Which names are meant: `*` and `?` stand for any characters."""

    def clean(self, raw: Any) -> Any:
        """The pattern. Raises ValueError for one that names no file."""
        text = str(super().clean(raw))
        if "/" in text or "\\" in text or not text.strip("."):
            raise ValueError(f"{self.label} must be a file's name, with * and ? for what differs, without directories.")
        return text


PICKUP_SETTINGS = (
    *(one for one in DESTINATION_SETTINGS if one.name in _SERVER),
    PatternSetting(
        "pattern", "File name", default="*.csv", required=True,
        help="* stands for any characters, ? for one. Capitals count.",
    ),
    Setting(
        "settle_seconds", "Seconds a file must rest", kind="integer", default=60, minimum=10, maximum=3600,
        help="A file is taken when its size and time were the same in two looks this far apart.",
    ),
    FolderSetting(
        "archive_directory", "Archive directory", default="archive",
        help="On the same server; made when it is missing. Files that are done with are moved there. Empty: they stay, and are known.",
    ),
    FolderSetting(
        "report_directory", "Directory for the reports", default="",
        help="On the same server; made when it is missing. Empty: the reports are kept here only.",
    ),
)  # fmt: skip


class SftpPickup(InboundConnector):
    """Files of one name pattern in one directory of an SFTP server."""

    nature = Nature.FILE
    secrets = DESTINATION_SECRETS

    def value(self, settings: Mapping[str, Any], name: str) -> Any:
        """A setting, or its declared default when it was never given."""
        value = settings.get(name)
        return next(one.default for one in self.settings if one.name == name) if value is None else value

    def settle_seconds(self, settings: Mapping[str, Any]) -> int:
        """As the connection says."""
        return int(self.value(settings, "settle_seconds"))

    def archives(self, settings: Mapping[str, Any]) -> bool:
        """Where an archive directory is named."""
        return bool(self.value(settings, "archive_directory"))

    def uploads_reports(self, settings: Mapping[str, Any]) -> bool:
        """Where a directory for them is named."""
        return bool(self.value(settings, "report_directory"))

    def look(self, doors: Doors) -> Iterable[RemoteFile]:
        """Plain files that match, by name."""
        from egress.sftp import list_files

        with self._session(doors, "Looking for files") as session:
            entries = list_files(session)
        pattern = str(self.value(doors.settings, "pattern"))
        return [_remote(one) for one in entries if fnmatch.fnmatchcase(one.name, pattern)]

    def fetch(self, file: RemoteFile, doors: Doors, spool: Path) -> FileFetched:
        """A copy, read once, and whether the file was the same before and after."""
        from egress.sftp import download_file, remote_entry

        if file.bytes > self.largest_bytes:
            raise _too_large(file.name, self.largest_bytes)
        local = spool / "inbound"
        timeout_s = _TIMEOUT_S + file.bytes / _SLOWEST_BYTES_PER_S
        try:
            with self._session(doors, f"Fetching {file.name}", timeout_s) as session:
                doors.before_effect(timeout_s)
                got = download_file(session, file.name, local, limit=self.largest_bytes)
                after = remote_entry(session, file.name)
        except ConfigError as error:
            if isinstance(error.__cause__, AnswerTooLarge):
                raise _too_large(file.name, self.largest_bytes) from error
            raise
        settled = after is not None and _remote(after) == file and got.bytes == file.bytes
        return FileFetched(local, got.bytes, got.sha256, settled)

    def archive(self, file: RemoteFile, as_name: str, doors: Doors) -> bool:
        """Into the archive directory of the same server."""
        from egress.sftp import RemoteEntry, move_file

        folder = str(self.value(doors.settings, "archive_directory"))
        expected = RemoteEntry(file.name, file.bytes, None if file.modified is None else int(file.modified.timestamp()))
        with self._session(doors, f"Moving {file.name} to {folder}") as session:
            doors.before_effect(_TIMEOUT_S)
            return move_file(session, file.name, folder, as_name, expected=expected)

    def send_report(self, written: FileWritten, doors: Doors) -> None:
        """Into the directory for reports; the same report again takes the place of the first."""
        from egress.sftp import upload_file

        folder = str(self.value(doors.settings, "report_directory"))
        with self._session(doors, f"Sending {written.name}", folder=folder, create=True) as session:
            doors.before_effect(_TIMEOUT_S)
            upload_file(session, written.path, written.name, unique=doors.run_token)

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk to the directory, count the files that would be taken, and look whether the archive is there."""
        from egress.sftp import sftp_check_steps

        failed = False
        for result in sftp_check_steps(self._target(doors), doors.policy):
            if result.name not in _WALK:
                break
            failed = failed or result.status == "failed"
            yield step_of(result)
        if failed:
            yield Step("List the files", "skipped", "Not tried, because an earlier step failed.")
            return
        found = list(self.look(doors))
        pattern = self.value(doors.settings, "pattern")
        some = ", ".join(one.name for one in found[:3])
        detail = f"{len(found)} match {pattern}" + (f": {some}{' …' if len(found) > 3 else ''}" if found else ".")
        yield Step("List the files", "passed", detail)
        yield self._check_archive(doors)

    def _check_archive(self, doors: Doors) -> Step:
        title, folder = "Open the archive directory", str(self.value(doors.settings, "archive_directory"))
        if not folder:
            return Step(title, "skipped", "No archive directory is set: files stay where they are.")
        try:
            with self._session(doors, "Opening the archive directory", folder=folder):
                return Step(title, "passed", f"{folder} is there.")
        except ConfigError as error:
            return Step(title, "passed", f"{error.text} It is made when the first file is moved.")

    def _target(self, doors: Doors, folder: str = "") -> SftpTarget:
        return sftp_target(doors, self.settings, folder=folder)

    def _session(
        self, doors: Doors, doing: str, timeout_s: float = _TIMEOUT_S, *, folder: str = "", create: bool = False
    ) -> AbstractContextManager[SftpSession]:
        target = replace(self._target(doors, folder), allow_create_directory=create)
        return _opened(target, doors, doing, timeout_s)


@contextmanager
def _opened(target: SftpTarget, doors: Doors, doing: str, timeout_s: float) -> Iterator[SftpSession]:
    from egress.sftp import sftp_session

    if not target.host_key:
        raise ConfigError(
            f"No host key is pinned for {target.where}, so nothing is fetched. Run the connection test, compare the key with the "
            "server's owner, and pin the key.",
            code="host_key_unpinned",
        )
    with (
        egress_errors(f"{doing} on {target.where}"),
        sftp_session(target, doors.policy, total_timeout_s=timeout_s) as session,
    ):
        yield session


def _remote(entry: RemoteEntry) -> RemoteFile:
    modified = None if entry.modified is None else datetime.fromtimestamp(entry.modified, UTC)
    return RemoteFile(entry.name, entry.bytes, modified)


def _too_large(name: str, limit: int) -> FileTooLarge:
    return FileTooLarge(
        f"{name} is longer than {limit // 1024 // 1024} MB, so it was not fetched. Have it split, or the wrong file taken away.",
        code="too_large",
    )
