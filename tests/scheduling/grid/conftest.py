"""The small department of the page tests, and the actor that its scheduler is."""

from __future__ import annotations

import pytest

from tenancy.rights import Role
from tenancy.types import Actor
from tests.scheduling.pages.conftest import World, browser, world

__all__ = ["browser", "other", "scheduler", "world"]


def scheduler(world: World) -> Actor:
    """The department's scheduler."""
    return Actor(label="Scheduler Test", source="editor", account_id=world.tenant.account(Role.SCHEDULER).id)


def administrator(world: World) -> Actor:
    """Somebody else who may edit."""
    return Actor(label="M. Ostrander", source="editor", account_id=world.tenant.account(Role.ADMINISTRATOR).id)


@pytest.fixture
def other(world: World) -> Actor:
    """The second scheduler."""
    return administrator(world)
