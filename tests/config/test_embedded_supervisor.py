"""Whatever ends the supervisor, none of its children, nor theirs, outlives it."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.processes import command_start, processes_of, wait_for


class Run:
    """A supervisor in a process of its own, with three processes below it that carry a mark."""

    def __init__(self, folder: Path) -> None:
        self.mark = f"child-of-{uuid.uuid4()}"
        self.log = folder / "said.log"
        self.process = command_start("tests.config.supervised", str(folder), self.mark, log=self.log)
        wait_for(lambda: len(self.children()) == 3, what="starting")
        wait_for(lambda: "started" in self.said(), what="saying so")

    def said(self) -> str:
        return self.log.read_text()

    def children(self) -> list[str]:
        return [line for line in processes_of(self.mark) if "tests.config.supervised" not in line]

    def pid(self, name: str) -> int:
        line = next(line for line in self.said().splitlines() if line.startswith("started"))
        return int(ast.literal_eval(line.removeprefix("started "))[name])


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    started = Run(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()
    wait_for(lambda: not started.children(), seconds=15)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_a_second_one_changes_nothing(run: Run, number: signal.Signals) -> None:
    run.process.send_signal(number)
    wait_for(lambda: "stopping" in run.said())
    run.process.send_signal(number)
    assert run.process.wait(timeout=20) == 0
    assert run.children() == []
    assert run.said().splitlines()[-2:] == [f"stopping on {number.name}", "stopped"]


@pytest.mark.slow
def test_children_and_grandchildren_end_with_a_supervisor_that_was_killed(run: Run) -> None:
    run.process.kill()
    run.process.wait()
    wait_for(lambda: not run.children(), seconds=15, what="the end of the children")


@pytest.mark.slow
def test_a_crashed_child_is_started_again_with_growing_pauses_and_a_word_about_it(run: Run) -> None:
    os.kill(run.pid("single"), signal.SIGKILL)
    wait_for(lambda: "single runs again" in run.said())
    again = int(run.said().rsplit("(process ", 1)[1].split(")")[0])
    assert again != run.pid("single")
    os.kill(again, signal.SIGKILL)
    wait_for(lambda: run.said().count("single runs again") == 2)
    assert "single ended (killed by SIGKILL); starting it again in 1 s." in run.said()
    assert "single ended (killed by SIGKILL); starting it again in 2 s." in run.said()
    assert len(run.children()) == 3


@pytest.mark.slow
def test_what_a_crashed_child_left_running_is_ended_before_the_next_start(run: Run) -> None:
    os.kill(run.pid("family"), signal.SIGKILL)
    wait_for(lambda: "family runs again" in run.said(), seconds=15)
    wait_for(lambda: len(run.children()) == 3)


def test_an_unknown_program_is_named(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from config.embedded.children import ChildSpec;"
        "from config.embedded.supervisor import Supervisor;"
        f"s = Supervisor(logs=Path({str(tmp_path)!r}), say=print); s.__enter__();"
        "s.start(ChildSpec(name='web', argv=('/no/such/program',)))"
    )
    log = tmp_path / "said"
    process = command_start("timeit", "-n1", "-r1", code, log=log)
    assert process.wait(timeout=20) == 1
    assert "web cannot be started: /no/such/program: No such file or directory." in log.read_text()
    assert isinstance(process, subprocess.Popen)
