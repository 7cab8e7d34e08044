"""The hosted SFTP service, run by a test: the real one as root, or the one in its place; and a client that trusts only its key."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko

from config.embedded.hosting import hosting_argv
from config.embedded.sftp import sftp_answers
from tests.config.processes import CHECKOUT
from tests.fakes.openssh import free_port


class HostedServer:
    """One service. `shared` is what the product writes accounts and files into."""

    def __init__(self, folder: Path, *, real: bool) -> None:
        self.shared, self.state = folder / "shared", folder / "state"
        self.log = folder / "hosting.log"
        for path in (self.shared, self.state):
            path.mkdir(parents=True)
        self.port = free_port()
        fallback = ("-m", "config.embedded.hosting_fallback", "--folder", str(self.shared), "--state", str(self.state))
        self.argv = (
            hosting_argv(self.shared, self.state, port=self.port)
            if real
            else (sys.executable, *fallback, "--port", str(self.port))
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> HostedServer:
        with self.log.open("ab") as log:
            path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
            environment = {**os.environ, "PATH": path}
            self.process = subprocess.Popen(
                self.argv, stdout=log, stderr=log, env=environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL
            )
        self.wait(lambda: sftp_answers(self.port), "the service to answer")
        return self

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=15)

    def wait(self, done: Callable[[], bool], what: str, seconds: float = 15) -> None:
        """Wait for something that the service does by itself, every second."""
        deadline = time.monotonic() + seconds
        while not done():
            assert self.process is not None and self.process.poll() is None, self.log.read_text(errors="replace")
            assert time.monotonic() < deadline, f"waited for {what}:\n{self.log.read_text(errors='replace')}"
            time.sleep(0.05)

    def directory(self, name: str) -> Path:
        return self.shared / "organisations" / name

    @contextmanager
    def client(self, name: str, private: str) -> Iterator[paramiko.SSHClient]:
        """A session that signs in with a key, and trusts the key that the service shows to the product."""
        kind, key = (self.shared / "host_key.pub").read_text().split()
        with paramiko.SSHClient() as ssh:
            host_key = paramiko.PKey.from_type_string(kind, base64.b64decode(key))
            ssh.get_host_keys().add(f"[127.0.0.1]:{self.port}", kind, host_key)
            ssh.connect(
                "127.0.0.1",
                self.port,
                username=name,
                pkey=paramiko.Ed25519Key.from_private_key(io.StringIO(private)),
                look_for_keys=False,
                allow_agent=False,
                timeout=10,
            )
            yield ssh
