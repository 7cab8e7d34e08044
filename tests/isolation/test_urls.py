"""Every address of the product, asked for by somebody who must not: nothing is shown, nothing is changed, nothing is queued."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from tests.architecture.test_doors import PUBLIC, addresses, resource
from tests.isolation.house import MARK, House

ADDRESSES = addresses()
NAMED = [(address, pattern) for address, pattern in ADDRESSES if "<uuid:" in address]
PAGES = [(address, pattern) for address, pattern in ADDRESSES if not address.startswith("api/")]
OWN = [
    one for one in PAGES if one[0] != "signout"
]  # it takes no argument, and would end the session of the other tests
GUARDED = [one for one in PAGES if one[0] not in PUBLIC or one[0] == ""]
API = [(address, pattern) for address, pattern in ADDRESSES if resource(pattern) is not None]
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
UNSEEN = {400, 403, 404, 405}


def ids(found: list[tuple[str, URLPattern]]) -> list[str]:
    return [address or "/" for address, _ in found]


def filled(address: str, house: House) -> str:
    """The address with the arguments that name the house's things."""
    token = house.share_link.rpartition("/")[2] if address.startswith("share/") else house.token
    known: dict[str, Any] = {**house.ids(), "slug": house.tenant.slug, "kind": house.kind(), "token": token}

    def value(match: re.Match[str]) -> str:
        name = match.group(2)
        assert name in known, f"tests/isolation/house.py must know what {name!r} is"
        return str(known[name])

    return "/" + ARGUMENT.sub(value, address)


def shown(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace")


def without_what_was_sent(text: str) -> str:
    """Search fields repeat what was typed: that is the asker's own word."""
    return re.sub(rf'value="{MARK}"|“{MARK}”|&quot;{MARK}&quot;|q={MARK}', "", text)


@pytest.fixture(scope="module")
def administrator(burglar: House) -> Client:
    client = burglar.tenant.client()
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("address", "pattern"), NAMED, ids=ids(NAMED))
def test_another_organisations_thing_is_not_there(
    house: House, administrator: Client, owner_cursor, address: str, pattern: URLPattern, method: str
) -> None:
    before = house.rows(owner_cursor)
    response = getattr(administrator, method)(filled(address, house), house.fields())
    assert response.status_code in UNSEEN - {400}, shown(response)[:500]
    assert MARK not in shown(response)
    assert house.rows(owner_cursor) == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("address", "pattern"), OWN, ids=ids(OWN))
def test_ones_own_page_with_anothers_ids_in_every_field(
    house: House, burglar: House, administrator: Client, owner_cursor, address: str, pattern: URLPattern, method: str
) -> None:
    """The address is the asker's own; every field and parameter names the other organisation."""
    before = house.rows(owner_cursor)
    for extra in ({}, {"HTTP_X_FRAGMENT": "1"}):
        response = getattr(administrator, method)(filled(address, burglar), house.fields(), **extra)
        assert response.status_code < 500, shown(response)[:500]
        assert MARK not in without_what_was_sent(shown(response))
        assert house.rows(owner_cursor) == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("address", "pattern"), GUARDED, ids=ids(GUARDED))
def test_nobody_signed_in_sees_nothing(
    house: House, owner_cursor, address: str, pattern: URLPattern, method: str
) -> None:
    before = house.rows(owner_cursor)
    stranger = Client(headers={"host": "localhost"}, raise_request_exception=False)
    response = getattr(stranger, method)(filled(address, house), house.fields())
    assert response.status_code == 302
    assert response["Location"].startswith("/signin")
    fragment = getattr(stranger, method)(filled(address, house), house.fields(), HTTP_HX_REQUEST="true")
    assert fragment.status_code == (302 if address == "" else 401)
    assert MARK not in shown(response) + shown(fragment)
    assert house.rows(owner_cursor) == before


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize(("address", "pattern"), API, ids=ids(API))
def test_a_program_of_another_organisation(
    house: House, bearer: str, owner_cursor, address: str, pattern: URLPattern, method: str
) -> None:
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    before = house.rows(owner_cursor)
    url = filled(address, house)
    assert getattr(client, method)(url).status_code == 401, "no token"
    known = {name: value for name, value in house.fields().items() if name in resource(pattern).parameters}
    asked = [{}, known, *({name: value} for name, value in known.items())]
    for parameters in asked:
        query = {"query_params": parameters} if method != "get" else {"data": parameters}
        response = getattr(client, method)(url, headers={"authorization": f"Bearer {bearer}"}, **query)
        assert response.status_code < 500
        assert MARK not in shown(response)
        if parameters:
            assert response.status_code in UNSEEN | {415}, shown(response)[:300]
    assert house.rows(owner_cursor) == before


def test_an_uploaded_file_is_not_opened_from_ones_own_address(house: House, burglar: House) -> None:
    """The schedule is the asker's own, the token that of the other organisation's file."""
    client = burglar.tenant.client()
    found = [address for address, _ in NAMED if "<str:token>" in address]
    assert found
    for address in found:
        url = filled(address, burglar).replace(burglar.token, house.token)
        for response in (client.get(url), client.post(url, house.fields())):
            assert response.status_code in UNSEEN | {422}, address
            assert MARK not in without_what_was_sent(shown(response))


@pytest.mark.parametrize("kind", ["swap_link", "feed_link", "share_link"])
def test_a_link_of_one_organisation_under_anothers_name(house: House, burglar: House, owner_cursor, kind: str) -> None:
    """Links name their organisation before their secret, and answer there only."""
    client = Client(headers={"host": "localhost"})
    link = getattr(house, kind)
    assert client.get(link).status_code in (200, 410)
    before = house.rows(owner_cursor)
    moved = link.replace(house.tenant.slug, burglar.tenant.slug)
    for response in (client.get(moved), client.post(moved, house.fields())):
        assert response.status_code in (404, 405)
        assert MARK not in shown(response)
    assert house.rows(owner_cursor) == before


def test_a_token_of_one_organisation_under_anothers_name(house: House, bearer: str) -> None:
    """The token names its organisation before its secret: another name in front does not open another door."""
    _, _, secret = bearer.partition(".")
    client = Client(headers={"host": "localhost"})
    for address, _ in API:
        response = client.get(filled(address, house), headers={"authorization": f"Bearer {house.tenant.slug}.{secret}"})
        assert response.status_code == 401, address


def test_a_session_of_one_organisation_under_anothers_name(house: House, burglar: House) -> None:
    client = burglar.tenant.client()
    _, _, secret = client.cookies["rc_session"].value.partition(".")
    client.cookies["rc_session"] = f"{house.tenant.slug}.{secret}"
    response = client.get("/schedules/")
    assert response.status_code == 302
    assert response["Location"].startswith("/signin")


def test_the_owner_of_the_house_does_see_it(house: House) -> None:
    """Else the tests above would pass for a product that shows nobody anything."""
    client = house.tenant.client()
    seen = [client.get(filled(address, house)) for address in ("people/", "schedules/", "changes/")]
    assert all(response.status_code == 200 and MARK in shown(response) for response in seen)
    for address, pattern in NAMED:
        got = {client.get(filled(address, house), given).status_code for given in ({}, house.fields())}
        assert got & {200, 204, 302, 405, 409}, f"{address} {pattern.name}: {got}"
