"""Every test that needs data makes its own organisation; nothing is rolled back and nothing is shared.

The process connects as the plain application role, as the product does. Organisations are made by the operator's role.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg2
import pytest
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from config.embedded.peers import peer_advice, peer_find
from tenancy.models import Account
from tenancy.rights import Role
from tenancy.services import account_create, organization_create, session_open
from tenancy.tenant import tenant_transaction
from tenancy.tokens import join_token
from tenancy.types import Actor
from tests.fakes.gnupg import Keyring, keyring_made

NOW = datetime(2026, 2, 27, 15, 0, tzinfo=UTC)
ROBOT = Actor(label="Test", source="test")
_numbers = itertools.count(1)

# Machines are shared: how long an example takes says nothing about the product.
hypothesis_settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("shared")


@pytest.fixture(scope="session", autouse=True)
def django_db_setup() -> None:
    """The database was made and migrated before pytest started (`make test`)."""


@pytest.fixture(scope="session", autouse=True)
def _database(django_db_blocker: object) -> Iterator[None]:
    django_db_blocker.unblock()  # type: ignore[attr-defined]
    yield
    django_db_blocker.restore()  # type: ignore[attr-defined]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what needs a program that this machine does not have."""
    for mark in item.iter_markers("peer"):
        for name in mark.args:
            if peer_find(name) is None:
                pytest.skip(peer_advice(name))


class Tenant:
    """An organisation of a test, with accounts made when asked for."""

    def __init__(self, id: int, slug: str) -> None:
        self.id = id
        self.slug = slug
        self._accounts: dict[str, Account] = {}

    def transaction(self):  # type: ignore[no-untyped-def]
        """tenant_transaction of this organisation."""
        return tenant_transaction(self.id)

    def account(self, role: Role = Role.ADMINISTRATOR) -> Account:
        """The account with that role."""
        if role not in self._accounts:
            with self.transaction():
                self._accounts[role] = account_create(
                    email=f"{role}@{self.slug}.example", name=f"{role.title()} Test", role=role, actor=ROBOT, now=NOW
                )
        return self._accounts[role]

    def client(self, role: Role = Role.ADMINISTRATOR) -> Client:
        """A browser signed in with that role."""
        account = self.account(role)
        with self.transaction():
            secret = session_open(account=account, address="127.0.0.1", agent="test", now=datetime.now(UTC))
        client = Client(headers={"host": "localhost"})
        client.cookies["rc_session"] = join_token(self.slug, secret)
        return client


def tenant_new(zone: str = "America/Chicago") -> Tenant:
    """Make an organisation: for tests that need one per example rather than one per test."""
    slug = f"t{next(_numbers)}-{secrets.token_hex(4)}"
    return Tenant(organization_create(slug=slug, name=f"Test {slug}", zone=zone, now=NOW), slug)


@pytest.fixture
def new_tenant() -> Callable[[], Tenant]:
    """Make organisations."""
    return tenant_new


@pytest.fixture
def tenant() -> Tenant:
    """An organisation of its own."""
    return tenant_new()


@pytest.fixture
def owner_cursor() -> Iterator[psycopg2.extensions.cursor]:
    """The database as its owner sees it: everything. Only to look, and to break things on purpose."""
    connection = psycopg2.connect(os.environ["MIGRATOR_DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


@pytest.fixture(scope="module")
def keyring() -> Iterator[Keyring]:
    """Somebody's GnuPG."""
    with keyring_made() as made:
        yield made
