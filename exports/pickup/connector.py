"""What connectors that pick files up share: which files, when, where from and where to."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from exports.destination.settings import DESTINATION_SECRETS, DESTINATION_TABS, setting_value
from exports.pickup.place import TIMEOUT_S, inbox_of
from integrations.contract import FileFetched, FileWritten, Nature, RemoteFile, Step
from integrations.doors import Doors
from integrations.receiving import InboundConnector


class FilePickup(InboundConnector):
    """Files of one name pattern in one directory."""

    nature = Nature.FILE
    secrets = DESTINATION_SECRETS
    tabs = DESTINATION_TABS

    def value(self, settings: Mapping[str, Any], name: str) -> Any:
        """A setting, or its declared default when it was never given."""
        return setting_value(settings, self.settings, name)

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
        pattern = str(self.value(doors.settings, "pattern"))
        return [one for one in inbox_of(self.kind, doors).files(doors) if fnmatch.fnmatchcase(one.name, pattern)]

    def fetch(self, file: RemoteFile, doors: Doors, spool: Path) -> FileFetched:
        """A copy, read once, and whether the file was the same before and after."""
        return inbox_of(self.kind, doors).fetch(file, doors, spool / "inbound", limit=self.largest_bytes)

    def archive(self, file: RemoteFile, as_name: str, doors: Doors) -> bool:
        """Into the archive directory."""
        doors.before_effect(TIMEOUT_S)
        folder = str(self.value(doors.settings, "archive_directory"))
        return inbox_of(self.kind, doors).move(file, folder, as_name, doors)

    def send_report(self, written: FileWritten, doors: Doors) -> None:
        """Into the directory for reports; the same report again takes the place of the first."""
        doors.before_effect(TIMEOUT_S)
        inbox_of(self.kind, doors).put(written, str(self.value(doors.settings, "report_directory")), doors)

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk to the directory, count the files that would be taken, and look whether the archive is there."""
        listed, archived = "List the files", "Look for the archive directory"
        inbox, failed = inbox_of(self.kind, doors), False
        for step in inbox.check(doors):
            failed = failed or step.state == "failed"
            yield step
        if failed:
            yield Step(listed, "skipped", "Not tried, because an earlier step failed.")
            yield Step(archived, "skipped", "Not tried, because an earlier step failed.")
            return
        found = list(self.look(doors))
        some = ", ".join(one.name for one in found[:3]) + (" …" if len(found) > 3 else "")
        pattern = self.value(doors.settings, "pattern")
        yield Step(listed, "passed", f"{len(found)} match {pattern}" + (f": {some}" if found else "."))
        folder = str(self.value(doors.settings, "archive_directory"))
        if not folder:
            yield Step(archived, "skipped", "None is set: files stay where they are.")
        elif inbox.folder_there(folder, doors):
            yield Step(archived, "passed", f"{folder} is there.")
        else:
            yield Step(archived, "passed", f"{folder} is not there yet: it is made when the first file is moved.")
