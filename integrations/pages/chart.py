"""The small history chart: bars as SVG attributes, so that no style stands in the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.types import RunInfo

WIDTH, HEIGHT, FLOOR = 192, 28, 25
_TALLEST, _LOWEST = 20, 3


@dataclass(frozen=True)
class Bar:
    """One run: `tone` is ok, retry or bad."""

    x: int
    y: int
    height: int
    tone: str


@dataclass(frozen=True)
class Chart:
    """Bars from the oldest to the newest, and what they say."""

    bars: tuple[Bar, ...]
    label: str


def chart_of(runs: Sequence[RunInfo]) -> Chart | None:
    """The chart of ended runs, or None when there is none."""
    ended = [run for run in runs if run.finished_at is not None and run.code != "switched"]
    if not ended:
        return None
    step = WIDTH // max(len(ended), 12)
    most = max(max(map(_records, ended)), 1)
    bars = []
    for index, run in enumerate(ended):
        height = max(_LOWEST, round(_TALLEST * _records(run) / most))
        bars.append(Bar(index * step, FLOOR - height, height, _tone(run)))
    return Chart(tuple(bars), _label(ended))


def _records(run: RunInfo) -> int:
    return run.rows or run.added + run.changed + run.removed


def _tone(run: RunInfo) -> str:
    if run.state in ("failed", "stopped"):
        return "bad"
    return "retry" if run.tries or run.rejected else "ok"


def _label(runs: Sequence[RunInfo]) -> str:
    failed = sum(1 for run in runs if run.state == "failed")
    stopped = sum(1 for run in runs if run.state == "stopped")
    parts = [f"{len(runs) - failed - stopped} delivered or in step"]
    parts += [f"{count} {word}" for count, word in ((failed, "failed"), (stopped, "stopped")) if count]
    return f"Last {len(runs)} runs: {', '.join(parts)}" if len(runs) > 1 else f"One run: {parts[-1]}"
