"""New assignments that no connection maps: asked for on the board until they are mapped or dismissed."""

from __future__ import annotations

import uuid
from datetime import time, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from integrations.models import AssignmentDismissal
from integrations.services.unsent import assignments_unsent
from scheduling import services
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import ROBOT, Tenant
from tests.integrations.mapping.conftest import World
from tests.integrations.pages.conftest import form_of, said, soup, url


def make(world: World, code: str, **fields: Any) -> Any:
    """A new assignment, made a minute after the world was."""
    later = {"actor": ROBOT, "now": world.by["now"] + timedelta(minutes=1)}
    with world.tenant.transaction():
        kind = services.assignment_type_named(name="Working", hue="azure")
        made = services.assignment_create(
            code=code, name=f"Task {code}", start_time=time(8), end_time=time(16), department=world.department,
            type=kind, **later,
        )  # fmt: skip
        if fields:
            services.assignment_change(assignment_id=made.public_id, fields=fields, **later)
    return made


def asked(world: World) -> list[str]:
    with world.tenant.transaction():
        today = timezone.now().date()
        return [one.assignment.code for one in assignments_unsent(today=today) if one.dismissed_at is None]


def test_only_what_was_made_after_the_first_connection_is_asked_for(world: World) -> None:
    assert asked(world) == [], "ED Night is mapped nowhere, but is older than the connections"
    make(world, "X")
    make(world, "Y")
    make(world, "Z", ended_on=timezone.now().date() - timedelta(days=2))
    assert asked(world) == ["X", "Y"]


def test_mapping_it_anywhere_answers_the_question(world: World) -> None:
    one = make(world, "X")
    world.map(world.files, {"team_id": "1"}, one)
    assert asked(world) == []


def test_without_a_connection_that_maps_assignments_nothing_is_asked(new_tenant: Any, roots: None) -> None:
    other: Tenant = new_tenant()
    now = timezone.now()
    with other.transaction():
        home = services.department_create(name="ED", code="ED", zone="America/Chicago", actor=ROBOT, now=now)
        services.assignment_create(
            code="X", name="X", start_time=time(8), end_time=time(16), department=home,
            type=services.assignment_type_named(name="W", hue="azure"), actor=ROBOT, now=now,
        )  # fmt: skip
        assert assignments_unsent(today=now.date()) == []


def test_the_board_names_them_and_the_page_leads_to_each_mapping(world: World, admin: Client) -> None:
    assert "nobody sends" not in said(admin.get(url("board")))
    for number in range(7):
        make(world, f"X{number}")
    told = said(admin.get(url("board")))
    assert "7 new assignments that nobody sends: Task X0 (Emergency), Task X1 (Emergency)" in told
    assert "and 2 more" in told
    page = soup(admin.get(url("unsent")))
    rows = page.select("tbody tr")
    assert [one.select_one("th").get_text(" ", strip=True) for one in rows] == [f"X{n} Task X{n}" for n in range(7)]
    links = {one.get_text(): one["href"] for one in rows[0].select("a")}
    assert set(links) == {"Notebook", "On call files"}, "a connection that takes every assignment does not map them"
    shown = soup(admin.get(links["Notebook"])).select("tr[data-row] .truncate")
    assert shown[0]["title"] == "Task X0"


def test_dismissing_is_kept_logged_and_can_be_taken_back(world: World, admin: Client) -> None:
    one, two = make(world, "X"), make(world, "Y")
    page = url("unsent")
    data = form_of(admin.get(page), "dismiss") | {"assignment": [str(one.public_id)]}
    assert "1 assignment will not be asked for any more." in said(
        admin.post(page, data | {"dismiss": "1"}, follow=True)
    )
    assert asked(world) == ["Y"]
    admin.post(page, data | {"dismiss": "1"})
    with world.tenant.transaction():
        assert AssignmentDismissal.objects.count() == 1
        log = ChangeEntry.objects.filter(action="mapping.not_needed")
        assert [entry.subject for entry in log] == ["Task X"]
    assert "Said by" in said(admin.get(page))
    admin.post(page, {"ask": "1", "assignment": [str(one.public_id), str(two.public_id)]})
    assert asked(world) == ["X", "Y"]
    with world.tenant.transaction():
        assert ChangeEntry.objects.filter(action="mapping.needed").count() == 1
    assert "Choose at least one" in said(admin.post(page, {"dismiss": "1"}, follow=True))
    assert admin.post(page, {"dismiss": "1", "assignment": str(uuid.uuid4())}).status_code == 404
    assert admin.post(page, {"dismiss": "1", "assignment": "x"}).status_code == 404
    assert asked(world) == ["X", "Y"]


def test_who_may_look_and_dismiss(world: World, stranger: Tenant) -> None:
    one = make(world, "X")
    sent = {"dismiss": "1", "assignment": str(one.public_id)}
    for role in (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER):
        browser = world.tenant.client(role)
        assert (browser.get(url("unsent")).status_code, browser.post(url("unsent"), sent).status_code) == (403, 403)
    assert stranger.client().post(url("unsent"), sent).status_code == 404
    assert asked(world) == ["X"]
    assert world.tenant.client(Role.IT).post(url("unsent"), sent).status_code == 302
    assert asked(world) == []
