"""Run one delivery in a process of its own that kills itself (SIGKILL) the n-th time it reaches a stage."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    from integrations.services import stages
    from integrations.services.run import connection_run

    organization, connection, now, stage, times, roots = sys.argv[1:]
    settings.ROTACAST_CONNECTOR_ROOTS = roots.split(",")
    if "AUTHORITY" in os.environ:
        settings.ROTACAST_AUTHORITY_FILE = Path(os.environ["AUTHORITY"])
    left = int(times)

    def reached(name: str) -> None:
        nonlocal left
        if name == stage:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    stages.reached = reached
    moment = datetime.fromisoformat(now)
    connection_run(organization_id=int(organization), connection_id=int(connection), clock=lambda: moment)


if __name__ == "__main__":
    main()
