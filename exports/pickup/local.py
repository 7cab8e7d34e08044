"""Files from a directory of ours: what the organisation's own people put there by SFTP, or a folder for trials."""

from __future__ import annotations

import hashlib
import os
import stat as stat_bits
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from exports.destination.folder import FolderPlace, connection_directory
from exports.destination.hosted import HostedPlace
from exports.destination.local import LocalFolder, directory_parts
from exports.destination.place import token_of
from exports.pickup.place import too_large
from integrations.contract import ConfigError, DeliveryError, FileFetched, FileWritten, RemoteFile, Step
from integrations.doors import Doors

_CHUNK = 1024 * 1024
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LONGEST_NAME = 200


class LocalInbox(LocalFolder):
    """The directory, open. No link is followed and nothing but plain files is seen, whatever somebody put there."""

    def listed(self) -> list[RemoteFile]:
        """Its plain files by name."""
        found = []
        with self._speaking("listed"):
            for entry in os.scandir(self._handle):
                file = self.one(entry.name)
                if file is not None:
                    found.append(file)
        return sorted(found, key=lambda one: one.name)

    def one(self, name: str) -> RemoteFile | None:
        """A plain file as it is now, or None."""
        if name.startswith(".") or len(name) > _LONGEST_NAME or not name.isprintable():
            return None
        with suppress(FileNotFoundError):
            about = os.stat(name, dir_fd=self._handle, follow_symlinks=False)
            if stat_bits.S_ISREG(about.st_mode):
                return RemoteFile(name, about.st_size, datetime.fromtimestamp(int(about.st_mtime), UTC))
        return None

    def copy(self, name: str, local: Path, *, limit: int) -> tuple[int, str]:
        """Its bytes into `local`: how many, and their SHA-256. Raises FileTooLarge."""
        size, digest = 0, hashlib.sha256()
        with self._speaking(f"read from ({name})"):
            handle = os.open(name, _READ_FLAGS, dir_fd=self._handle)
            with os.fdopen(handle, "rb") as source, local.open("wb") as sink:
                while piece := source.read(_CHUNK):
                    size += len(piece)
                    if size > limit:
                        raise too_large(name, limit)
                    digest.update(piece)
                    sink.write(piece)
        return size, digest.hexdigest()

    def move_to(self, other: LocalInbox, file: RemoteFile, as_name: str) -> bool:
        """As Inbox.move. A hard link never replaces what is there, so the new name comes first and the old one goes."""
        here, there = self.one(file.name), other.one(as_name)
        moved = there is not None and (there.bytes, there.modified) == (file.bytes, file.modified)
        if here != file:
            return moved
        if there is not None and not moved:
            raise ConfigError(f"{as_name} is already in the archive, with another content.", code="archive")
        with self._speaking(f"moved from ({file.name})"):
            if not moved:  # else whoever moved it before was killed between the two
                os.link(file.name, as_name, src_dir_fd=self._handle, dst_dir_fd=other._handle, follow_symlinks=False)
            os.unlink(file.name, dir_fd=self._handle)
        return True


class LocalPlace:
    """A directory of this installation. `hosted`: the organisation's own, that it reaches by SFTP; else the folder for trials."""

    def __init__(self, kind: str, *, hosted: bool) -> None:
        self._kind = kind
        self._place: FolderPlace = HostedPlace(kind) if hosted else FolderPlace(kind)

    def files(self, doors: Doors) -> Sequence[RemoteFile]:
        """The plain files of the directory."""
        with self._open(doors) as folder:
            return folder.listed()

    def fetch(self, file: RemoteFile, doors: Doors, local: Path, *, limit: int) -> FileFetched:
        """Read it once, and look whether it was the same before and after."""
        if file.bytes > limit:
            raise too_large(file.name, limit)
        with self._open(doors) as folder:
            size, digest = folder.copy(file.name, local, limit=limit)
            return FileFetched(local, size, digest, folder.one(file.name) == file and size == file.bytes)

    def move(self, file: RemoteFile, folder: str, as_name: str, doors: Doors) -> bool:
        """Into a directory below."""
        with self._open(doors) as here, self._open(doors, folder) as there:
            return here.move_to(there, file, as_name)

    def put(self, written: FileWritten, folder: str, doors: Doors) -> None:
        """Under a temporary name first."""
        with self._open(doors, folder) as there:
            there.deliver(written, token=token_of(doors.run_token), marker=False, companion=False)

    def check(self, doors: Doors) -> Iterator[Step]:
        """One step: the directory, which is made when it is missing."""
        try:
            with self._open(doors):
                yield Step("Open the directory", "passed", f"Files are picked up from {self._place.shown(doors)}.")
        except DeliveryError as error:
            yield Step("Open the directory", "failed", error.text, self._place.advice)

    def folder_there(self, folder: str, doors: Doors) -> bool:
        """It is made when it is missing."""
        with self._open(doors, folder):
            return True

    def _open(self, doors: Doors, below: str = "") -> LocalInbox:
        named = directory_parts(str(doors.settings.get("directory") or "")) or (
            connection_directory(self._kind, doors),
        )
        if below.startswith("/"):
            raise ConfigError(
                f"The directory {below!r} must be below the one that files are picked up from: leave the slash in front away.",
                code="directory",
            )
        parts = (*named, *directory_parts(below))
        return LocalInbox(
            self._place.root(doors), parts, what=f"{self._place.what} {'/'.join(parts)}", mode=self._place.mode
        )
