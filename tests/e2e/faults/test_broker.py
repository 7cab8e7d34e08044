"""The real worker and beat, while the broker is killed, emptied and restarted, and the worker is killed: all arrives, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.embedded.redis import redis_wheel
from scheduling import services
from tests.conftest import ROBOT
from tests.e2e.faults.conftest import Feed
from tests.fakes.openssh import SSHD, WHY_NOT, free_port

pytestmark = [pytest.mark.slow, pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


def redis_program() -> str:
    """The server of the wheel."""
    packages, program, _ = redis_wheel()
    return str(packages / program)


class Processes:
    """A private broker, a worker and a beat of the product."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {**os.environ, "REDIS_URL": f"redis://127.0.0.1:{self.port}/0"}

    def start(self, name: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "config"]
        command = {
            "broker": [redis_program(), "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""],
            "worker": [*celery, "worker", "--concurrency", "1", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "--schedule", str(self.folder / "schedule"), "--pidfile="],
        }[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    folder = tmp_path / "processes"
    folder.mkdir()
    found = Processes(folder)
    for name in ("broker", "worker", "beat"):
        found.start(name)
    yield found
    for name in list(found.running):
        found.kill(name)


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never arrived"
        time.sleep(0.3)


def test_everything_arrives_once_whatever_dies(feed: Feed, processes: Processes) -> None:
    today = datetime.now(UTC).date()
    with feed.tenant.transaction():
        schedule = services.schedule_create(
            department=feed.department, name="Now", starts_on=today, ends_on=today + timedelta(days=6),
            actor=ROBOT, now=datetime.now(UTC),
        )  # fmt: skip
    shifts = [feed.place(today + timedelta(days=n), person=feed.people[n], schedule=schedule) for n in range(3)]

    def notes() -> list[str]:
        return sorted(row["Notes"] for row in feed.newest()) if list(feed.files.glob("*.csv")) else []

    feed.publish(schedule=schedule)
    wait_for(lambda: len(notes()) == 3)

    processes.kill("broker")
    shifts[0] = feed.change(shifts[0], note="while the broker was dead")
    assert feed.publish(schedule=schedule).number == 2, "publishing does not need the broker"
    processes.start("broker")  # empty: whatever was queued is gone
    wait_for(lambda: "while the broker was dead" in notes())

    processes.kill("worker")
    shifts[1] = feed.change(shifts[1], note="while the worker was dead")
    feed.publish(schedule=schedule)
    processes.start("worker")
    wait_for(lambda: "while the worker was dead" in notes())

    feed.now = datetime.now(UTC)
    feed.assert_in_step()
    assert len(feed.names) == 3, "each publication made one file"
