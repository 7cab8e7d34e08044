"""Requests in a real browser, by keyboard alone: a provider asks on a phone, a scheduler approves with a replacement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.models import Request
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.e2e.test_every_page import DESK, PHONE
from tests.e2e.test_swaps_browser import tab_to, unsightly
from tests.scheduling.requests.conftest import BY, Desk

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]


class Ahead(Desk):
    """A department whose published month lies ahead of the real clock, because the pages ask it."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        today = datetime.now(UTC).date()
        self.first = (today.replace(day=1) + timedelta(days=63)).replace(day=1)
        with tenant.transaction():
            self.schedule = services.schedule_create(
                department=self.department, name="Ahead", starts_on=self.first,
                ends_on=self.first + timedelta(days=27), **BY,
            )  # fmt: skip
        self.shift = self.place(self.at(11), person=self.people[0])
        self.publish()

    def at(self, n: int) -> date:
        """The n-th day of the month."""
        return self.first + timedelta(days=n - 1)


@pytest.fixture
def ahead(tenant: Tenant) -> Ahead:
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    return Ahead(tenant)


def test_asked_on_a_phone_approved_at_a_desk(
    ahead: Ahead, new_page: Callable[..., Any], enter: Callable[..., Any]
) -> None:
    phone = enter(new_page(*PHONE), ahead.tenant, Role.PROVIDER)
    phone.goto(f"/requests/new?month={ahead.first:%Y-%m}")
    # Into the calendar: one tab stop, arrows, Enter for the first day and the last.
    phone.locator("[data-day][tabindex='0']").focus()
    assert phone.evaluate("document.activeElement.dataset.day") == ahead.at(1).isoformat()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        phone.keyboard.press(key)
    assert phone.evaluate("document.activeElement.dataset.day") == ahead.at(10).isoformat()
    phone.keyboard.press("Enter")
    phone.locator("[data-announce]", has_text="Choose the last day").wait_for(state="attached")
    phone.keyboard.press("ArrowRight")
    phone.keyboard.press("ArrowRight")
    phone.keyboard.press(" ")
    assert phone.locator("[name=first]").input_value() == ahead.at(10).isoformat()
    assert phone.locator("[name=last]").input_value() == ahead.at(12).isoformat()
    assert phone.locator("[data-day].is-chosen").count() == 3
    tab_to(phone, "Which")
    phone.keyboard.type("Vac")
    tab_to(phone, "Note")
    phone.keyboard.type("Away with the family")
    tab_to(phone, "Ask")
    phone.keyboard.press("Enter")
    phone.locator(".messages:has-text('It waits for a decision.')").wait_for()
    assert "You work on these days" in phone.locator("main").inner_text()
    assert unsightly(phone) == {}

    with ahead.tenant.transaction():
        asked = Request.objects.get()
    assert (asked.first, asked.last, asked.assignment_id) == (ahead.at(10), ahead.at(12), ahead.vacation.id)
    desk = enter(new_page(*DESK), ahead.tenant, Role.SCHEDULER)
    desk.goto("/requests/")
    tab_to(desk, "Osei, Kofi")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/requests/{asked.public_id}")
    named = f"ED Day on {ahead.at(11):%b} {ahead.at(11).day}"
    # Approving without an answer is refused, nothing is lost, and the focus is where the answer is missing.
    tab_to(desk, "Approve")
    desk.keyboard.press("Enter")
    desk.locator(f"[role=alert]:has-text('Choose somebody else for {named}.')").wait_for()
    assert desk.evaluate("document.activeElement.getAttribute('aria-label')") == f"Who takes {named}"
    desk.keyboard.type("Iyer")
    tab_to(desk, "Approve")
    desk.keyboard.press("Enter")
    desk.locator(".messages:has-text('was approved')").wait_for()
    told = desk.locator(".messages").inner_text()
    assert "Publication 2 gives 1 shift to others." in told
    assert "Vacation was placed in the draft on 3 days." in told
    assert unsightly(desk) == {}
    assert ahead.published() == [(ahead.at(11).isoformat(), "D", "Iyer, Leela")]
    assert [line for line in ahead.draft() if line[1] == "VAC"] == [
        (ahead.at(n).isoformat(), "VAC", "Osei, Kofi") for n in (10, 11, 12)
    ]

    # The provider reads it, and takes it back.
    phone.reload()
    assert "Approved" in phone.locator(".page__head").inner_text()
    tab_to(phone, "Withdraw this request")
    phone.keyboard.press("Enter")
    tab_to(phone, "Withdraw")
    phone.keyboard.press("Enter")
    phone.locator(".messages:has-text('was withdrawn')").wait_for()
    assert [line for line in ahead.draft() if line[1] == "VAC"] == []
    assert ahead.published() == [(ahead.at(11).isoformat(), "D", "Iyer, Leela")], "what was handed over stays"
    assert [text for text in phone.errors + desk.errors if "422" not in text] == []


def test_a_rule_is_made_previewed_and_answers(
    ahead: Ahead, new_page: Callable[..., Any], enter: Callable[..., Any]
) -> None:
    ahead.ask(ahead.at(2), ahead.at(9), who=1)
    desk = enter(new_page(*DESK), ahead.tenant, Role.SCHEDULER)
    desk.goto("/requests/rules/")
    tab_to(desk, "New rule")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/requests/rules/new?*")
    desk.get_by_role("link", name="Too long").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**condition=longest")
    desk.get_by_label("At most days").focus()
    desk.keyboard.press("Control+A")
    desk.keyboard.type("3")
    tab_to(desk, "Preview")
    desk.keyboard.press("Enter")
    desk.locator("#preview:has-text('It is 8 days in a row; at most 3.')").wait_for()
    assert unsightly(desk) == {}
    tab_to(desk, "Save the rule")
    desk.keyboard.press("Enter")
    desk.locator(".messages:has-text('the rule stands from now on')").wait_for()
    assert ahead.ask(ahead.at(2), ahead.at(8), who=2).held == "It is 7 days in a row; at most 3."
    assert desk.errors == []


def test_without_script_the_calendars_links_choose_the_range(
    ahead: Ahead, new_page: Callable[..., Any], enter: Callable[..., Any]
) -> None:
    page = enter(new_page(*DESK, java_script_enabled=False), ahead.tenant, Role.PROVIDER)
    page.goto(f"/requests/new?month={ahead.first:%Y-%m}")
    for n in (16, 18):
        page.locator(f"[data-day='{ahead.at(n)}']").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{ahead.at(n)}*")
    assert page.locator("[name=first]").input_value() == ahead.at(16).isoformat()
    assert page.locator("[name=last]").input_value() == ahead.at(18).isoformat()
    page.get_by_role("button", name="Ask").focus()
    page.keyboard.press("Enter")
    page.locator(".messages:has-text('It waits for a decision.')").wait_for()
    with ahead.tenant.transaction():
        assert Request.objects.values_list("first", "last").get() == (ahead.at(16), ahead.at(18))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_of_requests_reads_well(
    ahead: Ahead, new_page: Callable[..., Any], enter: Callable[..., Any], size: tuple[int, int]
) -> None:
    """The strip above all: in light and dark, at a desk and on a phone."""
    ahead.rule("most_off", "hold", count=1)
    window = ahead.window(covers_from=date(2020, 1, 1))
    rule = ahead.rule("dates", "deny", dates=f"{ahead.at(20)}")
    granted = ahead.ask(ahead.at(3), ahead.at(6), who=1)
    ahead.decide(granted, reason="ok")
    ahead.decide(ahead.ask(ahead.at(5), ahead.at(8), who=2), reason="ok")
    waiting = ahead.ask(ahead.at(10), ahead.at(12), assignment_id=ahead.vacation.public_id, note="A note")
    ahead.ask(ahead.at(20), who=3)
    month = f"{ahead.first:%Y-%m}"
    pages = {
        Role.SCHEDULER: [
            "/requests/?state=all", f"/requests/month?month={month}", f"/requests/{waiting.public_id}",
            f"/requests/{granted.public_id}", f"/requests/new?person={ahead.people[1].public_id}&month={month}",
            f"/requests/{waiting.public_id}/change", "/requests/rules/", "/requests/rules/new",
            f"/requests/rules/{rule.public_id}", "/requests/windows/new", f"/requests/windows/{window.public_id}",
        ],
        Role.PROVIDER: ["/requests/", f"/requests/new?month={month}", f"/requests/{waiting.public_id}"],
    }  # fmt: skip
    said = {}
    for role, addresses in pages.items():
        page = enter(new_page(*size), ahead.tenant, role)
        for address in addresses:
            assert page.goto(address).status == 200
            page.wait_for_load_state("networkidle")
            said[f"{role} {address}"] = unsightly(page) | ({"console": page.errors} if page.errors else {})
    assert {where: what for where, what in said.items() if what} == {}
