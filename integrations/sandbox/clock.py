"""The sandbox's own clock, which a test may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The machine's time plus an offset in seconds."""

    def __init__(self) -> None:
        self.offset = 0.0

    def timestamp(self) -> float:
        return time.time() + self.offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)
