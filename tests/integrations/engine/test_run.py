"""What a run does at the destination: exactly the difference, once, whatever happens on the way."""

from __future__ import annotations

import json
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import Attempt, Incident, LedgerRow, Problem, Run
from integrations.services.alert import alert_send
from integrations.services.claiming import backoff
from integrations.services.connections import connection_resume, connection_retry_rejected
from integrations.services.preview import connection_preview
from scheduling import services
from tenancy.models import Dispatch
from tests.conftest import NOW, ROBOT
from tests.integrations.engine.conftest import DAY, Notebook

BY = {"actor": ROBOT, "now": NOW}


def mails(notebook: Notebook) -> list[str]:
    folder = notebook.folder.parent / "mail"
    alert_send(organization_id=notebook.tenant.id, connection_id=notebook.connection_id, clock=lambda: notebook.now)
    return [path.read_text() for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


def test_a_publication_arrives_and_a_note_is_one_update(notebook: Notebook) -> None:
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(7)]
    notebook.publish()
    assert notebook.deliver() == ["done", "nothing_waits"]
    notebook.assert_in_step()
    assert notebook.requests == ["create"] * 7
    notebook.requests_clear()
    notebook.change(shifts[2], note="Bring the pager")
    notebook.publish()
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert notebook.requests == ["update"]
    notebook.assert_in_step()
    row = notebook.connection()
    assert (row.in_step_number, row.seen_number, row.lease_token) == (2, 2, "")


def test_nothing_new_renders_nothing_and_sends_nothing(notebook: Notebook) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    notebook.deliver()
    notebook.requests_clear()
    with notebook.tenant.transaction():
        from integrations.services.requests import run_request

        run_request(connection_id=notebook.connection_id, triggers=["recurrence"], now=notebook.now)
    with CaptureQueriesContext(connection) as asked:
        assert notebook.deliver() == ["nothing", "nothing_waits"]
    assert notebook.requests == []
    statements = " ".join(one["sql"] for one in asked.captured_queries)
    assert "integrations_connection" in statements
    for table in ("scheduling_publishedshift", "integrations_ledgerrow", "tenancy_secretrow"):
        assert table not in statements, f"an idle run reads {table}"


def test_reassigning_removes_from_one_and_adds_to_the_other(notebook: Notebook) -> None:
    shift = notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    notebook.deliver()
    notebook.requests_clear()
    notebook.change(shift, person_id=notebook.people[1].public_id)
    notebook.publish()
    notebook.deliver()
    assert sorted(notebook.requests) == ["create", "remove"]
    notebook.assert_in_step()


def test_a_lost_answer_makes_no_second_record(notebook: Notebook) -> None:
    for n in range(5):
        notebook.place(DAY + timedelta(days=n), person=notebook.people[0])
    notebook.publish()
    (notebook.folder / "break").write_text("2")
    assert notebook.deliver() == ["failed", "not_yet"]
    notebook.later(seconds=10)
    assert notebook.deliver() == ["failed", "not_yet"]
    notebook.later(seconds=60)
    assert notebook.deliver() == ["done", "nothing_waits"]
    notebook.assert_in_step()
    assert len(notebook.records) == 5


def test_a_record_without_an_id_is_listed_and_told_once(notebook: Notebook) -> None:
    with notebook.tenant.transaction():
        nobody = services.person_create(fields={"last_name": "Without", "first_name": "Id"}, **BY)
    for n in range(3):
        notebook.place(DAY + timedelta(days=n), person=nobody)
    notebook.place(DAY, notebook.night, person=notebook.people[0])
    notebook.publish()
    notebook.account = notebook.tenant.account()
    notebook.deliver()
    with notebook.tenant.transaction():
        problems = list(Problem.objects.values_list("cause", "subject", "count", "closed_at"))
    assert problems == [("no_person_id", "Without, Id", 3, None)]
    letters = mails(notebook)
    assert len(letters) == 1
    assert "Without, Id" in letters[0]
    assert mails(notebook) == letters
    with notebook.tenant.transaction():
        services.person_change(person_id=nobody.public_id, fields={"unique_id": "0099"}, **BY)
    notebook.deliver()
    notebook.assert_in_step()
    with notebook.tenant.transaction():
        assert Problem.objects.filter(closed_at=None).count() == 0


def test_a_refused_record_is_kept_and_retried_when_told_or_daily(notebook: Notebook) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.place(DAY, notebook.night, person=notebook.people[1])
    (notebook.folder / "refuse").write_text(json.dumps(["001"]))
    notebook.publish()
    assert notebook.deliver() == ["done", "nothing_waits"]
    row = notebook.connection()
    assert row.in_step_number == 0  # not in step until every record is
    with notebook.tenant.transaction():
        assert Problem.objects.get().subject == "001"
        assert LedgerRow.objects.get(state="rejected").recipient == "001"
    (notebook.folder / "refuse").unlink()
    notebook.requests_clear()
    with notebook.tenant.transaction():
        connection_retry_rejected(connection_id=row.public_id, actor=ROBOT, now=notebook.now)
    notebook.deliver()
    assert notebook.requests == ["create"]
    notebook.assert_in_step()
    assert notebook.connection().in_step_number == 1


def test_somebody_removed_it_there_and_it_comes_back_as_a_new_one(notebook: Notebook) -> None:
    shift = notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    notebook.deliver()
    for path in notebook.folder.glob("*.json"):
        path.unlink()
    notebook.change(shift, note="x")
    notebook.publish()
    states = notebook.deliver()
    notebook.later(seconds=30)
    states += notebook.deliver()
    notebook.assert_in_step()
    with notebook.tenant.transaction():
        assert LedgerRow.objects.get().generation == 2


def test_removing_too_much_stops_and_asks(notebook: Notebook) -> None:
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(20)]
    notebook.publish()
    notebook.deliver()
    notebook.requests_clear()
    with notebook.tenant.transaction():
        for shift in shifts[:15]:
            services.shift_remove(shift_id=shift.public_id, version=1, **BY)
    notebook.publish()
    assert notebook.deliver() == ["stopped", "nothing_waits"]
    assert notebook.requests == []
    row = notebook.connection()
    assert (row.hold, len(notebook.records)) == ("safety", 20)
    assert "15 of 20" in row.hold_text
    seen = connection_preview(organization_id=notebook.tenant.id, connection_id=row.id, now=notebook.now)
    with notebook.tenant.transaction():
        connection_resume(connection_id=row.public_id, actor=ROBOT, now=notebook.now, removals=seen.removals_digest)
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert notebook.requests == ["remove"] * 15
    notebook.assert_in_step()


def test_what_has_ended_is_left_alone(notebook: Notebook) -> None:
    past = notebook.place(DAY, person=notebook.people[0])
    future = notebook.place(DAY + timedelta(days=10), person=notebook.people[0])
    later = notebook.place(DAY + timedelta(days=11), person=notebook.people[0])
    notebook.publish()
    notebook.deliver()
    notebook.later(days=7)
    notebook.requests_clear()
    with notebook.tenant.transaction():
        for shift in (past, future):
            services.shift_remove(shift_id=shift.public_id, version=1, **BY)
    notebook.publish()
    notebook.deliver()
    assert notebook.requests == ["remove"]
    assert sorted(one["start"] for one in notebook.records) == [past.starts_at.isoformat(), later.starts_at.isoformat()]


def test_three_failures_are_one_incident_and_recovery_is_told(notebook: Notebook) -> None:
    notebook.tenant.account()
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    (notebook.folder / "break").write_text("4")
    for tries in range(4):
        assert notebook.deliver()[0] == "failed"
        notebook.now += backoff(tries, notebook.connection_id) + timedelta(seconds=1)
        mails(notebook)
    assert len(mails(notebook)) == 1
    assert notebook.deliver()[0] == "done"
    letters = mails(notebook)
    assert len(letters) == 2
    assert any("has recovered" in letter for letter in letters)
    with notebook.tenant.transaction():
        assert Incident.objects.get().closed_at is not None
        assert [run.state for run in Run.objects.order_by("id")] == ["failed"] * 4 + ["done"]


def test_another_worker_waits_for_the_lease(notebook: Notebook) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    row = notebook.connection()
    with notebook.tenant.transaction():
        row.lease_token, row.lease_until = "somebody", notebook.now + timedelta(seconds=20)
        row.save()
    assert notebook.deliver() == ["busy"]
    assert notebook.requests == []
    with notebook.tenant.transaction():
        assert Attempt.objects.count() == 0
    due = Dispatch.objects.get(organization_id=notebook.tenant.id, topic="run")
    assert due.due_at == row.lease_until


def test_a_copied_database_does_not_speak(notebook: Notebook, settings) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    settings.ROTACAST_INSTALLATION_ID = "another"
    assert notebook.deliver()[0] == "stopped"
    assert notebook.requests == []
    assert "another installation" in notebook.runs()[-1].text


def test_a_connection_may_look_back(notebook: Notebook) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.later(days=30)
    notebook.publish()
    notebook.deliver()
    assert notebook.records == []
    row = notebook.connection()
    with notebook.tenant.transaction():
        row.settings = {**row.settings, "days_back": 60}
        row.revision += 1
        row.save()
        from integrations.services.requests import run_request

        run_request(connection_id=row.id, triggers=["data_change"], now=notebook.now)
    notebook.deliver()
    assert [one["start"][:10] for one in notebook.records] == ["2026-03-02"]
