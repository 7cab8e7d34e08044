"""Real concurrency for tests: threads with database connections of their own, and waiting for one to wait on another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg2.extensions
from django.db import connections

PATIENCE = 30.0  # seconds; only a test that would hang reaches it


class Thread:
    """A function in a thread of its own. `result` waits for it, and raises what it raised."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error
        finally:
            connections.close_all()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Any:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the thread hangs"
        if self._error is not None:
            raise self._error
        return self._result


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each in a thread; their results in order."""
    barrier = threading.Barrier(len(functions), timeout=PATIENCE)

    def started(function: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            barrier.wait()
            return function()

        return run

    return [thread.result() for thread in [Thread(started(one)) for one in functions]]


def wait_for_lock(cursor: psycopg2.extensions.cursor) -> None:
    """Return once some session waits for a lock that another holds."""
    for _ in range(int(PATIENCE / 0.02)):
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        if cursor.fetchone()[0]:
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
