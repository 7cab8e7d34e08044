"""Two departments with a published day and night, contacts and notes, and a view of both."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from scheduling import services
from scheduling.services.views import ViewFields, share_link_create, view_create
from tenancy.rights import Role
from tests.scheduling.tallies.conftest import BY, Ward, ward  # noqa: F401 - a fixture

CELL = "312 555 0142"
NOTE = "Ring twice"
DAY = date(2026, 3, 4)


@pytest.fixture
def seen(ward: Ward) -> Ward:  # noqa: F811
    """Osei with a phone on the night, an open clinic, Vance on trauma; a draft change that nobody published."""
    with ward.tenant.transaction():
        services.person_change(person_id=ward.people[0].public_id, fields={"cell": CELL, "pager": "77"}, **BY)
    ward.place(DAY, ward.night, 0, note=NOTE, call_order=1)
    ward.place(DAY, ward.day, None)
    ward.place(date(2026, 3, 10), ward.trauma, 1)
    ward.place(DAY, ward.leave, 2)
    ward.publish()
    ward.publish(ward.schedules[2])
    ward.place(date(2026, 3, 5), ward.night, 3)  # a draft
    return ward


def view_of(world: Ward, owner: Role = Role.SCHEDULER, name: str = "Both", **fields: Any) -> Any:
    """A view of both departments from March 2, unless something else is said."""
    fields = {
        "selection": {"departments": [world.emergency.id, world.surgery.id]}, "range_kind": "fixed", "range_count": 2,
        "range_first": date(2026, 3, 2), "columns": ["contacts", "notes"], **fields,
    }  # fmt: skip
    account = world.tenant.account(owner)
    with world.tenant.transaction():
        return view_create(owner_id=account.id, fields=ViewFields(name, **fields), **BY)


def link_of(
    world: Ward, view: Any, *, role: Role = Role.SCHEDULER, days: int = 30, contacts: bool = False
) -> tuple[Any, str]:
    """A link to it: (row, path)."""
    account, now = world.tenant.account(role), timezone.now()
    with world.tenant.transaction():
        made, secret = share_link_create(
            view_id=view.public_id, account_id=account.id, label="Lobby", contacts=contacts,
            expires_at=now + timedelta(days=days), actor=BY["actor"], now=now,
        )  # fmt: skip
    return made, f"/share/{world.tenant.slug}/{secret}"


def stranger(address: str = "203.0.113.7") -> Client:
    """A browser that has never been here."""
    return Client(headers={"host": "localhost", "user-agent": "Phone/1"}, REMOTE_ADDR=address)
