"""Rules by keyboard alone: one is made after a look at what it finds, a conflict is kept with a reason, pairs are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scheduling import services
from scheduling.models import Rule, ShiftOverride
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.e2e.test_every_page import DESK
from tests.scheduling.rules.conftest import BY, Ward, days

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]


@pytest.fixture
def ward(tenant: Tenant) -> Ward:
    """A schedule that runs now, in which somebody has eight hours between two shifts."""
    made = Ward(tenant)
    account = tenant.account(Role.SCHEDULER)
    with tenant.transaction():
        services.account_grant_department(account=account, department=made.department, **BY)
        made.schedule = made.plan(made.today(), made.today() + days(13))
    made.place(made.late, made.today(), made.elena)
    made.place(made.day, made.today() + days(1), made.elena)
    return made


@pytest.fixture
def page(ward: Ward, new_page: Callable[..., Any], enter: Callable[..., Any]) -> Any:
    """The department's scheduler at a desk."""
    return enter(new_page(*DESK), ward.tenant, Role.SCHEDULER)


def go(page: Any, key: str, to: str, *, most: int = 200) -> None:
    """Press a key until the focus stands on what a selector names."""
    for _ in range(most):
        if page.evaluate("to => document.activeElement.matches(to)", to):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never reached {to}")


def test_a_rule_is_made_after_a_look_and_its_conflict_kept_with_a_reason(ward: Ward, page: Any) -> None:
    page.goto("/rules/")
    go(page, "Tab", "a[href='/rules/new']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/new")
    go(page, "Tab", "a[href='?kind=rest']")
    page.keyboard.press("Enter")
    page.wait_for_url("**kind=rest")
    go(page, "Tab", "[name=name]")
    page.keyboard.type("Ten hours off")
    go(page, "Tab", "[name=p_hours]")
    page.keyboard.type("10")
    go(page, "Tab", "button[name=try]")
    page.keyboard.press("Enter")
    page.locator(".trial:focus").wait_for()
    assert "1 conflict in " in page.locator(".trial").inner_text()
    assert "8 h after Late 1" in page.locator(".trial").inner_text()
    with ward.tenant.transaction():
        assert Rule.objects.count() == 0
    go(page, "Shift+Tab", "form .btn--primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/")
    assert "Ten hours off holds from now on." in page.locator(".messages").inner_text()

    day = ward.today() + days(1)
    page.goto(f"/schedules/{ward.schedule.public_id}/?start={ward.today()}&row={ward.day.public_id}&date={day}")
    page.get_by_text("Override with a reason…").focus()
    page.keyboard.press("Enter")
    go(page, "Tab", "[name=reason]")
    page.keyboard.type("She asked for it")
    page.keyboard.press("Enter")
    page.get_by_text("Let it stand again").wait_for()
    with ward.tenant.transaction():
        assert ShiftOverride.objects.get().reason == "She asked for it"
    assert [one.override for one in ward.conflicts()] == ["She asked for it"]
    assert page.errors == []


def test_arrows_move_in_the_matrix_and_figures_choose(ward: Ward, page: Any) -> None:
    page.goto(f"/departments/{ward.department.public_id}/compatibility")
    go(page, "Tab", "select")
    for key in ("ArrowDown", "ArrowRight", "3", "ArrowLeft", "2"):
        page.keyboard.press(key)
    chosen = page.locator("select:not([data-how=apart])").evaluate_all(
        "all => all.map(one => `${one.getAttribute('aria-label')}: ${one.value}`)"
    )
    assert chosen == ["Late 1 with OR Call 2: compatible", "Late 1 with OR Day: not"]
    go(page, "Tab", "form .btn--primary")
    page.keyboard.press("Enter")
    page.locator(".messages").wait_for()
    assert "2 pairs changed." in page.locator(".messages").inner_text()
    assert page.errors == []


def test_without_script_every_form_still_works(ward: Ward, chromium: Any, address: str) -> None:
    client = ward.tenant.client(Role.SCHEDULER)
    context = chromium.new_context(java_script_enabled=False, base_url=address)
    context.add_cookies([{"name": "rc_session", "value": client.cookies["rc_session"].value, "url": address}])
    page = context.new_page()
    page.goto("/rules/new?kind=consecutive")
    page.get_by_label("Name").first.fill("Six days")
    page.locator("[name=p_limit]").fill("6")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/rules/")
    with ward.tenant.transaction():
        assert Rule.objects.get().parameters == {"limit": 6, "unit": "days"}
    context.close()
