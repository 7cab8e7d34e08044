"""Run by the tests of the supervisor: two children, one of which has a child of its own that ignores SIGTERM."""

from __future__ import annotations

import sys
from pathlib import Path

from config.embedded.children import ChildSpec
from config.embedded.supervisor import StopRequested, Supervisor

FAMILY = (
    "import subprocess, sys, time;"
    "stubborn = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)';"
    "subprocess.Popen([sys.executable, '-c', stubborn, sys.argv[1]]);"
    "time.sleep(600)"
)
SINGLE = "import time; time.sleep(600)"


def main(logs: Path, mark: str) -> None:
    with Supervisor(logs=logs, say=lambda text: print(text, flush=True)) as supervisor:
        for name, code in (("family", FAMILY), ("single", SINGLE)):
            supervisor.start(ChildSpec(name=name, argv=(sys.executable, "-c", code, mark)))
        print("started", supervisor.pids(), flush=True)
        try:
            supervisor.watch()
        except StopRequested as stop:
            print(f"stopping on {stop}", flush=True)
    print("stopped", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
