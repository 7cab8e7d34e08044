"""The data folder: who may use it, its lock, its secrets and the ports it was given before."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import pwd
import secrets
import socket
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from config.embedded.errors import EmbeddedError


@dataclass(frozen=True)
class Secrets:
    """Everything an embedded installation invents once and keeps in `secrets.json` (mode 0600)."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    data_keys: str = field(default_factory=lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode())
    installation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    superuser_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    migrator_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    app_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    operator_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    redis_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    sftp_password: str = field(default_factory=lambda: secrets.token_urlsafe(18))


class DataFolder:
    """A folder that belongs to one installation and, while it runs, to one supervisor.

    Raises EmbeddedError when the folder cannot be made or belongs to another user of the machine.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        try:
            # Others may pass through (an unprivileged database server has to) but not list.
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.path} cannot be made ({error.strerror}). Choose another with DATA=."
            ) from error
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedError(
                f"The data folder {self.path} belongs to {user_name(owner)}, and this runs as "
                f"{user_name(os.geteuid())}. Run it as {user_name(owner)}, or choose another with DATA=."
            )

    def sub(self, name: str) -> Path:
        """A private folder below the data folder, made when it is missing."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process. Raises EmbeddedError when another supervisor holds it.

        A lock of the kernel: it ends with the process, however the process ends.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
                raise EmbeddedError(
                    f"Something already runs on the data folder {self.path} (process {holder}). "
                    "Stop it first, or choose another folder with DATA=."
                ) from error
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            yield
        finally:
            os.close(descriptor)

    def secrets(self) -> Secrets:
        """The secrets of this folder, invented on first use. Missing ones (older folders) are added."""
        stored = self.read_json("secrets.json")
        known = {item.name for item in fields(Secrets)}
        result = Secrets(**{key: value for key, value in stored.items() if key in known})
        if known - stored.keys():
            self.write_json("secrets.json", asdict(result))
        return result

    def port(self, name: str, *, wanted: int | None = None, advice: str = "choose another port") -> int:
        """The port that `name` listens on: the wanted one, else last time's, else a free one.

        Raises EmbeddedError when the wanted port is taken; a remembered one that is taken is replaced.
        """
        ports = self.read_json("ports.json")
        if wanted is not None:
            if not port_is_free(wanted):
                raise EmbeddedError(f"Port {wanted} is taken by another program. Stop that one, or {advice}")
            chosen = wanted
        else:
            others = {int(port) for key, port in ports.items() if key != name}
            chosen = int(ports.get(name, 0))
            if not chosen or chosen in others or not port_is_free(chosen):
                chosen = port_find(avoid=others)
        if ports.get(name) != chosen:
            self.write_json("ports.json", {**ports, name: chosen})
        return chosen

    def port_of(self, name: str) -> int:
        """The port that was given to `name` before."""
        return int(self.read_json("ports.json")[name])

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of a file of this folder; an empty mapping when it is not there."""
        path = self.path / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise EmbeddedError(f"{path} is not readable JSON ({error}). Restore it, or move it away.") from error
        if not isinstance(content, dict):
            raise EmbeddedError(f"{path} should hold one JSON object. Restore it, or move it away.")
        return content

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Replace a file of this folder at once, readable by its owner only."""
        self.write_text(name, json.dumps(content, indent=2) + "\n")

    def write_text(self, name: str, content: str) -> None:
        """Replace a text file of this folder at once, readable by its owner only."""
        temporary = self.path / f".{name}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        temporary.replace(self.path / name)


def user_name(uid: int) -> str:
    """The name of a user of this machine, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. A port that only waits out old connections is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def port_find(*, avoid: set[int]) -> int:
    """A free port on 127.0.0.1; within `PORT_RANGE` ("21000-21099") when the environment sets that."""
    span = os.environ.get("PORT_RANGE")
    if span:
        first, _, last = span.partition("-")
        if not (first.isdigit() and last.isdigit()):
            raise EmbeddedError(f"PORT_RANGE={span} is not a range. Give the first and last port: 21000-21099.")
        for port in range(int(first), int(last) + 1):
            if port not in avoid and port_is_free(port):
                return port
        raise EmbeddedError(f"No free port is left in PORT_RANGE={span}.")
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in avoid:
            return port
