"""A view made, shared by link and opened in a fresh browser, by keyboard alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from scheduling import services
from scheduling.models import ShareLink, ShareVisit, View
from tenancy.wall import local_date
from tests.e2e.test_tallies_browser import sign_in
from tests.scheduling.tallies.conftest import BY, Ward, ward  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

CELL = "312 555 0142"


def _world(ward: Ward) -> None:  # noqa: F811
    """This week, published: Osei tonight, with a phone."""
    today = local_date(timezone.now(), "America/Chicago")  # the organization's
    with ward.tenant.transaction():
        services.person_change(person_id=ward.people[0].public_id, fields={"cell": CELL}, **BY)
        schedule = services.schedule_create(
            department=ward.emergency, name="Now", starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=9),
            **BY,
        )  # fmt: skip
    ward.schedules.insert(0, schedule)
    ward.place(today, person=0)
    ward.publish(schedule)


def test_a_view_is_made_shared_and_opened_elsewhere_by_keyboard(ward: Ward, page: Any) -> None:  # noqa: F811
    _world(ward)
    sign_in(page, ward.tenant)
    page.goto("/views/")
    page.get_by_role("link", name="New view").focus()
    page.keyboard.press("Enter")
    page.locator("#id_name").focus()
    page.keyboard.type("Lobby")
    page.get_by_role("checkbox", name="Contacts").focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Emergency", exact=True).focus()
    page.keyboard.press("Space")
    page.locator("[data-preview-place] .shift", has_text="Osei").wait_for()
    assert CELL in page.locator("[data-preview-place]").inner_text()
    page.locator("#id_name").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Lobby").wait_for()
    assert CELL in page.locator(".shift", has_text="Osei").inner_text()

    # A link for those who do not sign in: it is shown once, ready to be copied.
    page.get_by_role("link", name="Share").focus()
    page.keyboard.press("Enter")
    page.locator("#id_label").focus()
    page.keyboard.type("Screen in the lobby")
    page.keyboard.press("Enter")
    field = page.locator("#made-link:focus")
    field.wait_for()
    link = field.input_value()
    path = link[link.index("/share/") :]
    with ward.tenant.transaction():
        assert (View.objects.get().name, ShareLink.objects.get().contacts) == ("Lobby", False)

    # Somebody else's browser: the view, without contacts; by the keyboard to one day and back.
    fresh = page.context.browser.new_context(
        base_url=page.url[: page.url.index("/views")], viewport={"width": 390, "height": 800}
    )
    other = fresh.new_page()
    assert other.goto(path).status == 200
    assert "Osei" in other.locator("main").inner_text()
    assert CELL not in other.content()
    other.get_by_role("link", name="Day", exact=True).focus()
    other.keyboard.press("Enter")
    other.wait_for_url("**show=day**")
    assert other.locator(".shift", has_text="Osei").count() == 1
    assert fresh.cookies() == []
    with ward.tenant.transaction():
        assert list(ShareVisit.objects.values_list("outcome", flat=True)) == ["shown", "shown"]

    # Revoked by keyboard; the other browser is told.
    page.goto(page.url.replace("/links", "/sharing"))
    page.get_by_role("button", name="Revoke the link for Screen in the lobby").focus()
    page.keyboard.press("Enter")
    page.locator(".messages", has_text="opens nothing any more").wait_for()
    assert other.reload().status == 410
    assert "It was revoked on" in other.locator("main").inner_text()
    fresh.close()
    assert page.errors == []
