"""GnuPG itself, as somebody who reads files: keys that never leave its folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

GPG = shutil.which("gpg")


@dataclass
class Keyring:
    """Somebody's GnuPG, with keys that never leave it."""

    home: Path

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        environment = {**os.environ, "GNUPGHOME": str(self.home)}
        command = [str(GPG), "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", *arguments]
        return subprocess.run(command, input=data, env=environment, check=True, capture_output=True).stdout

    def make(self, name: str, algorithm: str = "future-default", usage: str = "default", expires: str = "never") -> str:
        self.run("--quick-gen-key", f"{name} <{name}@example.org>", algorithm, usage, expires)
        return self.public(name)

    def public(self, name: str) -> str:
        return self.run("--armor", "--export", f"{name}@example.org").decode()


@contextmanager
def keyring_made() -> Iterator[Keyring]:
    """An empty keyring. Its folder is not below pytest's own: the path of a socket in it must be short."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            yield Keyring(Path(folder))
        finally:
            environment = {**os.environ, "GNUPGHOME": folder}
            subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False, capture_output=True)
