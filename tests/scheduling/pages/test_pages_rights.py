"""Who may open and do what: role × address × answer, and nothing of another organisation."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Shift
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.scheduling.pages.conftest import BY, FRAGMENT, World, soup

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
# Answers in the order of ROLES, for a schedule that everyone may see.
TABLE = [
    ("GET", "schedules", (200, 200, 200, 200, 200)),
    ("GET", "schedule", (200, 200, 200, 200, 200)),
    ("GET", "schedule-cell", (200, 200, 200, 200, 200)),
    ("GET", "schedule-status", (200, 200, 200, 200, 200)),
    ("POST", "schedule-place", (403, 403, 200, 200, 403)),
    ("POST", "schedule-clear", (403, 403, 200, 200, 403)),
    ("POST", "shift-change", (403, 403, 200, 200, 403)),
    ("POST", "shift-remove", (403, 403, 200, 200, 403)),
    ("POST", "shift-split", (403, 403, 200, 422, 403)),  # the administrator comes second: noon is its end by then
    ("POST", "shift-override", (403, 403, 422, 422, 403)),
    ("GET", "shift-about", (200, 200, 200, 200, 200)),
    ("POST", "schedule-range", (403, 403, 200, 409, 403)),  # and finds the cell filled meanwhile
    ("POST", "schedule-undo", (403, 403, 422, 422, 403)),
    ("POST", "schedule-redo", (403, 403, 422, 422, 403)),
    ("GET", "schedule-since", (403, 403, 200, 200, 403)),
    ("GET", "schedule-tallies", (403, 403, 200, 200, 403)),
    ("GET", "schedule-publish", (403, 403, 200, 200, 403)),
    ("POST", "schedule-publish", (403, 403, 409, 409, 403)),
    ("GET", "schedule-new", (403, 403, 200, 200, 403)),
    ("GET", "change-log", (403, 403, 200, 200, 403)),
    ("GET", "change-log-csv", (403, 403, 200, 200, 403)),
    ("GET", "people", (403, 403, 200, 200, 403)),
    ("GET", "people-csv", (403, 403, 200, 200, 403)),
    ("GET", "person-new", (403, 403, 200, 200, 403)),
    ("GET", "person", (403, 403, 200, 200, 403)),
    ("GET", "assignments", (403, 403, 200, 200, 403)),
    ("GET", "assignment-new", (403, 403, 200, 200, 403)),
    ("GET", "assignment", (403, 403, 200, 200, 403)),
    ("GET", "departments", (403, 403, 403, 200, 403)),
    ("GET", "department-new", (403, 403, 403, 200, 403)),
    ("GET", "department", (403, 403, 403, 200, 403)),
    ("GET", "pay-calendars", (403, 403, 403, 200, 403)),
    ("GET", "search", (200, 200, 200, 200, 200)),
]


def _request(world: World, client: Client, method: str, name: str):  # type: ignore[no-untyped-def]
    """Ask for an address of the world; edits name a real cell and shift."""
    with world.tenant.transaction():
        shift = Shift.objects.filter(schedule=world.schedule).first()
    ids = {
        "person": [world.people[0].public_id],
        "assignment": [world.day.public_id],
        "department": [world.department.public_id],
        "shift-change": [world.schedule.public_id, shift.public_id],
        "shift-remove": [world.schedule.public_id, shift.public_id],
        "shift-split": [world.schedule.public_id, shift.public_id],
        "shift-override": [world.schedule.public_id, shift.public_id],
        "shift-about": [world.schedule.public_id, shift.public_id],
    }
    plain = {one for one in ids if not one.startswith("shift")}
    schedules = name.startswith(("schedule-", "schedule")) and name not in ("schedules", "schedule-new")
    args = ids.get(name) or ([world.schedule.public_id] if schedules and name not in plain else [])
    if method == "POST":
        more = {
            "act": "fill",
            "cell": f"{world.night.public_id}/2026-03-10/",
            "at": "12:00",
            "rule": "none",
            "reason": "r",
        }
        data = world.cell(who="open", into="new", version=shift.version, note="x", **more)
    else:
        data = world.cell(since="2026-03-02T00:00:00+00:00")
    return getattr(client, method.lower())(reverse(name, args=args), data, **FRAGMENT)


@pytest.fixture
def published(world: World) -> World:
    world.place(person=world.people[0])
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
    return world


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_every_role_at_every_address(published: World, method: str, name: str, answers: tuple[int, ...]) -> None:
    got = []
    for role in ROLES:
        before = published.shifts()
        response = _request(published, published.tenant.client(role), method, name)
        got.append(response.status_code)
        if response.status_code == 403:
            assert published.shifts() == before
        if name == "shift-remove" and response.status_code == 200:
            published.place(person=published.people[0])
    assert tuple(got) == answers


def test_a_viewer_is_not_told_how_much_is_unpublished(published: World) -> None:
    published.place(person=published.people[1])
    answer = published.tenant.client(Role.VIEWER).get(published.url("schedule-status"), **FRAGMENT)
    assert soup(answer).get_text(" ", strip=True) == "Published to everyone"
    answer = published.tenant.client(Role.SCHEDULER).get(published.url("schedule-status"), **FRAGMENT)
    assert "1 unpublished change" in soup(answer).get_text(" ", strip=True)


@pytest.mark.parametrize("name", sorted({name for _, name, _ in TABLE}))
def test_nobody_signed_in_is_led_to_the_door(published: World, name: str) -> None:
    methods = {method for method, one, _ in TABLE if one == name}
    for method in methods:
        response = _request(published, Client(headers={"host": "localhost"}), method, name)
        assert response.status_code == 302
        assert response["Location"].startswith("/signin")


def test_a_scheduler_edits_only_granted_departments(published: World) -> None:
    scheduler = published.tenant.client(Role.SCHEDULER)
    with published.tenant.transaction():
        other = services.schedule_create(
            department=published.elsewhere, name="R", starts_on=published.schedule.starts_on,
            ends_on=published.schedule.ends_on, **BY,
        )  # fmt: skip
        kind = services.assignment_create(
            department=published.elsewhere, type=published.type, code="R1", name="Read",
            start_time=published.day.start_time, end_time=published.day.end_time, **BY,
        )  # fmt: skip
    draft = reverse("schedule", args=[other.public_id])
    assert scheduler.get(draft).status_code == 404  # an unpublished draft of another department is not theirs to see
    with published.tenant.transaction():
        services.shift_place(schedule_id=other.public_id, assignment_id=kind.public_id, day=other.starts_on, **BY)
        services.schedule_publish(schedule_id=other.public_id, audience=Audience.EVERYONE, **BY)
    page = soup(scheduler.get(draft))
    assert page.select_one("table.grid")["aria-readonly"] == "true"
    assert page.find("a", string="Publish…") is None
    data = published.cell(kind, who="open", into="new")
    assert scheduler.post(reverse("schedule-place", args=[other.public_id]), data, **FRAGMENT).status_code == 403
    assert scheduler.get(reverse("schedule-publish", args=[other.public_id])).status_code == 403
    assert scheduler.get(reverse("assignment", args=[kind.public_id])).status_code == 403


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_another_organisation_is_not_there(
    published: World, new_tenant, method: str, name: str, answers: tuple[int, ...]
) -> None:  # type: ignore[no-untyped-def]
    stranger: Tenant = new_tenant()
    client = stranger.client(Role.ADMINISTRATOR)
    with published.tenant.transaction():
        before = ChangeEntry.objects.count()
    response = _request(published, client, method, name)
    if name in ("schedules", "schedule-new", "change-log", "change-log-csv", "people", "people-csv", "person-new",
                "assignments", "assignment-new", "departments", "department-new", "pay-calendars",
                    "search"):  # fmt: skip
        assert response.status_code == 200
        assert "Osei" not in response.getvalue().decode()
        assert "Emergency" not in response.getvalue().decode()
    else:
        assert response.status_code == 404
    with published.tenant.transaction():
        assert ChangeEntry.objects.count() == before


def test_ids_of_another_organisation_in_form_fields_are_not_found(published: World, new_tenant) -> None:  # type: ignore[no-untyped-def]
    stranger = new_tenant()
    with stranger.transaction():
        spy = services.person_create(fields={"last_name": "Spy"}, **BY)
    client = published.tenant.client(Role.ADMINISTRATOR)
    before = published.shifts()
    data = published.cell(who=str(spy.public_id), into="new")
    assert client.post(published.url("schedule-place"), data, **FRAGMENT).status_code == 404
    assert published.shifts() == before


def test_the_rail_offers_only_what_the_role_may_open(published: World) -> None:
    def rail(role: Role) -> list[str]:
        page = soup(published.tenant.client(role).get(reverse("schedules")))
        return [item.get_text() for item in page.select(".rail__item")]

    assert {"Today", "Schedule"} <= set(rail(Role.VIEWER))
    assert not {"Change log", "Integrations", "Admin"} & set(rail(Role.VIEWER))
    assert {"Today", "Schedule", "Change log", "Admin"} <= set(rail(Role.SCHEDULER))
    assert "Integrations" not in rail(Role.SCHEDULER)
    for role in ROLES:
        client = published.tenant.client(role)
        page = soup(client.get(reverse("schedules")))
        for item in page.select(".rail__item"):
            assert client.get(item["href"]).status_code == 200
