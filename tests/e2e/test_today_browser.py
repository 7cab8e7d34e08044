"""Today in a real browser, by keyboard alone: scrub back, read what was known then, replace somebody and see it arrive."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, get_internal_wsgi_application

from scheduling import services
from scheduling.models import Assignment, PublishedShift, Shift
from tenancy.rights import Role
from tenancy.wall import instant, wall
from tests.conftest import Tenant
from tests.scheduling.today.conftest import CHICAGO, System

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]


class _Quiet(WSGIRequestHandler):
    """Says nothing for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Served:
    """The product on a free port, which can be taken away and brought back."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        self.server = ThreadedWSGIServer(("127.0.0.1", self.port), _Quiet)
        self.server.daemon_threads = True
        self.server.set_app(get_internal_wsgi_application())
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.stop()


@pytest.fixture
def system(tenant: Tenant) -> System:
    """Around the machine's clock; everything was published yesterday."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    made = System(tenant, now - timedelta(days=1, hours=1), around=wall(now, CHICAGO).date())
    made.yesterday = made.place(made.today - timedelta(days=1), person=made.ann)  # type: ignore[attr-defined]
    made.running = made.place(made.today, person=made.ann)  # type: ignore[attr-defined]
    made.place(made.today + timedelta(days=1), person=made.cleo)
    made.publish()
    return made


@pytest.fixture
def page(served: Served, system: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A scheduler's browser; anything its console calls an error fails the test."""
    monkeypatch.setenv(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
    )  # the driver's loop lives in this thread, the queries do not use it
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    cookie = system.tenant.client(Role.SCHEDULER).cookies["rc_session"].value
    errors: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        base = f"http://127.0.0.1:{served.port}"
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=base, timezone_id=CHICAGO)
        context.add_cookies([{"name": "rc_session", "value": cookie, "url": base}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.set_default_timeout(15_000)
        page.errors = errors
        yield page
        browser.close()


def focus(page: Any, selector: str, key: str = "Tab", most: int = 80) -> None:
    """Go there with the keyboard; where it cannot be reached, the test fails."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached with {key}")


def test_scrub_back_and_read_what_was_known_then(system: System, page: Any) -> None:
    corrected = datetime.now(UTC)
    system.change(system.yesterday, corrected, person_id=system.ben.public_id)  # type: ignore[attr-defined]
    system.publish(corrected)
    page.goto("/today")
    assert "Osei, Ann" in page.locator(".oncall").first.inner_text()
    focus(page, "a[aria-label='The day before']")
    page.keyboard.press("Enter")
    page.locator("[data-board][data-relation=past]").wait_for()
    row = page.locator(".oncall tbody tr").first
    assert "Vance, Ben" in row.inner_text()

    # The scrubber: End goes to the last minute, a step is a quarter, with Shift a minute; it says where it is.
    focus(page, "#minute")
    page.keyboard.press("End")
    page.locator("[data-board][data-clock='23:59']").wait_for()
    page.keyboard.press("ArrowLeft")
    page.locator("[data-board][data-clock='23:45']").wait_for()
    page.keyboard.press("Shift+ArrowRight")
    page.locator("[data-board][data-clock='23:46']").wait_for()
    assert page.locator("#minute").get_attribute("aria-valuetext") == "23:46, past"
    assert "minute=1426" in page.url
    page.keyboard.press("PageDown")
    page.locator("[data-board][data-clock='23:00']").wait_for()
    assert page.evaluate("document.activeElement.id") == "minute"

    # The other reading.
    focus(page, "[name=known]")
    page.keyboard.press("ArrowRight")
    page.locator("[data-board][data-known='1']").wait_for()
    assert page.locator("h1").inner_text().startswith("Who was on, ")
    told = " ".join(row.inner_text().split())
    assert "Osei, Ann" in told
    assert "then: Osei, Ann; corrected at" in told
    assert told.count("to Vance, Ben") == 1
    assert page.locator("[data-stamp]").inner_text().startswith("As known at 23:00")
    assert page.errors == []


def test_replace_the_rest_of_a_running_shift_and_follow_it(system: System, page: Any) -> None:
    now = datetime.now(UTC)
    midnight = instant(datetime.combine(system.today, datetime.min.time()), CHICAGO)
    if now - midnight < timedelta(minutes=3) or midnight + timedelta(hours=23) - now < timedelta(minutes=3):
        pytest.skip("Around midnight in Chicago a shift of the day has no rest to speak of.")
    shift = system.running.public_id  # type: ignore[attr-defined]
    system.change(system.yesterday, note="somebody else's draft")  # type: ignore[attr-defined]
    page.goto("/today")
    focus(page, f"#replace-{shift}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/replace/*")
    focus(page, "[name=extent]")
    assert page.evaluate("document.activeElement.value") == "rest"
    focus(page, "#reason")
    page.keyboard.type("Sick")
    focus(page, "[name=who]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    chosen = page.evaluate("document.activeElement.closest('label').querySelector('strong').textContent")
    assert chosen == "Iyer, Cleo" or chosen == "Vance, Ben"
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirm?*")
    assert page.locator("h1").inner_text() == f"Osei, Ann → {chosen}"
    assert "Osei, Ann keeps 00:00 to" in page.locator(".happens").inner_text()
    focus(page, "button[type=submit].btn--primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/today")
    message = page.locator(".messages")
    assert f"{chosen} is on Attending" in message.inner_text()
    message.get_by_text("No connection is live: nothing is sent.").wait_for()  # the receipt, drawn by the integrations
    assert chosen in page.locator(".oncall tbody tr").first.inner_text()
    with system.tenant.transaction():
        rows = PublishedShift.objects.filter(audience="everyone", recorded_to=None, date=system.today).order_by(
            "starts_at"
        )
        assert [row.person.last_name for row in rows] == ["Osei", chosen.partition(",")[0]]
        assert rows[0].ends_at == rows[1].starts_at
        assert (
            PublishedShift.objects.get(shift_id=system.yesterday.public_id, audience="everyone", recorded_to=None).note
            == ""
        )  # type: ignore[attr-defined]
        assert Shift.objects.get(public_id=system.yesterday.public_id).note == "somebody else's draft"  # type: ignore[attr-defined]
    assert page.errors == []


def test_replace_with_one_thumb(system: System, page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/today")
    assert not page.locator("#scrub").is_visible()  # who is on comes first
    page.locator(".today__toggle").click()
    for selector in (".c-act .btn", ".c-tel .tel", ".today__filters .btn", "#scrub .btn:visible"):
        box = page.locator(selector).first.bounding_box()
        assert box["height"] >= 44, selector
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".c-act .btn").first.click()
    page.wait_for_url("**/today/replace/*")
    page.get_by_text("The whole shift").click()
    page.locator(".taker").first.locator(".option").click()
    page.get_by_role("button", name="Look at what happens").click()
    page.get_by_role("button", name="Replace and publish").click()
    page.wait_for_url("**/today")
    assert "Publication 2" in page.locator(".messages").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.errors == []


def test_it_refreshes_itself_and_says_loudly_when_it_cannot(system: System, page: Any, served: Served) -> None:
    page.clock.install()
    page.goto("/today")
    asked: list[int] = []
    page.on("response", lambda answer: asked.append(answer.status) if "/today/board" in answer.url else None)
    with page.expect_response("**/today/board*") as found:
        page.clock.run_for(21_000)
    assert found.value.status == 304
    system.change(system.running, datetime.now(UTC), person_id=system.cleo.public_id)  # type: ignore[attr-defined]
    system.publish(datetime.now(UTC))
    with page.expect_response("**/today/board*") as found:
        page.clock.run_for(21_000)
    assert found.value.status == 200
    page.locator(".oncall__name", has_text="Iyer, Cleo").wait_for()
    page.locator("[data-announce]", has_text="Updated: publication 2").wait_for(state="attached")
    assert not page.locator("[data-stale]").is_visible()

    served.stop()
    page.clock.run_for(21_000)
    page.locator("[data-stale]").wait_for()
    assert "may be out of date" in page.locator("[data-stale]").inner_text()
    served.start()
    page.locator("[data-retry]").focus()
    page.keyboard.press("Enter")
    page.locator("[data-stale]").wait_for(state="hidden")
    assert asked[0] == 304
    assert [text for text in page.errors if "ERR_CONNECTION_REFUSED" not in text] == []


def test_the_wallboard_turns_its_pages(system: System, page: Any) -> None:
    with system.tenant.transaction():
        for n in range(14):
            made = services.department_create(name=f"Ward {n:02}", code=f"W{n}", zone=CHICAGO, order=n + 5, **system.by)
            for k in range(3):
                one = system.assignment(f"T{k}", f"Team {k}", datetime.min.time(), datetime.min.time(), department=made)
                Assignment.objects.filter(id=one.id).update(cover=[1] * 7)
    page.clock.install()
    page.goto("/today/wallboard")
    pages = page.locator("[data-wall-pages]")
    pages.wait_for()
    first = pages.inner_text()
    assert first.startswith("Page 1 of ")
    page.clock.run_for(12_500)
    assert pages.inner_text().startswith("Page 2 of ")
    focus(page, "[data-wall-pause]")
    page.keyboard.press("Enter")
    assert page.locator("[data-wall-pause]").get_attribute("aria-pressed") == "true"
    with page.expect_response("**/today/wallboard/board*"):  # it refreshes itself meanwhile, and keeps its page
        page.clock.run_for(13_000)
    assert pages.inner_text().startswith("Page 2 of ")
    page.keyboard.press("ArrowLeft")
    assert pages.inner_text() == first
    shown = page.locator(".wall__unit:visible").all()
    assert 0 < len(shown) < 15
    assert all(one.bounding_box()["y"] + one.bounding_box()["height"] <= 900 for one in shown)
    assert page.errors == []
