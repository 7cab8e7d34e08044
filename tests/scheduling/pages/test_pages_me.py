"""Me: one's own work, swaps answered in place, the month, and the private calendar's buttons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import CalendarFeed, Holiday, Swap
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import NOW, Tenant
from tests.scheduling.pages.conftest import soup, text_of
from tests.scheduling.swaps_world import SwapWorld

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
# Every role has a page of its own; without a linked person there is nothing to put into a calendar.
TABLE = [
    ("GET", "me", 200),
    ("GET", "me-csv", 200),
    ("GET", "me-shift", 404),
    ("POST", "me-calendar", 422),
    ("POST", "me-calendar-off", 302),
]


@pytest.fixture
def world(tenant: Tenant) -> Iterator[SwapWorld]:
    with time_machine.travel(NOW, tick=False):
        yield SwapWorld(tenant)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "name", "answer"), TABLE, ids=[name for _, name, _ in TABLE])
def test_accounts_without_a_person_are_told_kindly(
    world: SwapWorld, method: str, name: str, answer: int, role: Role
) -> None:
    client = world.tenant.client(role)
    arguments = [world.shifts[0].public_id] if name == "me-shift" else []
    with world.tenant.transaction():
        before = ChangeEntry.objects.count()
    response = getattr(client, method.lower())(reverse(name, args=arguments))
    assert response.status_code == answer
    assert "Haddad" not in response.content.decode()
    with world.tenant.transaction():
        assert ChangeEntry.objects.count() == before
        assert not CalendarFeed.objects.exists()
    if name == "me":
        assert "Your account is not linked to anybody on the schedule" in text_of(soup(response).main)


def test_nobody_signed_in_is_led_to_the_door(world: SwapWorld) -> None:
    for method, name, _ in TABLE:
        arguments = [world.shifts[0].public_id] if name == "me-shift" else []
        response = getattr(Client(headers={"host": "localhost"}), method.lower())(reverse(name, args=arguments))
        assert (response.status_code, response["Location"].startswith("/signin")) == (302, True)


def test_what_comes_with_holidays_notes_and_swaps(world: SwapWorld) -> None:
    world.change(world.shifts[0], note="Bring the pager", call_order=2, private_note="On probation")
    world.publish()
    with world.tenant.transaction():
        Holiday.objects.create(date=world.first, name="Founders' Day")
    world.offer(world.shifts[1], to=[world.osei])
    page = soup(world.of(world.haddad).get(reverse("me")))
    rows = [text_of(one.select_one(".myshift__what")) for one in page.select(".myshift")]
    assert rows == [
        "ED Day 08:00–16:00 · call order 2 Founders' Day Note: Bring the pager",
        "ED Day 08:00–16:00 on offer: waiting for Osei",
    ]
    assert "Next in 2 days" in text_of(page.main)
    assert "published to Mar 29" in text_of(page.main)
    assert "probation" not in text_of(page.main)
    assert [text_of(one.select_one(".menu__item")) for one in page.select(".myshift")] == ["Offer swap", "Show swap"]


def test_on_now_with_the_time_that_is_left(world: SwapWorld) -> None:
    with time_machine.travel(world.shifts[0].starts_at + timedelta(hours=2, seconds=30), tick=False):
        world.now = world.shifts[0].starts_at
        page = soup(world.of(world.haddad).get(reverse("me")))
    card = page.select_one(".nowcard")
    assert text_of(card) == "On now · Emergency ED Day 6 h 0 m left, to Mon 16:00"
    assert card.select_one("rect.done")["width"] == "25"


@pytest.mark.parametrize(
    ("night", "hours"), [(datetime(2026, 3, 7).date(), "10 h 0 m"), (datetime(2026, 10, 31).date(), "12 h 0 m")]
)
def test_what_is_left_of_the_nights_of_the_clocks(tenant: Tenant, night, hours: str) -> None:  # type: ignore[no-untyped-def]
    with time_machine.travel(NOW, tick=False):
        world = SwapWorld(tenant, first=night - timedelta(days=5))
        shift = world.place(world.night, 5, world.haddad)
        world.publish()
    with time_machine.travel(shift.starts_at + timedelta(hours=1), tick=False):
        world.now = shift.starts_at
        card = soup(world.of(world.haddad).get(reverse("me"))).select_one(".nowcard")
    assert f"{hours} left, to Sun 07:00" in text_of(card)


def test_the_month_is_ones_own(world: SwapWorld) -> None:
    client = world.of(world.haddad)
    page = soup(client.get(reverse("me"), {"month": "2026-03"}))
    days = [one for one in page.select("td.month__day") if one.select_one(".code")]
    shown = {text_of(one.select_one(".month__no")): text_of(one.select_one(".code")) for one in days}
    assert shown == {"2": "D : ED Day, 08:00–16:00", "3": "D : ED Day, 08:00–16:00"}
    assert "March 2026" in text_of(page.select_one("#m-month"))
    for nonsense in ("2026-13", "x", "0001-01", "9999-12", "2026-3-1"):
        assert client.get(reverse("me"), {"month": nonsense}).status_code == 200


def test_a_swap_is_answered_in_place(world: SwapWorld) -> None:
    world.settings(approval=False)
    world.offer(to=[world.osei])
    world.offer(world.shifts[1], to=[world.osei])
    client = world.of(world.osei)
    page = soup(client.get(reverse("me")))
    first, second = page.select('[aria-labelledby="m-swaps"] form')
    assert "Haddad asks: take ED Day, Mon Mar 2, 08:00–16:00?" in text_of(page.main)
    assert "Haddad, Omar stays responsible for this shift until the swap is done." in text_of(page.main)

    def fields(form) -> dict[str, str]:  # type: ignore[no-untyped-def]
        return {one["name"]: one["value"] for one in form.select("input") if one["name"] != "csrfmiddlewaretoken"}

    accepted = client.post(first["action"], fields(first))
    assert accepted["Location"] == reverse("me")
    declined = client.post(second.select_one("[formaction]")["formaction"], fields(second))
    assert declined["Location"] == reverse("me")
    assert world.published() == {"2 D": "Osei", "3 D": "Haddad", "4 D": "Osei", "5 D": "Osei"}
    with world.tenant.transaction():
        assert list(Swap.objects.order_by("id").values_list("state", flat=True)) == ["done", "declined"]


def test_the_file_holds_what_comes(world: SwapWorld) -> None:
    body = world.of(world.osei).get(reverse("me-csv")).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body)))[1:] == [
        ["2026-03-04", "ED Day", "Emergency", "2026-03-04 08:00", "2026-03-04 16:00", "America/New_York", "", ""],
        ["2026-03-05", "ED Day", "Emergency", "2026-03-05 08:00", "2026-03-05 16:00", "America/New_York", "", ""],
    ]


def test_the_link_is_shown_once_replaced_and_turned_off(world: SwapWorld) -> None:
    client = world.of(world.haddad)
    made = soup(client.post(reverse("me-calendar")))
    link = made.select_one("#feed")["value"]
    assert f"/calendar/{world.tenant.slug}/" in link
    assert made.find("a", string="Subscribe") or "webcal://" in str(made.select_one(".me__side"))
    path = link[link.index("/calendar/") :]
    anybody = Client(headers={"host": "localhost"})
    assert anybody.get(path).status_code == 200
    later = soup(client.get(reverse("me")))
    assert later.select_one("#feed") is None
    assert "Last fetched Fri Feb 27, 10:00" in text_of(later.select_one("#calendar"))
    assert link.rsplit("/", 1)[1] not in str(later)
    client.post(reverse("me-calendar"))
    assert anybody.get(path).status_code == 410
    assert client.post(reverse("me-calendar-off"))["Location"] == reverse("me")
    assert "Make a private link" in text_of(soup(client.get(reverse("me"))).select_one("#calendar"))


def test_one_in_another_zone_is_told_so(world: SwapWorld) -> None:
    with world.tenant.transaction():
        west = services.department_create(name="West", code="W", zone="America/Los_Angeles", **world.by)
        task = services.assignment_create(
            department=west, type=world.type, code="WD", name="West Day", start_time=world.day.start_time,
            end_time=world.day.end_time, **world.by,
        )  # fmt: skip
        schedule = services.schedule_create(
            department=west, name="W", starts_on=world.first, ends_on=world.first, **world.by
        )
        services.shift_place(
            schedule_id=schedule.public_id, assignment_id=task.public_id, day=world.first,
            person_id=world.iyer.public_id, **world.by,
        )  # fmt: skip
        services.schedule_publish(schedule_id=schedule.public_id, audience=Audience.EVERYONE, **world.by)
    row = soup(world.of(world.iyer).get(reverse("me"))).select_one(".myshift__what")
    assert text_of(row) == "West Day 08:00–16:00 · West · times of America/Los Angeles"
