"""What the broker holds is little, so that turns are taken in the database: nobody's thousand things stand before another's one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from integrations import tasks
from tenancy.dispatch import wake
from tenancy.models import Dispatch
from tests.conftest import Tenant, tenant_new


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int | str]]:
    found: list[dict[str, int | str]] = []
    monkeypatch.setattr(tasks.handle, "apply_async", lambda kwargs, **_: found.append(kwargs))
    return found


@pytest.fixture
def crowded() -> list[Tenant]:
    """One organisation with fifty things due for longer than anybody's, and three with one each; removed afterwards."""
    tenants = [tenant_new() for _ in range(4)]
    old = datetime(1991, 1, 1, tzinfo=UTC)  # before anything of another test
    for number in range(50):
        wake(organization_id=tenants[0].id, topic="due", ref=number, due_at=old)
    for tenant in tenants[1:]:
        wake(organization_id=tenant.id, topic="due", ref=1, due_at=old + timedelta(hours=1))
    yield tenants
    Dispatch.objects.filter(organization_id__in=[one.id for one in tenants]).delete()


def test_no_more_is_handed_out_than_there_is_room_for(
    crowded: list[Tenant], handed: list[dict[str, int | str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_handed_out", lambda: 12)
    assert tasks.tick() == 4
    assert {one["organization_id"] for one in handed} == {one.id for one in crowded}, "each in its turn"
    monkeypatch.setattr(tasks, "_handed_out", lambda: 16)
    assert tasks.tick() == 0
    assert len(handed) == 4


def test_a_worker_that_is_done_hands_out_what_is_due_next(
    crowded: list[Tenant], handed: list[dict[str, int | str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_handed_out", lambda: len(handed))
    monkeypatch.setattr(tasks, "_do", lambda *_: None)
    tasks.handle(organization_id=crowded[1].id, topic="due", ref=1)
    assert len(handed) == 16
    turns = Counter(one["organization_id"] for one in handed)
    assert {turns[one.id] for one in crowded[1:]} == {1}
    tasks.handle(organization_id=crowded[1].id, topic="due", ref=1)
    assert len(handed) == 16, "enough waits already"
