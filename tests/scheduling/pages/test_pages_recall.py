"""Telling people of a publication, taking one back, and reading what happened: through the pages."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Notice, Publication, PublishedShift, Schedule, Shift
from scheduling.rules.types import Conflict, Severity
from scheduling.selectors.rows import schedule_info
from scheduling.selectors.unpublished import unpublished_counts
from scheduling.selectors.workspace import draft_state
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.scheduling.pages.conftest import BY, World, soup, text_of

DAY = date(2031, 3, 3)  # the pages ask the clock: far enough ahead that nothing has begun


@pytest.fixture
def world(tenant: Tenant) -> World:
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    world = World(tenant)
    with tenant.transaction():
        world.schedule = services.schedule_create(
            department=world.department, name="Later", starts_on=DAY, ends_on=DAY + timedelta(days=6), **BY
        )
        for person in world.people[:2]:
            services.person_change(person_id=person.public_id, fields={"email": f"{person.last_name}@ed.example"}, **BY)
    return world


def form(page: Any, name: str) -> dict[str, str]:
    """The fields of a form as a browser would send them, those that stand elsewhere in the page too."""
    found = page.select_one(f"form#{name}")
    inputs = [*found.select("input"), *page.select(f"input[form={name}]")]
    return {
        one["name"]: one.get("value", "on")
        for one in inputs
        if one.get("name") and (one.get("type") not in ("checkbox", "radio") or one.has_attr("checked"))
    }


def publish(world: World, browser: Client, **more: str) -> Any:
    page = soup(browser.get(world.url("schedule-publish"), {k: v for k, v in more.items() if k == "audience"}))
    return browser.post(world.url("schedule-publish"), form(page, "publish-form") | more)


def notices(world: World) -> list[tuple[str, str, tuple[str, ...]]]:
    with world.tenant.transaction():
        rows = Notice.objects.order_by("id").select_related("person", "account")
        return [(row.person.last_name if row.person else row.account.role, row.kind, tuple(row.lines)) for row in rows]


def test_those_whose_shifts_change_are_told_by_default(world: World, browser: Client) -> None:
    osei, vance = world.people[:2]
    shift = world.place(DAY, person=osei)
    world.place(DAY + timedelta(days=1), person=osei)
    answer = publish(world, browser, message="Swap by phone, please")
    assert answer.status_code == 302
    assert notices(world) == [
        (
            "Osei",
            "schedule.published",
            (
                "Yours: ED Day, Mon Mar 3, 08:00–16:00 (America/New_York).",
                "Yours: ED Day, Tue Mar 4, 08:00–16:00 (America/New_York).",
                "Scheduler Test writes: Swap by phone, please",
            ),
        )
    ]
    with world.tenant.transaction():
        Notice.objects.all().delete()
        services.shift_change(shift_id=shift.public_id, version=1, fields={"person_id": vance.public_id}, **BY)
    publish(world, browser)
    assert [row[:2] for row in notices(world)] == [("Osei", "schedule.published"), ("Vance", "schedule.published")]
    assert notices(world)[0][2] == ("No longer yours: ED Day, Mon Mar 3, 08:00–16:00 (America/New_York).",)
    shown = soup(browser.get(world.url("schedule"))).select_one(".messages")
    assert "Publication 2 to everyone: 1 changed. 2 told." in text_of(shown)


def test_nobody_the_schedulers_or_the_department(world: World, browser: Client) -> None:
    world.place(DAY, person=world.people[0])
    administrator = world.tenant.client()
    page = soup(administrator.get(world.url("schedule-publish")))
    fields = form(page, "publish-form")
    fields.pop("tell_people")
    administrator.post(world.url("schedule-publish"), fields)
    assert notices(world) == []
    world.place(DAY + timedelta(days=1), person=world.people[0])
    publish(world, administrator, tell_schedulers="1", tell_department="1")
    told = notices(world)
    assert [row[:2] for row in told] == [
        ("Osei", "schedule.published"), ("scheduler", "schedule.announced"), ("Vance", "schedule.announced"),
    ]  # fmt: skip
    assert told[1][2] == ("Published to everyone by Administrator Test as publication 2: 1 added.",)


def test_administrators_alone_are_no_news_for_the_staff(world: World, browser: Client) -> None:
    world.place(DAY, person=world.people[0])
    page = soup(browser.get(world.url("schedule-publish"), {"audience": "administrators"}))
    assert not page.select("input[name=tell_people], input[name=tell_department]")
    publish(world, browser, audience="administrators", tell_people="1", tell_department="1")
    assert notices(world) == []


def test_a_publication_that_is_refused_tells_nobody(world: World, browser: Client) -> None:
    world.place(DAY, person=world.people[0])
    answer = publish(world, browser, digest="stale")
    assert answer.status_code == 409
    assert "changed after you looked" in answer.content.decode()
    assert notices(world) == []
    answer = publish(world, browser, message="x" * 301)
    assert answer.status_code == 409 and "at most 300 characters" in answer.content.decode()
    with world.tenant.transaction():
        assert not Publication.objects.exists()


@pytest.fixture
def conflict(world: World, monkeypatch: pytest.MonkeyPatch) -> Conflict:
    """One hard conflict, whatever the rules are."""
    shift = world.place(DAY, person=world.people[0])
    found = Conflict(
        rule="rest:x", label="Rest", severity=Severity.HARD, text="5 hours after ED Night, 11 are asked.", date=DAY,
        shift_ids=(shift.public_id,), person_id=world.people[0].id,
    )  # fmt: skip
    monkeypatch.setattr("scheduling.pages.publishing.page.conflicts_of", lambda *_, **__: [found])
    return found


def test_hard_conflicts_ask_for_a_reason_and_lead_to_their_cell(
    world: World, browser: Client, conflict: Conflict
) -> None:
    page = soup(browser.get(world.url("schedule-publish")))
    issue = page.select_one(".issues-by")
    assert text_of(issue.select_one("summary")) == "Rest 1 hard"
    link = issue.select_one("a")
    assert text_of(link) == "ED Day, Mon Mar 3"
    panel = soup(browser.get(link["href"]))
    assert panel.select_one(".inspector h2").get_text(strip=True) == "ED Day"
    answer = publish(world, browser, reason=" ")
    assert answer.status_code == 409
    assert "1 hard conflict stands" in answer.content.decode()
    assert publish(world, browser, reason="Confirmed by phone").status_code == 302
    with world.tenant.transaction():
        assert ChangeEntry.objects.get(action="schedule.publish").reason == "Confirmed by phone"
    # It still stands, but it is published already: another day's change asks for nothing.
    world.place(DAY + timedelta(days=3), person=world.people[1])
    page = soup(browser.get(world.url("schedule-publish")))
    assert page.select_one(".issues-by") is not None and page.select_one("#reason") is None
    assert publish(world, browser).status_code == 302


def test_three_states_and_what_is_not_yet_published(world: World, browser: Client) -> None:
    def states() -> list[str]:
        return [text_of(one) for one in soup(browser.get(world.url("schedule-publish"))).select(".reach li")]

    shift = world.place(DAY, person=world.people[0])
    assert states()[1:] == ["Published to administrators nothing", "Published to everyone nothing"]
    publish(world, browser, audience="administrators")
    assert states()[1:] == [
        "Published to administrators Mar 3 – Mar 9, 7 of 7 dates", "Published to everyone nothing",
    ]  # fmt: skip
    page = soup(browser.get(world.url("schedule-publish")))
    assert "promotes what administrators have" in text_of(page)
    publish(world, browser)
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"note": "x"}, **BY)
    assert states()[1:] == [
        "Published to administrators Mar 3 – Mar 9, 7 of 7 dates · 1 change not shown",
        "Published to everyone Mar 3 – Mar 9, 7 of 7 dates · 1 change not published",
    ]


def test_take_back_with_a_reason_what_was_shown(world: World, browser: Client) -> None:
    world.place(DAY, person=world.people[0])
    world.place(DAY + timedelta(days=1), person=world.people[1])
    publish(world, browser)
    with world.tenant.transaction():
        Notice.objects.all().delete()
    asked = {"first": DAY.isoformat(), "last": DAY.isoformat()}
    page = soup(browser.get(world.url("schedule-recall"), asked))
    fields = form(page, "recall-form")
    assert text_of(page.select_one("#recall-form button")) == "Take back 1 shift from everyone"
    answer = browser.post(world.url("schedule-recall"), fields)
    assert answer.status_code == 409 and "Say why" in answer.content.decode()
    answer = browser.post(world.url("schedule-recall"), fields | {"reason": "Wrong week"})
    assert answer.status_code == 302
    with world.tenant.transaction():
        current = PublishedShift.objects.filter(audience="everyone", recorded_to=None)
        assert [row.date for row in current] == [DAY + timedelta(days=1)]
        assert ChangeEntry.objects.get(action="schedule.recall").reason == "Wrong week"
    assert notices(world) == [
        ("Osei", "schedule.recalled", ("No longer yours: ED Day, Mon Mar 3, 08:00–16:00 (America/New_York).",))
    ]
    message = text_of(soup(browser.get(world.url("schedule"))).select_one(".messages"))
    assert message.startswith("Done: Taken back from everyone as publication 2: 1 removed. 1 told.")
    again = browser.post(world.url("schedule-recall"), fields | {"reason": "Again"})
    assert again.status_code == 409 and "changed after you looked" in again.content.decode()


def test_what_was_there_before_is_offered(world: World, browser: Client) -> None:
    world.place(DAY, person=world.people[0])
    publish(world, browser)
    with world.tenant.transaction():
        newer = services.schedule_create(department=world.department, name="Newer", starts_on=DAY, ends_on=DAY, **BY)
        services.schedule_publish(schedule_id=newer.public_id, audience=Audience.EVERYONE, replace=True, **BY)
    url = reverse("schedule-recall", args=[newer.public_id])
    assert "Later: Mar 3 – Mar 3" in text_of(soup(browser.get(url)))
    page = soup(browser.get(url, {"restore": "1"}))
    assert "Later gets Mar 3 to Mar 3 back" in text_of(page)
    assert browser.post(url, form(page, "recall-form") | {"reason": "Mistake"}).status_code == 302
    with world.tenant.transaction():
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None).count() == 1
        assert Schedule.objects.get(id=newer.id).state == "administrators"


# -- the log ------------------------------------------------------------------------------------------------------


def timeline(browser: Client, shift_id: uuid.UUID) -> list[str]:
    page = soup(browser.get(reverse("shift-timeline", args=[shift_id])))
    return [text_of(one) for one in page.select(".timeline__item strong")]


def test_a_shift_s_life_in_order(world: World, browser: Client) -> None:
    osei, vance = world.people[:2]
    shift = world.place(DAY, person=osei)
    publish(world, browser)
    with world.tenant.transaction():
        shifts_reassign(moves=[Reassign(shift.public_id, vance.public_id, osei.id)], reason="Sick call", **BY)
    page = soup(browser.get(reverse("shift-timeline", args=[shift.public_id])))
    assert text_of(page.select_one("h1")) == "ED Day, Monday, March 3, 2031"
    assert "Everyone : Vance, Roland, 08:00–16:00 on 2031-03-03" in text_of(page.select_one(".panel"))
    assert sorted(timeline(browser, shift.public_id)) == [
        "Administrators saw it", "Administrators saw the change", "Everyone saw it", "Everyone saw the change",
        "Shift added", "Shift changed",
    ]  # fmt: skip
    assert "person Osei, Kofi → Vance, Roland" in text_of(page) and "“Sick call”" in text_of(page)
    with world.tenant.transaction():
        version = Shift.objects.get(public_id=shift.public_id).version
        services.shift_remove(shift_id=shift.public_id, version=version, **BY)
    publish(world, browser)
    assert timeline(browser, shift.public_id).count("It was removed for everyone") == 1
    assert "No draft holds this shift any more." in text_of(
        soup(browser.get(reverse("shift-timeline", args=[shift.public_id])))
    )


def test_a_draft_that_nobody_was_shown_leaves_its_log(world: World, browser: Client) -> None:
    shift = world.place(DAY, person=world.people[0])
    with world.tenant.transaction():
        services.shift_remove(shift_id=shift.public_id, version=1, **BY)
    assert sorted(timeline(browser, shift.public_id)) == ["Shift added", "Shift removed"]
    assert browser.get(reverse("shift-timeline", args=[uuid.uuid4()])).status_code == 404


def rows(browser: Client, **asked: str) -> list[str]:
    page = soup(browser.get(reverse("change-log"), asked))
    return [text_of(row.select("td")[2]) for row in page.select("tbody tr") if len(row.select("td")) > 1]


def test_the_log_filters_by_everything(world: World, browser: Client) -> None:
    osei, vance = world.people[:2]
    world.place(DAY, person=osei)
    publish(world, browser)
    waiting = world.place(DAY + timedelta(days=1), world.night, person=vance)
    named = {"person": str(osei.public_id)}
    assert all("Osei" in row for row in rows(browser, **named)) and rows(browser, **named)
    assert {row.split(",")[0].split(" ", 1)[0] for row in rows(browser, published="acts")} == {
        "Published",
        "Published:",
    }
    assert [str(DAY + timedelta(days=1)) in row for row in rows(browser, published="waiting")] == [True]
    assert len(rows(browser, published="followed")) == 1
    by_name, by_id = rows(browser, assignment="ED Ni"), rows(browser, assignment=str(world.night.public_id))
    assert len(by_name) >= 1 and set(by_name) <= set(by_id)
    assert all("ED Night" in row for row in by_id)
    assert rows(browser, source="editor", action="schedule.publish") and not rows(browser, source="nowhere")
    assert rows(browser, address="127.0.0.1", action="schedule.publish")
    assert not rows(browser, address="10.", action="schedule.publish")
    oldest = rows(browser, sort="at")
    assert oldest[0] != rows(browser)[0]
    assert len(rows(browser, subject=str(waiting.public_id))) == 1
    # Everything of one act: the publication and what it changed.
    with world.tenant.transaction():
        act = ChangeEntry.objects.get(action="schedule.publish").correlation
    assert act
    assert {row.split(" ED")[0].split(" Later")[0] for row in rows(browser, act=act)} == {
        "Published",
        "Published: added",
    }
    lines = list(
        csv.reader(io.StringIO(browser.get(reverse("change-log-csv"), {"act": act}).getvalue().decode("utf-8-sig")))
    )
    assert {line[11] for line in lines[1:]} == {act}


def test_people_and_assignments_lead_to_their_log(world: World, browser: Client) -> None:
    for name, thing, key in (("person", world.people[0], "person"), ("assignment", world.day, "assignment")):
        page = soup(browser.get(reverse(name, args=[thing.public_id])))
        (link,) = [one for one in page.select("main a.btn") if text_of(one).startswith("Change log")]
        assert link["href"] == f"{reverse('change-log')}?{key}={thing.public_id}"
        assert browser.get(link["href"]).status_code == 200


def test_the_list_of_schedules_counts_what_waits(world: World, browser: Client) -> None:
    shift = world.place(DAY, person=world.people[0])
    publish(world, browser)
    world.place(DAY, world.night)
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"note": "x"}, **BY)
        scheduled = schedule_info(Schedule.objects.select_related("department").get(id=world.schedule.id))
        assert unpublished_counts([scheduled.id]) == {scheduled.id: 2}
        assert draft_state(scheduled).unpublished == 2, "the grid says the same"
    row = next(one for one in soup(browser.get(reverse("schedules"))).select("tbody tr") if "Later" in one.get_text())
    assert "2 changes" in text_of(row)
    viewer = world.tenant.client(Role.VIEWER)
    row = next(one for one in soup(viewer.get(reverse("schedules"))).select("tbody tr") if "Later" in one.get_text())
    assert "change" not in text_of(row)
    lines = browser.get(reverse("schedules-csv"), {"state": "unpublished"}).content.decode("utf-8-sig").splitlines()
    assert lines[1:] == ["Emergency,Later,2031-03-03,2031-03-09,Published to everyone,2"]


# -- who may ------------------------------------------------------------------------------------------------------

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
TABLE = [
    ("GET", "schedule-publish", (403, 403, 200, 200, 403)),
    ("POST", "schedule-publish", (403, 403, 409, 409, 403)),
    ("GET", "schedule-recall", (403, 403, 200, 200, 403)),
    ("POST", "schedule-recall", (403, 403, 409, 409, 403)),
    ("GET", "shift-timeline", (403, 403, 200, 200, 403)),
    ("GET", "change-log", (403, 403, 200, 200, 403)),
    ("GET", "change-log-csv", (403, 403, 200, 200, 403)),
    ("GET", "schedules-csv", (200, 200, 200, 200, 200)),
    ("GET", "notices", (200, 200, 200, 200, 200)),
    ("GET", "notices-csv", (200, 200, 200, 200, 200)),
    ("POST", "notices-read", (302, 302, 302, 302, 302)),
    ("GET", "notice-preferences", (200, 200, 200, 200, 200)),
]


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_every_role_at_every_address(
    world: World, browser: Client, method: str, name: str, answers: tuple[int, ...]
) -> None:
    shift = world.place(DAY, person=world.people[0])
    publish(world, browser)
    args = {"shift-timeline": [shift.public_id]}.get(
        name, [world.schedule.public_id] if name in ("schedule-publish", "schedule-recall") else []
    )
    for role, expected in zip(ROLES, answers, strict=True):
        client = world.tenant.client(role)
        with world.tenant.transaction():
            before = (Publication.objects.count(), ChangeEntry.objects.exclude(action__startswith="session").count())
        response = getattr(client, method.lower())(reverse(name, args=args), {"digest": "stale", "reason": "r"})
        assert response.status_code == expected, role
        with world.tenant.transaction():
            after = (Publication.objects.count(), ChangeEntry.objects.exclude(action__startswith="session").count())
        assert after[0] == before[0]
        if expected == 403:
            assert after == before


def test_a_scheduler_of_another_department_may_not(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        other = services.schedule_create(department=world.elsewhere, name="R", starts_on=DAY, ends_on=DAY, **BY)
        services.schedule_publish(schedule_id=other.public_id, audience=Audience.EVERYONE, **BY)
    for name in ("schedule-publish", "schedule-recall"):
        url = reverse(name, args=[other.public_id])
        for response in (browser.get(url), browser.post(url, {"digest": "", "reason": "r"})):
            assert response.status_code in (403, 404), name
    with world.tenant.transaction():
        assert Publication.objects.filter(department_id=world.elsewhere.id, kind="recall").count() == 0
