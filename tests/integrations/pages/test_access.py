"""Who may open and do what: one table of pages and acts against roles, another organisation and nobody."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from tenancy.rights import Role
from tests.conftest import Tenant
from tests.integrations.pages.conftest import World, url

PLAIN = ("board", "board-csv", "catalog")
PAGES = (
    "connection", "test", "mapping", "mapping-csv", "mapping-import", "preview", "safety", "switch", "runs", "problems",
    "history",
)  # fmt: skip
ACTS = ("connection", "test", "pin", "mapping", "mapping-import", "switch", "run-now", "pause", "resume", "retry")
ONLY_ACTS = ("pin", "run-now", "pause", "resume", "retry")
LOOKERS = (Role.ADMINISTRATOR, Role.IT)
OTHERS = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER)


@pytest.mark.parametrize("role", LOOKERS)
def test_administrators_and_it_open_every_page(world: World, role: Role) -> None:
    browser = world.tenant.client(role)
    assert {name: browser.get(url(name)).status_code for name in PLAIN} == dict.fromkeys(PLAIN, 200)
    found = {name: browser.get(url(name, world.notebook)).status_code for name in PAGES}
    assert found == dict.fromkeys(PAGES, 200)
    assert browser.get(url("catalog-entry", None, "notebook")).status_code == 200


@pytest.mark.parametrize("role", OTHERS)
def test_other_roles_open_none_and_change_nothing(world: World, role: Role) -> None:
    browser, before = world.tenant.client(role), world.state()
    assert {browser.get(url(name)).status_code for name in PLAIN} == {403}
    assert {browser.get(url(name, world.notebook)).status_code for name in PAGES} == {403}
    assert {browser.post(url(name, world.notebook), {"state": "off"}).status_code for name in ACTS} == {403}
    assert browser.post(url("connect", None, "notebook")).status_code == 403
    assert world.state() == before


def test_another_organisation_gets_404_and_changes_nothing(world: World, stranger: Tenant) -> None:
    world.place(world.people[0])
    world.publish()
    world.run()
    run, before = world.runs()[0], world.state()
    browser = stranger.client(Role.ADMINISTRATOR)
    pages = [*PAGES, "preview-file"]
    assert {name: browser.get(url(name, world.notebook)).status_code for name in pages} == dict.fromkeys(pages, 404)
    sent = {"state": "off", "name": "x", "value": "y", "row": f"{world.day.public_id}/1", "revision": "1"}
    assert {name: browser.post(url(name, world.notebook), sent).status_code for name in ACTS} == dict.fromkeys(
        ACTS, 404
    )
    assert browser.get(url("run", world.notebook, run.public_id)).status_code == 404
    assert browser.get(url("artifact", world.files, uuid.uuid4())).status_code == 404
    assert browser.post(url("send-again", world.files, uuid.uuid4())).status_code == 404
    asked = f"?schedule={world.schedule.public_id}"
    assert browser.get(url("publish-fragment") + asked).status_code == 404
    assert browser.get(url("receipt") + "?number=1").status_code == 404
    assert "Notebook" not in browser.get(url("board")).content.decode()
    assert world.state() == before


def test_nobody_is_sent_to_sign_in(world: World) -> None:
    before = world.state()
    browser = Client(headers={"host": "localhost"})
    for name in PAGES:
        answer = browser.get(url(name, world.notebook))
        assert (answer.status_code, "/signin" in answer["Location"]) == (302, True), name
    assert {browser.post(url(name, world.notebook)).status_code for name in ACTS} == {302}
    assert world.state() == before


def test_acts_take_no_get(world: World, admin: Client) -> None:
    before = world.state()
    assert {admin.get(url(name, world.notebook)).status_code for name in ONLY_ACTS} == {405}
    assert world.state() == before


def test_acts_need_the_token_of_our_own_page(world: World) -> None:
    before = world.state()
    browser = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    browser.cookies = world.tenant.client(Role.ADMINISTRATOR).cookies
    assert {browser.post(url(name, world.notebook), {"state": "off"}).status_code for name in ACTS} == {403}
    assert world.state() == before


def test_schedulers_see_the_fragments_of_their_departments_only(world: World) -> None:
    from scheduling import services

    browser = world.tenant.client(Role.SCHEDULER)
    asked = f"{url('publish-fragment')}?schedule={world.schedule.public_id}"
    assert browser.get(asked).status_code in (403, 404)
    with world.tenant.transaction():
        services.account_grant_department(
            account=world.tenant.account(Role.SCHEDULER), department=world.department, **world.by
        )
    assert browser.get(asked).status_code == 200
    assert world.tenant.client(Role.VIEWER).get(asked).status_code == 403
