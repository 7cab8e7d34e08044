"""Planning ahead by keyboard alone: holidays, a block copied, a template saved and applied, a person replaced, a person who leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.models import Holiday, Pattern, Person, PublishedShift, Schedule, Shift
from scheduling.types import Audience
from tenancy.rights import Role
from tests.conftest import NOW, ROBOT, Tenant

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

BY: dict[str, Any] = {"actor": ROBOT, "now": NOW}
MONDAY = date.fromordinal(datetime.now().toordinal()) + timedelta(days=(7 - datetime.now().weekday()) + 7)  # noqa: DTZ005


class Ward:
    """Four weeks that begin the week after next: Osei has the days of the first week, Vance its nights."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        scheduler = tenant.account(Role.SCHEDULER)
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone="America/Chicago", **BY)
            services.account_grant_department(account=scheduler, department=self.department, **BY)
            make = {
                "department": self.department,
                "type": services.assignment_type_named(name="Working", hue="azure"),
                **BY,
            }
            self.day = services.assignment_create(
                code="D", name="ED Day", start_time=time(8), end_time=time(16), **make
            )
            self.night = services.assignment_create(
                code="N", name="ED Night", start_time=time(21), end_time=time(7), **make
            )
            self.osei, self.vance, self.iyer = (
                services.person_create(
                    fields={"last_name": last, "first_name": first}, department_id=self.department.id, **BY
                )
                for last, first in (("Osei", "Kofi"), ("Vance", "Roland"), ("Iyer", "Leela"))
            )
            self.schedule = services.schedule_create(
                department=self.department, name="Four weeks", starts_on=MONDAY, ends_on=MONDAY + timedelta(27), **BY
            )
            for n in range(7):
                for assignment, person in ((self.day, self.osei), (self.night, self.vance)):
                    services.shift_place(
                        schedule_id=self.schedule.public_id, assignment_id=assignment.public_id,
                        day=MONDAY + timedelta(n), person_id=person.public_id, **BY,
                    )  # fmt: skip

    def publish(self) -> None:
        with self.tenant.transaction():
            services.schedule_publish(schedule_id=self.schedule.public_id, audience=Audience.EVERYONE, **BY)

    def count(self, **wanted: Any) -> int:
        with self.tenant.transaction():
            return Shift.objects.filter(schedule=self.schedule, **wanted).count()


@pytest.fixture
def ward(tenant: Tenant) -> Ward:
    return Ward(tenant)


@pytest.fixture
def desk(page: Any, enter: Callable[..., Any], ward: Ward) -> Any:
    """A scheduler's browser."""
    return enter(page, ward.tenant, Role.SCHEDULER)


def to(page: Any, role: str, name: str) -> None:
    """Tab until that control has the focus; nothing is clicked, and nothing is focused by the test."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    wanted.wait_for()
    for _ in range(150):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached the {role} {name!r}")


def press(page: Any, role: str, name: str, key: str = "Enter") -> None:
    to(page, role, name)
    page.keyboard.press(key)


def typed_date(page: Any, day: date) -> None:
    """Into the date field in focus, as the en-US control takes it."""
    page.keyboard.type(f"{day:%m%d%Y}")


def test_copy_a_week_from_the_grids_menu(ward: Ward, desk: Any) -> None:
    desk.goto(f"/schedules/{ward.schedule.public_id}/?start={MONDAY}")
    desk.locator("summary[aria-label=More]").wait_for()
    for _ in range(60):
        desk.keyboard.press("Tab")
        if desk.evaluate("document.activeElement.getAttribute('aria-label')") == "More":
            break
    desk.keyboard.press("Enter")
    press(desk, "link", "Copy a block forward…")
    desk.wait_for_url("**/copy?start=*")
    to(desk, "spinbutton", "How often")
    desk.keyboard.press("Control+A")
    desk.keyboard.type("3")
    press(desk, "button", "Look at it first")
    # The focus stands where the preview begins.
    desk.locator("#plan-would:focus").wait_for()
    assert "42 added, 0 changed, 0 removed" in desk.locator(".panel__head").last.inner_text()
    assert ward.count() == 14
    press(desk, "button", "Copy 42 shifts")
    desk.wait_for_url("**/?start=*")
    assert "Copied: 42 added." in desk.locator(".messages").inner_text()
    assert ward.count() == 56
    assert ward.count(person=ward.osei) == 28
    assert desk.errors == []


def test_save_a_template_and_apply_it_with_rotation(ward: Ward, desk: Any) -> None:
    desk.goto(f"/schedules/{ward.schedule.public_id}/save-template?start={MONDAY}")
    to(desk, "textbox", "Name of the template")
    desk.keyboard.type("Week")
    to(desk, "radio", "These people by name")
    desk.keyboard.press("ArrowDown")  # positions
    press(desk, "button", "Save the template")
    desk.wait_for_url("**/templates/*")
    # Type into a cell: Sundays become open.
    to(desk, "combobox", "ED Day, Sunday")
    desk.keyboard.press("Control+A")
    desk.keyboard.type("open")
    press(desk, "button", "Save week 1")
    desk.locator(".messages", has_text="Week 1 was saved.").wait_for()
    press(desk, "link", "Apply to a schedule…")
    desk.wait_for_url("**/apply")
    to(desk, "textbox", "From")
    typed_date(desk, MONDAY + timedelta(7))
    to(desk, "combobox", "Place 3, waiting for a turn")
    desk.keyboard.type("Iyer")
    press(
        desk,
        "checkbox",
        "Rotate the positions With every cycle the next in the list takes position 1, and so on.",
        "Space",
    )
    press(desk, "button", "Look at it first")
    desk.locator("#plan-would:focus").wait_for()
    press(desk, "button", "Apply 42 shifts")
    desk.wait_for_url("**/schedules/*/?start=*")
    with ward.tenant.transaction():
        assert Pattern.objects.get(name="Week").rotates
        mondays = [
            Shift.objects.get(date=MONDAY + timedelta(7 * n), assignment=ward.day).person.last_name for n in (1, 2, 3)
        ]
        assert mondays == ["Vance", "Iyer", "Osei"]
        assert Shift.objects.get(date=MONDAY + timedelta(13), assignment=ward.day).person is None
    assert desk.errors == []


def test_replace_a_person_and_publish_at_once(ward: Ward, desk: Any) -> None:
    ward.publish()
    desk.goto("/replace/")
    to(desk, "combobox", "Replace")
    desk.keyboard.type("Osei")
    to(desk, "combobox", "By")
    desk.keyboard.type("Iyer")
    to(desk, "textbox", "From")
    typed_date(desk, MONDAY + timedelta(2))
    press(
        desk, "checkbox",
        "Publish the change at once where the shift is published Only who stands there; other unpublished edits stay "
        "unpublished. Both are told.",
        "Space",
    )  # fmt: skip
    press(desk, "button", "Look at it first")
    desk.locator("#plan-would:focus").wait_for()
    press(desk, "button", "Replace in 5 shifts and publish 5")
    desk.locator(".messages", has_text="5 shifts of Osei, Kofi went to Iyer, Leela. Published at once").wait_for()
    with ward.tenant.transaction():
        current = PublishedShift.objects.filter(audience="everyone", recorded_to=None)
        assert (current.filter(person=ward.iyer).count(), current.filter(person=ward.osei).count()) == (5, 2)
    assert desk.errors == []


def test_a_person_leaves(ward: Ward, desk: Any) -> None:
    ward.publish()
    desk.goto(f"/people/{ward.osei.public_id}")
    press(desk, "link", "End on…")
    desk.wait_for_url("**/end")
    to(desk, "textbox", "Last day at work")
    typed_date(desk, MONDAY + timedelta(2))
    press(desk, "button", "Look at it first")
    desk.locator("#plan-would:focus").wait_for()
    press(
        desk,
        "button",
        f"End Osei, Kofi on {MONDAY + timedelta(2):%b} {(MONDAY + timedelta(2)).day}, {(MONDAY + timedelta(2)).year}",
    )
    desk.locator(".messages", has_text="4 draft shifts are open now. Nothing was published.").wait_for()
    with ward.tenant.transaction():
        assert Person.objects.get(id=ward.osei.id).active_to == MONDAY + timedelta(2)
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None, person=ward.osei).count() == 7
    assert ward.count(person=None) == 4
    # It leads to where the schedule is published again.
    press(desk, "link", "Emergency · Four weeks")
    desk.wait_for_url("**/publish?first=*")
    press(desk, "button", "Publish to everyone")
    desk.wait_for_url("**/schedules/*/?start=*")
    with ward.tenant.transaction():
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None, person=ward.osei).count() == 3
        assert Schedule.objects.get(id=ward.schedule.id).state == "everyone"
    assert desk.errors == []


def test_holidays_of_a_year(ward: Ward, page: Any, enter: Callable[..., Any]) -> None:
    desk = enter(page, ward.tenant, Role.ADMINISTRATOR)
    desk.goto("/holidays/?year=2026")
    press(desk, "link", "US federal holidays…")
    desk.wait_for_url("**/federal?year=2026")
    press(desk, "checkbox", "Columbus Day", "Space")  # this hospital does not keep it
    press(desk, "button", "Add the ticked ones")
    desk.locator(".messages", has_text="10 holidays added.").wait_for()
    press(desk, "link", "New holiday")
    to(desk, "textbox", "Date required")
    typed_date(desk, date(2026, 3, 30))
    desk.keyboard.press("Tab")
    to(desk, "textbox", "Name required")
    desk.keyboard.type("Doctors' Day")
    press(desk, "button", "Save")
    desk.locator(".messages", has_text="Doctors' Day was added.").wait_for()
    with ward.tenant.transaction():
        assert Holiday.objects.count() == 11
        assert not Holiday.objects.filter(name="Columbus Day").exists()
    press(desk, "link", "Doctors' Day")
    press(desk, "button", "Remove this holiday")
    desk.locator(".messages", has_text="was removed.").wait_for()
    with ward.tenant.transaction():
        assert Holiday.objects.count() == 10
    assert desk.errors == []
