"""Putting a file on a server so that no reader ever sees half of it.

The bytes go to a hidden temporary name in the same directory, the size is compared, and only then does the
file take its final name. How it takes it depends on the server: each way down the ladder is a little worse,
is reported as a warning, and is remembered in the result so that the next upload can start there.

posix-rename   atomic, replaces
rename         atomic, for a name that is still free
swap-rename    the old file is moved aside first: the name is missing for an instant, never truncated
direct         the server cannot rename: the file is written under its own name, and a .done marker says
               that it is complete
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from egress import _sftp_client as wire
from egress._sftp_session import SftpSession
from egress.errors import EgressError, RemoteRefused

RenameMethod = Literal["posix-rename", "rename", "swap-rename", "direct"]

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SWEEP_LIMIT = 2_000


@dataclass(frozen=True)
class UploadResult:
    """What is now on the server. ``warnings`` are for people; ``rename_method`` is for the next upload."""

    remote_name: str
    bytes: int
    sha256: str
    rename_method: RenameMethod
    warnings: tuple[str, ...] = ()


def upload_file(
    session: SftpSession,
    local_path: Path,
    remote_name: str,
    *,
    unique: str,
    overwrite: bool = True,
    write_marker: str | None = None,
    sha256_companion: bool = False,
    known_method: RenameMethod | None = None,
    allow_direct: bool = True,
) -> UploadResult:
    """Upload ``local_path`` as ``remote_name`` (a plain file name) into the session's directory.

    ``unique`` marks our temporary files (letters, digits, ``_-``): the same token on a retry cleans up what
    the previous attempt left. ``write_marker`` is a suffix such as ``.done``, written last and removed first.
    ``sha256_companion`` adds ``<name>.sha256`` in the form that ``sha256sum -c`` reads. ``known_method`` is
    the previous result's; ``allow_direct`` False refuses servers that cannot rename.

    Raises RemoteRefused (reason ``exists`` when ``overwrite`` is False and the name is taken), Timeout and
    TransferInterrupted. With ``outcome_unknown`` False the final name is untouched; True means that it may
    or may not be the new file, whole in any case except for ``direct``.
    """
    if not _TOKEN.fullmatch(unique):
        raise ValueError("The token of an upload is 1 to 64 letters, digits, underscores or hyphens.")
    upload = _Upload(session, checked_name(remote_name), unique, overwrite=overwrite)
    remove_stale_parts(session, unique)
    if not overwrite and session_has(session, remote_name):
        raise RemoteRefused(f"{remote_name} is already on {session.target.where}.", reason="exists")
    if write_marker and overwrite:
        # An old marker must not vouch for a file that is being replaced.
        upload.remove_if_there(remote_name + write_marker)
    written, method = upload.main_file(Path(local_path), known_method, allow_direct=allow_direct)
    marker = write_marker or (".done" if method == "direct" else None)
    if sha256_companion:
        upload.small(f"{remote_name}.sha256", f"{written.sha256}  {remote_name}\n".encode(), method)
    if marker:
        upload.small(remote_name + marker, b"", method)
    return UploadResult(remote_name, written.size, written.sha256, method, tuple(upload.warnings))


def checked_name(name: str) -> str:
    """``name`` if it is a plain file name; ValueError otherwise."""
    if not name or name in (".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise ValueError(f"{name!r} is not a plain file name.")
    return name


def session_has(session: SftpSession, name: str) -> bool:
    """Is there anything of this name in the session's directory?"""
    return remote_size(session, name) is not None


def remote_size(session: SftpSession, name: str) -> int | None:
    """Bytes of a file in the session's directory, 0 when the server does not say; None when absent."""
    try:
        with session.doing(f"look at {name}"):
            return session.client.stat(session.path(name)).st_size or 0
    except RemoteRefused as error:
        if error.reason == "missing":
            return None
        raise


def remove_stale_parts(session: SftpSession, unique: str) -> int:
    """Remove what an earlier attempt with this token left; returns how many files went.

    Looks at the first few thousand names only, and a directory that cannot be listed is left as it is.
    """
    found: list[str] = []
    with suppress(RemoteRefused), session.doing("list the directory"):
        for name in session.client.some_names(session.directory or ".", _SWEEP_LIMIT):
            if name.startswith(".") and name.endswith(f".{unique}.part"):
                found.append(name)
    removed = 0
    for name in found:
        with suppress(RemoteRefused), session.doing(f"remove {name}"):
            session.client.remove(session.path(name))
            removed += 1
    return removed


class _Upload:
    """One file on its way; knows its names and gathers warnings."""

    def __init__(self, session: SftpSession, name: str, unique: str, *, overwrite: bool) -> None:
        self._session = session
        self._client = session.client
        self._name = name
        self._unique = unique
        self._overwrite = overwrite
        self.warnings: list[str] = []

    def main_file(
        self, local: Path, known: RenameMethod | None, *, allow_direct: bool
    ) -> tuple[wire.Written, RenameMethod]:
        """The file itself, by the best method that this server has."""
        if not (known == "direct" and allow_direct):
            written, method = self.whole(local, skip_posix=known in ("rename", "swap-rename"))
            if method is not None:
                return written, method
        if not allow_direct:
            raise RemoteRefused(
                f"Could not give {self._name} its final name: the server cannot rename files.",
                reason="unsupported",
            )
        return self.direct(local), "direct"

    def whole(self, local: Path, *, skip_posix: bool) -> tuple[wire.Written, RenameMethod | None]:
        """Temporary name, size, rename. Method None: the server cannot rename; the part is removed."""
        part = self._part(self._name)
        try:
            written = self._write(part, _pieces(local), outcome_unknown=False)
            self._check_size(part, written.size)
            method = self._rename(part, self._name, skip_posix=skip_posix)
        except EgressError:
            self._drop(part)
            raise
        if method is None:
            self._drop(part)
        else:
            self._confirm(written.size)
        return written, method

    def direct(self, local: Path) -> wire.Written:
        """Write under the final name; what is left after a failure is removed, or reported as unknown."""
        self._warn("The server cannot rename files, so a reader may see an unfinished file until its .done.")
        self.remove_if_there(self._name + ".done")
        try:
            written = self._write(self._name, _pieces(local), outcome_unknown=True)
            self._check_size(self._name, written.size)
        except EgressError as error:
            error.outcome_unknown = not (self._drop(self._name) or self._drop_reconnected())
            raise
        return written

    def small(self, name: str, content: bytes, method: RenameMethod) -> None:
        """A companion of the file. The file itself is in place already, so every failure leaves doubt."""
        try:
            if method == "direct":
                self._write(name, iter((content,)), outcome_unknown=True)
                return
            part = self._part(name)
            self._write(part, iter((content,)), outcome_unknown=True)
            if self._rename(part, name, skip_posix=method != "posix-rename") is None:
                raise RemoteRefused(f"Could not give {name} its final name.", reason="unsupported")
        except EgressError as error:
            error.outcome_unknown = True
            self._drop(self._part(name))
            raise

    def remove_if_there(self, name: str) -> None:
        try:
            with self._session.doing(f"remove {name}"):
                self._client.remove(self._session.path(name))
        except RemoteRefused as error:
            if error.reason != "missing" and session_has(self._session, name):
                raise

    def _part(self, name: str) -> str:
        return f".{name}.{self._unique}.part"

    def _write(self, name: str, pieces: Iterator[bytes], *, outcome_unknown: bool) -> wire.Written:
        try:
            with self._session.doing(f"write {name}", outcome_unknown=outcome_unknown):
                return wire.write_pipelined(
                    self._client, self._session.path(name), pieces, check=self._session.check_deadline
                )
        except RemoteRefused as error:
            if error.reason == "failure" and self._is_full():
                raise RemoteRefused(
                    f"Could not write {name}: the disk of {self._session.target.where} is full.",
                    reason="no-space",
                ) from None
            raise

    def _is_full(self) -> bool:
        # OpenSSH reports a full disk as a nameless failure; asking for the free space names it.
        with suppress(EgressError), self._session.doing("ask for free space"):
            free = self._client.free_bytes(self._session.directory or ".")
            return free is not None and free < wire.WRITE_CHUNK
        return False

    def _check_size(self, name: str, size: int) -> None:
        try:
            with self._session.doing(f"check the size of {name}"):
                found = self._client.stat(self._session.path(name)).st_size
        except RemoteRefused as error:
            if error.reason != "permission":
                raise
            self._warn("The server does not let us look at files, so the size could not be compared.")
            return
        if found is not None and found != size:
            raise RemoteRefused(
                f"{name} has {found} bytes on {self._session.target.where} instead of {size}.",
                reason="failure",
                advice="The server did not keep what it was sent; ask its owner about disk space and quotas.",
            )

    def _confirm(self, size: int) -> None:
        with suppress(RemoteRefused):
            found = remote_size(self._session, self._name)
            if found is None:
                self._warn("The server took the file away as soon as it was complete.")
            elif found != size:
                raise EgressError(
                    f"{self._name} has {found} bytes on {self._session.target.where} instead of {size}, "
                    "although it was complete before it took its name.",
                    advice="Something else writes or changes this file; choose a name of our own.",
                    outcome_unknown=True,
                )

    def _rename(self, part: str, name: str, *, skip_posix: bool) -> RenameMethod | None:
        """Down the ladder; None when the server knows no renaming at all."""
        if self._overwrite and not skip_posix:
            problem = self._try_rename(part, name, posix=True)
            if problem is None:
                return "posix-rename"
            self._stop_at_permission(problem)
        problem = self._try_rename(part, name, posix=False)
        if problem is None:
            if self._overwrite:
                self._warn("The server cannot replace a file in one step; this name was free, so it was safe.")
            return "rename"
        self._stop_at_permission(problem)
        if not session_has(self._session, name):
            if _cannot(problem) and session_has(self._session, part):
                return None
            raise problem
        if not self._overwrite:
            raise RemoteRefused(f"{name} is already on {self._session.target.where}.", reason="exists")
        return self._swap(part, name)

    def _swap(self, part: str, name: str) -> RenameMethod | None:
        aside = f".{name}.old.{self._unique}.part"
        self.remove_if_there(aside)
        problem = self._try_rename(name, aside, posix=False)
        if problem is not None:
            if _cannot(problem):
                return None
            raise problem
        problem = self._try_rename(part, name, posix=False)
        if problem is not None:
            restored = self._try_rename(aside, name, posix=False) is None
            problem.outcome_unknown = not restored
            raise problem
        self._drop(aside)
        self._warn("The server cannot replace a file in one step; its name was missing for an instant.")
        return "swap-rename"

    def _try_rename(self, old: str, new: str, *, posix: bool) -> RemoteRefused | None:
        move = self._client.posix_rename if posix else self._client.rename
        try:
            with self._session.doing(f"rename {old} to {new}", outcome_unknown=True):
                move(self._session.path(old), self._session.path(new))
        except RemoteRefused as error:
            return error
        return None

    def _stop_at_permission(self, problem: RemoteRefused) -> None:
        # A server that forbids is not one that cannot; a worse method would only get around its owner.
        if problem.reason in ("permission", "no-space"):
            raise problem

    def _drop(self, name: str) -> bool:
        """Remove what we no longer want; True when it is certainly gone. Never raises."""
        if self._session.broken or self._session.expired:
            return False
        try:
            self.remove_if_there(name)
        except EgressError:
            return False
        return True

    def _drop_reconnected(self) -> bool:
        """Half a file stands under its final name and the connection is gone: one more try to remove it."""
        if self._session.expired:
            return False
        try:
            with self._session.reopened() as session, session.doing(f"remove {self._name}"):
                session.client.remove(session.path(self._name))
        except RemoteRefused as error:
            return error.reason == "missing"
        except EgressError:
            return False
        return True

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def _cannot(problem: RemoteRefused) -> bool:
    """Does the server say that it lacks the operation, by status or (object stores do) only in words?"""
    words = problem.text.lower()
    return problem.reason == "unsupported" or "implement" in words or "support" in words


def _pieces(local: Path) -> Iterator[bytes]:
    with local.open("rb") as source:
        while piece := source.read(wire.WRITE_CHUNK):
            yield piece
