"""Throttling per mailbox: how many requests at once, and how many in a window of time."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from integrations.sandbox.clock import Clock
from integrations.sandbox.vendors.graph.errors import GraphError
from integrations.sandbox.vendors.graph.settings import GraphSettings


class Limits:
    """Counts requests by mailbox. Refused ones count too, as the service does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight: dict[str, int] = defaultdict(int)
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def enter(self, key: str, settings: GraphSettings) -> int:
        """Begin a request; the answer is how many are then in flight. Follow with ``leave``.

        Raises GraphError 429 when it is one too many; then there is nothing to leave.
        """
        with self._lock:
            wait = self._wait(key, settings)
            if wait is not None:
                raise _throttled("MailboxRequestRate", wait)
            if self._in_flight[key] >= settings.mailbox_concurrency:
                raise _throttled("MailboxConcurrency", settings.retry_after_seconds)
            self._in_flight[key] += 1
            return self._in_flight[key]

    def leave(self, key: str) -> None:
        with self._lock:
            self._in_flight[key] -= 1

    def clear(self) -> None:
        with self._lock:
            self._recent.clear()

    def _wait(self, key: str, settings: GraphSettings) -> float | None:
        now = self._clock.timestamp()
        recent = self._recent[key]
        while recent and recent[0] <= now - settings.mailbox_window_seconds:
            recent.popleft()
        recent.append(now)
        excess = len(recent) - settings.mailbox_requests
        if excess <= 0:
            return None
        return max(0.001, recent[excess - 1] + settings.mailbox_window_seconds - now)


def _throttled(limit: str, seconds: float) -> GraphError:
    return GraphError(
        429,
        "ApplicationThrottled",
        f"Application is over its {limit} limit.",
        headers={"Retry-After": f"{seconds:.3f}"},
    )
