"""A real SSH server with an SFTP part as awkward as the ones in the field.

Runs in a thread of its own. `quirks` may be changed at any time, also in the middle of a session.
"""

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh


@dataclass
class Quirks:
    """What this server cannot or will not do. Byte counts are of one file's writes."""

    no_posix_rename: bool = False
    no_rename: bool = False
    refuse_rename: bool = False
    fail_rename_to: str = ""
    full_after: int | None = None
    drop_after: int | None = None
    silent_after: int | None = None
    lose_after: int | None = None
    fail_write_at: int | None = None
    drop_on_rename: bool = False
    drop_after_rename: bool = False
    swallow_finished: bool = False
    no_stat: bool = False
    no_list: bool = False
    silent_sign_in: bool = False
    one_sign_in_only: bool = False


@dataclass
class Seen:
    """What reached the server."""

    connections: int = 0
    users: list[str] = field(default_factory=list)
    passwords: list[tuple[str, str]] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)


class AwkwardSftpServer:
    """Start with `start`, end with `stop`. Users sign in with `password`; the root folder is `files`."""

    username = "delivery"
    password = "correct horse"

    def __init__(self, files: Path, *, host_keys: tuple[str, ...] = ("ssh-ed25519",)) -> None:
        self.files = files
        self.quirks = Quirks()
        self.seen = Seen()
        self.port = 0
        self._keys = [asyncssh.generate_private_key(kind) for kind in host_keys]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    @property
    def host_key(self) -> str:
        return self.host_key_at(0)

    def host_key_at(self, position: int) -> str:
        return " ".join(self._keys[position].export_public_key().decode().split()[:2])

    def fingerprint_at(self, position: int) -> str:
        return str(self._keys[position].get_fingerprint())

    def start(self) -> "AwkwardSftpServer":
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the SFTP server did not start")
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncssh.create_server(
                lambda: _Door(self),
                "127.0.0.1",
                0,
                server_host_keys=self._keys,
                sftp_factory=lambda channel: _Files(self, channel),
            )
        )
        self.port = server.get_port()
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


class _Door(asyncssh.SSHServer):
    def __init__(self, peer: AwkwardSftpServer) -> None:
        self._peer = peer

    def connection_made(self, _connection: asyncssh.SSHServerConnection) -> None:
        self._peer.seen.connections += 1

    def begin_auth(self, username: str) -> bool:
        self._peer.seen.users.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        self._peer.seen.passwords.append((username, password))
        if self._peer.quirks.silent_sign_in:
            await asyncio.sleep(3600)
        if self._peer.quirks.one_sign_in_only and len(self._peer.seen.passwords) > 1:
            return False
        return (username, password) == (self._peer.username, self._peer.password)


class _Files(asyncssh.SFTPServer):
    def __init__(self, peer: AwkwardSftpServer, channel: asyncssh.SSHServerChannel) -> None:
        super().__init__(channel, chroot=str(peer.files).encode())
        self._peer = peer
        self._channel_ = channel

    @property
    def _quirks(self) -> Quirks:
        return self._peer.quirks

    def _note(self, *words: object) -> None:
        texts = (word.decode() if isinstance(word, bytes) else str(word) for word in words)
        self._peer.seen.operations.append(" ".join(texts))

    def _drop(self) -> None:
        self._channel_.get_connection().abort()

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        self._note("open", path)
        return super().open(path, pflags, attrs)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        quirks, end = self._quirks, offset + len(data)
        if quirks.drop_after is not None and end > quirks.drop_after:
            self._drop()
            raise asyncssh.SFTPFailure("going away")
        if quirks.silent_after is not None and end > quirks.silent_after:
            await asyncio.sleep(3600)
        if quirks.full_after is not None and end > quirks.full_after:
            raise asyncssh.SFTPFailure("No space left on device")
        if quirks.fail_write_at is not None and offset <= quirks.fail_write_at < end:
            raise asyncssh.SFTPFailure("write error")
        if quirks.lose_after is not None and end > quirks.lose_after:
            return len(data)
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> object:
        self._note("rename", oldpath, newpath)
        if self._quirks.no_rename:
            raise asyncssh.SFTPOpUnsupported("rename is not supported")
        self._rename_quirks(newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._note("posix-rename", oldpath, newpath)
        if self._quirks.no_posix_rename or self._quirks.no_rename:
            raise asyncssh.SFTPOpUnsupported("posix-rename is not supported")
        self._rename_quirks(newpath)
        super().posix_rename(oldpath, newpath)
        if self._quirks.drop_after_rename:
            self._drop()
        if self._quirks.swallow_finished:
            super().remove(newpath)

    def _rename_quirks(self, newpath: bytes) -> None:
        if self._quirks.drop_on_rename:
            self._drop()
            raise asyncssh.SFTPFailure("going away")
        if self._quirks.refuse_rename:
            raise asyncssh.SFTPPermissionDenied("rename is not allowed")
        if self._quirks.fail_rename_to and newpath.decode().endswith(self._quirks.fail_rename_to):
            raise asyncssh.SFTPFailure("rename failed")

    def remove(self, path: bytes) -> object:
        self._note("remove", path)
        return super().remove(path)

    def stat(self, path: bytes) -> object:
        if self._quirks.no_stat and not (self._peer.files / path.decode().lstrip("/")).is_dir():
            raise asyncssh.SFTPPermissionDenied("stat is not allowed")
        return super().stat(path)

    def scandir(self, path: bytes) -> object:
        if self._quirks.no_list:
            raise asyncssh.SFTPPermissionDenied("listing is not allowed")
        return super().scandir(path)
