"""What the SSH library lacks for our purpose; the only file that touches its private parts.

Two things. Status codes: the library turns most of a server's refusals into one nameless error, and the way
down the rename ladder depends on which it was. Pipelined writes: the library's own forget the answers to the
last hundred writes of a file, so a full disk can pass unnoticed, and they wait for ever when a server answers
out of order.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import paramiko
from cryptography.hazmat.primitives import hashes
from paramiko.message import Message
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_OPENDIR,
    CMD_READDIR,
    CMD_STATUS,
    CMD_WRITE,
    int64,
)

OK, END_OF_FILE, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE = 0, 1, 2, 3, 4
CONNECTION_LOST, OP_UNSUPPORTED, FILE_ALREADY_EXISTS, NO_SPACE, QUOTA = 7, 8, 11, 14, 15

WRITE_CHUNK = 32768
# Outstanding writes. OpenSSH's own client uses 64; with 32 KiB each this fills long fat lines well enough.
_WINDOW = 64


class StatusError(OSError):
    """The server's refusal of one operation, with its status code and its own words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class _Internals(Protocol):
    """The private methods of the library's client that we rely on (present since 2.x)."""

    def _async_request(self, fileobj: object, t: int, *args: object) -> int: ...
    def _read_response(self, waitfor: int | None = None) -> tuple[int, Message]: ...
    def _request(self, t: int, *args: object) -> tuple[int, Message]: ...


def _status(message: Message) -> StatusError | None:
    code = message.get_int()
    return None if code == OK else StatusError(code, message.get_text())


class SftpClient(paramiko.SFTPClient):
    """The library's client, raising StatusError instead of nameless errors."""

    def _convert_status(self, msg: Message) -> None:
        problem = _status(msg)
        if problem is None:
            return
        if problem.code == END_OF_FILE:
            raise EOFError(problem.text)
        raise problem

    def some_names(self, path: str, limit: int) -> list[str]:
        """Names in a directory, at most ``limit``."""
        return [name for name, _ in self.some_entries(path, limit)]

    def some_entries(self, path: str, limit: int) -> list[tuple[str, paramiko.SFTPAttributes]]:
        """Names in a directory with what the server says of each, at most ``limit``.

        The library's own listing cannot be left early cleanly.
        """
        internals = cast(_Internals, self)
        _kind, answer = internals._request(CMD_OPENDIR, path)
        handle = answer.get_binary()
        found: list[tuple[str, paramiko.SFTPAttributes]] = []
        try:
            while len(found) < limit:
                _kind, answer = internals._request(CMD_READDIR, handle)
                for _ in range(answer.get_int()):
                    name = answer.get_text()
                    answer.get_text()
                    attributes = paramiko.SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]
                    if name not in (".", ".."):
                        found.append((name, attributes))
        except EOFError:
            pass
        internals._request(CMD_CLOSE, handle)
        return found[:limit]

    def free_bytes(self, path: str) -> int | None:
        """Free space for this user where ``path`` is; None when the server cannot tell."""
        internals = cast(_Internals, self)
        try:
            kind, message = internals._request(CMD_EXTENDED, "statvfs@openssh.com", path)
        except StatusError:
            return None
        if kind != CMD_EXTENDED_REPLY:
            return None
        _block_size, fragment_size, _blocks, _free, available = (message.get_int64() for _ in range(5))
        return fragment_size * available


class _WriteWindow:
    """Collects the answers to writes under way; the library calls back for each."""

    def __init__(self) -> None:
        self.outstanding = 0
        self.problem: StatusError | None = None

    def _async_response(self, kind: int, message: Message, _number: int) -> None:
        self.outstanding -= 1
        if kind != CMD_STATUS:
            self.problem = self.problem or StatusError(FAILURE, "unexpected answer to a write")
            return
        self.problem = self.problem or _status(message)

    def raise_problem(self) -> None:
        if self.problem is not None:
            raise self.problem


@dataclass(frozen=True)
class Written:
    """What left us."""

    size: int
    sha256: str


def write_pipelined(client: SftpClient, path: str, chunks: Iterable[bytes], *, check: Callable[[], None]) -> Written:
    """Create or truncate ``path`` and write ``chunks`` to it, every single write acknowledged.

    Chunks are at most WRITE_CHUNK bytes. ``check`` runs between chunks and may raise. Raises StatusError for
    a refusal and the library's errors for a lost connection.
    """
    internals = cast(_Internals, client)
    window, digest, offset = _WriteWindow(), hashlib.sha256(), 0
    remote = client.open(path, "wb")
    try:
        for chunk in chunks:
            check()
            internals._async_request(window, CMD_WRITE, remote.handle, int64(offset), chunk)
            window.outstanding += 1
            digest.update(chunk)
            offset += len(chunk)
            while window.outstanding >= _WINDOW:
                internals._read_response()
            window.raise_problem()
        while window.outstanding:
            check()
            internals._read_response()
        window.raise_problem()
    except StatusError:
        while window.outstanding:
            internals._read_response()
        remote.close()
        raise
    # Some servers report a full disk only when the file is closed; this raises then.
    remote.close()
    return Written(size=offset, sha256=digest.hexdigest())


class LegacyRsaKey(paramiko.RSAKey):
    """An RSA key that also signs and verifies with SHA-1, as servers from before 2016 need it."""

    HASHES = {**paramiko.RSAKey.HASHES, "ssh-rsa": hashes.SHA1}  # type: ignore[misc]


class LegacyTransport(paramiko.Transport):
    """Offers SHA-1 RSA signatures, which the library no longer does. Per connection, on request only."""

    _key_info: dict[str, Any] = {**paramiko.Transport._key_info, "ssh-rsa": LegacyRsaKey}  # type: ignore[attr-defined]
    _preferred_keys = (*paramiko.Transport._preferred_keys, "ssh-rsa")  # type: ignore[attr-defined]
    _preferred_pubkeys = ("ssh-rsa",)
