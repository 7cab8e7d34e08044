"""From a publication to people's calendars, through the product's own services and engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integrations.connectors.outlook.connector import CONNECTOR
from integrations.models import Attempt, Connection, LedgerRow, Problem, Run
from integrations.registry import connector
from integrations.services.connections import (
    connection_change,
    connection_create,
    connection_resume,
    connection_state_set,
    connection_test,
    egress_grant,
)
from integrations.services.mapping import MappingInput, mapping_save
from integrations.services.preview import connection_preview
from integrations.services.requests import relay
from integrations.services.run import connection_run
from scheduling import selectors, services
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.sandbox import Sandbox
from tests.integrations.outlook.conftest import ANNA, BEN, settings_for
from tests.scheduling.test_publish import World

DAY = date(2026, 3, 2)
BY = {"actor": ROBOT, "now": NOW}


class Live(World):
    """A department whose Outlook connection is live, into the sandbox."""

    def __init__(self, tenant: Tenant, sandbox: Sandbox) -> None:
        super().__init__(tenant)
        self.sandbox = sandbox
        self.now = datetime(2026, 2, 27, 16, 0, tzinfo=UTC)
        ports = [urlsplit(url).port for url in (sandbox.url, sandbox.tls_url)]
        with tenant.transaction():
            egress_grant(network="127.0.0.0/8", ports=[port for port in ports if port], reason="test", **BY)
            row = connection_create(kind="outlook", name="Outlook", **BY)
            connection_change(
                connection_id=row.public_id,
                settings=settings_for(sandbox),
                secrets={"client_secret": sandbox.client_secret},
                **BY,
            )
            values = {"send_to_outlook": True, "include_schedule_notes": True}
            mapped = [MappingInput(one.public_id, 1, values) for one in (self.day, self.night)]
            mapping_save(connection_id=row.public_id, rows=mapped, **BY)
            connection_state_set(connection_id=row.public_id, state="live", **BY)
        self.connection_id, self.public_id = row.id, row.public_id
        self.upn(0, ANNA)
        self.upn(1, BEN)
        self.deliver()
        sandbox.requests_clear()

    def upn(self, number: int, upn: str) -> None:
        with self.tenant.transaction():
            services.person_change(person_id=self.people[number].public_id, fields={"upn": upn}, **BY)

    def map(self, **values: Any) -> None:
        with self.tenant.transaction():
            rows = [MappingInput(one.public_id, 1, values) for one in (self.day, self.night)]
            mapping_save(connection_id=self.public_id, rows=rows, **BY)

    def deliver(self) -> list[str]:
        """Relay, then run until nothing waits now."""
        states = []
        for _ in range(20):
            with self.tenant.transaction():
                relay(now=self.now)
            state = connection_run(
                organization_id=self.tenant.id, connection_id=self.connection_id, clock=lambda: self.now
            )
            if state in ("nothing_waits", "not_yet", "busy"):
                return [*states, state]
            states.append(state)
        return states

    def until_quiet(self) -> None:
        """Let time pass until no run waits any more."""
        for _ in range(10):
            if self.deliver()[-1] == "nothing_waits":
                return
            self.now += timedelta(seconds=60)
        raise AssertionError("runs keep waiting")

    def calls(self) -> Counter[str]:
        return Counter(one["method"] for one in self.sandbox.requests() if "/users/" in one["path"])

    def assert_in_step(self) -> None:
        """The calendars hold exactly what is published and not over, once each."""
        with self.tenant.transaction():
            wanted = Counter(
                (row.person.upn, row.starts_at, row.ends_at, row.note)
                for row in selectors.published_rows(ends_after=self.now)
                if row.person is not None and row.person.upn
            )
        shown = Counter(
            (upn, _utc(one["start"]), _utc(one["end"]), one["body"]["content"])
            for upn, events in self.sandbox.calendars().items()
            for one in events
            if _utc(one["end"]) > self.now
        )
        assert shown == wanted


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


@pytest.fixture
def live(tenant: Tenant, sandbox: Sandbox, settings: Any, tmp_path: Path) -> Iterator[Live]:
    settings.ROTACAST_AUTHORITY_FILE = sandbox.ca
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    return Live(tenant, sandbox)


def test_the_registry_knows_it() -> None:
    assert connector("outlook") is CONNECTOR and CONNECTOR.kind == "outlook"


def test_a_publication_reaches_the_calendars_and_one_note_is_one_patch(live: Live) -> None:
    shifts = [live.place(DAY + timedelta(days=n), person=live.people[n % 2]) for n in range(14)]
    live.place(DAY, live.night)
    live.place(DAY + timedelta(days=1), live.night, person=live.people[2])
    live.publish()
    assert live.deliver() == ["done", "nothing_waits"]
    assert live.calls() == {"POST": 14}
    live.assert_in_step()
    live.sandbox.requests_clear()
    live.change(shifts[3], note="Bring the pager")
    live.publish()
    assert live.deliver() == ["done", "nothing_waits"]
    assert live.calls() == {"PATCH": 1}
    live.assert_in_step()
    with live.tenant.transaction():
        row = Connection.objects.get(id=live.connection_id)
        assert (row.in_step_number, row.hold) == (2, "")
        assert not Problem.objects.filter(connection=row).exists()


def test_a_swap_moves_the_event(live: Live) -> None:
    shift = live.place(DAY, person=live.people[0])
    live.publish()
    live.deliver()
    live.sandbox.requests_clear()
    live.change(shift, person_id=live.people[1].public_id)
    live.publish()
    live.deliver()
    assert live.calls() == {"DELETE": 1, "POST": 1}
    live.assert_in_step()


def test_there_and_back_again_is_a_new_event(live: Live) -> None:
    shift = live.place(DAY, person=live.people[0])
    live.publish()
    live.deliver()
    for person in (1, 0):
        shift = live.change(shift, person_id=live.people[person].public_id)
        live.publish()
        live.deliver()
    live.assert_in_step()


def test_opting_out_removes_what_is_to_come_and_nothing_that_is_over(live: Live) -> None:
    for n in range(3):
        live.place(DAY + timedelta(days=n), person=live.people[0])
        live.place(DAY + timedelta(days=n), live.night, person=live.people[1])
    live.publish()
    live.deliver()
    live.now = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)  # the first day is over, the second under way
    live.upn(0, "")
    live.sandbox.requests_clear()
    live.until_quiet()
    assert live.calls() == {"DELETE": 2}
    assert [one["start"][:10] for one in live.sandbox.events(ANNA)] == ["2026-03-02"]
    assert len(live.sandbox.events(BEN)) == 3
    with live.tenant.transaction():
        assert not Problem.objects.exists()


def test_a_new_upn_follows_the_mailbox_or_moves_to_another(live: Live) -> None:
    for n in range(4):
        live.place(DAY + timedelta(days=n), person=live.people[0])
    live.publish()
    live.deliver()
    new = "anna.married@alderbay.example"
    live.sandbox.mailbox_change(ANNA, upn=new)
    live.upn(0, new)
    live.until_quiet()
    assert len(live.sandbox.events(new)) == 4
    live.assert_in_step()
    live.sandbox.mailbox_create("anna.other@alderbay.example")
    live.upn(0, "anna.other@alderbay.example")
    live.until_quiet()
    assert live.sandbox.events(new) == []
    live.assert_in_step()


def test_what_a_user_deleted_comes_back_with_the_next_change(live: Live) -> None:
    shift = live.place(DAY, person=live.people[0])
    live.publish()
    live.deliver()
    live.sandbox.user_deletes(ANNA, live.sandbox.events(ANNA)[0]["id"])
    live.change(shift, note="Changed")
    live.publish()
    live.until_quiet()
    live.assert_in_step()
    with live.tenant.transaction():
        row = LedgerRow.objects.get(connection_id=live.connection_id)
        assert (row.state, row.generation) == ("confirmed", 2)


@pytest.mark.parametrize("path", [r"\$batch", "/events"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_lost_answers_lose_and_double_nothing(live: Live, method: str, path: str) -> None:
    if path == r"\$batch":
        method = "POST"
    shifts = [live.place(DAY + timedelta(days=n), person=live.people[n % 2]) for n in range(6)]
    if method != "POST":
        live.publish()
        live.deliver()
        live.change(shifts[0], note="x")
        live.change(shifts[1], person_id=live.people[0].public_id)
    live.sandbox.fault("reset", method=method, path=path, accepted=True, times=2)
    live.publish()
    live.until_quiet()
    assert [one["hits"] for one in live.sandbox.faults()] == [2], "the fault was met"
    live.assert_in_step()
    with live.tenant.transaction():
        assert set(LedgerRow.objects.values_list("state", flat=True)) <= {"confirmed", "removed"}


def test_a_closed_mailbox_is_one_problem_and_the_others_are_served(live: Live) -> None:
    live.sandbox.mailbox_change(ANNA, state="denied")
    for n in range(8):
        live.place(DAY + timedelta(days=n), person=live.people[n % 2])
    live.publish()
    assert live.deliver() == ["done", "nothing_waits"]
    assert len(live.sandbox.events(BEN)) == 4
    with live.tenant.transaction():
        problem = Problem.objects.get(closed_at=None)
        assert (problem.cause, problem.subject, problem.count) == ("ErrorAccessDenied", ANNA, 4)
        assert Run.objects.order_by("-id").first().rejected == 4


def test_a_mapping_edit_patches_and_taking_send_away_removes(live: Live) -> None:
    for n in range(3):
        live.place(DAY + timedelta(days=n), person=live.people[0], note="Seen by colleagues")
    live.publish()
    live.deliver()
    live.sandbox.requests_clear()
    live.map(
        send_to_outlook=True,
        include_schedule_notes=False,
        include_assignment_information=True,
        send_as_free=True,
    )
    live.until_quiet()
    assert live.calls() == {"PATCH": 3}
    shown = live.sandbox.events(ANNA)
    assert {(one["showAs"], one["body"]["content"]) for one in shown} == {("free", "ED Day")}
    live.sandbox.requests_clear()
    live.map(send_to_outlook=False)
    assert live.deliver() == ["stopped", "nothing_waits"], "nothing would be left: a person is asked"
    assert live.calls() == {}
    seen = connection_preview(organization_id=live.tenant.id, connection_id=live.connection_id, now=live.now)
    with live.tenant.transaction():
        connection_resume(connection_id=live.public_id, actor=ROBOT, now=live.now, removals=seen.removals_digest)
    live.until_quiet()
    assert live.calls() == {"DELETE": 3}
    assert live.sandbox.events(ANNA) == []


def test_a_wrong_secret_stops_the_connection_and_is_nowhere_to_be_read(live: Live) -> None:
    planted = "planted-secret-5d1c"
    with live.tenant.transaction():
        connection_change(connection_id=live.public_id, secrets={"client_secret": planted}, **BY)
    live.place(DAY, person=live.people[0])
    live.publish()
    assert live.deliver()[0] == "stopped"
    with live.tenant.transaction():
        row = Connection.objects.get(id=live.connection_id)
        assert row.hold == "config" and "client secret is wrong" in row.hold_text
        told = [
            row.hold_text,
            *Run.objects.values_list("text", flat=True),
            *Attempt.objects.values_list("text", flat=True),
        ]
    assert not any(planted in one for one in told)


def test_the_connection_test_passes_through_the_service(live: Live) -> None:
    found = connection_test(organization_id=live.tenant.id, connection_id=live.public_id, clock=lambda: live.now)
    assert [one.state for one in found] == ["passed", "passed", "skipped", "skipped", "skipped"]


def test_a_shadow_asks_nothing_of_microsoft_and_shows_what_it_would(live: Live) -> None:
    with live.tenant.transaction():
        connection_state_set(connection_id=live.public_id, state="shadow", actor=ROBOT, now=live.now)
    live.sandbox.requests_clear()
    for n in range(3):
        live.place(DAY + timedelta(days=n), person=live.people[n % 2])
    live.publish()
    live.until_quiet()
    assert live.sandbox.requests() == [], "not even a sign-in"
    with live.tenant.transaction():
        run = Run.objects.order_by("-id")[0]
        assert (run.lane, run.state, run.added) == ("shadow", "done", 3)
        would = Attempt.objects.filter(run_id=run.id).order_by("id")
        assert {(one.kind, one.result) for one in would} == {("create", "shadow")}
        assert {one.recipient for one in would} == {ANNA, BEN}
        assert all(one.request["subject"] for one in would)
        connection_state_set(connection_id=live.public_id, state="live", actor=ROBOT, now=live.now)
    live.until_quiet()
    live.assert_in_step()
