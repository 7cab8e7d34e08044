"""Workers, relays and publishers at the same moment: no record twice, no request forgotten, no organisation starved."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from integrations.models import Connection, Run
from integrations.services import claiming, requests
from integrations.services.claiming import run_claim
from integrations.services.requests import DUE, RUN, recurrence_due, relay, run_request
from integrations.services.run import connection_run
from scheduling import services
from scheduling.models import Outbox
from scheduling.types import Audience
from tenancy.dispatch import claim_due, wake
from tenancy.models import Dispatch
from tenancy.tenant import tenant_transaction
from tests.conftest import NOW, ROBOT, Tenant, tenant_new
from tests.fakes.threads import PATIENCE, Thread, at_once, wait_for_lock
from tests.integrations.engine.conftest import DAY, Notebook

SETTLED = {"nothing_waits", "not_yet", "busy"}


def run_once(notebook: Notebook) -> str:
    return connection_run(
        organization_id=notebook.tenant.id, connection_id=notebook.connection_id, clock=lambda: notebook.now
    )


def waiting(notebook: Notebook) -> list[Run]:
    return [run for run in notebook.runs() if run.state == "waiting"]


def wakes(notebook: Notebook, topic: str = RUN) -> list[datetime]:
    found = Dispatch.objects.filter(organization_id=notebook.tenant.id, topic=topic)
    return list(found.values_list("due_at", flat=True))


def settled(notebook: Notebook) -> None:
    """Nothing left: the first look at an idle connection, so that a test begins with nothing waiting."""
    notebook.deliver()
    assert waiting(notebook) == []
    assert wakes(notebook) == []


def test_two_workers_on_one_connection_deliver_each_record_once(notebook: Notebook) -> None:
    for n in range(20):
        notebook.place(DAY + timedelta(days=n), person=notebook.people[n % 3])
    notebook.publish()
    with notebook.tenant.transaction():
        relay(now=notebook.now)
    states = at_once(*[lambda: run_once(notebook)] * 3)
    assert sorted(states) in (
        ["busy", "busy", "done"],
        ["busy", "done", "nothing_waits"],
        ["done"] + ["nothing_waits"] * 2,
    )
    assert notebook.requests == ["create"] * 20
    notebook.assert_in_step()


def test_workers_and_publishers_at_once_end_in_step(notebook: Notebook) -> None:
    """Everybody at the same time, for real; then what is due is done, and nothing is missing or twice."""
    shifts = [notebook.place(DAY + timedelta(days=n), person=notebook.people[0]) for n in range(6)]
    notebook.publish()
    done = threading.Event()

    def publish() -> None:
        try:
            for turn in range(4):
                for shift in shifts[turn % 2 :: 2]:
                    with notebook.tenant.transaction():
                        current = services_version(shift.public_id)
                        services.shift_change(
                            shift_id=shift.public_id,
                            version=current,
                            fields={"note": f"turn {turn}"},
                            actor=ROBOT,
                            now=NOW,
                        )
                notebook.publish()
        finally:
            done.set()

    def work() -> list[str]:
        seen = []
        while not done.is_set():
            with notebook.tenant.transaction():
                relay(now=notebook.now)
            seen.append(run_once(notebook))
        return seen

    _, *seen = at_once(publish, work, work)
    assert {state for states in seen for state in states} <= SETTLED | {"done", "nothing"}
    notebook.deliver()
    notebook.assert_in_step()
    assert Counter(notebook.requests)["create"] == 6
    assert waiting(notebook) == []
    assert wakes(notebook) == []


def services_version(public_id) -> int:
    from scheduling.models import Shift

    return Shift.objects.values_list("version", flat=True).get(public_id=public_id)


def test_a_request_before_its_commit_is_not_forgotten_by_a_claim_that_finds_nothing(
    notebook: Notebook, owner_cursor
) -> None:
    """The claim must not take the wake-up row of a request that it cannot see yet."""
    settled(notebook)
    wake_row(notebook)
    asked, look = threading.Event(), threading.Event()

    def ask() -> None:
        with notebook.tenant.transaction():
            run_request(connection_id=notebook.connection_id, triggers=["publish"], now=notebook.now)
            asked.set()
            assert look.wait(PATIENCE)

    def claim() -> str:
        assert asked.wait(PATIENCE)
        return run_once(notebook)

    asking, claiming_ = Thread(ask), Thread(claim)
    wait_for_lock(owner_cursor)
    look.set()
    asking.result()
    state = claiming_.result()
    left = waiting(notebook)
    assert state != "nothing_waits" or not left
    assert not left or wakes(notebook), "a run that waits has a wake-up"
    notebook.deliver()
    assert waiting(notebook) == []


def wake_row(notebook: Notebook) -> None:
    """A wake-up from before, as a doubled nudge leaves it."""
    with notebook.tenant.transaction():
        wake(organization_id=notebook.tenant.id, topic=RUN, ref=notebook.connection_id, due_at=notebook.now)


def test_a_reason_added_while_the_run_is_claimed_is_carried_out(notebook: Notebook, owner_cursor) -> None:
    """“Send everything” pressed at the moment a worker takes the waiting run: this run does it, or the next one."""
    settled(notebook)
    with notebook.tenant.transaction():
        run_request(connection_id=notebook.connection_id, triggers=["publish"], now=notebook.now)
    asked, look = threading.Event(), threading.Event()

    def ask() -> None:
        with notebook.tenant.transaction():
            run_request(connection_id=notebook.connection_id, triggers=["manual"], now=notebook.now, full=True)
            asked.set()
            assert look.wait(PATIENCE)

    def claim() -> object:
        assert asked.wait(PATIENCE)
        return run_claim(notebook.tenant.id, notebook.connection_id, lambda: notebook.now)

    asking, claims = Thread(ask), Thread(claim)
    wait_for_lock(owner_cursor)
    look.set()
    asking.result()
    taken = claims.result()
    assert not isinstance(taken, str)
    left = waiting(notebook)
    assert (taken.full and "manual" in taken.triggers) or any(one.full and "manual" in one.triggers for one in left)


def test_a_request_that_waits_for_a_claim_becomes_a_run_of_its_own(
    notebook: Notebook, owner_cursor, monkeypatch
) -> None:
    settled(notebook)
    with notebook.tenant.transaction():
        run_request(connection_id=notebook.connection_id, triggers=["publish"], now=notebook.now)
    taken, look = threading.Event(), threading.Event()
    problem = claiming.installation_problem

    def slowly(installation_id: str) -> object:
        taken.set()
        assert look.wait(PATIENCE)
        return problem(installation_id)

    monkeypatch.setattr(claiming, "installation_problem", slowly)
    worker = Thread(lambda: run_claim(notebook.tenant.id, notebook.connection_id, lambda: notebook.now))

    def ask() -> None:
        assert taken.wait(PATIENCE)
        with notebook.tenant.transaction():
            run_request(connection_id=notebook.connection_id, triggers=["manual"], now=notebook.now, full=True)

    asking = Thread(ask)
    wait_for_lock(owner_cursor)
    look.set()
    claimed = worker.result()
    asking.result()
    assert (claimed.full, claimed.triggers) == (False, ("publish",))
    assert [(one.full, one.triggers) for one in waiting(notebook)] == [(True, ["manual"])]
    assert wakes(notebook) == [notebook.now]


def test_requests_and_claims_at_random_never_deadlock_and_lose_nothing(notebook: Notebook) -> None:
    settled(notebook)

    def ask() -> None:
        for _ in range(15):
            with notebook.tenant.transaction():
                run_request(connection_id=notebook.connection_id, triggers=["publish"], now=notebook.now)

    def work() -> list[str]:
        return [run_once(notebook) for _ in range(15)]

    at_once(ask, ask, work, work)
    assert not waiting(notebook) or wakes(notebook)
    notebook.deliver()
    assert waiting(notebook) == []
    assert {run.state for run in notebook.runs()} <= {"done", "nothing"}


def test_work_left_while_the_relay_settles_is_relayed(notebook: Notebook, owner_cursor, monkeypatch) -> None:
    """The relay has forgotten the wake-up and read the outbox, and has not committed: what is left now must wake it again."""
    settled(notebook)
    notebook.place(DAY, person=notebook.people[0])
    read, look = threading.Event(), threading.Event()
    outbox_waiting = requests.selectors.outbox_waiting

    def slowly() -> object:
        items = outbox_waiting()
        read.set()
        assert look.wait(PATIENCE)
        return items

    with notebook.tenant.transaction():
        wake(organization_id=notebook.tenant.id, topic="relay", due_at=notebook.now)
    monkeypatch.setattr(requests.selectors, "outbox_waiting", slowly)

    def settle_it() -> int:
        with notebook.tenant.transaction():
            return relay(now=notebook.now)

    def publish() -> object:
        assert read.wait(PATIENCE)
        return notebook.publish()

    relaying, publishing = Thread(settle_it), Thread(publish)
    wait_for_lock(owner_cursor)
    look.set()
    assert relaying.result() == 0
    assert publishing.result().number == 1
    monkeypatch.undo()
    assert wakes(notebook, "relay") == [NOW], "work that remains has a wake-up"
    notebook.deliver()
    notebook.assert_in_step()


def test_work_under_way_while_the_relay_begins_is_relayed(notebook: Notebook, owner_cursor) -> None:
    """The publisher has left work and has not committed: the relay waits for it, or leaves its wake-up alone."""
    settled(notebook)
    notebook.place(DAY, person=notebook.people[0])
    with notebook.tenant.transaction():
        wake(organization_id=notebook.tenant.id, topic="relay", due_at=notebook.now)
    left, look = threading.Event(), threading.Event()

    def publish() -> None:
        with notebook.tenant.transaction():
            services.schedule_publish(
                schedule_id=notebook.schedule.public_id, audience=Audience.EVERYONE, actor=ROBOT, now=NOW
            )
            left.set()
            assert look.wait(PATIENCE)

    def settle_it() -> int:
        assert left.wait(PATIENCE)
        with notebook.tenant.transaction():
            return relay(now=notebook.now)

    publishing, relaying = Thread(publish), Thread(settle_it)
    wait_for_lock(owner_cursor)
    look.set()
    publishing.result()
    relayed = relaying.result()
    with notebook.tenant.transaction():
        assert relayed == 1 or (Outbox.objects.exists() and wakes(notebook, "relay"))
    notebook.deliver()
    notebook.assert_in_step()


def test_two_relays_at_once_ask_for_one_run(notebook: Notebook) -> None:
    settled(notebook)
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()

    def one() -> int:
        with notebook.tenant.transaction():
            return relay(now=notebook.now)

    assert sorted(at_once(one, one, one)) == [0, 0, 1]
    assert len(waiting(notebook)) == 1


def test_a_missed_recurrence_is_one_run_and_the_next_one_is_ahead(notebook: Notebook) -> None:
    settled(notebook)
    with notebook.tenant.transaction():
        Connection.objects.filter(id=notebook.connection_id).update(
            recurrence={"every_minutes": 5}, next_due_at=notebook.now - timedelta(hours=7), revision=99
        )

    def due() -> None:
        with notebook.tenant.transaction():
            recurrence_due(connection_id=notebook.connection_id, now=notebook.now)

    at_once(due, due)
    due()
    assert [one.triggers for one in waiting(notebook)] == [["recurrence"]]
    row = notebook.connection()
    assert notebook.now < row.next_due_at <= notebook.now + timedelta(minutes=5)
    assert wakes(notebook, DUE) == [row.next_due_at]
    notebook.deliver()
    due()
    assert waiting(notebook) == [], "it is not due yet"


@pytest.fixture
def crowd() -> list[Tenant]:
    """One organisation with a thousand due rows, older than everybody's, and four with one row each. Removed afterwards."""
    tenants = [tenant_new() for _ in range(5)]
    with tenant_transaction(tenants[0].id):
        Dispatch.objects.bulk_create(
            [
                Dispatch(organization_id=tenants[0].id, topic=RUN, ref=ref, due_at=LONG_AGO - timedelta(days=1), turn=0)
                for ref in range(1000)
            ]
        )
    for tenant in tenants[1:]:
        with tenant_transaction(tenant.id):
            wake(organization_id=tenant.id, topic=RUN, ref=1, due_at=LONG_AGO)
    yield tenants
    Dispatch.objects.filter(organization_id__in=[tenant.id for tenant in tenants]).delete()


LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)  # before whatever other tests left due


def test_one_organisations_thousand_rows_do_not_starve_anothers(crowd: list[Tenant]) -> None:
    loud, *quiet = (tenant.id for tenant in crowd)
    first = claim_due(now=LONG_AGO, lease=timedelta(seconds=30), limit=10)
    counted = Counter(one.organization_id for one in first)
    assert counted == {loud: 6, **dict.fromkeys(quiet, 1)}, "everybody's first, then the turns of the loud one"


def test_claims_at_once_take_each_row_once(crowd: list[Tenant]) -> None:
    taken: list[tuple[int, int]] = []
    lock = threading.Lock()

    def claim() -> None:
        for _ in range(5):
            found = claim_due(now=LONG_AGO, lease=timedelta(seconds=30), limit=100)
            with lock:
                taken.extend((one.organization_id, one.ref) for one in found)
            time.sleep(0.001)

    at_once(claim, claim, claim)
    for _ in range(11):
        taken += [(one.organization_id, one.ref) for one in claim_due(now=LONG_AGO, lease=timedelta(seconds=30))]
    assert Counter(taken).most_common(1)[0][1] == 1
    assert len(taken) == 1004
