"""Signing in, being refused, sessions and their ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tenancy.models import Account, AccountSession, ChangeEntry
from tenancy.rights import Role
from tenancy.selectors import session_account
from tenancy.services import account_create, session_close, session_open, session_seen, sign_in
from tenancy.tokens import join_token, secret_hash, split_token
from tenancy.types import RefusedError
from tests.conftest import NOW, ROBOT

PASSWORD = "correct horse battery"
EMAIL = "ada@example.org"


@pytest.fixture
def account(tenant) -> Account:
    with tenant.transaction():
        return account_create(
            email=EMAIL, name="Ada Ames", role=Role.SCHEDULER, actor=ROBOT, now=NOW, password=PASSWORD
        )


def attempt(tenant, password: str, *, email: str = EMAIL, now: datetime = NOW):
    with tenant.transaction():
        return sign_in(email=email, password=password, address="10.1.2.3", agent="Browser", now=now)


def test_the_right_password_opens_a_session(tenant, account) -> None:
    signed_in, secret = attempt(tenant, PASSWORD, email=" ADA@example.org ")
    assert signed_in.id == account.id
    with tenant.transaction():
        info = session_account(secret=secret, now=NOW)
        assert (info.email, info.role, info.initials) == (EMAIL, Role.SCHEDULER, "AA")
        session = AccountSession.objects.get()
        assert bytes(session.secret_hash) == secret_hash(secret)
        assert (session.address, session.agent) == ("10.1.2.3", "Browser")
        assert secret not in str(AccountSession.objects.values().get())
        assert ChangeEntry.objects.filter(action="session.open", address="10.1.2.3").count() == 1
        assert Account.objects.get().password.startswith("argon2$argon2id$")


def test_every_refusal_reads_the_same(tenant, account) -> None:
    with tenant.transaction():
        Account.objects.create(
            email="off@x.example", name="Off", role="viewer", subject="off@x.example", created_at=NOW, is_active=False
        )
        Account.objects.create(email="sso@x.example", name="S", role="viewer", subject="sso@x.example", created_at=NOW)
    refusals = [
        attempt(tenant, "wrong password"),
        attempt(tenant, PASSWORD, email="nobody@example.org"),
        attempt(tenant, PASSWORD, email="off@x.example"),
        attempt(tenant, "", email="sso@x.example"),
    ]
    assert all(isinstance(refusal, RefusedError) for refusal in refusals)
    assert len({refusal.text for refusal in refusals}) == 1
    with tenant.transaction():
        assert ChangeEntry.objects.filter(action="session.refuse").count() == 4
        assert AccountSession.objects.count() == 0


def test_five_failures_rest_the_account_for_five_minutes(tenant, account) -> None:
    for second in range(4):
        assert isinstance(attempt(tenant, "wrong", now=NOW + timedelta(seconds=second)), RefusedError)
    with tenant.transaction():
        assert Account.objects.get().failures == 4
        assert Account.objects.get().locked_until is None
    last = NOW + timedelta(seconds=4)
    attempt(tenant, "wrong", now=last)
    with tenant.transaction():
        assert Account.objects.get().locked_until == last + timedelta(minutes=5)
    almost = last + timedelta(minutes=5) - timedelta(seconds=1)
    assert isinstance(attempt(tenant, PASSWORD, now=almost), RefusedError)
    assert isinstance(attempt(tenant, "wrong", now=almost), RefusedError)  # a rest is not prolonged
    assert not isinstance(attempt(tenant, PASSWORD, now=last + timedelta(minutes=5)), RefusedError)
    with tenant.transaction():
        assert (Account.objects.get().failures, Account.objects.get().locked_until) == (0, None)


def test_a_success_forgets_earlier_failures(tenant, account) -> None:
    for _ in range(3):
        for _ in range(4):
            attempt(tenant, "wrong")
        assert not isinstance(attempt(tenant, PASSWORD), RefusedError)


def test_the_same_person_in_two_organisations_is_two_accounts(tenant, account, new_tenant) -> None:
    other = new_tenant()
    assert isinstance(attempt(other, PASSWORD), RefusedError)
    with tenant.transaction():
        assert ChangeEntry.objects.filter(action="session.refuse").count() == 0


def test_a_session_ends_when_idle_and_lives_when_used(tenant, account) -> None:
    _, secret = attempt(tenant, PASSWORD)
    with tenant.transaction():
        session_id = session_account(secret=secret, now=NOW).session_id
        session_seen(session_id=session_id, now=NOW + timedelta(minutes=4))
        assert AccountSession.objects.get().expires_at == NOW + timedelta(hours=12)
        session_seen(session_id=session_id, now=NOW + timedelta(hours=6))
        assert AccountSession.objects.get().expires_at == NOW + timedelta(hours=18)
        assert session_account(secret=secret, now=NOW + timedelta(hours=18, seconds=-1)) is not None
        assert session_account(secret=secret, now=NOW + timedelta(hours=18)) is None


def test_a_closed_session_and_a_disabled_account_end_at_once(tenant, account) -> None:
    (_, first), (_, second) = attempt(tenant, PASSWORD), attempt(tenant, PASSWORD)
    with tenant.transaction():
        session_close(session_ids=[session_account(secret=first, now=NOW).session_id])
        assert session_account(secret=first, now=NOW) is None
        assert session_account(secret=second, now=NOW) is not None
        Account.objects.update(is_active=False)
        assert session_account(secret=second, now=NOW) is None


def test_a_cookie_counts_only_in_the_organisation_that_it_names(tenant, account, new_tenant, owner_cursor) -> None:
    now = datetime.now(UTC)
    with tenant.transaction():
        secret = session_open(account=account, address="", agent="", now=now)

    def account_seen(cookie: str):
        client = Client(headers={"host": "localhost"})
        client.cookies["rc_session"] = cookie
        return client.get("/").wsgi_request.account

    assert account_seen(join_token(tenant.slug, secret)).email == EMAIL
    for cookie in (
        join_token(new_tenant().slug, secret),
        join_token("nobody", secret),
        join_token(tenant.slug, secret + "x"),
        secret,
        "",
        ".",
        f"{tenant.slug}.",
        f"{tenant.slug}.{'x' * 300}",
        f"{tenant.slug};DROP.{secret}",
    ):
        assert account_seen(cookie) is None, cookie
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'suspended' WHERE id = %s", [tenant.id])
    assert account_seen(join_token(tenant.slug, secret)) is None


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"password": "elevenchars"}, "at least 12"), ({"email": EMAIL.upper()}, "exists already")],
)
def test_accounts_that_cannot_be(tenant, account, fields, text) -> None:
    values = {"email": "new@example.org", "name": "N", "role": Role.VIEWER, "actor": ROBOT, "now": NOW, **fields}
    with tenant.transaction(), pytest.raises(RefusedError, match=text):
        account_create(**values)


@pytest.mark.parametrize("text", ["", ".", "a.", ".b", "a", "a b.c", "ä!.c", "x." + "y" * 200])
def test_texts_that_were_never_tokens(text: str) -> None:
    assert split_token(text) is None


def test_a_token_comes_apart_as_it_was_joined() -> None:
    assert split_token(join_token("north-side_1", "se.cret")) == ("north-side_1", "se.cret")
