"""A worker that is killed at any step of a run, before or after any effect, loses nothing and doubles nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from integrations.models import Run
from integrations.services.requests import relay
from scheduling import services
from tests.conftest import NOW, ROBOT
from tests.integrations.engine.conftest import DAY, Notebook

STEPS = [
    ("read", 1), ("intended", 1), ("effect-before", 1), ("effect-before", 2), ("effect-after", 1), ("effect-after", 3),
    ("sent", 1), ("recorded", 1), ("intended", 2), ("effect-after", 5), ("sent", 2), ("recorded", 2),
]  # fmt: skip


def killed_run(notebook: Notebook, stage: str, times: int) -> None:
    """Run in another process until it is killed at the stage."""
    with notebook.tenant.transaction():
        relay(now=notebook.now)
    arguments = [
        notebook.tenant.id,
        notebook.connection_id,
        notebook.now.isoformat(),
        stage,
        times,
        "tests.fakes.connectors",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.killed", *map(str, arguments)], check=False, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "times"), STEPS)
def test_killed_while_delivering_what_was_published(notebook: Notebook, stage: str, times: int) -> None:
    for n in range(5):
        notebook.place(DAY + timedelta(days=n), person=notebook.people[n % 3])
    notebook.publish()
    killed_run(notebook, stage, times)
    notebook.later(seconds=5)
    assert notebook.deliver() == ["busy"], "the lease of the dead still holds"
    notebook.later(seconds=60)
    notebook.deliver()
    notebook.assert_in_step()
    with notebook.tenant.transaction():
        states = list(Run.objects.order_by("id").values_list("state", "code"))
    assert states[0] == ("failed", "worker_died")
    assert states[-1][0] in ("done", "nothing")
    assert notebook.connection().in_step_number == 1


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "times"), STEPS[:8])
def test_killed_in_the_middle_of_changes_that_change_again(notebook: Notebook, stage: str, times: int) -> None:
    """The schedule moves on between the kill and the next run: a change, a removal and a reassignment."""
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(4)]
    notebook.publish()
    notebook.deliver()
    changed = notebook.change(shifts[0], note="first wording")
    moved = notebook.change(shifts[1], person_id=notebook.people[1].public_id)
    notebook.place(DAY + timedelta(days=6), person=notebook.people[2])
    notebook.publish()
    killed_run(notebook, stage, times)
    notebook.change(changed, note="second wording")
    notebook.change(moved, person_id=notebook.people[2].public_id)
    with notebook.tenant.transaction():
        services.shift_remove(shift_id=shifts[2].public_id, version=1, actor=ROBOT, now=NOW)
    notebook.publish()
    notebook.later(seconds=60)
    notebook.deliver()
    notebook.later(seconds=60)
    notebook.deliver()
    notebook.assert_in_step()
