"""Signing in and out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tenancy.models import AccountSession, ChangeEntry
from tenancy.rights import Role
from tenancy.services import account_create, organization_domain_add
from tests.conftest import NOW, ROBOT, Tenant
from tests.scheduling.pages.conftest import soup, text_of

PASSWORD = "correct horse battery"
REFUSED = "The e-mail or the password is not right, or the account is locked for a few minutes."


@pytest.fixture
def email(tenant: Tenant) -> str:
    with tenant.transaction():
        organization_domain_add(domain=f"{tenant.slug}.example", actor=ROBOT, now=NOW)
        account_create(
            email=f"a@{tenant.slug}.example",
            name="A B",
            role=Role.ADMINISTRATOR,
            actor=ROBOT,
            now=NOW,
            password=PASSWORD,
        )
    return f"a@{tenant.slug}.example"


def _browser() -> Client:
    return Client(headers={"host": "localhost"})


def test_the_domain_of_the_email_finds_the_organisation(tenant: Tenant, email: str) -> None:
    client = _browser()
    response = client.post(reverse("signin"), {"email": email, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    cookie = response.cookies["rc_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert client.get("/")["Location"] == reverse("schedules")
    assert client.get(reverse("schedules")).status_code == 200


def test_the_address_may_name_the_organisation(tenant: Tenant) -> None:
    with tenant.transaction():
        account_create(email="x@elsewhere.example", name="X", role=Role.IT, actor=ROBOT, now=NOW, password=PASSWORD)
    data = {"email": "x@elsewhere.example", "password": PASSWORD}
    assert _browser().post(reverse("signin"), data).status_code == 422
    url = reverse("signin-organization", args=[tenant.slug])
    assert f"To Test {tenant.slug}." in text_of(soup(_browser().get(url)))
    assert _browser().post(url, data).status_code == 302
    assert _browser().get(reverse("signin-organization", args=["no-such-place"])).status_code == 404


@pytest.mark.parametrize("wrong", ["password", "account", "domain"])
def test_every_failure_says_the_same(tenant: Tenant, email: str, wrong: str) -> None:
    data = {
        "password": {"email": email, "password": "wrong wrong wrong"},
        "account": {"email": f"nobody@{tenant.slug}.example", "password": PASSWORD},
        "domain": {"email": "a@unknown.example", "password": PASSWORD},
    }[wrong]
    client = _browser()
    response = client.post(reverse("signin"), data)
    assert response.status_code == 422
    assert text_of(soup(response).select_one('[role="alert"]')) == REFUSED
    assert "rc_session" not in client.cookies


def test_after_five_failures_the_right_password_rests_too(tenant: Tenant, email: str) -> None:
    for _ in range(5):
        _browser().post(reverse("signin"), {"email": email, "password": "wrong wrong wrong"})
    assert _browser().post(reverse("signin"), {"email": email, "password": PASSWORD}).status_code == 422


def test_the_page_that_was_wanted_comes_next_and_other_sites_never(tenant: Tenant, email: str) -> None:
    away = _browser().get(reverse("people"))
    assert away["Location"] == "/signin?next=%2Fpeople%2F"
    data = {"email": email, "password": PASSWORD}
    assert _browser().post(reverse("signin"), {**data, "next": "/people/"})["Location"] == "/people/"
    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"):
        assert _browser().post(reverse("signin"), {**data, "next": evil})["Location"] == "/"


def test_signing_out_ends_the_session_in_the_database(tenant: Tenant, email: str) -> None:
    client = _browser()
    client.post(reverse("signin"), {"email": email, "password": PASSWORD})
    kept = client.cookies["rc_session"].value
    assert client.get(reverse("signout")).status_code == 405
    client.post(reverse("signout"))
    with tenant.transaction():
        assert AccountSession.objects.filter(expires_at__gt=datetime.now(UTC)).count() == 0
        assert ChangeEntry.objects.filter(action="session.open").count() == 1
    client.cookies["rc_session"] = kept
    assert client.get(reverse("schedules"))["Location"].startswith("/signin")


def test_pages_carry_a_policy_that_lets_no_inline_script_run(tenant: Tenant) -> None:
    for response in (_browser().get(reverse("signin")), tenant.client().get(reverse("schedules"))):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        page = soup(response)
        assert page.select("[style]") == []
        assert all(node.get("src", "").startswith("/static/") and not node.get_text() for node in page.select("script"))
        assert [name for node in page.find_all(True) for name in node.attrs if name.startswith("on")] == []


def test_the_theme_is_drawn_by_the_server(tenant: Tenant) -> None:
    client = _browser()
    assert soup(client.get(reverse("signin"))).html.get("data-theme") is None
    client.cookies["rc_theme"] = "dark"
    assert soup(client.get(reverse("signin"))).html["data-theme"] == "dark"
    client.cookies["rc_theme"] = '"><script>'
    assert soup(client.get(reverse("signin"))).html.get("data-theme") is None
