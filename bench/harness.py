"""One way to measure: ours against a floor in the same run, alternating, medians, a table over three sizes, a target.

A measurement is a function from a size to a Line. `run` calls it for three sizes and prints the table, which shows how the cost
grows. The target is for the largest size: the exit code says whether it was reached.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Action = Callable[[], object]


@dataclass(frozen=True)
class Line:
    """One size: seconds of the floor and of ours, further figures to print, and what missed a target of its own."""

    rows: int
    floor: float
    ours: float
    figures: dict[str, str] = field(default_factory=dict)
    misses: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.ours / self.floor


@dataclass(frozen=True)
class Bench:
    """A measurement with its name, what it compares, and the ratio it must not exceed at its largest size."""

    name: str
    floor: str
    ours: str
    target: float
    measure: Callable[[int, int], Line]  # (rows, repetitions)
    rows: int  # the largest size unless told
    repetitions: int = 9
    steps: Sequence[int] = (100, 10, 1)  # the three sizes are rows divided by these
    smallest: int = 1


def alternate(floor: Action, ours: Action, *, repetitions: int, inner: int = 1) -> tuple[float, float]:
    """Median seconds per call of both, taken in turns so that a noisy machine disturbs both alike.

    Each repetition calls one side `inner` times and then the other; which goes first alternates. One warm-up round is not counted.
    """
    taken: dict[Action, list[float]] = {floor: [], ours: []}
    for turn in range(-1, repetitions):
        for action in (floor, ours) if turn % 2 else (ours, floor):
            started = time.perf_counter()
            for _ in range(inner):
                action()
            if turn >= 0:
                taken[action].append((time.perf_counter() - started) / inner)
    return statistics.median(taken[floor]), statistics.median(taken[ours])


def run(bench: Bench, arguments: Sequence[str] | None = None) -> int:
    """Measure three sizes, print the table, return 0 when the largest reached its target and 1 otherwise."""
    options = _options(bench, arguments)
    sizes = sorted({max(bench.smallest, options.rows // step) for step in bench.steps})
    print(f"{bench.name}: {bench.ours}\n  floor: {bench.floor}\n  target: at most {bench.target:g} x", flush=True)
    lines = []
    for size in sizes:
        print(f"  measuring {size:,} rows …", file=sys.stderr, flush=True)
        lines.append(bench.measure(size, options.repetitions))
    print(_table(bench, lines))
    missed = [
        f"{line.rows:,} rows: {line.ratio:.2f} x is above {bench.target:g} x"
        for line in lines[-1:]
        if _over(bench, line)
    ]
    missed += [f"{line.rows:,} rows: {miss}" for line in lines for miss in line.misses]
    for miss in missed:
        print(f"  MISSED {miss}")
    print(f"  {'missed' if missed else 'reached'}\n", flush=True)
    return 1 if missed else 0


def _over(bench: Bench, line: Line) -> bool:
    return round(line.ratio, 2) > bench.target


def _table(bench: Bench, lines: Sequence[Line]) -> str:
    names = list(dict.fromkeys(name for line in lines for name in line.figures))
    head = ["rows", "floor", "ours", "ratio", "target", *names]
    body = [
        [
            f"{line.rows:,}",
            duration(line.floor),
            duration(line.ours),
            f"{line.ratio:.2f} x",
            f"{bench.target:g} x",
            *(line.figures.get(name, "") for name in names),
        ]
        for line in lines
    ]
    widths = [max(len(row[n]) for row in [head, *body]) for n in range(len(head))]
    return "\n".join(
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *body]
    )


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} us"


def _options(bench: Bench, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{bench.name}", description=f"{bench.ours} against {bench.floor}"
    )
    parser.add_argument(
        "--rows", type=int, default=bench.rows, help="the largest of three sizes (default: %(default)s)"
    )
    parser.add_argument(
        "--repetitions", type=int, default=bench.repetitions, help="turns per side (default: %(default)s)"
    )
    return parser.parse_args(arguments)
