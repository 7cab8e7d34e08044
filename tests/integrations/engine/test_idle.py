"""A recurrence that finds nothing new: one small transaction, no run to carry out, a history that counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import Connection, Incident, Run
from integrations.services.requests import recurrence_due, run_request
from tenancy.models import Dispatch
from tests.integrations.engine.conftest import DAY, Notebook


def recur(notebook: Notebook) -> None:
    """Ten minutes later the recurrence has come."""
    notebook.later(minutes=10)
    with notebook.tenant.transaction():
        Connection.objects.filter(id=notebook.connection_id).update(next_due_at=notebook.now)
        recurrence_due(connection_id=notebook.connection_id, now=notebook.now)


def history(notebook: Notebook) -> list[tuple[str, list[str], int]]:
    return [(run.state, run.triggers, run.times) for run in notebook.runs()]


def due_at(notebook: Notebook) -> datetime:
    return Dispatch.objects.get(organization_id=notebook.tenant.id, topic="due", ref=notebook.connection_id).due_at


@pytest.fixture
def recurring(notebook: Notebook) -> Notebook:
    """In step, with a recurrence of ten minutes."""
    with notebook.tenant.transaction():
        Connection.objects.filter(id=notebook.connection_id).update(recurrence={"every_minutes": 10})
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    assert notebook.deliver() == ["done", "nothing_waits"]
    notebook.requests_clear()
    return notebook


def test_it_is_answered_by_a_glance_and_counted(recurring: Notebook) -> None:
    with CaptureQueriesContext(connection) as asked:
        recur(recurring)
    first = recurring.now
    statements = " ".join(one["sql"] for one in asked.captured_queries)
    for table in (
        "scheduling_publishedshift",
        "integrations_ledgerrow",
        "integrations_mappingrow",
        "tenancy_secretrow",
    ):
        assert table not in statements
    recur(recurring)
    recur(recurring)
    assert history(recurring)[1:] == [("nothing", ["recurrence"], 3)]
    run, row = recurring.runs()[-1], recurring.connection()
    assert (run.created_at, run.started_at, run.finished_at) == (first, recurring.now, recurring.now)
    assert (row.in_step_at, row.in_step_number) == (recurring.now, 1)
    assert row.next_due_at == due_at(recurring) and recurring.now < due_at(recurring) <= recurring.now + timedelta(
        minutes=10
    )
    assert recurring.deliver() == ["nothing_waits"]
    assert recurring.requests == []


def test_a_publication_makes_it_a_run_again(recurring: Notebook) -> None:
    recur(recurring)
    recurring.place(DAY + timedelta(days=1), person=recurring.people[1])
    recurring.publish()
    recur(recurring)
    assert history(recurring)[-1][0] == "waiting"
    assert recurring.deliver() == ["done", "nothing_waits"]
    recurring.assert_in_step()
    recur(recurring)
    assert [(state, times) for state, _, times in history(recurring)] == [
        ("done", 1),
        ("nothing", 1),
        ("done", 1),
        ("nothing", 1),
    ]


def test_what_waits_or_cannot_deliver_is_not_passed_over(recurring: Notebook) -> None:
    with recurring.tenant.transaction():
        run_request(
            connection_id=recurring.connection_id, triggers=["retry"], now=recurring.now,
            due_at=recurring.now + timedelta(hours=1),
        )  # fmt: skip
    recur(recurring)
    assert history(recurring)[-1][:2] == ("waiting", ["recurrence", "retry"])
    assert recurring.deliver() == ["nothing", "nothing_waits"]
    row = recurring.connection()
    with recurring.tenant.transaction():
        Incident.objects.create(connection=row, code="reset", text="It did not answer.", opened_at=recurring.now)
    recur(recurring)
    assert history(recurring)[-1][:2] == ("waiting", ["recurrence"])


@pytest.mark.parametrize("doubt", ["uncertain", "lease", "fingerprint"])
def test_a_doubt_makes_it_a_run(recurring: Notebook, doubt: str) -> None:
    changes = {
        "uncertain": {"uncertain": True},
        "lease": {"lease_token": "x", "lease_until": recurring.now + timedelta(hours=1)},
        "fingerprint": {"revision": 99},
    }[doubt]
    with recurring.tenant.transaction():
        Connection.objects.filter(id=recurring.connection_id).update(**changes)
    recur(recurring)
    assert history(recurring)[-1][0] == "waiting"
    with recurring.tenant.transaction():
        assert Run.objects.filter(state="nothing").count() == 0
