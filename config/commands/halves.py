"""All tests as two pytests side by side, each with servers and a data folder of its own: a machine has two cores at least.

The halves differ in kind, so that neither waits for the other: what a browser or the demo does, and everything else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from config.commands.variables import say
from config.embedded.installation import CHECKOUT
from config.embedded.supervisor import StopRequested, Supervisor

_OUTSIDE = ("tests/config", "tests/e2e")  # they start browsers, demos and servers
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?)")
_SUMMARY = re.compile(r"^.*\bin [\d.]+s.*$", re.MULTILINE)


@dataclass(frozen=True)
class Half:
    """One of the two: its name, and what it gives to pytest."""

    name: str
    arguments: tuple[str, ...]


HALVES = (
    Half("inside", ("tests", *(f"--ignore={folder}" for folder in _OUTSIDE))),
    Half("outside", _OUTSIDE),
)


def halves_run(data: Path, options: list[str]) -> int:
    """Run both to their end; the first one is seen as it goes, the other when it has ended, then what both came to."""
    data.mkdir(parents=True, exist_ok=True)
    with Supervisor(logs=data, say=say):  # for its way with signals
        return _run(data, options)


def _run(data: Path, options: list[str]) -> int:
    running = [(half, *_start(half, data, options)) for half in HALVES]
    try:
        for half, process, log in running:
            if half is running[0][0]:
                _follow(process, log)
            process.wait()
            if half is not running[0][0]:
                sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
    except StopRequested:
        for _, process, _ in running:
            process.terminate()
        for _, process, _ in running:
            process.wait()
        raise
    print(_together([log.read_text(encoding="utf-8", errors="replace") for _, _, log in running]), flush=True)
    return max(process.returncode for _, process, _ in running)


def _start(half: Half, data: Path, options: list[str]) -> tuple[subprocess.Popen[bytes], Path]:
    log = data / f"{half.name}.log"
    command = [sys.executable, "-m", "config.commands.test", *options, "--half", *half.arguments]
    environment = {**os.environ, "DATA": str(data / half.name), "PEERS": "keep", "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=CHECKOUT, env=environment)
    return process, log


def _follow(process: subprocess.Popen[bytes], log: Path) -> None:
    """Show a log while its process writes it."""
    with log.open("rb") as file:
        ended = False
        while True:
            piece = file.read()
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            if ended:
                return
            try:
                process.wait(timeout=1)
                ended = True
            except subprocess.TimeoutExpired:
                continue


def _together(logs: list[str]) -> str:
    """pytest's last lines added up."""
    counts: Counter[str] = Counter()
    for text in logs:
        lines = _SUMMARY.findall(text)
        for number, what in _COUNT.findall(lines[-1] if lines else ""):
            counts[what] += int(number)
    found = ", ".join(f"{number} {what}" for what, number in counts.items())
    return f"==== both halves: {found or 'nothing ran'} ===="
