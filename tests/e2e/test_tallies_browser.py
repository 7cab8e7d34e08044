"""A tally with a target, made in a real browser by keyboard alone, with its numbers counted while it is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from scheduling.models import Tally, TallyTarget
from tenancy.rights import Role
from tenancy.services import organization_domain_add
from tests.conftest import Tenant
from tests.scheduling.tallies.conftest import BY, Ward, ward  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]


PASSWORD = "correct horse battery"


def sign_in(page: Any, tenant: Tenant) -> None:
    """By keyboard."""
    with tenant.transaction():
        organization_domain_add(domain=f"{tenant.slug}.example", **BY)
    page.goto("/signin")
    page.get_by_label("Work e-mail").focus()
    page.keyboard.type(tenant.account(Role.SCHEDULER).email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/signin" not in url)


def test_a_tally_with_a_target_is_made_by_keyboard(ward: Ward, page: Any) -> None:  # noqa: F811
    for day in (3, 7, 12):
        ward.place(date(2026, 3, day))
    ward.publish()
    sign_in(page, ward.tenant)
    page.goto("/tallies/?first=2026-03-01&last=2026-03-31")
    page.get_by_role("link", name="New tally").first.focus()
    page.keyboard.press("Enter")
    page.locator("#id_name").focus()
    page.keyboard.type("Nights")
    page.keyboard.press("Tab")
    page.keyboard.type("Night")

    # The numbers follow the form: dates, then the type, each ticked with the space bar.
    page.locator("#preview-first").focus()
    page.keyboard.type("03012026")
    page.locator("#preview-last").focus()
    page.keyboard.type("03312026")
    page.get_by_role("checkbox", name="Call", exact=True).focus()
    page.keyboard.press("Space")
    page.locator("[data-preview-place] tr", has_text="Osei, A").filter(has_text="3").wait_for()
    page.get_by_role("checkbox", name="Sat").focus()
    page.keyboard.press("Space")
    page.locator("[data-preview-place] tr", has_text="Osei, A").filter(has_text="1").wait_for()
    page.get_by_role("checkbox", name="Sat").focus()
    page.keyboard.press("Space")
    page.locator("#id_name").focus()
    page.keyboard.press("Enter")

    # A target for everyone.
    page.wait_for_url("**/tallies/*/#targets")
    page.locator("#target_value").focus()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove the target for Everyone").wait_for()
    with ward.tenant.transaction():
        tally, target = Tally.objects.get(), TallyTarget.objects.get()
        assert (tally.name, tally.short, tally.selection["types"]) == ("Nights", "Night", [ward.call.id])
        assert tally.selection["weekdays"] == []
        assert (target.value, target.period) == (Decimal(4), "28_days")

    # Its number, and what is behind it.
    page.goto("/tallies/?first=2026-03-01&last=2026-03-28")
    row = page.locator("table.tallies tbody tr", has_text="Osei")
    assert "−1" in row.inner_text()
    row.locator("a.figure").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Nights: Osei, A").wait_for()
    assert page.get_by_role("rowheader", name="Sat, Mar 7, 2026").count() == 1
    assert page.errors == []
