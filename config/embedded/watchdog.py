"""The supervisor's second pair of eyes: ends the children when the supervisor was killed without warning.

Run by path with the standard library only. Its standard input is a pipe from the supervisor, with a line
`+<group>` for each process group started and `-<group>` for each one ended. The pipe closes with the
supervisor, however that ends; whatever group is still listed is then ended, newest first. The kernel's own
parent-death signal reaches direct children only, and a worker that ignores it would stay.
"""

from __future__ import annotations

import os
import signal
import sys
import time

_PATIENCE_SECONDS = 8.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        sign, group = line[0], int(line[1:])
        if sign == "+":
            groups.append(group)
        elif group in groups:
            groups.remove(group)
    for group in reversed(groups):
        _send(group, signal.SIGTERM)
        _send(group, signal.SIGINT)  # PostgreSQL's word for "now", where SIGTERM means "when all have left"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and any(_send(group, 0) for group in groups):
        time.sleep(0.1)
    for group in reversed(groups):
        _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> bool:
    """Signal a group; whether it exists."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
