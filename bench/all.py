"""Every measurement there is, one process after another: `python -m bench.all`. Arguments go to each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = (
    "export",
    "warehouse",
    "window",
    "delta",
    "idle",
    "api",
    "oncall",
    "today",
    "grid",
    "freshness",
    "tenants",
    "backup",
)


def present() -> list[str]:
    """The measurements whose module exists."""
    folder = Path(__file__).parent
    return [name for name in NAMES if (folder / f"{name}.py").is_file()]


def main(arguments: list[str]) -> int:
    """Run them; 1 when any missed a target or broke."""
    missed = [
        name for name in present() if subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments]).returncode
    ]
    if missed:
        print(f"Missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
