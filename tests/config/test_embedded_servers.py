"""The private PostgreSQL and Redis: who may do what, what survives, and what is refused with a reason."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
import redis

from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder
from config.embedded.installation import Installation
from config.embedded.place import place_for
from config.embedded.postgres import Postgres
from config.embedded.supervisor import Supervisor
from tests.config.processes import command_run, command_start, processes_of, wait_for


@contextmanager
def running(folder: DataFolder, **options: object) -> Iterator[dict[str, str]]:
    with Supervisor(logs=folder.sub("log"), say=print) as supervisor:
        installation = Installation(folder, supervisor, given={}, **options)  # type: ignore[arg-type]
        installation.start()
        yield installation.variables(port=8000)


def ask(url: str, question: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


@pytest.mark.slow
def test_three_roles_of_which_only_the_migrator_may_create(folder: DataFolder) -> None:
    with running(folder) as variables:
        app, owner = variables["DATABASE_URL"], variables["MIGRATOR_DATABASE_URL"]
        operator = variables["OPERATOR_DATABASE_URL"]
        assert [ask(url, "SELECT current_user") for url in (app, owner, operator)] == [
            "rotacast_app",
            "rotacast_migrator",
            "rotacast_operator",
        ]
        ask(owner, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        ask(owner, "GRANT SELECT ON kept TO rotacast_app")
        for url in (app, operator):
            assert ask(url, "SELECT n FROM kept") == 7  # the operator through its membership
            for statement in (
                "CREATE TABLE public.x ()",
                "CREATE TEMPORARY TABLE x ()",
                "CREATE SCHEMA x",
                "CREATE ROLE x",
                "SET row_security = off; SELECT rolpassword FROM pg_authid",
            ):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    ask(url, statement)
        roles = "SELECT string_agg(rolname || ' ' || rolbypassrls || ' ' || rolsuper, ',' ORDER BY rolname) "
        assert ask(owner, roles + "FROM pg_roles WHERE rolname LIKE 'rotacast%'") == (
            "rotacast_app false false,rotacast_migrator true false,rotacast_operator false false"
        )
        locale = "SELECT datlocprovider::text || ' ' || datlocale || ' ' || pg_encoding_to_char(encoding) "
        assert ask(app, locale + "FROM pg_database WHERE datname = current_database()") == "b C.UTF-8 UTF8"
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(app.replace("rotacast_app:", "rotacast_app:x"))
        wrong = redis.Redis.from_url(variables["REDIS_URL"].replace("://:", "://:x"))
        with pytest.raises(redis.AuthenticationError):
            wrong.ping()

    started = time.monotonic()
    with running(folder) as again:
        assert again == variables
        assert ask(again["DATABASE_URL"], "SELECT n FROM kept") == 7
    assert time.monotonic() - started < 6
    assert processes_of(str(place_for(folder).home)) == []

    with running(folder, fresh=True) as emptied, pytest.raises(psycopg2.errors.UndefinedTable):
        ask(emptied["DATABASE_URL"], "SELECT n FROM kept")


@pytest.mark.slow
def test_the_record_of_a_dead_server_is_cleared_though_its_number_is_in_use(folder: DataFolder) -> None:
    with running(folder):
        pass
    cluster = place_for(folder).home / "postgres"
    # After a reboot the number in the record is often a stranger's: here, our own parent's.
    (cluster / "postmaster.pid").write_text(f"{os.getppid()}\n{cluster}\n")
    with running(folder) as variables:
        assert ask(variables["DATABASE_URL"], "SELECT 1") == 1


@pytest.mark.slow
def test_a_killed_server_leaves_a_folder_that_starts_again(folder: DataFolder) -> None:
    log = folder.path / "said"
    process = command_start("config.embedded.serve", "--data", str(folder.path), log=log)
    wait_for(lambda: "Ready." in log.read_text(), seconds=30)
    cluster = str(place_for(folder).home / "postgres")
    assert len(processes_of(cluster)) == 1
    process.kill()
    process.wait()
    with folder.locked(), running(folder) as variables:
        assert ask(variables["DATABASE_URL"], "SELECT 1") == 1
    assert processes_of(cluster) == []


@pytest.mark.slow
def test_another_version_or_a_lost_password_is_explained(folder: DataFolder) -> None:
    with running(folder):
        pass
    cluster = place_for(folder).home / "postgres"
    version = cluster / "PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")
    with pytest.raises(EmbeddedError, match=r"was made by PostgreSQL 9; the installed binaries are\s+version 18"):
        Postgres(folder, place_for(folder)).prepare()
    version.write_text(right)
    stored = folder.read_json("secrets.json")
    folder.write_json("secrets.json", {**stored, "superuser_password": "another"})
    with pytest.raises(EmbeddedError, match="does not take the password of"), running(folder):
        pass


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's servers run as that user")
def test_started_by_root_the_servers_are_nobodys_and_private(folder: DataFolder) -> None:
    with running(folder):
        home = place_for(folder).home
        # pytest's folders are closed to others, as root's home is: the place is elsewhere, under a random name.
        assert folder.path not in home.parents
        assert stat.S_IMODE(home.stat().st_mode) == 0o711
        assert home.stat().st_uid == 0
        for name in ("postgres", "redis"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o700
            assert (home / name).stat().st_uid == 65534
        server = processes_of(str(home / "postgres"))[0].split()[0]
        assert os.stat(f"/proc/{server}").st_uid == 65534  # noqa: PTH116
    moved = home.with_name(home.name + "-moved")
    home.rename(moved)
    home.symlink_to(moved)
    try:
        with pytest.raises(EmbeddedError, match="is gone or was replaced"):
            place_for(folder)
    finally:
        home.unlink()
        shutil.move(moved, home)


def test_a_real_database_needs_all_its_roles(folder: DataFolder) -> None:
    refused = command_run(
        *("config.embedded.serve", "--data", str(folder.path), "--", "true"),
        DATABASE_URL="postgresql://rotacast_app@db.example/rotacast",
    )
    assert refused.returncode == 1
    assert "DATABASE_URL set, but MIGRATOR_DATABASE_URL, OPERATOR_DATABASE_URL missing" in refused.stderr


def test_real_servers_are_used_as_they_are_given(folder: DataFolder) -> None:
    given = {
        "DATABASE_URL": "postgresql://rotacast_app@db.example/rotacast",
        "MIGRATOR_DATABASE_URL": "postgresql://rotacast_migrator@db.example/rotacast",
        "OPERATOR_DATABASE_URL": "postgresql://rotacast_operator@db.example/rotacast",
        "REDIS_URL": "redis://cache.example/0",
    }
    done = command_run("config.embedded.serve", "--data", str(folder.path), "--", "env", **given)
    assert done.returncode == 0, done.stderr
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {name: seen[name] for name in given} == given
    assert not (folder.path / "servers").exists()
    assert not (folder.path / "place.json").exists()


@pytest.mark.slow
def test_the_variables_are_printed_for_a_shell_and_end_with_it(folder: DataFolder) -> None:
    log = folder.path / "said"
    process = command_start("config.embedded.serve", "--data", str(folder.path), log=log)
    wait_for(lambda: "Ready." in log.read_text(), seconds=30)
    lines = [shlex.split(line)[1] for line in (folder.path / "env.sh").read_text().splitlines()]
    variables = dict(line.split("=", 1) for line in lines)
    assert ask(variables["DATABASE_URL"], "SELECT current_user") == "rotacast_app"
    assert variables["DATA_DIR"] == str(folder.path)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 130
    with pytest.raises(psycopg2.OperationalError):
        ask(variables["DATABASE_URL"], "SELECT 1")
