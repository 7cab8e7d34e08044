"""The publish page: what it shows is what it does."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from scheduling import services
from scheduling.models import Outbox, Publication, PublishedShift
from scheduling.types import Audience
from tests.scheduling.pages.conftest import BY, MONDAY, World, soup, text_of


def _form(page) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {field["name"]: field["value"] for field in page.select("#publish-form input") if field.get("name")}


def test_the_difference_is_told_by_person_and_by_day(world: World, browser: Client) -> None:
    osei, vance, *_ = world.people
    given = world.place(person=osei)
    noted = world.place(day=MONDAY + timedelta(1), person=vance)
    gone = world.place(day=MONDAY + timedelta(2), person=vance)
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
        change = {"version": 1, **BY}
        services.shift_change(shift_id=given.public_id, fields={"person_id": vance.public_id}, **change)
        services.shift_change(shift_id=noted.public_id, fields={"note": "Ring first"}, **change)
        services.shift_remove(shift_id=gone.public_id, **change)
    world.place(day=MONDAY + timedelta(3), assignment=world.night)
    page = soup(browser.get(world.url("schedule-publish")))
    assert "1 added, 2 changed, 1 removed, for 2 people" in text_of(page.select_one("#p-diff"))
    assert [text_of(line) for line in page.select("ul.by-person li")] == [
        "Osei, Kofi",
        "− Removed: ED Day now Vance, Roland Mon Mar 2",
        "Vance, Roland",
        "+ Added: ED Day was Osei, Kofi Mon Mar 2",
        "~ Changed: ED Day · note none → Ring first Tue Mar 3",
        "− Removed: ED Day 08:00–16:00 Wed Mar 4",
        "Open shifts",
        "+ Added: ED Night 21:00–07:00 Thu Mar 5",
    ]
    assert [text_of(line) for line in page.select("ul.by-day li")][:2] == [
        "Monday, March 2",
        "~ Changed: ED Day · person Osei, Kofi → Vance, Roland",
    ]
    assert [text_of(day) for day in page.select("ol.days li.has")] == ["M 2 ~1", "T 3 ~1", "W 4 −1", "T 5 +1"]
    assert "becomes publication 2" in text_of(page.select_one(".page__head"))


def test_publishing_what_was_shown(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    page = soup(browser.get(world.url("schedule-publish")))
    response = browser.post(world.url("schedule-publish"), _form(page), follow=True)
    assert "Publication 1 to everyone: 1 added." in text_of(soup(response).select_one(".messages"))
    with world.tenant.transaction():
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None).count() == 1
        assert list(Outbox.objects.filter(publication__isnull=False).values_list("publication", flat=True)) == [1]
    again = soup(browser.get(world.url("schedule-publish")))
    assert again.select_one("#publish-form button").has_attr("disabled")
    assert "Nothing differs from what everyone already has." in text_of(again)


def test_publishing_to_administrators_leaves_no_work_for_delivery(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    page = soup(browser.get(world.url("schedule-publish"), {"audience": "administrators"}))
    browser.post(world.url("schedule-publish"), _form(page))
    with world.tenant.transaction():
        assert list(Publication.objects.values_list("audience", "number")) == [("administrators", 1)]
        assert not Outbox.objects.filter(publication__isnull=False).exists()


def test_only_the_chosen_dates_are_published(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    world.place(day=MONDAY + timedelta(7), person=world.people[0])
    page = soup(browser.get(world.url("schedule-publish"), {"first": "2026-03-02", "last": "2026-03-08"}))
    browser.post(world.url("schedule-publish"), _form(page))
    with world.tenant.transaction():
        published = PublishedShift.objects.filter(audience="everyone").values_list("date", flat=True)
        assert [day.isoformat() for day in published] == ["2026-03-02"]


def test_a_confirmation_lapses_when_the_draft_changes_after_it_was_shown(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    shown = _form(soup(browser.get(world.url("schedule-publish"))))
    world.place(day=MONDAY + timedelta(1), person=world.people[1])
    response = browser.post(world.url("schedule-publish"), shown)
    assert response.status_code == 409
    page = soup(response)
    assert "changed after you looked" in text_of(page.select_one('[role="alert"]'))
    assert "2 added" in text_of(page.select_one("#p-diff"))
    with world.tenant.transaction():
        assert Publication.objects.count() == 0


def test_replacing_another_schedule_needs_the_tick(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    browser.post(world.url("schedule-publish"), _form(soup(browser.get(world.url("schedule-publish")))))
    with world.tenant.transaction():
        newer = services.schedule_create(
            department=world.department, name="Newer", starts_on=MONDAY, ends_on=MONDAY + timedelta(6), **BY
        )
    address = world.url("schedule-publish").replace(str(world.schedule.public_id), str(newer.public_id))
    page = soup(browser.get(address))
    assert "March loses Mar 2 to Mar 8, 2026." in text_of(page)
    refused = browser.post(address, _form(page))
    assert refused.status_code == 409
    assert "Confirm to replace them" in text_of(soup(refused).select_one('[role="alert"]'))
    browser.post(address, {**_form(page), "replace": "1"})
    with world.tenant.transaction():
        assert not PublishedShift.objects.filter(audience="everyone", recorded_to=None).exists()
