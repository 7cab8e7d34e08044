"""A directory on this machine that files are delivered into: under a root, never outside it, never half a file.

Directories are opened one by one below the root, and no symbolic link is followed, so that nobody who can write somewhere beneath it
can lead us elsewhere.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from integrations.contract import ConfigError, FileSent, FileWritten, TransientError

_CHUNK = 1024 * 1024
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
_DEEPEST = 8
_COMPANIONS = (".done", ".sha256")
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def directory_parts(text: str) -> tuple[str, ...]:
    """The directories that a setting names, from the root down. Raises ConfigError for one that could lead elsewhere."""
    parts = tuple(part for part in text.strip().strip("/").split("/") if part)
    wrong = next((part for part in parts if not _PART.fullmatch(part) or part.endswith((".", " "))), None)
    if wrong is not None or len(parts) > _DEEPEST:
        raise ConfigError(
            f"The directory {text!r} cannot be used. Each part begins with a letter or digit and holds letters, digits, spaces, "
            f"full stops, hyphens and underscores; at most {_DEEPEST} parts.",
            code="directory",
        )
    return parts


class LocalFolder:
    """A directory below `root`, made when missing. Use as a context manager; `what` names it to people."""

    def __init__(
        self, root: Path, parts: Iterable[str], *, what: str, mode: int = 0o755, file_mode: int = 0o644
    ) -> None:
        self._root = root
        self._parts = tuple(parts)
        self._mode = mode
        self._file_mode = file_mode
        self._handle = -1
        self.what = what

    def __enter__(self) -> Self:
        with self._speaking("opened"):
            handle = os.open(self._root, _FOLDER_FLAGS)
            try:
                for part in self._parts:
                    with suppress(FileExistsError):
                        os.mkdir(part, self._mode, dir_fd=handle)
                    below = os.open(part, _FOLDER_FLAGS, dir_fd=handle)
                    os.close(handle)
                    handle = below
            except OSError:
                os.close(handle)
                raise
        self._handle = handle
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def deliver(self, written: FileWritten, *, token: str, marker: bool, companion: bool) -> FileSent:
        """Put a file there under its name; the marker goes first and comes last. A failure leaves what was there whole."""
        name = _plain(written.name)
        self.clear(token)
        with written.path.open("rb") as file:
            part = f".{name}.{token}.part"
            size, digest = self.write(part, iter(lambda: file.read(_CHUNK), b""))
        if marker:
            self.remove(f"{name}.done")
        self.rename(part, name)
        if companion:
            self._small(f"{name}.sha256", f"{digest}  {name}\n".encode(), token)
        if marker:
            self._small(f"{name}.done", b"", token)
        return FileSent(name=name, bytes=size, sha256=digest, warnings=written.warnings)

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Write a new file to the disk itself, and compare its size. Returns size and SHA-256; half a file is removed."""
        size, digest = 0, hashlib.sha256()
        with self._speaking(f"written to ({name})"):
            handle = os.open(name, _WRITE_FLAGS, self._file_mode, dir_fd=self._handle)
            try:
                with os.fdopen(handle, "wb") as file:
                    for piece in pieces:
                        digest.update(piece)
                        size += file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                    kept = os.fstat(file.fileno()).st_size
                if kept != size:
                    raise OSError(errno.EIO, f"{kept} bytes of {size} were kept")
            except BaseException:
                self.remove(name)
                raise
        return size, digest.hexdigest()

    def rename(self, old: str, new: str) -> None:
        """Give a file its final name in one step, replacing what had it."""
        with self._speaking(f"written to ({new})"):
            try:
                os.replace(old, new, src_dir_fd=self._handle, dst_dir_fd=self._handle)
            except OSError:
                self.remove(old)
                raise
            os.fsync(self._handle)

    def remove(self, name: str) -> bool:
        """Remove a file if it is there; True when it is gone."""
        try:
            os.unlink(name, dir_fd=self._handle)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def forget(self, names: Iterable[str], before: float) -> int:
        """Remove files that were written before a moment, each with its companions. Returns how many."""
        gone = 0
        for name in names:
            try:
                written_at = os.stat(_plain(name), dir_fd=self._handle, follow_symlinks=False).st_mtime
            except FileNotFoundError:
                continue
            if written_at < before:
                for suffix in _COMPANIONS:
                    self.remove(name + suffix)
                gone += self.remove(name)
        return gone

    def clear(self, token: str) -> None:
        """Remove what an earlier attempt with this token left."""
        for name in [one.name for one in os.scandir(self._handle)]:
            if name.startswith(".") and name.endswith(f".{token}.part"):
                self.remove(name)

    def _small(self, name: str, content: bytes, token: str) -> None:
        """A companion of the file, which is in its place already: every failure leaves doubt about the delivery."""
        part = f".{name}.{token}.part"
        try:
            self.write(part, (content,))
            self.rename(part, name)
        except TransientError as error:
            error.outcome_unknown = True
            raise

    @contextmanager
    def _speaking(self, done: str) -> Iterator[None]:
        """Turn what the system says into what a person or the engine can act on."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            text = f"{self.what} could not be {done}: {reason}."
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise ConfigError(
                    f"{text} Something that is no directory stands in the way; choose another directory.",
                    code="directory",
                ) from error
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise TransientError(f"{text} It is tried again by itself.", code="no_space") from error
            raise TransientError(
                f"{text} Whoever runs this installation should look at it; it is tried again by itself.",
                code="folder",
            ) from error


def _plain(name: str) -> str:
    if not name or name.startswith(".") or "/" in name or "\\" in name or not name.isprintable():
        raise ConfigError(f"{name!r} cannot be the name of a file. Change the pattern of the layout.", code="file_name")
    return name
