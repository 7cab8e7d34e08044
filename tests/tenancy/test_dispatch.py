"""The wake-up table: fair turns, leases, and many claiming at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from tenancy.dispatch import Due, claim_due, settle, wake

LEASE = timedelta(minutes=2)


# These tests claim across organisations. Their now lies in a past in which nothing of any other test is due.
NOW = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _cleared():
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenancy_dispatch WHERE topic = 'test'")


def rest(organization_id: int, topic: str = "test", ref: int = 0) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT due_at FROM tenancy_dispatch WHERE organization_id = %s AND topic = %s AND ref = %s",
            [organization_id, topic, ref],
        )
        row = cursor.fetchone()
    return row and row[0].astimezone(UTC)


def test_due_means_due(tenant) -> None:
    wake(organization_id=tenant.id, topic="test", due_at=NOW)
    assert claim_due(now=NOW - timedelta(seconds=1), lease=LEASE) == []
    assert claim_due(now=NOW, lease=LEASE) == [Due(tenant.id, "test", 0)]
    assert rest(tenant.id) == NOW + LEASE


def test_waking_makes_earlier_and_never_later(tenant) -> None:
    for minutes, expected in ((10, 10), (20, 10), (5, 5)):
        wake(organization_id=tenant.id, topic="test", due_at=NOW + timedelta(minutes=minutes))
        assert rest(tenant.id) == NOW + timedelta(minutes=expected)


def test_what_a_dead_worker_held_is_due_again_after_the_lease(tenant) -> None:
    wake(organization_id=tenant.id, topic="test", due_at=NOW)
    claim_due(now=NOW, lease=LEASE)
    assert claim_due(now=NOW + LEASE - timedelta(seconds=1), lease=LEASE) == []
    assert claim_due(now=NOW + LEASE, lease=LEASE) == [Due(tenant.id, "test", 0)]


def test_settled_is_gone_or_due_again(tenant) -> None:
    for ref in (1, 2):
        wake(organization_id=tenant.id, topic="test", ref=ref, due_at=NOW)
    settle(organization_id=tenant.id, topic="test", ref=1)
    settle(organization_id=tenant.id, topic="test", ref=2, next_due_at=NOW + timedelta(hours=1))
    assert rest(tenant.id, ref=1) is None
    assert rest(tenant.id, ref=2) == NOW + timedelta(hours=1)
    settle(organization_id=tenant.id, topic="test", ref=3, next_due_at=NOW)
    assert rest(tenant.id, ref=3) == NOW


def test_waking_and_settling_belong_to_the_callers_transaction(tenant) -> None:
    with pytest.raises(RuntimeError), tenant.transaction():
        wake(organization_id=tenant.id, topic="test", due_at=NOW)
        raise RuntimeError
    assert rest(tenant.id) is None
    wake(organization_id=tenant.id, topic="test", due_at=NOW)
    with pytest.raises(RuntimeError), transaction.atomic():
        settle(organization_id=tenant.id, topic="test")
        raise RuntimeError
    assert rest(tenant.id) == NOW


def test_a_backlog_does_not_starve_the_others(new_tenant) -> None:
    """A thousand due things of one organisation, older than one thing of each of five others: all five are in the first ten."""
    greedy, others = new_tenant(), [new_tenant() for _ in range(5)]
    for ref in range(1000):
        wake(organization_id=greedy.id, topic="test", ref=ref, due_at=NOW - timedelta(hours=2))
    for tenant in others:
        wake(organization_id=tenant.id, topic="test", due_at=NOW - timedelta(seconds=1))
    first = Counter(due.organization_id for due in claim_due(now=NOW, lease=LEASE, limit=10))
    assert first == {greedy.id: 5, **{tenant.id: 1 for tenant in others}}
    second = claim_due(now=NOW, lease=LEASE, limit=10)
    assert Counter(due.organization_id for due in second) == {greedy.id: 10}


def test_one_organisation_only_when_asked(new_tenant) -> None:
    one, other = new_tenant(), new_tenant()
    for tenant in (one, other):
        wake(organization_id=tenant.id, topic="test", due_at=NOW)
    assert claim_due(now=NOW, lease=LEASE, only=one.id) == [Due(one.id, "test", 0)]
    assert claim_due(now=NOW, lease=LEASE) == [Due(other.id, "test", 0)]


def test_many_workers_claim_everything_once(new_tenant) -> None:
    """Eight threads on eight connections, 600 due things of three organisations: each is claimed by exactly one."""
    tenants = [new_tenant() for _ in range(3)]
    for tenant in tenants:
        for ref in range(200):
            wake(organization_id=tenant.id, topic="test", ref=ref, due_at=NOW)
    claimed: list[Due] = []
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait(timeout=30)
            misses = 0
            while misses < 20:
                found = claim_due(now=NOW, lease=LEASE, limit=7)
                claimed.extend(found)
                misses = 0 if found else misses + 1
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failures == []
    assert Counter(claimed) == {Due(tenant.id, "test", ref): 1 for tenant in tenants for ref in range(200)}


def test_a_wake_while_the_work_runs_is_not_lost_by_a_later_lease(tenant) -> None:
    """Work arrives while a worker holds the claim: it is due at once, not only when the lease ends."""
    wake(organization_id=tenant.id, topic="test", due_at=NOW)
    claim_due(now=NOW, lease=LEASE)
    wake(organization_id=tenant.id, topic="test", due_at=NOW + timedelta(seconds=1))
    assert claim_due(now=NOW + timedelta(seconds=1), lease=LEASE) == [Due(tenant.id, "test", 0)]
