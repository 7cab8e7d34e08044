"""`make bench`: the measurements, on private servers of their own."""

from __future__ import annotations

import importlib.util
import sys

from config.commands.variables import arguments, data_folder, say
from config.embedded.serve import main as serve


def main() -> int:
    if importlib.util.find_spec("bench") is None or importlib.util.find_spec("bench.all") is None:
        say("There are no measurements in this checkout (bench/all.py).")
        return 1
    servers = ["--data", str(data_folder(".data/bench")), "--database", "rotacast_bench", "--fresh", "--migrate"]
    return serve([*servers, "--", sys.executable, "-m", "bench.all", *arguments()])


if __name__ == "__main__":
    raise SystemExit(main())
