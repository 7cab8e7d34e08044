"""In place of the hosted SFTP service where that cannot run: the same accounts and directories, by asyncssh.

`python -m config.embedded.hosting_fallback --folder DIR --state DIR --port N`. It is for trials: one process of one user serves
everybody, so the walls between organisations are this program's, not the system's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

from config.embedded.hosting import HOST
from config.embedded.sftp import key_make

_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class _Accounts:
    """What the product wrote, read anew for each sign-in and each second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keys(self, name: str) -> dict[str, asyncssh.SSHKey]:
        """Fingerprint → key of an account that is open; empty for any other."""
        try:
            content = json.loads((self.folder / "accounts" / f"{Path(name).name}.json").read_text(encoding="utf-8"))
            keys = [asyncssh.import_public_key(line) for line in content["keys"] if content["open"] is True]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return {key.get_fingerprint(): key for key in keys}

    def directories_make(self) -> None:
        """A directory for every account."""
        for path in (self.folder / "accounts").glob("*.json"):
            for name in ("from-rotacast", "to-rotacast"):
                (self.folder / "organisations" / path.stem / name).mkdir(parents=True, exist_ok=True)

    def used(self, name: str, fingerprint: str) -> None:
        """Note a sign-in."""
        path = self.folder / "used" / f"{name}.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        known[fingerprint] = datetime.now(UTC).isoformat(timespec="seconds")
        path.write_text(json.dumps(known), encoding="utf-8")


class _Server(asyncssh.SSHServer):
    """Keys only; file transfer only. Whoever loses the key loses the session within a second."""

    def __init__(self, accounts: _Accounts, sessions: set[_Server]) -> None:
        self.accounts, self.sessions = accounts, sessions
        self.name, self.fingerprint = "", ""
        self.connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        self.sessions.discard(self)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self.name, self.fingerprint = username, key.get_fingerprint()
        return self.accounts.keys(username).get(self.fingerprint) == key

    def auth_completed(self) -> None:
        self.sessions.add(self)
        self.accounts.used(self.name, self.fingerprint)


class _Files(asyncssh.SFTPServer):
    """`from-rotacast` to read, `to-rotacast` to write, and no links out of them."""

    def _writable(self, *paths: bytes) -> None:
        for path in paths:
            if not os.path.normpath(b"/" + path.lstrip(b"/")).startswith(b"/to-rotacast/"):
                raise asyncssh.SFTPPermissionDenied("Only to-rotacast can be written.")

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & _WRITING:
            self._writable(path)
        return super().open(path, pflags, attrs)

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> object:
        raise asyncssh.SFTPOpUnsupported("Version 3 of the protocol only.")

    def remove(self, path: bytes) -> None:
        self._writable(path)
        super().remove(path)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._writable(oldpath, newpath)
        super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._writable(oldpath, newpath)
        super().posix_rename(oldpath, newpath)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self._writable(path)
        super().mkdir(path, attrs)

    def rmdir(self, path: bytes) -> None:
        self._writable(path)
        super().rmdir(path)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self._writable(path)
        super().setstat(path, attrs)

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("This server makes no links.")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("This server makes no links.")


async def serve(folder: Path, state: Path, *, port: int) -> None:
    """Serve until SIGTERM."""
    for name in ("accounts", "organisations", "used"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    public = key_make(state / "host_key", comment="hosted SFTP")
    (folder / "host_key.pub").write_text(" ".join(public.split()[:2]) + "\n", encoding="utf-8")
    accounts, sessions = _Accounts(folder), set[_Server]()
    accounts.directories_make()

    def files(channel: asyncssh.SSHServerChannel[bytes]) -> _Files:
        name = Path(channel.get_extra_info("username")).name
        return _Files(channel, chroot=os.fsencode(folder / "organisations" / name))

    server = await asyncssh.create_server(
        lambda: _Server(accounts, sessions),
        HOST,
        port,
        server_host_keys=[str(state / "host_key")],
        sftp_factory=files,
        sftp_version=3,
        allow_pty=False,
        allow_scp=False,
        agent_forwarding=False,
    )
    print(f"hosted SFTP on {HOST}:{port}, files in {folder}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    while not stopped.is_set():
        try:
            await asyncio.wait_for(stopped.wait(), timeout=0.3)
        except TimeoutError:
            accounts.directories_make()
            for one in list(sessions):
                if one.fingerprint not in accounts.keys(one.name) and one.connection is not None:
                    one.connection.abort()
    server.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="shared with the product")
    parser.add_argument("--state", type=Path, required=True, help="the service's own")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.folder, options.state, port=options.port))
    except OSError as error:
        print(f"Hosted SFTP cannot listen on {HOST}:{options.port}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
