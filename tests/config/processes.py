"""Looking at the processes of this machine, and running the project's own commands as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def processes_of(mark: str) -> list[str]:
    """Command lines, of any user, that mention `mark` (the dead ones that wait to be collected do not count)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in command:
            found.append(f"{folder.name} {command}")
    return found


def wait_for(probe: Callable[[], object], *, seconds: float = 10.0, what: str = "it") -> None:
    """Ask until the answer is true; fail the test when that takes too long."""
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def own_environment(**extra: str) -> dict[str, str]:
    """An environment without the test run's servers and settings, so that commands start their own."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "PORT_RANGE") if key in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}


def command_start(*argv: str, log: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start one of the project's modules; what it says goes to `log`."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *argv],
            cwd=CHECKOUT,
            env=own_environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def command_run(*argv: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one of the project's modules to its end."""
    return subprocess.run(
        [sys.executable, "-m", *argv],
        cwd=CHECKOUT,
        env=own_environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_for_words(log: Path, words: str, process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Wait until a started command has said something; fail the test with all it said if it ends before."""

    def said() -> bool:
        ended = process.poll() is not None
        text = log.read_text()
        assert words in text or not ended, text
        return words in text

    wait_for(said, seconds=seconds, what=repr(words))
