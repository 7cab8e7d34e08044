"""Who may open and do what in this room: role × method × address → answer; on a refusal nothing has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import AccountDepartment
from scheduling.planning.patterns import Entry
from scheduling.services.holidays import holiday_create
from scheduling.services.patterns import pattern_create
from scheduling.types import Audience
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, MONDAY, World

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
ALL, DESK, BOSS = (200,) * 5, (403, 403, 200, 200, 403), (403, 403, 403, 200, 403)


def _but(table: tuple[int, ...], answer: int) -> tuple[int, ...]:
    return tuple(answer if one == 200 else one for one in table)


# (method, URL name, answers in the order of ROLES). 302: it was done. 409: the confirmation is not of what was looked at.
TABLE: list[tuple[str, str, tuple[int, ...]]] = [
    ("GET", "holidays", BOSS),
    ("GET", "holidays-csv", BOSS),
    ("GET", "holiday-new", BOSS),
    ("POST", "holiday-new", _but(BOSS, 302)),
    ("GET", "holiday", BOSS),
    ("POST", "holiday", _but(BOSS, 302)),
    ("POST", "holiday-remove", _but(BOSS, 302)),
    ("GET", "holidays-federal", BOSS),
    ("POST", "holidays-federal", _but(BOSS, 302)),
    ("GET", "holidays-import", BOSS),
    ("POST", "holidays-import", _but(BOSS, 302)),
    ("GET", "schedule-copy", DESK),
    ("POST", "schedule-copy", _but(DESK, 409)),
    ("GET", "pattern-of-block", DESK),
    ("POST", "pattern-of-block", (403, 403, 302, 422, 403)),  # the administrator comes second: the name is taken
    ("GET", "patterns", DESK),
    ("GET", "patterns-csv", DESK),
    ("GET", "pattern-new", DESK),
    ("POST", "pattern-new", (403, 403, 302, 422, 403)),
    ("GET", "pattern", DESK),
    ("POST", "pattern", (403, 403, 302, 409, 403)),  # and sees a template that the scheduler has just changed
    ("GET", "pattern-apply", DESK),
    ("POST", "pattern-apply", _but(DESK, 409)),
    ("POST", "pattern-remove", (403, 403, 302, 404, 403)),
    ("GET", "replace-person", DESK),
    ("POST", "replace-person", _but(DESK, 409)),
    ("GET", "person-end", DESK),
    ("POST", "person-end", _but(DESK, 409)),
    ("GET", "schedule-csv", ALL),
    ("GET", "schedule-xlsx", ALL),
    ("GET", "print-month", ALL),
    ("GET", "print-week", ALL),
    ("GET", "print-call-list", ALL),
]
NAMES = sorted({name for _, name, _ in TABLE})


class Desk:
    """The small department with one of everything that this room has."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.place(MONDAY, person=world.people[0])
        with world.tenant.transaction():
            services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
            self.holiday = holiday_create(day=MONDAY, name="Monday", **BY)
            self.pattern = pattern_create(
                department=world.department,
                name="Call",
                weeks=1,
                entries=[Entry(0, world.day.id, 0, 0, None, None)],
                **BY,
            )

    def address(self, name: str) -> str:
        world = self.world
        if name.startswith("pattern") and name in ("pattern", "pattern-apply", "pattern-remove"):
            return reverse(name, args=[self.pattern.public_id])
        if name in ("holiday", "holiday-remove"):
            return reverse(name, args=[self.holiday.public_id])
        if name == "person-end":
            return reverse(name, args=[world.people[0].public_id])
        if name in ("schedule-copy", "pattern-of-block", "schedule-csv", "schedule-xlsx", "print-month", "print-week"):
            return world.url(name)
        return reverse(name)

    def fields(self, name: str) -> dict[str, Any]:
        """A form that would be done; a digest that is of nothing."""
        world, later = self.world, str(MONDAY + timedelta(7))
        block = {"first": str(MONDAY), "last": str(MONDAY), "digest": "x"}
        plan = {"filled": "skip", "unplaceable": "skip", "to": later, "times": "1", "people": "with", **block}
        return {
            "holiday-new": {"date": "2026-07-04", "name": "Fourth"},
            "holiday": {"date": "2026-07-05", "name": "Fifth"},
            "holidays-federal": {"year": "2026", "keep": "date", "day": ["2026-12-25"]},
            "holidays-import": {"text": "Date,Name\n2026-08-01,Summer\n", "act": "apply"},
            "schedule-copy": plan,
            "pattern-of-block": {**block, "name": "Taken", "who": "open"},
            "pattern-new": {"department": str(world.department.public_id), "name": "New", "weeks": "1"},
            "pattern": {"version": "1", "name": "Renamed", "weeks": "2"},
            "pattern-apply": {**plan, "schedule": str(world.schedule.public_id), "anchor": str(MONDAY), "first": later, "last": later},
            "replace-person": {**plan, "person": str(world.people[0].public_id), "to": "open"},
            "person-end": {"on": str(MONDAY), "digest": "x"},
        }.get(name, {})  # fmt: skip


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def counted(desk: Desk, cursor: Any) -> dict[str, str]:
    """A fingerprint of all of the organisation's rows, sessions and the hour they were seen aside."""
    cursor.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id'"
    )
    tables = [table for (table,) in cursor.fetchall() if table != "tenancy_accountsession"]
    parts = [
        f"SELECT '{table}', md5(COALESCE(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{table}\" t "
        "WHERE organization_id = %(id)s"
        for table in sorted(set(tables) - {"tenancy_account"})
    ]
    cursor.execute(" UNION ALL ".join(parts), {"id": desk.world.tenant.id})
    return dict(cursor.fetchall())


def ask(desk: Desk, client: Client, method: str, name: str) -> Any:
    return getattr(client, method.lower())(desk.address(name), desk.fields(name) if method == "POST" else {})


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_every_role_at_every_address(
    desk: Desk, owner_cursor: Any, method: str, name: str, answers: tuple[int, ...]
) -> None:
    got = []
    for role in ROLES:
        client = desk.world.tenant.client(role)
        before = counted(desk, owner_cursor)
        status = ask(desk, client, method, name).status_code
        got.append(status)
        if status in (403, 404, 409, 422) or method == "GET":
            assert counted(desk, owner_cursor) == before, f"{role} got {status} and yet something changed"
        else:
            assert counted(desk, owner_cursor) != before, f"{role} got {status} and nothing was done"
    assert tuple(got) == answers


@pytest.mark.parametrize("name", NAMES)
def test_nobody_signed_in_is_led_to_the_door(desk: Desk, name: str) -> None:
    for method in {method for method, one, _ in TABLE if one == name}:
        response = ask(desk, Client(headers={"host": "localhost"}), method, name)
        assert response.status_code == 302
        assert response["Location"].startswith("/signin")


@pytest.mark.parametrize(
    "name", ["schedule-copy", "pattern-of-block", "schedule-csv", "pattern", "pattern-apply", "pattern-remove"]
)
def test_a_scheduler_of_another_department_is_kept_out(desk: Desk, owner_cursor: Any, name: str) -> None:
    """The administrator takes the department away from the scheduler; what is published stays to be seen."""
    world = desk.world
    with world.tenant.transaction():
        AccountDepartment.objects.all().delete()
        services.account_grant_department(account=world.tenant.scheduler, department=world.elsewhere, **BY)
    client = world.tenant.client(Role.SCHEDULER)
    before = counted(desk, owner_cursor)
    for method in {method for method, one, _ in TABLE if one == name}:
        status = ask(desk, client, method, name).status_code
        assert status == (200 if name == "schedule-csv" else 403)
    assert counted(desk, owner_cursor) == before


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_another_organisation_is_not_there(
    desk: Desk, new_tenant: Any, owner_cursor: Any, method: str, name: str, answers: tuple[int, ...]
) -> None:
    stranger = new_tenant().client(Role.ADMINISTRATOR)
    before = counted(desk, owner_cursor)
    response = ask(desk, stranger, method, name)
    takes_an_id = desk.address(name).count("-") > 3
    assert response.status_code == 404 if takes_an_id else response.status_code in (200, 302, 422)
    assert "Osei" not in response.content.decode("utf-8", "replace")
    assert counted(desk, owner_cursor) == before
