"""Publish, edit, see what is not published, publish one range, take it back, read what happened: by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.models import Notice, PublishedShift, Shift
from scheduling.services.notices import notices_leave
from tenancy.rights import Role
from tests.conftest import NOW, Tenant
from tests.scheduling.pages.conftest import BY, World

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

DAY = date(2031, 3, 3)


@pytest.fixture
def world(tenant: Tenant) -> World:
    """A week, years ahead of the clock, so that nothing of it has begun."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    world = World(tenant)
    with tenant.transaction():
        world.schedule = services.schedule_create(
            department=world.department, name="Later", starts_on=DAY, ends_on=DAY + timedelta(days=6), **BY
        )
        services.person_change(person_id=world.people[0].public_id, fields={"email": "osei@ed.example"}, **BY)
    for n in range(7):
        world.place(DAY + timedelta(days=n), person=world.people[0])
    return world


def press(page: Any, role: str, name: str, key: str = "Enter") -> None:
    """Go to a control and press a key: no pointer."""
    page.get_by_role(role, name=name).first.focus()
    page.keyboard.press(key)


def published(world: World) -> list[date]:
    with world.tenant.transaction():
        rows = PublishedShift.objects.filter(audience="everyone", recorded_to=None).order_by("date")
        return list(rows.values_list("date", flat=True))


def test_publish_edit_publish_a_range_and_take_it_back(world: World, page: Any, enter: Callable[..., Any]) -> None:
    enter(page, world.tenant, Role.SCHEDULER)
    page.goto(world.url("schedule-publish"))

    # Everything, to everyone; the person whose shifts they are is told unless somebody says otherwise.
    assert page.get_by_role("checkbox", name="The 1 person whose shifts change").is_checked()
    press(page, "button", "Publish to everyone")
    page.wait_for_url("**/schedules/*/?start=*")
    assert "Publication 1 to everyone: 7 added. 1 told." in page.locator(".messages").inner_text()

    # Two edits; the page says that they are not published, and the list of schedules counts them.
    with world.tenant.transaction():
        for shift in Shift.objects.filter(schedule=world.schedule).order_by("date")[:2]:
            services.shift_change(
                shift_id=shift.public_id, version=1, fields={"person_id": world.people[1].public_id}, **BY
            )
    page.goto("/schedules/")
    press(page, "link", "2 changes of Later")
    page.wait_for_url("**/publish")
    assert "2 changes not published" in page.locator(".reach").inner_text()
    assert page.locator("ul.by-day").is_hidden()
    press(page, "radio", "By person", "ArrowRight")
    assert page.locator("ul.by-day").is_visible()
    assert "Osei, Kofi" in page.locator("ul.by-day").inner_text()

    # One day of them: the field sends the form by itself, and the count follows.
    page.get_by_label("To", exact=True).focus()
    page.get_by_label("To", exact=True).fill(DAY.isoformat())
    page.wait_for_url(f"**last={DAY}**")
    assert "0 added, 1 changed, 0 removed" in page.locator("#p-diff").inner_text()
    press(page, "checkbox", "The 2 people whose shifts change", "Space")
    press(page, "button", "Publish to everyone")
    page.wait_for_url("**/schedules/*/?start=*")
    assert "Publication 2 to everyone: 1 changed." in page.locator(".messages").inner_text()

    # Take the first two days back, with a reason.
    page.goto(world.url("schedule-publish"))
    press(page, "link", "Take back…")
    page.wait_for_url("**/recall")
    page.get_by_label("To", exact=True).focus()
    page.get_by_label("To", exact=True).fill((DAY + timedelta(days=1)).isoformat())
    page.wait_for_url(f"**last={DAY + timedelta(days=1)}**")
    press(page, "button", "Take back 2 shifts from everyone")
    assert page.locator("#reason:focus").count() == 1, "the browser leads to what is missing"
    page.keyboard.type("Wrong week")
    page.keyboard.press("Enter")
    page.wait_for_url("**/schedules/*/?start=*")
    assert "Taken back from everyone as publication 3: 2 removed." in page.locator(".messages").inner_text()
    assert published(world) == [DAY + timedelta(days=n) for n in range(2, 7)]
    with world.tenant.transaction():
        assert Notice.objects.filter(kind="schedule.recalled").count() == 1  # Vance has no address

    # What happened to the first shift: from the log to its timeline, and to everything of the recall.
    page.goto("/changes/?published=acts")
    press(page, "link", "Timeline of ED Day, 2031-03-03, Vance, Roland")
    page.wait_for_url("**/timeline")
    assert "It was taken back from everyone" in page.locator(".timeline").inner_text()
    assert "Nobody" not in page.locator(".panel").inner_text(), "administrators still have it"
    assert page.errors == []


def test_notices_and_preferences_by_keyboard(tenant: Tenant, page: Any, enter: Callable[..., Any]) -> None:
    account = tenant.account(Role.PROVIDER)
    with tenant.transaction():
        notices_leave(
            kind="swap.asked", subject="Haddad offers you a shift", lines=["OR Call 1."], link="/schedules/", now=NOW,
            account_ids=[account.id],
        )  # fmt: skip
    enter(page, tenant, Role.PROVIDER)
    page.goto("/schedules/")
    press(page, "link", "Notices, 1 not read")
    page.wait_for_url("**/notices/")
    press(page, "link", "What you are told")
    page.wait_for_url("**/notices/preferences")
    # A radio group is one stop: arrows choose.
    group = page.get_by_role("group", name="Somebody offers me a shift")
    group.get_by_role("radio", name="E-mail at once").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notices/preferences")
    page.get_by_text("Saved. It holds from the next notice on.").wait_for()
    assert group.get_by_role("radio", name="Daily e-mail").is_checked()
    page.goto("/notices/?show=unread")
    press(page, "button", "Open")
    page.wait_for_url("**/schedules/")
    assert page.get_by_role("link", name="Notices", exact=True).count() == 1
    with tenant.transaction():
        assert Notice.objects.get().read_at is not None
    assert page.errors == []
