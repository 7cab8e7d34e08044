"""Starts children, watches them, restarts what crashes, and leaves none behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from config.embedded.children import ChildSpec, child_start, child_stop, group_end
from config.embedded.errors import EmbeddedError

_FIRST_DELAY = 1.0
_LONGEST_DELAY = 30.0
_STEADY_SECONDS = 60.0
_LARGEST_LOG_BYTES = 10_000_000
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM. Not an Exception, so that no retry loop swallows it."""


@dataclass
class _Child:
    spec: ChildSpec
    log: IO[bytes]
    process: subprocess.Popen[bytes]
    started: float
    delay: float = _FIRST_DELAY
    restart_at: float | None = None
    restarts: int = field(default=0)


class Supervisor:
    """Use as a context manager from the main thread: leaving it stops every child, in reverse order.

    Between, SIGINT, SIGTERM and SIGHUP raise StopRequested wherever the program is.
    """

    def __init__(self, *, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._children: dict[str, _Child] = {}
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._previous: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Supervisor:
        for number in _SIGNALS:
            # Somebody who used nohup wants it to outlive the terminal.
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            self._previous[number] = signal.signal(number, _raise_stop)
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py"))],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C must not leave half of them running.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            self.stop()
        finally:
            for number, handler in self._previous.items():
                signal.signal(number, handler)

    def start(self, spec: ChildSpec) -> None:
        """Start a child; its output is appended to `<logs>/<name>.log`."""
        path = self._logs / f"{spec.name}.log"
        if path.exists() and path.stat().st_size > _LARGEST_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        log = path.open("ab", buffering=0)
        with self._signals_held():
            process = child_start(spec, log=log)
            self._tell_watchdog("+", process.pid)
            self._children[spec.name] = _Child(spec, log, process, time.monotonic())

    def alive(self, name: str) -> bool:
        """Whether the child's process runs at this moment."""
        return self._children[name].process.poll() is None

    def pids(self) -> dict[str, int]:
        """The process number of every child, which is its group's number too."""
        return {name: child.process.pid for name, child in self._children.items()}

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Restart children that end, with growing pauses, until told to stop (or `until` says so)."""
        while not until():
            for child in self._children.values():
                self._look_after(child)
            time.sleep(0.2)

    def stop(self) -> None:
        """End every child and whatever it started, the last one first."""
        for name in reversed(list(self._children)):
            child = self._children.pop(name)
            child_stop(child.process, child.spec)
            self._tell_watchdog("-", child.process.pid)
            child.log.close()
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        name = child.spec.name
        if child.restart_at is None:
            code = child.process.poll()
            if code is None:
                return
            group_end(child.process.pid)
            self._tell_watchdog("-", child.process.pid)
            if now - child.started > _STEADY_SECONDS:
                child.delay = _FIRST_DELAY
            child.restart_at = now + child.delay
            self._say(
                f"{name} ended ({_ending(code)}); starting it again in {child.delay:.0f} s. "
                f"See {self._logs / f'{name}.log'}."
            )
            child.delay = min(child.delay * 2, _LONGEST_DELAY)
        elif now >= child.restart_at:
            with self._signals_held():
                try:
                    child.process = child_start(child.spec, log=child.log)
                except EmbeddedError as error:
                    self._say(str(error))
                    child.restart_at = now + child.delay
                    return
                self._tell_watchdog("+", child.process.pid)
            child.started, child.restart_at = now, None
            child.restarts += 1
            self._say(f"{name} runs again (process {child.process.pid}).")

    def _tell_watchdog(self, sign: str, group: int) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._watchdog.stdin.write(f"{sign}{group}\n".encode())
                self._watchdog.stdin.flush()

    @contextlib.contextmanager
    def _signals_held(self) -> Iterator[None]:
        """No interruption between a process being started and being known."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise StopRequested(signal.Signals(number).name)


def _ending(code: int) -> str:
    return f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def run_here(argv: list[str], *, environment: dict[str, str], folder: Path, quiet: bool = False) -> int:
    """Run a command to its end in the foreground and return its exit status.

    It shares our terminal, so Ctrl-C reaches it directly; a SIGTERM that reaches only us is passed on.
    """
    with subprocess.Popen(
        argv,
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    ) as process:
        try:
            output, _ = process.communicate()
        except StopRequested as stop:
            if str(stop) != "SIGINT":
                process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    if quiet and process.returncode:
        os.write(2, output)
    return process.returncode
