"""A worker that is killed while it speaks with Microsoft Graph: every event is there, once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from integrations.services.requests import relay
from tests.integrations.outlook.conftest import graph_process, sandbox  # noqa: F401  fixtures
from tests.integrations.outlook.test_engine import DAY, Live, live  # noqa: F401  fixtures


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "times"), [("read", 1), ("intended", 1), ("sent", 1), ("recorded", 1)])
def test_killed_at_each_step(live: Live, stage: str, times: int) -> None:  # noqa: F811
    shifts = [live.place(DAY + timedelta(days=n), person=live.people[n % 2]) for n in range(6)]
    live.publish()
    live.deliver()
    live.change(shifts[0], note="changed")
    live.change(shifts[1], person_id=live.people[0].public_id)
    live.place(DAY + timedelta(days=8), person=live.people[1])
    live.publish()
    with live.tenant.transaction():
        relay(now=live.now)
    arguments = [live.tenant.id, live.connection_id, live.now.isoformat(), stage, times, "integrations.connectors"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.killed", *map(str, arguments)],
        check=False,
        capture_output=True,
        timeout=60,
        env={**os.environ, "AUTHORITY": str(live.sandbox.ca)},
    )
    assert done.returncode == -9, done.stderr.decode()
    live.now += timedelta(minutes=5)
    live.until_quiet()
    live.assert_in_step()
