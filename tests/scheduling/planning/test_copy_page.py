"""The page that copies a block: form, preview, apply; what it says when that is no longer so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from scheduling import services
from scheduling.models import EditStep, Shift
from tests.scheduling.pages.conftest import BY, MONDAY, World, soup, text_of

WEEK = timedelta(days=7)


def said(**more: Any) -> dict[str, Any]:
    usual = {
        "first": str(MONDAY), "last": str(MONDAY + timedelta(6)), "to": str(MONDAY + WEEK), "times": "1",
        "people": "with", "filled": "skip", "unplaceable": "skip",
    }  # fmt: skip
    return {**usual, **more}


def test_the_form_opens_at_the_week_in_sight(world: World, browser: Client) -> None:
    page = soup(browser.get(world.url("schedule-copy"), {"start": str(MONDAY + WEEK)}))
    values = {box["name"]: box.get("value") for box in page.select("input[type=date]")}
    assert values == {"first": "2026-03-09", "last": "2026-03-15", "to": "2026-03-16"}


def test_look_and_copy(world: World, browser: Client) -> None:
    world.place(MONDAY, person=world.people[0], note="Keys")
    page = soup(
        browser.get(world.url("schedule-copy"), {**said(times="2", notes="on"), "into": str(world.schedule.public_id)})
    )
    assert "2 added, 0 changed, 0 removed" in text_of(page)
    assert [text_of(line) for line in page.select(".diff li")] == [
        "Monday, Mar 9, 2026", "+ ED Day Osei, Kofi added", "Monday, Mar 16, 2026", "+ ED Day Osei, Kofi added",
    ]  # fmt: skip
    assert len(world.shifts()) == 1
    form = page.select("form")[-1]
    data = {box["name"]: box["value"] for box in form.select("input[type=hidden]")}
    answer = browser.post(world.url("schedule-copy"), data)
    assert answer.status_code == 302
    assert answer["Location"].endswith("?start=2026-03-09")
    assert "Copied: 2 added." in text_of(soup(browser.get(answer["Location"])))
    assert [(day, who) for day, _, who, _ in world.shifts()] == [
        ("2026-03-02", "Osei, Kofi"), ("2026-03-09", "Osei, Kofi"), ("2026-03-16", "Osei, Kofi"),
    ]  # fmt: skip
    with world.tenant.transaction():
        assert Shift.objects.filter(note="Keys").count() == 3
        assert EditStep.objects.count() == 1


def test_a_lapsed_confirmation_shows_the_new_preview(world: World, browser: Client) -> None:
    world.place(MONDAY, person=world.people[0])
    page = soup(browser.get(world.url("schedule-copy"), said()))
    data = {box["name"]: box["value"] for box in page.select("form")[-1].select("input[type=hidden]")}
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"active_to": MONDAY}, **BY)
    answer = browser.post(world.url("schedule-copy"), data)
    assert answer.status_code == 409
    assert "changed after you looked" in text_of(soup(answer))
    assert "Osei, Kofi is not active on 2026-03-09" in text_of(soup(answer))
    assert len(world.shifts()) == 1


def test_what_is_refused_stands_at_its_field(world: World, browser: Client) -> None:
    answer = browser.get(world.url("schedule-copy"), said(to=str(MONDAY)))
    assert answer.status_code == 422
    error = soup(answer).select_one("#id_to_error")
    assert "The copy would lie over the block itself." in text_of(error)
    answer = browser.get(world.url("schedule-copy"), {"to": "soon"})
    assert answer.status_code == 422
