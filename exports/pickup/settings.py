"""The settings of where files are picked up, which of them, and where they go afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exports.destination.settings import DESTINATION_SETTINGS
from integrations.contract import Setting

_SERVER = {
    "where": "Where files come from", "host": "", "port": "", "username": "", "directory": "", "host_key": "", "legacy_rsa": "",
}  # fmt: skip


class FolderSetting(Setting):
    """A directory below the one that files are picked up from, or on an SFTP server one by its full path; empty for none."""

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
    *(replace(one, label=_SERVER[one.name] or one.label) for one in DESTINATION_SETTINGS if one.name in _SERVER),
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
        help="There as well; made when it is missing. Files that are done with are moved there. Empty: they stay, and are known.",
    ),
    FolderSetting(
        "report_directory", "Directory for the reports", default="",
        help="There as well; made when it is missing. Empty: the reports are kept here only.",
    ),
)  # fmt: skip
