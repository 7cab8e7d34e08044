"""The page of private networks: what may be granted, by whom, and what stays closed whatever is granted."""

from __future__ import annotations

import ipaddress
import uuid

import pytest
from django.test import Client

from egress.guard import AddressPolicy, Grant
from integrations.models import EgressGrant
from integrations.services.connections import egress_grant
from integrations.services.reading import address_policy
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import NOW, ROBOT, Tenant
from tests.integrations.pages.conftest import said, soup, url

ENTERED = {"network": "10.20.0.0/24", "ports": "22, 443", "reason": "The interface engine, asked for by IT"}


@pytest.fixture(autouse=True)
def grantable(settings) -> None:
    settings.ROTACAST_EGRESS_GRANTABLE = "10.0.0.0/8, 192.168.0.0/16"


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    return tenant.client()


def grants(tenant: Tenant) -> list[tuple[str, list[int], str]]:
    with tenant.transaction():
        return list(EgressGrant.objects.order_by("id").values_list("network", "ports", "reason"))


def policy(tenant: Tenant) -> AddressPolicy:
    with tenant.transaction():
        return address_policy()


def test_a_grant_opens_a_network_and_taking_it_back_closes_it(tenant: Tenant, browser: Client) -> None:
    inside = ipaddress.ip_address("10.20.0.9")
    assert policy(tenant).refusal(inside, 22) is not None
    assert browser.post(url("network"), ENTERED).status_code == 302
    assert grants(tenant) == [("10.20.0.0/24", [22, 443], ENTERED["reason"])]
    assert policy(tenant).refusal(inside, 22) is None and policy(tenant).refusal(inside, 80) is not None
    page = browser.get(url("network"))
    assert "10.20.0.0/24" in said(page) and "The interface engine" in said(page) and "Administrator Test" in said(page)
    remove = soup(page).select_one("form[action$=remove]")["action"]
    assert browser.post(remove).status_code == 302
    assert grants(tenant) == [] and policy(tenant).refusal(inside, 22) is not None
    assert browser.post(remove).status_code == 404
    with tenant.transaction():
        acts = list(
            ChangeEntry.objects.filter(action__startswith="egress").order_by("id").values_list("action", flat=True)
        )
    assert acts == ["egress.grant", "egress.revoke"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("network", "127.0.0.1", "Only networks inside 10.0.0.0/8, 192.168.0.0/16"),
        ("network", "::1", "Only networks inside"),
        ("network", "169.254.169.254", "never reached, whatever is granted"),
        ("network", "0.0.0.0/0", "never reached, whatever is granted"),
        ("network", "8.8.8.8", "Public addresses need no grant"),
        ("network", "172.16.0.0/12", "Only networks inside"),
        ("network", "10.0.0.0/7", "Only networks inside"),
        ("network", "10.0.0.0/4", "whose last part is zero"),
        ("network", "8.0.0.0/5", "Public addresses need no grant"),
        ("network", "10.20.0.1/24", "whose last part is zero"),
        ("network", "sftp.example", "Enter an address such as"),
        ("network", "", "Enter an address such as"),
        ("ports", "0", "one to 20 ports"),
        ("ports", "22 70000", "one to 20 ports"),
        ("ports", "22-25", "one to 20 ports"),
        ("ports", "", "one to 20 ports"),
        ("ports", ",".join(map(str, range(1, 22))), "one to 20 ports"),
        ("reason", "  ", "Say what is reached there"),
    ],
)
def test_what_is_not_theirs_to_grant_is_refused_at_its_field(
    tenant: Tenant, browser: Client, field: str, value: str, words: str
) -> None:
    answer = browser.post(url("network"), ENTERED | {field: value})
    assert answer.status_code == 422
    assert words in soup(answer).select_one(f"#{field}_error").get_text()
    assert soup(answer).select_one(f"#{field}")["value"] == value
    assert grants(tenant) == []


def test_on_an_installation_that_leaves_nothing_to_them_they_grant_nothing(
    tenant: Tenant, browser: Client, settings
) -> None:
    settings.ROTACAST_EGRESS_GRANTABLE = ""
    answer = browser.post(url("network"), ENTERED)
    assert answer.status_code == 422 and "only whoever runs it opens private networks" in said(answer)
    assert grants(tenant) == []


def test_our_own_services_stay_closed_whatever_is_granted(tenant: Tenant, settings) -> None:
    from integrations.services.reading import _own_services

    settings.ROTACAST_OWN_SERVICES = [("10.20.0.5", 5432)]
    _own_services.cache_clear()
    try:
        assert tenant.client().post(url("network"), ENTERED | {"ports": "5432"}).status_code == 302
        refused = policy(tenant).refusal(ipaddress.ip_address("10.20.0.5"), 5432)
        assert refused is not None and "own addresses" in refused[0]
        assert policy(tenant).refusal(ipaddress.ip_address("10.20.0.6"), 5432) is None
    finally:
        _own_services.cache_clear()


def test_the_same_twice_is_refused_and_grants_of_the_installation_are_shown(
    tenant: Tenant, browser: Client, settings
) -> None:
    settings.ROTACAST_EGRESS_GRANTS = "10.99.0.0/16=22"
    assert browser.post(url("network"), ENTERED).status_code == 302
    again = browser.post(url("network"), ENTERED | {"ports": "443"})
    assert again.status_code == 422 and "granted already" in said(again)
    page = browser.get(url("network"))
    assert "10.99.0.0/16" in said(page) and "given by whoever runs this installation" in said(page)
    assert len(soup(page).select("form[action$=remove]")) == 1
    assert Grant.of("10.99.0.0/16", 22) in policy(tenant).grants


def test_who_may_look_and_who_may_grant(tenant: Tenant, new_tenant) -> None:
    with tenant.transaction():
        row = egress_grant(network="10.1.0.0/16", ports=[22], reason="test", actor=ROBOT, now=NOW)
        remove = url("network-remove", None, row.public_id)
    for role in (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER):
        other = tenant.client(role)
        assert {other.get(url("network")).status_code, other.post(url("network"), ENTERED).status_code} == {403}
        assert other.post(remove).status_code == 403
    stranger = new_tenant().client()
    assert stranger.post(remove).status_code == 404 and "10.1.0.0/16" not in said(stranger.get(url("network")))
    assert tenant.client().post(url("network-remove", None, uuid.uuid4())).status_code == 404
    assert grants(tenant) == [("10.1.0.0/16", [22], "test")]
    assert tenant.client(Role.IT).post(remove).status_code == 302
    assert grants(tenant) == []
