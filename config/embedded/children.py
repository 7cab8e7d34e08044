"""How a child process is started so that it can always be stopped again, with everything it starts itself."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.embedded.errors import EmbeddedError
from config.embedded.place import Account

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ChildSpec:
    """One process to run: what, where, as whom, and how to end it."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    # Given on standard input, for configuration that must not be seen in the list of processes.
    stdin: str = ""


def child_start(spec: ChildSpec, *, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process as the leader of its own group. Call from the main thread: the kernel ties the child
    to the thread that made it.
    """
    account = spec.account
    try:
        process = subprocess.Popen(
            spec.argv,
            cwd=spec.folder,
            env=dict(spec.environment),
            stdin=subprocess.PIPE if spec.stdin else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_before_exec(spec.stop_signal),
        )
    except OSError as error:
        raise EmbeddedError(f"{spec.name} cannot be started: {spec.argv[0]}: {error.strerror}.") from error
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(spec.stdin.encode())
    return process


def child_stop(process: subprocess.Popen[bytes], spec: ChildSpec) -> None:
    """Ask the process to end, wait, then end its whole group. Returns when nothing of it is left."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(spec.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=spec.stop_seconds)
    group_end(process.pid)
    process.wait()


def group_end(group: int, *, grace_seconds: float = 2.0) -> None:
    """End what is left of a process group: politely, then for good."""
    for number, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, 0.5)):
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not group_lives(group):
                return
            time.sleep(0.02)


def group_lives(group: int) -> bool:
    """Whether any process of the group exists, a dead one that nobody has collected yet included."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(probe: Callable[[], bool], *, seconds: float, alive: Callable[[], bool], what: str, log: Path) -> None:
    """Ask `probe` until it says yes.

    Raises EmbeddedError, with the end of the log, when the time is over or the process ended.
    """
    deadline = time.monotonic() + seconds
    while not probe():
        if not alive():
            raise EmbeddedError(f"{what} ended while it was starting. {_ending(log)}")
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{what} did not answer within {seconds:.0f} seconds. {_ending(log)}")
        time.sleep(0.03)


def _ending(log: Path) -> str:
    try:
        last = log.read_text(errors="replace").splitlines()[-15:]
    except OSError:
        last = []
    return "\n  ".join([f"The end of {log}:", *last])


def _before_exec(number: signal.Signals) -> Callable[[], None]:
    """What the child does before it becomes the program: take signals again (the supervisor holds them while
    it starts a child) and ask Linux to be signalled when we die without having stopped it.
    """
    parent = os.getpid()

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:  # it died between the fork and the line above
                os._exit(1)

    return prepare
