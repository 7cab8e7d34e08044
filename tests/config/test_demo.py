"""`make demo` as a person meets it: ready, machine-readable, resumed, refused with a reason, gone without a trace."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2
import pytest

from config.embedded.folder import DataFolder, port_find
from config.embedded.installation import installation_running
from config.embedded.sftp import sftp_answers
from tests.config.processes import command_run, command_start, processes_of, wait_for_words

DEMO = "config.commands.demo"


def start(folder: DataFolder, port: int) -> tuple[subprocess.Popen[bytes], Path]:
    log = folder.path.parent / "said.log"
    log.unlink(missing_ok=True)
    return command_start(DEMO, log=log, DATA=str(folder.path), PORT=str(port)), log


def answers(url: str) -> bool:
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30)
    except urllib.error.HTTPError as error:
        return error.code < 500
    return True


def undelivered(data: Path, sftp: Path, seconds: float = 180) -> list[str]:
    """Which of the file integrations have brought nothing: waits for the last of them."""
    expected = {
        "Epic On Call Finder": (sftp, "oncall_*.csv"),
        "Epic OpTime": (sftp, "epic_optime/optime_*.csv"),
        "Kronos Workforce Central": (sftp, "kronos_wfc/*.csv"),
        "Kronos Workforce Dimensions": (sftp, "kronos_dimensions/*.csv"),
        "New Innovations": (sftp, "new_innovations/*.csv"),
        "the data warehouse": (sftp, "data_warehouse/*_full.zip.done"),
        "the schedule backup": (data / "hosting" / "organisations", "*/from-rotacast/*/*.xlsx"),
        "the demographic import": (sftp, "demographic_import/reports/people.accepted.csv"),
    }
    deadline = time.monotonic() + seconds
    while True:
        missing = [name for name, (place, pattern) in expected.items() if not any(place.glob(pattern))]
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(0.5)


@pytest.mark.slow
def test_it_starts_resumes_and_leaves_nothing_running(folder: DataFolder) -> None:
    port = port_find(avoid=set())
    seen = []
    for number in (signal.SIGTERM, signal.SIGINT):
        process, log = start(folder, port)
        try:
            wait_for_words(log, "Rotacast is ready", process, seconds=240)
            demo = json.loads((folder.path / "demo.json").read_text())
            seen.append(demo)
            assert answers(demo["web"])
            assert demo["web"] == f"http://127.0.0.1:{port}"
            assert sftp_answers(demo["sftp"]["port"])
            assert {"sandbox", "mail", "users"} <= demo.keys()
            assert demo["sftp"].keys() == {"host", "port", "user", "password", "key", "host_key", "folder"}
            assert stat.S_IMODE((folder.path / "demo.json").stat().st_mode) == 0o600
            for name in ("web", "worker", "beat", "sftp"):
                assert (folder.path / "log" / f"{name}.log").exists()
            assert undelivered(folder.path, Path(demo["sftp"]["folder"])) == []
            second = command_run(DEMO, DATA=str(folder.path), PORT=str(port))
            assert second.returncode == 1
            assert f"Something already runs on the data folder {folder.path} (process {process.pid})" in second.stderr
        finally:
            process.send_signal(number)
            assert process.wait(timeout=60) == 0
        assert log.read_text().endswith("Stopped.\n")
        assert processes_of(str(folder.path)) == []
        assert processes_of(f"127.0.0.1:{port}") == []
    assert seen[0] == seen[1]


def test_a_busy_port_is_said_before_anything_starts(folder: DataFolder) -> None:
    with socket.create_server(("127.0.0.1", port_find(avoid=set()))) as other:
        port = other.getsockname()[1]
        refused = command_run(DEMO, DATA=str(folder.path), PORT=str(port))
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"Port {port} is taken by another program. Stop that one, or choose another port: make demo PORT={port + 1}"
    )
    assert sorted(path.name for path in folder.path.iterdir()) == ["lock"]


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_said(folder: DataFolder, port: str) -> None:
    refused = command_run(DEMO, DATA=str(folder.path), PORT=port)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"PORT={port} is not a port.")


@pytest.mark.slow
def test_real_servers_named_by_the_environment_are_used(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers of another data folder stand in for the real ones; nothing embedded is started beside them."""
    names = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "OPERATOR_DATABASE_URL", "REDIS_URL")
    port = port_find(avoid=set())
    log = folder.path.parent / "said.log"
    for name in names:
        monkeypatch.delenv(name, raising=False)
    with installation_running(folder.path.parent / "real", say=lambda text: None) as real:
        variables = real.variables(port=port)
        given = {name: variables[name] for name in names}
        process = command_start(DEMO, log=log, DATA=str(folder.path), PORT=str(port), **given)
        try:
            wait_for_words(log, "Rotacast is ready", process, seconds=240)
            assert not (folder.path / "servers").exists()
            assert not (folder.path / "log" / "postgres.log").exists()
            assert not (folder.path / "log" / "redis.log").exists()
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0
        psycopg2.connect(given["DATABASE_URL"]).close()
