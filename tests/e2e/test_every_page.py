"""Every page of the product, in light and dark, at a desk and on a phone: axe finds nothing, nothing sticks out, no script fails.

The pages are those of the address table, so that a new page is looked at without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tenancy.rights import Role
from tests.architecture.test_doors import addresses
from tests.conftest import tenant_new
from tests.isolation.house import House
from tests.isolation.test_urls import filled

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

DESK, PHONE = (1440, 900), (390, 844)
ROLES = [Role.ADMINISTRATOR, Role.PROVIDER]
# Providers come by phone, the others from a desk and from a phone.
SIZES = {
    Role.ADMINISTRATOR: (("desk", DESK, "networkidle"), ("phone", PHONE, "load")),
    Role.PROVIDER: (("phone", PHONE, "networkidle"),),
}
# All that axe knows; in the dark, what the dark changes.
SCHEMES: dict[str, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}
ADDRESSES = [address for address, _ in addresses() if not address.startswith("api/") and address != "signout"]
# What a page may be asked for besides its address, so that it is seen with something on it.
QUERIES = {
    "search": "?q=Magpie",
    "rules/new": "?kind=maximum",
    "assignments/<uuid:assignment_id>/eligible": "?find=Magpie",
}


@pytest.fixture(scope="module")
def home() -> House:
    """An organisation with something of everything; every role stands for its person."""
    return House(tenant_new(), "Magpie")


@pytest.fixture(scope="module")
def clients(home: House) -> dict[Role, Any]:
    made = {role: home.tenant.client(role) for role in ROLES}
    for client in made.values():
        client.raise_request_exception = True
    return made


@pytest.fixture(scope="module")
def windows(home: House, chromium: Any, address: str) -> Iterator[dict[Role, Any]]:
    """One browser for each role, signed in: what a page needs is fetched once for all pages."""
    made = {}
    for role in ROLES:
        context = chromium.new_context(base_url=address, reduced_motion="reduce")
        secret = home.tenant.client(role).cookies["rc_session"].value
        context.add_cookies([{"name": "rc_session", "value": secret, "domain": "127.0.0.1", "path": "/"}])
        made[role] = context
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def page(windows: dict[Role, Any], role: Role) -> Iterator[Any]:
    """A page of that role's browser; `page.errors` gathers what its console calls an error."""
    page = windows[role].new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
    yield page
    page.close()


def is_page(answer: Any) -> bool:
    """True for a whole page: not a file, a fragment, a redirect or a refusal."""
    html = str(answer.headers.get("Content-Type", "")).startswith("text/html")
    return (
        answer.status_code == 200
        and html
        and not answer.streaming
        and b"<!doctype html" in answer.content[:200].lower()
    )


def found_by_axe(page: Any, options: dict[str, Any] | None = None) -> list[str]:
    """One line for each thing that axe finds."""
    result = Axe().run(page, options=options or {})
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for one in result.response["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ADDRESSES, ids=[route or "/" for route in ADDRESSES])
def test_page(home: House, clients: dict[Role, Any], page: Any, route: str, role: Role) -> None:
    path = filled(route, home) + QUERIES.get(route, "")
    if not is_page(clients[role].get(path)):
        pytest.skip(f"not a page for the role {role}")  # what is refused to whom, the tables of rights test
    said: dict[str, list[str]] = {}
    for name, size, quiet in SIZES[role]:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(path, wait_until=quiet)
        for scheme, options in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            said[f"{name}, {scheme}"] = found_by_axe(page, options)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        said[f"{name}, too wide by"] = [f"{wide} px"] if wide > 0 else []
    said["console"] = page.errors
    assert {where: lines for where, lines in said.items() if lines} == {}
