"""A local SFTP server for the demo: `python -m config.embedded.sftp --data DIR --port N`.

One user, a password and a key, one folder that is the user's whole world. It keeps its host key in the data
folder, so that a connection which pinned the key still trusts it after a restart. A real installation hosts
SFTP with OpenSSH; this one exists so that the demo needs no system package.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncssh

from config.embedded.children import ChildSpec
from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder

USER = "rotacast"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class SftpAccess:
    """How to reach the demo's SFTP server: what `demo.json` says about it.

    `key` is the file of the user's private key, `host_key` the server's public key as one OpenSSH line,
    `folder` the folder on this machine that the user sees as `/`.
    """

    host: str
    port: int
    user: str
    password: str
    key: str
    host_key: str
    folder: str

    def as_json(self) -> dict[str, str | int]:
        return asdict(self)


def sftp_access(folder: DataFolder, *, port: int) -> SftpAccess:
    """The keys, the password and the folder, made on first use."""
    keys = folder.sub("sftp-keys")
    key_make(keys / "user_key", comment=f"{USER}@demo")
    host_key = key_make(keys / "host_key", comment="demo host")
    home = folder.sub("sftp") / USER
    home.mkdir(mode=0o700, exist_ok=True)
    return SftpAccess(
        host=HOST,
        port=port,
        user=USER,
        password=folder.secrets().sftp_password,
        key=str(keys / "user_key"),
        host_key=host_key,
        folder=str(home),
    )


def sftp_child(folder: DataFolder, *, port: int, checkout: Path) -> ChildSpec:
    """The server process, for a supervisor to run."""
    return ChildSpec(
        name="sftp",
        argv=(
            sys.executable,
            "-m",
            "config.embedded.sftp",
            "--data",
            str(folder.path),
            "--port",
            str(port),
        ),
        environment={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
        folder=checkout,
    )


def sftp_answers(port: int) -> bool:
    """Whether a server greets there."""

    async def ask() -> bool:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(HOST, port), timeout=1)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    return asyncio.run(ask())


class _Server(asyncssh.SSHServer):
    """Takes one user, by password or key, and gives out file transfer only."""

    def __init__(self, password: str, key: asyncssh.SSHKey) -> None:
        self._password = password
        self._key = key

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        known = hmac.compare_digest(password.encode(), self._password.encode())
        return known and username == USER

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self._key


class _Files(asyncssh.SFTPServer):
    """The user's folder as the root, without links: a link could lead out of it."""

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("This server makes no links.")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("This server makes no links.")


async def serve(folder: DataFolder, *, port: int) -> None:
    """Serve until cancelled. Raises EmbeddedError when the port is taken."""
    access = sftp_access(folder, port=port)
    keys = folder.sub("sftp-keys")
    user_key = asyncssh.read_public_key(str(keys / "user_key.pub"))
    try:
        server = await asyncssh.create_server(
            lambda: _Server(access.password, user_key),
            HOST,
            port,
            server_host_keys=[str(keys / "host_key")],
            sftp_factory=lambda channel: _Files(channel, chroot=os.fsencode(access.folder)),
            allow_scp=False,
            agent_forwarding=False,
        )
    except OSError as error:
        raise EmbeddedError(f"SFTP cannot listen on {HOST}:{port}: {error.strerror}.") from error
    print(f"SFTP on {HOST}:{port}, files in {access.folder}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    server.close()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.embedded.sftp", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder of the demo")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(argv)
    try:
        asyncio.run(serve(DataFolder(options.data), port=options.port))
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def key_make(path: Path, *, comment: str) -> str:
    """Make an Ed25519 key pair unless it is there; its public line."""
    public = path.with_name(f"{path.name}.pub")
    if not (path.exists() and public.exists()):
        key = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.export_private_key())
        public.write_bytes(key.export_public_key())
    return public.read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    raise SystemExit(main())
