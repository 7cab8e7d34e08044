"""The layout editor by keyboard alone: a column moves, an error is told while typing, the sample follows, a version is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exports.layouts.parsing import layout_read
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.e2e.test_every_page import DESK, found_by_axe
from tests.e2e.test_rules_browser import go
from tests.exports.pages.conftest import Case, url

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]


def test_a_layout_is_edited_by_keyboard_and_saved(
    tenant: Tenant, tmp_path: Path, settings: Any, new_page: Callable[..., Any], enter: Callable[..., Any]
) -> None:
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    case = Case(tenant, tmp_path / "data")
    case.publish(days=2)
    row = case.connect("epic_on_call_finder")
    page = enter(new_page(*DESK), tenant, Role.ADMINISTRATOR)
    page.goto(url(row))
    go(page, "Tab", "[data-column]:nth-of-type(1) [data-act=down]")
    page.keyboard.press("Enter")
    page.locator(".l-line", has_text="TeamName,TeamID").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Move column 2 down"
    go(page, "Tab", "[data-cell=format]:not([value=''])")
    page.keyboard.type("QQ")
    page.locator("[data-why]").get_by_text("which is no token").wait_for()
    assert found_by_axe(page) == []
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    page.keyboard.type("date")
    page.keyboard.press("Home")
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    page.locator("[data-why]").wait_for(state="detached")
    go(page, "Tab", "#p-name")
    page.keyboard.press("Control+A")
    page.keyboard.type("By hand")
    go(page, "Tab", "button[name=act][value=save]")
    page.keyboard.press("Enter")
    page.locator(".messages").wait_for()
    assert "“By hand”, version 1, is in force" in page.locator(".messages").inner_text()
    kept = layout_read(case.fresh(row).settings["layout"])
    assert [one.header for one in kept.columns[:2]] == ["TeamName", "TeamID"]
    assert page.errors == []
