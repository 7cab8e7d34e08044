"""The bell, the list of notices, and what one is told."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Notice, NoticePreference
from scheduling.services.notices import notices_leave
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import NOW, Tenant
from tests.scheduling.pages.conftest import soup

EVERYBODY = (200, 200, 200, 200, 200)
ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)


def tell(tenant: Tenant, role: Role = Role.PROVIDER, **more: str) -> Notice:
    account = tenant.account(role)
    with tenant.transaction():
        given = {"kind": "swap.asked", "subject": "Haddad offers you a shift", "link": "/schedules/"} | more
        notices_leave(lines=["OR Call 1 on March 3."], now=NOW, account_ids=[account.id], **given)
        return Notice.objects.filter(account_id=account.id).latest("id")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_its_own_and_nobody_elses(tenant: Tenant, role: Role) -> None:
    mine = tell(tenant, role, subject="Mine")
    others = [tell(tenant, other, subject=f"Of {other}") for other in ROLES if other is not role]
    client = tenant.client(role)
    for name in ("notices", "notices-csv"):
        text = client.get(reverse(name)).content.decode()
        assert "Mine" in text and not any(one.subject in text for one in others)
    assert client.get(reverse("notice-preferences")).status_code == 200
    assert client.post(reverse("notice", args=[mine.public_id])).status_code == 302
    for other in others:
        assert client.post(reverse("notice", args=[other.public_id])).status_code == 404
    client.post(reverse("notices-read"))
    with tenant.transaction():
        assert list(Notice.objects.exclude(read_at=None).values_list("id", flat=True)) == [mine.id]


def test_nobody_signed_in_is_led_to_the_door(tenant: Tenant) -> None:
    one = tell(tenant)
    stranger = Client(headers={"host": "localhost"})
    for name, method in (
        ("notices", "get"), ("notices-csv", "get"), ("notices-read", "post"), ("notice-preferences", "post"),
    ):  # fmt: skip
        assert getattr(stranger, method)(reverse(name))["Location"].startswith("/signin")
    assert stranger.post(reverse("notice", args=[one.public_id]))["Location"].startswith("/signin")
    with tenant.transaction():
        assert not Notice.objects.exclude(read_at=None).exists()


def test_the_bell_counts_and_the_list_opens(tenant: Tenant) -> None:
    one = tell(tenant)
    tell(tenant, subject="Another", link="")
    client = tenant.client(Role.PROVIDER)
    bell = soup(client.get("/schedules/")).select_one(".bell")
    assert bell.get_text(" ", strip=True) == "2 Notices, 2 not read"
    page = soup(client.get(reverse("notices")))
    assert [h.get_text(" ", strip=True) for h in page.select(".notice h2")] == [
        "New Another", "New Haddad offers you a shift",
    ]  # fmt: skip
    answer = client.post(reverse("notice", args=[one.public_id]), {"open": "1", "next": "/notices/"})
    assert answer["Location"] == "/schedules/"
    answer = client.post(reverse("notice", args=[one.public_id]), {"unread": "1", "next": "https://evil.example/"})
    assert answer["Location"] == "/notices/"
    answer = client.post(reverse("notice", args=[one.public_id]), {"read": "1", "next": "/notices/?show=unread"})
    assert answer["Location"] == "/notices/?show=unread"
    assert soup(client.get("/schedules/")).select_one(".bell .count").get_text() == "1"
    assert client.get(reverse("notice", args=[one.public_id])).status_code == 405


def test_filters_order_and_paging_are_in_the_address(tenant: Tenant) -> None:
    for n in range(53):
        tell(tenant, subject=f"Number {n:02}", kind="swap.done" if n % 2 else "swap.asked")
    client = tenant.client(Role.PROVIDER)
    page = soup(client.get(reverse("notices"), {"sort": "oldest", "page": "2"}))
    assert [h.get_text(strip=True)[-9:] for h in page.select(".notice h2")] == ["Number 50", "Number 51", "Number 52"]
    page = soup(client.get(reverse("notices"), {"kind": "swap.done", "q": "5"}))
    assert [h.get_text(strip=True)[-9:] for h in page.select(".notice h2")] == [
        "Number 51", "Number 45", "Number 35", "Number 25", "Number 15", "Number 05",
    ]  # fmt: skip
    lines = client.get(reverse("notices-csv"), {"q": "Number 5"}).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[0] == "When,Zone,About,Subject,Text,Read,E-mail"
    assert lines[1].startswith("2026-02-27 09:00,America/Chicago,Somebody offers me a shift,Number 52,")


def test_preferences_are_saved_and_nonsense_is_refused(tenant: Tenant) -> None:
    client = tenant.client(Role.PROVIDER)
    page = soup(client.get(reverse("notice-preferences")))
    offered = {field["name"] for field in page.select("input[type=radio]")}
    assert "swap.asked" in offered and "request.made" not in offered, "what schedulers decide is not offered to others"
    assert client.post(reverse("notice-preferences"), {"swap.asked": "daily", "swap.done": "none"}).status_code == 302
    page = soup(client.get(reverse("notice-preferences")))
    assert page.select_one("input[name='swap.asked'][checked]")["value"] == "daily"
    refused = client.post(reverse("notice-preferences"), {"swap.asked": "pigeon"})
    assert refused.status_code == 422 and "Choose one of the ways" in refused.content.decode()
    with tenant.transaction():
        assert dict(NoticePreference.objects.values_list("kind", "way")) == {"swap.asked": "daily", "swap.done": "none"}
        assert ChangeEntry.objects.filter(action="account.notices").count() == 1
    assert "request.made" in soup(tenant.client(Role.SCHEDULER).get(reverse("notice-preferences"))).decode()
