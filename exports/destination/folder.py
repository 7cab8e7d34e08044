"""A folder of this installation: for trials, before there is a server to send to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from exports.destination.local import LocalFolder, directory_parts
from exports.destination.place import token_of
from exports.destination.settings import destination_value
from integrations.contract import DeliveryError, FileSent, FileWritten, Step
from integrations.doors import Doors

_SECONDS = 60.0
_BYTES_PER_S = 5_000_000
_CONTENT = b"Rotacast connection test; this file may be removed.\n"


class FolderPlace:
    """`DATA_DIR/deliveries`, the organisation, and a directory of the connection's own unless one is named."""

    what = "The folder for trials"
    advice = "Change the directory in the settings, or ask whoever runs this installation."
    mode = 0o755  # of directories
    file_mode = 0o644

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def root(self, doors: Doors) -> Path:
        """The organisation's directory, which is there when this returns. Raises DeliveryError."""
        root = Path(settings.ROTACAST_DATA_DIR) / "deliveries" / doors.organization
        root.mkdir(parents=True, exist_ok=True, mode=0o755)
        return root

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk the way of a delivery with a hidden test file that is removed again."""
        titles = iter(("Open the directory", "Write a test file", "Rename it", "Remove it"))
        token = token_of(doors.run_token)
        part, name = f".rotacast-test.{token}.part", f".rotacast-test.{token}"
        title = next(titles)
        try:
            with self._folder(doors) as folder:
                yield Step(title, "passed", f"Files go to {self.shown(doors)}.")
                title = next(titles)
                size, _ = folder.write(part, (_CONTENT,))
                yield Step(title, "passed", f"Wrote {size} bytes.")
                title = next(titles)
                folder.rename(part, name)
                yield Step(title, "passed", "Files are replaced in one step.")
                title = next(titles)
                folder.remove(name)
                yield Step(title, "passed", "The test file is removed again.")
        except DeliveryError as error:
            yield Step(title, "failed", error.text, self.advice)
            for left in titles:
                yield Step(left, "skipped", f"Not tried, because “{title}” failed.")

    def send(self, written: FileWritten, doors: Doors) -> FileSent:
        """Deliver a file into the folder. Raises ConfigError or TransientError."""
        doors.before_effect(_SECONDS + written.path.stat().st_size / _BYTES_PER_S)
        with self._folder(doors) as folder:
            return folder.deliver(
                written,
                token=token_of(doors.run_token),
                marker=bool(destination_value(doors.settings, "done_marker")),
                companion=bool(destination_value(doors.settings, "sha256_companion")),
            )

    def forget(self, doors: Doors, *, names: Sequence[str], before: datetime) -> int:
        """Remove these files, each with its companions, unless written since `before`. Returns how many."""
        with self._folder(doors) as folder:
            return folder.forget(names, before.timestamp())

    def shown(self, doors: Doors) -> str:
        """Where files go, as people are told."""
        return str(Path(settings.ROTACAST_DATA_DIR) / "deliveries" / doors.organization / "/".join(self._parts(doors)))

    def _folder(self, doors: Doors) -> LocalFolder:
        parts = self._parts(doors)
        what = f"{self.what} {'/'.join(parts)}"
        return LocalFolder(self.root(doors), parts, what=what, mode=self.mode, file_mode=self.file_mode)

    def _parts(self, doors: Doors) -> tuple[str, ...]:
        named = directory_parts(str(doors.settings.get("directory") or ""))
        return named or (connection_directory(self._kind, doors),)


def connection_directory(kind: str, doors: Doors) -> str:
    """The directory of a connection that names none: two connections, or live and test, never share one by accident."""
    own = f"{kind.replace('_', '-')}-{doors.connection_id.hex[:8]}"
    return own if doors.lane == "live" else f"{own}-{doors.lane}"
