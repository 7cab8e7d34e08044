"""Files from a server: what lies in a directory, one file into a local one, and moving it out of the way.

Names come from the other side, so none is trusted: only plain files whose names are plain names are seen at all. Links are not
followed, because what a directory lists about a link is the link.
"""

import hashlib
import stat as stat_bits
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import paramiko

from egress._sftp_session import SftpSession
from egress._sftp_upload import checked_name
from egress.errors import AnswerTooLarge, EgressError, RemoteRefused, TransferInterrupted

_READ = 32768
_AHEAD = 64  # requests under way while reading, as many as writing has
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A plain file on the server. ``modified`` is in seconds since 1970, UTC; None where the server does not say."""

    name: str
    bytes: int
    modified: int | None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What is now in the local file."""

    bytes: int
    sha256: str


def list_files(session: SftpSession, *, limit: int = 10_000) -> tuple[RemoteEntry, ...]:
    """The plain files of the session's directory by name; of more than ``limit`` entries, those that the server gives first.

    Directories, links, devices, hidden files and names that are no plain names are left out.
    """
    with session.doing("list the directory"):
        found = session.client.some_entries(session.directory or ".", limit)
    entries = (_entry(name, attributes) for name, attributes in found)
    return tuple(sorted((one for one in entries if one is not None), key=lambda one: one.name))


def remote_entry(session: SftpSession, name: str) -> RemoteEntry | None:
    """A plain file of the session's directory as it is now; None when there is none, or something that is no plain file."""
    return _entry_at(session, session.path(checked_name(name)), name)


def download_file(session: SftpSession, name: str, local: Path, *, limit: int) -> Downloaded:
    """The bytes of a file into ``local``, at most ``limit`` of them.

    Raises AnswerTooLarge beyond that, RemoteRefused with reason ``missing`` when there is none, and TransferInterrupted when
    fewer bytes came than the server had promised.
    """
    checked_name(name)
    with session.doing(f"read {name}"), session.client.open(session.path(name), "rb") as remote:
        promised = remote.stat().st_size or 0
        if promised > limit:
            raise _too_large(name, limit)
        if promised:
            remote.prefetch(promised, _AHEAD)
        digest, size = hashlib.sha256(), 0
        with local.open("wb") as sink:
            for piece in _pieces(session, remote):
                size += len(piece)
                if size > limit:
                    raise _too_large(name, limit)
                digest.update(piece)
                sink.write(piece)
    if size < promised:
        raise TransferInterrupted(f"Only {size} of {promised} bytes of {name} came.")
    return Downloaded(size, digest.hexdigest())


def move_file(
    session: SftpSession, name: str, folder: str, new_name: str, *, expected: RemoteEntry, create: bool = True
) -> bool:
    """Move a file of the session's directory to ``folder/new_name``, never over another one.

    ``folder`` is a path on the server, taken from the session's directory unless it begins with a slash. Nothing moves unless the
    file is still ``expected`` in size and time; what slips through between looking and moving is put back. Returns False when the
    file is no longer the expected one. Asked again after a lost answer, a file that lies there already counts as moved.
    """
    place = checked_folder(session, folder)
    source, target = session.path(checked_name(name)), f"{place}/{checked_name(new_name)}"
    here, there = _entry_at(session, source, name), _entry_at(session, target, new_name)
    if here is None or not _same(here, expected):
        return there is not None and _same(there, expected)
    if there is not None:
        raise RemoteRefused(f"{new_name} is already in {folder} on {session.target.where}.", reason="exists")
    if create:
        _make_folder(session, place)
    with session.doing(f"move {name} to {folder}", outcome_unknown=True):
        session.client.rename(source, target)
    moved = _entry_at(session, target, new_name)
    if moved is None or _same(moved, expected):
        return True
    with suppress(EgressError), session.doing(f"put {name} back", outcome_unknown=True):
        session.client.rename(target, source)
    return False


def checked_folder(session: SftpSession, folder: str) -> str:
    """The full path of a folder on the server; ValueError for one that leads elsewhere than it says."""
    path = PurePosixPath(folder)
    if not path.parts or ".." in path.parts or "\\" in folder or not folder.isprintable():
        raise ValueError(f"{folder!r} is not a path that a file may be moved to.")
    return str(path) if path.is_absolute() else session.path(str(path))


def _make_folder(session: SftpSession, place: str) -> None:
    try:
        with session.doing(f"look at {place}"):
            session.client.stat(place)
    except RemoteRefused as error:
        if error.reason != "missing":
            raise
        with session.doing(f"create the directory {place}"):
            session.client.mkdir(place)


def _entry_at(session: SftpSession, path: str, name: str) -> RemoteEntry | None:
    try:
        with session.doing(f"look at {name}"):
            attributes = session.client.lstat(path)
    except RemoteRefused as error:
        if error.reason == "missing":
            return None
        raise
    return _entry(name, attributes)


def _entry(name: str, attributes: paramiko.SFTPAttributes) -> RemoteEntry | None:
    try:
        checked_name(name)
    except ValueError:
        return None
    mode = attributes.st_mode
    if name.startswith(".") or len(name) > _LONGEST_NAME or (mode is not None and not stat_bits.S_ISREG(mode)):
        return None
    return RemoteEntry(name, attributes.st_size or 0, attributes.st_mtime)


def _same(found: RemoteEntry, expected: RemoteEntry) -> bool:
    return (found.bytes, found.modified) == (expected.bytes, expected.modified)


def _pieces(session: SftpSession, remote: paramiko.SFTPFile) -> Iterator[bytes]:
    while piece := remote.read(_READ):
        session.check_deadline()
        yield bytes(piece)


def _too_large(name: str, limit: int) -> AnswerTooLarge:
    return AnswerTooLarge(f"{name} is longer than {limit:,} bytes.", outcome_unknown=False)
