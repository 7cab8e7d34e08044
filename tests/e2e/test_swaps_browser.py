"""Swaps and Me in a real browser, by keyboard alone: offer, accept by link in a browser that has never been here, approve, done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from scheduling.models import CalendarFeed, Notice, Swap
from tenancy.models import Account
from tests.conftest import Tenant
from tests.e2e.test_every_page import DESK, PHONE, found_by_axe
from tests.scheduling.swaps_world import SwapWorld

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]


@pytest.fixture
def world(tenant: Tenant) -> SwapWorld:
    """The department, with shifts that lie ahead of the real clock: the pages ask it."""
    now = datetime.now(UTC)
    monday = now.date() + timedelta(days=14 - now.weekday())
    return SwapWorld(tenant, first=monday, now=now)


def enter(page: Any, world: SwapWorld, account: Account) -> Any:
    """Sign the page's browser in."""
    cookie = world.client(account).cookies["rc_session"].value
    page.context.add_cookies([{"name": "rc_session", "value": cookie, "domain": "127.0.0.1", "path": "/"}])
    return page


def tab_to(page: Any, name: str, *, limit: int = 120) -> None:
    """Press Tab until the control of that name has the focus, as somebody without a mouse does."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(NAMED) == name:
            return
    raise AssertionError(f"Tab never reaches {name!r}")


NAMED = """() => { const one = document.activeElement; return (one.getAttribute('aria-label')
  || (one.labels && one.labels[0] ? one.labels[0].textContent : one.textContent) || '').replace(/\\s+/g, ' ').trim(); }"""


def unsightly(page: Any) -> dict[str, Any]:
    """What is wrong with the page in either theme, or sticks out."""
    said: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        said[scheme] = found_by_axe(page)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    said["too wide"] = wide if wide > 0 else 0
    return {where: what for where, what in said.items() if what}


def test_offer_accept_by_link_approve_done(world: SwapWorld, new_page: Callable[..., Any]) -> None:
    scheduler = world.scheduler()
    monday = world.first
    day = f"{monday:%a %b} {monday.day}"

    # From Me: the options of Monday's shift, Offer swap; everybody is asked; the page says whose the shift is.
    giver = enter(new_page(*PHONE), world, world.accounts[0])
    giver.goto("/me/")
    assert unsightly(giver) == {}
    tab_to(giver, f"Options for ED Day, {day}")
    giver.keyboard.press("Enter")
    tab_to(giver, "Offer swap")
    giver.keyboard.press("Enter")
    giver.get_by_role("heading", name=f"Offer ED Day, {day}").wait_for()
    assert "You stay responsible for this shift until the swap is done." in giver.locator("main").inner_text()
    assert unsightly(giver) == {}
    tab_to(giver, "Offer the shift")
    giver.keyboard.press("Enter")
    giver.get_by_text("Offered to 3 people.").wait_for()
    assert unsightly(giver) == {}

    # Osei's mail holds a link; it opens in a browser that has never been here, and one press accepts.
    with world.tenant.transaction():
        link = Notice.objects.get(kind="swap.asked", account_id=world.accounts[1].id).letter_link
        iyers = Notice.objects.get(kind="swap.asked", account_id=world.accounts[2].id).letter_link
    fresh = new_page(*PHONE)
    fresh.goto(link)
    assert unsightly(fresh) == {}
    tab_to(fresh, "Accept")
    fresh.keyboard.press("Enter")
    fresh.get_by_role("heading", name="Accepted").wait_for()
    assert unsightly(fresh) == {}
    with world.tenant.transaction():
        assert Swap.objects.get().state == "accepted"
    assert set(world.published().values()) == {"Haddad", "Osei"}

    # Iyer comes too late, and is told who was first.
    late = new_page(*DESK)
    assert late.goto(iyers).status == 410
    assert "Osei, Kofi accepted first." in late.locator("main").inner_text()
    assert unsightly(late) == {}

    # The department approves: Swaps, the one that waits, Approve.
    desk = enter(new_page(*DESK), world, scheduler)
    desk.goto("/swaps/")
    assert unsightly(desk) == {}
    tab_to(desk, f"ED Day, {day}, 08:00–16:00")
    desk.keyboard.press("Enter")
    desk.get_by_role("heading", name="Approve?").wait_for()
    assert unsightly(desk) == {}
    tab_to(desk, "Approve and publish")
    desk.keyboard.press("Enter")
    desk.get_by_text("Approved, done and published: Osei, Kofi has").wait_for()
    assert world.published()[f"{monday.day} D"] == "Osei"
    assert fresh.goto(link).status == 410
    errors = [text for page in (giver, fresh, desk) for text in page.errors if "410" not in text]
    assert errors == []


def test_an_exchange_prepared_and_answered_in_the_product(world: SwapWorld, new_page: Callable[..., Any]) -> None:
    world.settings(approval=False)
    giver = enter(new_page(*DESK), world, world.accounts[0])
    giver.goto(f"/swaps/offer/{world.shifts[0].public_id}")
    tab_to(giver, "Exchange with Osei, Kofi")
    giver.keyboard.press("Enter")
    giver.get_by_label("Shift of Osei, Kofi").focus()
    giver.keyboard.press("ArrowDown")
    giver.keyboard.press("ArrowDown")
    tab_to(giver, "Offer the shift")
    giver.keyboard.press("Enter")
    giver.get_by_text("Offered to 1 person.").wait_for()

    taker = enter(new_page(*PHONE), world, world.accounts[1])
    taker.goto("/me/")
    assert unsightly(taker) == {}
    monday = world.first
    tab_to(taker, f"Accept ED Day, {monday:%a %b} {monday.day}, 08:00–16:00")
    taker.keyboard.press("Enter")
    taker.get_by_text("Done and published").wait_for()
    thursday = monday + timedelta(days=3)
    published = world.published()
    assert (published[f"{monday.day} D"], published[f"{thursday.day} D"]) == ("Osei", "Haddad")
    assert giver.errors + taker.errors == []


def test_what_to_give_is_chosen_by_link(world: SwapWorld, new_page: Callable[..., Any]) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei], wants="any", now=world.now)
    fresh = new_page(*PHONE)
    fresh.goto(made.links[world.osei.id])
    fresh.get_by_label("Which of your shifts do you give?").focus()
    fresh.keyboard.press("ArrowDown")
    accept = fresh.get_by_role("button", name="Accept, and give ED Day")
    accept.wait_for()
    assert fresh.locator("table.sides .is-coming").count() == 2
    accept.focus()
    fresh.keyboard.press("Enter")
    fresh.get_by_role("heading", name="Done: the shift is yours").wait_for()
    wednesday = world.first + timedelta(days=2)
    assert world.published()[f"{wednesday.day} D"] == "Haddad"
    assert fresh.errors == []


def test_the_department_says_how_it_swaps(world: SwapWorld, new_page: Callable[..., Any]) -> None:
    desk = enter(new_page(*DESK), world, world.scheduler())
    desk.goto(f"/departments/{world.department.public_id}/swaps")
    assert unsightly(desk) == {}
    desk.get_by_label("Swaps need approval").focus()
    desk.keyboard.press("Space")
    tab_to(desk, "Save")
    desk.keyboard.press("Enter")
    desk.get_by_text("How Emergency swaps was saved.").wait_for()
    assert world.offer(to=[world.osei], now=world.now).swap.is_open
    assert desk.errors == []


def test_the_calendar_link_is_made_copied_and_turned_off(world: SwapWorld, new_page: Callable[..., Any]) -> None:
    page = enter(new_page(*PHONE), world, world.accounts[0])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/me/")
    tab_to(page, "Make a private link")
    page.keyboard.press("Enter")
    page.get_by_text("Your private link is ready.").wait_for()
    assert unsightly(page) == {}
    tab_to(page, "Copy link")
    page.keyboard.press("Enter")
    page.locator("[data-copied]").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    path = copied[copied.index("/calendar/") :]
    anybody = Client(headers={"host": "localhost"})
    assert anybody.get(path).content.count(b"BEGIN:VEVENT") == 2
    page.goto("/me/")
    tab_to(page, "Turn off")
    page.keyboard.press("Enter")
    page.get_by_text("Your calendar link is off.").wait_for()
    assert anybody.get(path).status_code == 410
    with world.tenant.transaction():
        assert not CalendarFeed.objects.filter(revoked_at=None).exists()
    assert page.errors == []
