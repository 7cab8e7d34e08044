"""Off, shadow, test, live: what each sends where, what it remembers, and what being switched in the middle of a run does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import Attempt, Connection, Incident, LedgerRow, Run
from integrations.services import stages
from integrations.services.connections import (
    connection_change,
    connection_pause,
    connection_resume,
    connection_run_now,
    connection_state_set,
)
from integrations.services.cutover import ConfirmationLapsed, connection_go_live
from integrations.services.preview import connection_preview
from integrations.services.requests import recurrence_due, run_request
from integrations.services.run import connection_run
from scheduling import services
from tenancy.models import ChangeEntry, Dispatch
from tenancy.types import RefusedError
from tests.conftest import NOW, ROBOT
from tests.integrations.engine.conftest import DAY, Notebook


def switch(notebook: Notebook, state: str) -> Connection:
    with notebook.tenant.transaction():
        public_id = Connection.objects.get(id=notebook.connection_id).public_id
        return connection_state_set(connection_id=public_id, state=state, actor=ROBOT, now=notebook.now)


def ledger(notebook: Notebook, lane: str) -> list[str]:
    with notebook.tenant.transaction():
        rows = LedgerRow.objects.filter(connection_id=notebook.connection_id, lane=lane)
        return list(rows.order_by("starts_at").values_list("state", flat=True))


def run_once(notebook: Notebook) -> str:
    return connection_run(
        organization_id=notebook.tenant.id, connection_id=notebook.connection_id, clock=lambda: notebook.now
    )


def test_shadow_does_everything_but_send(notebook: Notebook) -> None:
    switch(notebook, "shadow")
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(4)]
    notebook.publish()
    assert notebook.deliver() == ["done", "nothing_waits"]
    run = notebook.runs()[-1]
    assert (run.lane, run.added, run.state) == ("shadow", 4, "done")
    assert ledger(notebook, "shadow") == ["confirmed"] * 4
    assert ledger(notebook, "live") == []
    with notebook.tenant.transaction():
        attempts = list(Attempt.objects.filter(run_id=run.id).values_list("kind", "result"))
    assert attempts == [("create", "shadow")] * 4
    row = notebook.connection()
    assert (row.in_step_number, row.seen_number) == (1, 1)
    notebook.change(shifts[0], note="x")
    notebook.publish()
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert (notebook.runs()[-1].changed, notebook.runs()[-1].added) == (1, 0), "compared with what shadow did before"
    assert (notebook.requests, notebook.records) == ([], [])
    switch(notebook, "live")
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert notebook.requests == ["create"] * 4
    notebook.assert_in_step()


def test_test_has_its_own_destination_and_ledger_and_live_keeps_its_own(notebook: Notebook) -> None:
    for n in range(3):
        notebook.place(DAY + timedelta(days=n), person=notebook.people[0])
    notebook.publish()
    notebook.deliver()
    notebook.requests_clear()
    row = notebook.connection()
    assert (row.in_step_number, ledger(notebook, "live")) == (1, ["confirmed"] * 3)
    with pytest.raises(RefusedError, match="Folder of the test destination is not set"):
        switch(notebook, "test")
    trial = notebook.folder.parent / "trial"
    trial.mkdir()
    with notebook.tenant.transaction():
        connection_change(
            connection_id=row.public_id, test_settings={"folder": str(trial)}, actor=ROBOT, now=notebook.now
        )
    switch(notebook, "test")
    row = notebook.connection()
    assert (row.fingerprint, row.seen_number, row.in_step_number, row.in_step_at) == ("", 0, 0, None)
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert len(list(trial.glob("*.json"))) == 3
    assert notebook.requests == [], "nothing reached the live destination"
    assert ledger(notebook, "test") == ["confirmed"] * 3
    assert notebook.runs()[-1].lane == "test"
    switch(notebook, "live")
    assert notebook.connection().in_step_number == 1, "what live was in step with is known again"
    assert notebook.deliver() == ["nothing", "nothing_waits"]
    assert notebook.requests == [], "live has these three already, and knows it"
    assert (notebook.runs()[-1].full, notebook.runs()[-1].unchanged) == (True, 3)
    switch(notebook, "test")
    assert ledger(notebook, "test") == [], "test begins anew each time"
    assert ledger(notebook, "live") == ["confirmed"] * 3


def test_a_switch_in_the_middle_of_a_run_stops_its_sending(notebook: Notebook, monkeypatch: Any) -> None:
    for n in range(5):
        notebook.place(DAY + timedelta(days=n), person=notebook.people[0])
    notebook.publish()
    switched = []

    def reached(stage: str) -> None:
        if stage == "effect-after" and not switched:
            switched.append(stage)
            switch(notebook, "shadow")

    monkeypatch.setattr(stages, "reached", reached)
    assert notebook.deliver() == ["lease_lost", "busy"], "nobody begins while the last effect may be in flight"
    assert notebook.requests == ["create"], "the second record did not leave"
    assert [(run.state, run.code, run.lane) for run in notebook.runs()[:1]] == [("stopped", "switched", "live")]
    notebook.later(seconds=60)
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert notebook.requests == ["create"]
    switch(notebook, "live")
    assert notebook.deliver()[0] == "done"
    notebook.assert_in_step()
    assert len(notebook.records) == 5, "the one that left before the switch was found, not doubled"


def test_what_waits_does_not_cross_into_another_lane(notebook: Notebook) -> None:
    notebook.deliver()
    with notebook.tenant.transaction():
        run_request(connection_id=notebook.connection_id, triggers=["replay"], now=notebook.now, artifact_id=77)
    switch(notebook, "shadow")
    waiting = [run for run in notebook.runs() if run.state == "waiting"]
    assert [(run.triggers, run.full, run.artifact_id) for run in waiting] == [(["manual"], True, None)]
    assert [run.code for run in notebook.runs() if run.artifact_id == 77] == ["switched"]


def test_trouble_of_one_lane_is_not_told_as_recovered_by_another(notebook: Notebook) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    (notebook.folder / "break").write_text("9")
    for _ in range(4):
        notebook.deliver()
        notebook.later(seconds=600)
    with notebook.tenant.transaction():
        assert Incident.objects.filter(closed_at=None).count() == 1
    switch(notebook, "shadow")
    notebook.later(seconds=60)
    assert notebook.deliver()[0] == "done"
    with notebook.tenant.transaction():
        incident = Incident.objects.get()
        assert incident.closed_at is not None
        assert incident.closed_told_at == incident.closed_at, "no letter that it has recovered"


def test_recurrence_publication_and_change_reach_every_running_state(notebook: Notebook) -> None:
    for state in ("shadow", "live"):
        switch(notebook, state)
        notebook.deliver()
        row = notebook.connection()
        with notebook.tenant.transaction():
            due = Dispatch.objects.get(organization_id=notebook.tenant.id, topic="due", ref=row.id).due_at
            assert due == datetime(2026, 2, 28, 9, 10, tzinfo=UTC), "the nightly look"
            recurrence_due(connection_id=row.id, now=due)
        assert [run.triggers for run in notebook.runs() if run.state == "waiting"] == [["recurrence"]], state
    switch(notebook, "off")
    with notebook.tenant.transaction():
        assert not Dispatch.objects.filter(organization_id=notebook.tenant.id, topic="due").exists()
        with pytest.raises(RefusedError, match="does not send now"):
            connection_run_now(connection_id=row.public_id, actor=ROBOT, now=notebook.now)


def test_an_empty_snapshot_where_there_was_one_stops_however_small(notebook: Notebook) -> None:
    shift = notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    notebook.deliver()
    with notebook.tenant.transaction():
        services.shift_remove(shift_id=shift.public_id, version=1, actor=ROBOT, now=NOW)
    notebook.publish()
    row = notebook.connection()
    with notebook.tenant.transaction():
        connection_run_now(connection_id=row.public_id, full=True, actor=ROBOT, now=notebook.now)
    assert notebook.deliver() == ["stopped", "nothing_waits"]
    assert (notebook.connection().hold, len(notebook.records)) == ("safety", 1)
    seen = connection_preview(organization_id=notebook.tenant.id, connection_id=row.id, now=notebook.now)
    assert (seen.emptied, seen.desired, seen.delivered) == (True, 0, 1)
    with notebook.tenant.transaction():
        connection_resume(connection_id=row.public_id, actor=ROBOT, now=notebook.now, removals=seen.removals_digest)
        assert Run.objects.get(state="waiting").full, "a full run that was stopped is full again"
    assert notebook.deliver() == ["done", "nothing_waits"]
    assert notebook.records == []


@pytest.mark.parametrize(("percent", "expected"), [(60, "stopped"), (80, "done")])
def test_the_safety_share_is_the_connections_own(notebook: Notebook, percent: int, expected: str) -> None:
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(20)]
    notebook.publish()
    notebook.deliver()
    with notebook.tenant.transaction():
        row = Connection.objects.get(id=notebook.connection_id)
        connection_change(
            connection_id=row.public_id, watch={"safety_percent": str(percent)}, actor=ROBOT, now=notebook.now
        )
        for shift in shifts[:15]:
            services.shift_remove(shift_id=shift.public_id, version=1, actor=ROBOT, now=NOW)
    notebook.publish()
    assert notebook.deliver()[0] == expected


def test_a_confirmation_travels_with_the_run_it_was_given_for(notebook: Notebook) -> None:
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(20)]
    notebook.publish()
    notebook.deliver()
    with notebook.tenant.transaction():
        for shift in shifts[:15]:
            services.shift_remove(shift_id=shift.public_id, version=1, actor=ROBOT, now=NOW)
    notebook.publish()
    seen = connection_preview(
        organization_id=notebook.tenant.id, connection_id=notebook.connection_id, now=notebook.now
    )
    with notebook.tenant.transaction():
        run_request(
            connection_id=notebook.connection_id,
            triggers=["publish"],
            now=notebook.now,
            confirmed_removals=seen.removals_digest,
        )
    assert notebook.deliver()[0] == "done"
    assert len(notebook.records) == 5
    assert notebook.connection().confirmed_removals == "", "it is used up"


def test_going_live_binds_to_the_numbers_that_were_shown(notebook: Notebook) -> None:
    switch(notebook, "off")
    for n in range(3):
        notebook.place(DAY + timedelta(days=n), person=notebook.people[0])
    notebook.publish()
    row = notebook.connection()
    asked = {"organization_id": notebook.tenant.id, "connection_id": row.public_id, "actor": ROBOT}
    clock = {"clock": lambda: notebook.now}
    seen = connection_preview(
        organization_id=notebook.tenant.id, connection_id=row.id, now=notebook.now, state="live", with_file=False
    )
    notebook.place(DAY + timedelta(days=3), person=notebook.people[0])
    notebook.publish()
    with pytest.raises(ConfirmationLapsed) as lapsed:
        connection_go_live(confirmed=seen.digest, **asked, **clock)
    assert notebook.connection().state == "off"
    assert lapsed.value.preview.plan.count("create") == 4
    connection_go_live(confirmed=lapsed.value.preview.digest, **asked, **clock)
    assert notebook.connection().state == "live"
    with notebook.tenant.transaction():
        entry = ChangeEntry.objects.get(action="connection.live")
        assert entry.after == {
            "state": "live", "hold": "", "adds": 4, "changes": 0, "removals": 0, "left_out": 0,
        }  # fmt: skip
    assert notebook.deliver()[0] == "done"
    notebook.assert_in_step()


def test_after_a_pause_there_is_one_run_however_many_were_missed(notebook: Notebook) -> None:
    row = notebook.connection()
    with notebook.tenant.transaction():
        connection_change(connection_id=row.public_id, recurrence={"every_minutes": 10}, actor=ROBOT, now=notebook.now)
    notebook.deliver()
    with notebook.tenant.transaction():
        connection_pause(connection_id=row.public_id, actor=ROBOT, now=notebook.now)
    for _ in range(6):
        notebook.later(minutes=10)
        with notebook.tenant.transaction():
            recurrence_due(connection_id=row.id, now=notebook.now)
        assert notebook.deliver() == ["nothing_waits"]
    before = len(notebook.runs())
    notebook.later(minutes=3)
    with notebook.tenant.transaction():
        connection_resume(connection_id=row.public_id, actor=ROBOT, now=notebook.now)
    assert len(notebook.runs()) == before + 1
    due = notebook.connection().next_due_at
    assert due is not None and notebook.now < due <= notebook.now + timedelta(minutes=10)
    assert len(notebook.deliver()) == 2
