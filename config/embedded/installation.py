"""One data folder brought to life: its database, its broker, and the environment that the programs read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder
from config.embedded.place import place_for
from config.embedded.postgres import DATABASE, Postgres
from config.embedded.redis import Redis
from config.embedded.supervisor import Supervisor, run_here

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_DATABASE_VARIABLES = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "OPERATOR_DATABASE_URL")


class Installation:
    """The servers of a data folder, under a supervisor. Real ones named in the environment are used instead.

    `database` is the name of the embedded database; `fresh` empties it first.
    """

    def __init__(
        self,
        folder: DataFolder,
        supervisor: Supervisor,
        *,
        database: str = DATABASE,
        fresh: bool = False,
        given: Mapping[str, str] = os.environ,
    ) -> None:
        self.folder = folder
        self.supervisor = supervisor
        self.logs = folder.sub("log")
        self._database = database
        self._fresh = fresh
        self._given = given
        self._addresses: dict[str, str] = {}

    def start(self) -> None:
        """Start what is not given; return when both servers answer and the database has its roles."""
        given_database = {key: self._given[key] for key in _DATABASE_VARIABLES if self._given.get(key)}
        given_redis = self._given.get("REDIS_URL")
        if given_database and len(given_database) < len(_DATABASE_VARIABLES):
            missing = ", ".join(key for key in _DATABASE_VARIABLES if key not in given_database)
            raise EmbeddedError(
                f"{' and '.join(given_database)} set, but {missing} missing: a real database needs all three "
                "roles (see config/database/roles.sql). Set all, or none for an embedded database."
            )
        if given_database and given_redis:
            self._addresses = {**given_database, "REDIS_URL": given_redis}
            return
        place = place_for(self.folder)
        postgres = None if given_database else Postgres(self.folder, place)
        redis = None if given_redis else Redis(self.folder, place)
        if redis is not None:
            self.supervisor.start(redis.child())
        if postgres is not None:
            postgres.prepare()
            self.supervisor.start(postgres.child())
            postgres.wait_ready(alive=lambda: self.supervisor.alive("postgres"))
            postgres.database_make(self._database, fresh=self._fresh)
            given_database = {
                "DATABASE_URL": postgres.url("app", self._database),
                "MIGRATOR_DATABASE_URL": postgres.url("migrator", self._database),
                "OPERATOR_DATABASE_URL": postgres.url("operator", self._database),
            }
        if redis is not None:
            redis.wait_ready(alive=lambda: self.supervisor.alive("redis"))
            given_redis = redis.url()
        self._addresses = {**given_database, "REDIS_URL": given_redis or ""}

    def variables(self, *, port: int) -> dict[str, str]:
        """The settings of this installation alone, as the programs read them (see config/environment.py)."""
        secrets = self.folder.secrets()
        settings = {
            **self._addresses,
            "SECRET_KEY": secrets.secret_key,
            "DATA_KEYS": secrets.data_keys,
            "INSTALLATION_ID": secrets.installation_id,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DATA_DIR": str(self.folder.path),
            "MAIL_URL": f"folder:{self.folder.sub('mail')}",
        }
        # What the caller sets stands, but never a sending identity or keys of another installation.
        for name in ("PUBLIC_URL", "ALLOWED_HOSTS", "MAIL_URL", "DEBUG"):
            if self._given.get(name):
                settings[name] = self._given[name]
        return settings

    def environment(self, *, port: int) -> dict[str, str]:
        """A complete environment for a child: the caller's, with this installation's settings.

        The address of the role that owns the tables is left out: no web or worker process holds it.
        """
        inherited = {key: value for key, value in self._given.items() if key not in _DATABASE_VARIABLES}
        settings = self.variables(port=port)
        settings.pop("MIGRATOR_DATABASE_URL", None)
        return {
            **inherited,
            **settings,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{self._given.get('PATH', os.defpath)}",
        }

    @property
    def migrator_url(self) -> str:
        """The database as the owner of the tables: for migrations and bulk load."""
        return self._addresses["MIGRATOR_DATABASE_URL"]

    def migrate(self, *, port: int) -> None:
        """Bring the tables up to date, as their owner. Raises EmbeddedError when a migration fails."""
        owner = self.migrator_url
        status = run_here(
            [sys.executable, "manage.py", "prepare_database", "--verbosity=0"],
            environment={**self.environment(port=port), "DATABASE_URL": owner, "MIGRATOR_DATABASE_URL": owner},
            folder=CHECKOUT,
        )
        if status:
            raise EmbeddedError("The migrations failed (see above). The data is as it was before the failed one.")


@contextmanager
def installation_running(
    data: Path, *, database: str = DATABASE, fresh: bool = False, say: Callable[[str], None]
) -> Iterator[Installation]:
    """Lock the folder, start its servers, and stop everything at the end."""
    folder = DataFolder(data)
    with folder.locked(), Supervisor(logs=folder.sub("log"), say=say) as supervisor:
        installation = Installation(folder, supervisor, database=database, fresh=fresh)
        installation.start()
        yield installation
