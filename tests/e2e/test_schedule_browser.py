"""One scheduler's morning in a real browser, by keyboard alone: sign in, correct a cell, publish."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.models import PublishedShift, Shift
from tenancy.rights import Role
from tenancy.services import account_create, organization_domain_add
from tests.conftest import NOW, ROBOT, Tenant

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

PASSWORD = "correct horse battery"
BY: dict[str, Any] = {"actor": ROBOT, "now": NOW}


def _world(tenant: Tenant) -> Any:
    """A department with four weeks of ED Day held by Osei, and one person more."""
    with tenant.transaction():
        organization_domain_add(domain=f"{tenant.slug}.example", **BY)
        account = account_create(
            email=f"s@{tenant.slug}.example", name="Sabine Brandt", role=Role.SCHEDULER, password=PASSWORD, **BY
        )
        department = services.department_create(name="Emergency", code="ED", zone="America/Chicago", **BY)
        services.account_grant_department(account=account, department=department, **BY)
        kind = services.assignment_type_named(name="Working", hue="azure")
        day = services.assignment_create(
            department=department, type=kind, code="D", name="ED Day", start_time=time(8), end_time=time(16), **BY
        )
        osei, _vance = (
            services.person_create(fields={"last_name": last, "first_name": "A"}, department_id=department.id, **BY)
            for last in ("Osei", "Vance")
        )
        first = NOW.date() - timedelta(days=NOW.date().weekday())
        schedule = services.schedule_create(
            department=department, name="March", starts_on=first, ends_on=first + timedelta(days=27), **BY
        )
        for n in range(28):
            services.shift_place(
                schedule_id=schedule.public_id, assignment_id=day.public_id, day=first + timedelta(days=n),
                person_id=osei.public_id, **BY,
            )  # fmt: skip
    return schedule


def test_sign_in_correct_a_cell_by_keyboard_and_publish(tenant: Tenant, page: Any) -> None:
    schedule = _world(tenant)
    page.goto("/signin")
    page.keyboard.press("Tab")  # the skip link comes first
    page.get_by_label("Work e-mail").focus()
    page.keyboard.type(f"s@{tenant.slug}.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/schedules/")
    page.goto(f"/schedules/{schedule.public_id}/?start={schedule.starts_on}")

    # One tab stop; the third day of the second week is two right and one week down.
    page.locator('table[role=grid] td[tabindex="0"]').focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "PageDown"):
        page.keyboard.press(key)
    cell = page.locator("table[role=grid] td:focus")
    assert cell.inner_text().strip() == "Osei"

    # Enter opens Select at its search box; typing narrows; Enter replaces Osei by Vance and goes back to the cell.
    page.keyboard.press("Enter")
    page.locator("[data-place-filter]:focus").wait_for()
    page.keyboard.type("van")
    page.keyboard.press("Enter")
    page.locator("td:focus", has_text="Vance").wait_for()
    day = schedule.starts_on + timedelta(days=9)
    with tenant.transaction():
        assert Shift.objects.get(schedule=schedule, date=day).person.last_name == "Vance"

    # N goes to the note, Enter saves it, Delete clears the next cell.
    page.keyboard.press("n")
    page.locator("[name=note]:focus").wait_for()
    page.keyboard.type("Ring first")
    page.keyboard.press("Enter")
    page.locator("td:focus", has_text="note").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    page.locator("td:focus:empty").wait_for()
    with tenant.transaction():
        assert Shift.objects.get(schedule=schedule, date=day).note == "Ring first"
        assert not Shift.objects.filter(schedule=schedule, date=day + timedelta(days=1)).exists()

    # Publish.
    page.get_by_role("link", name="Publish…").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Publish to everyone").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/schedules/*/?start=*")
    assert "Publication 1 to everyone: 27 added." in page.locator(".messages").inner_text()
    with tenant.transaction():
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None).count() == 27
    assert page.errors == []


def test_a_second_writer_is_told_on_the_page_and_may_save_over_it(tenant: Tenant, page: Any) -> None:
    schedule = _world(tenant)
    page.goto("/signin")
    page.get_by_label("Work e-mail").fill(f"s@{tenant.slug}.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/schedules/")
    page.goto(f"/schedules/{schedule.public_id}/?start={schedule.starts_on}")
    page.locator("table[role=grid] td").first.click()
    page.get_by_text("Note, times, order").click()
    page.locator("[data-inspector] [name=note]").fill("Mine")
    with tenant.transaction():
        shift = Shift.objects.get(schedule=schedule, date=schedule.starts_on)
        services.shift_change(shift_id=shift.public_id, version=1, fields={"note": "Theirs"}, **BY)
    page.get_by_role("button", name="Save", exact=True).click()
    alert = page.locator("[data-inspector] [role=alert]")
    alert.wait_for()
    assert "Test changed this shift" in alert.inner_text()
    assert "Note: Theirs" in alert.inner_text()
    with tenant.transaction():
        assert Shift.objects.get(id=shift.id).note == "Theirs"
    alert.get_by_role("button", name="Save mine over it").click()
    alert.wait_for(state="detached")
    with tenant.transaction():
        assert Shift.objects.get(id=shift.id).note == "Mine"
    assert [text for text in page.errors if "409" not in text] == []
