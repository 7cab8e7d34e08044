"""Replacing a person over dates: who moves, what stays, what is published at once, and what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import EditStep, Publication, PublishedShift, Shift
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, MONDAY, World, soup, text_of
from tests.scheduling.planning.test_pattern_pages import hidden


def said(world: World, to: Any = 1, **more: Any) -> dict[str, Any]:
    other = to if isinstance(to, str) else str(world.people[to].public_id)
    usual = {
        "person": str(world.people[0].public_id), "to": other, "first": str(MONDAY), "last": str(MONDAY + timedelta(27)),
        "unplaceable": "skip",
    }  # fmt: skip
    return {**usual, **more}


def do(world: World, browser: Client, to: Any = 1, **more: Any) -> str:
    """Look, press the button, and read what it says."""
    page = browser.get(reverse("replace-person"), said(world, to, **more))
    assert page.status_code == 200, text_of(soup(page))
    answer = browser.post(reverse("replace-person"), hidden(page), follow=True)
    return text_of(soup(answer).select_one(".messages"))


def standing(world: World) -> list[tuple[str, str]]:
    return [(day, who.split(",")[0]) for day, _, who, _ in world.shifts()]


def publish(world: World) -> None:
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)


def relied_on(world: World) -> list[tuple[str, str]]:
    with world.tenant.transaction():
        rows = (
            PublishedShift.objects.filter(audience="everyone", recorded_to=None)
            .select_related("person")
            .order_by("date")
        )
        return [(str(row.date), row.person.last_name if row.person else "open") for row in rows]


@pytest.fixture
def three(world: World) -> World:
    for n in range(3):
        world.place(MONDAY + timedelta(n), person=world.people[0])
    world.place(MONDAY, world.night, world.people[2])
    return world


def test_drafts_move_locked_ones_stay_and_nothing_is_published(three: World, browser: Client) -> None:
    publish(three)
    with three.tenant.transaction():
        locked = Shift.objects.get(date=MONDAY + timedelta(1))
        services.shift_change(shift_id=locked.public_id, version=1, fields={"locked": True}, **BY)
    page = soup(browser.get(reverse("replace-person"), said(three)))
    assert "2 shifts, 2 of them published" in text_of(page)
    assert "Tue, Mar 3 · ED Day Osei, Kofi: the shift is locked: unlock it first" in text_of(page)
    text = do(three, browser, reason="Parental leave")
    assert text == (
        "Done: 2 shifts of Osei, Kofi went to Vance, Roland. 1 stayed as they were. Not published yet: Emergency · March ."
    )
    assert standing(three) == [
        ("2026-03-02", "Vance"), ("2026-03-02", "Iyer"), ("2026-03-03", "Osei"), ("2026-03-04", "Vance"),
    ]  # fmt: skip
    assert [who for _, who in relied_on(three)].count("Osei") == 3
    with three.tenant.transaction():
        assert Publication.objects.filter(audience="everyone").count() == 1
        (entry,) = ChangeEntry.objects.filter(action="person.replace")
        assert (entry.reason, entry.after) == ("Parental leave", {"shifts": 2, "left": 1, "publications": []})
        assert ChangeEntry.objects.filter(action="shift.change", reason="Parental leave").count() == 2
        assert [step.label for step in EditStep.objects.all()] == ["Osei, Kofi replaced by Vance, Roland"]


def test_published_shifts_are_published_at_once_when_asked_and_nothing_else_is(three: World, browser: Client) -> None:
    publish(three)
    three.place(MONDAY + timedelta(9), person=three.people[0])  # a draft that nobody has been shown
    with three.tenant.transaction():
        noted = Shift.objects.get(date=MONDAY + timedelta(2))
        services.shift_change(shift_id=noted.public_id, version=1, fields={"note": "Not yet said"}, **BY)
    text = do(three, browser, publish="on", last=str(MONDAY + timedelta(10)))
    assert text == "Done: 4 shifts of Osei, Kofi went to Vance, Roland. Published at once: publication 2."
    assert relied_on(three) == [
        ("2026-03-02", "Vance"), ("2026-03-02", "Iyer"), ("2026-03-03", "Vance"), ("2026-03-04", "Vance"),
    ]  # fmt: skip
    with three.tenant.transaction():
        assert PublishedShift.objects.filter(note="Not yet said").count() == 0
        assert Shift.objects.filter(person=three.people[1]).count() == 4


def test_open_is_a_replacement_and_dates_are_kept(three: World, browser: Client) -> None:
    text = do(three, browser, "open", last=str(MONDAY + timedelta(1)))
    assert text == "Done: 2 shifts of Osei, Kofi went to nobody yet."
    assert [who for _, who in standing(three)] == ["open", "Iyer", "open", "Osei"]


def test_what_the_other_may_not_take_stays_or_becomes_open(three: World, browser: Client) -> None:
    with three.tenant.transaction():
        services.person_change(person_id=three.people[1].public_id, fields={"active_to": MONDAY + timedelta(1)}, **BY)
    page = browser.get(reverse("replace-person"), said(three, unplaceable="open"))
    assert "Vance, Roland is not active on 2026-03-04" in text_of(soup(page))
    assert "1 stayed as they were." in do(three, browser)
    assert [who for _, who in standing(three)] == ["Vance", "Iyer", "Vance", "Osei"]
    do(three, browser, unplaceable="open")
    assert [who for _, who in standing(three)] == ["Vance", "Iyer", "Vance", "open"]


def test_a_lapsed_confirmation_changes_nothing(three: World, browser: Client) -> None:
    page = browser.get(reverse("replace-person"), said(three))
    data = hidden(page)
    with three.tenant.transaction():
        one = Shift.objects.get(date=MONDAY + timedelta(1))
        services.shift_change(shift_id=one.public_id, version=1, fields={"note": "Theirs"}, **BY)
    answer = browser.post(reverse("replace-person"), data)
    assert answer.status_code == 409
    assert "changed after you looked" in text_of(soup(answer))
    assert [who for _, who in standing(three)] == ["Osei", "Iyer", "Osei", "Osei"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"to": 0}, "That is the same person."),
        ({"first": "2026-03-09", "last": "2026-03-08"}, "The last date is before the first."),
        ({"to": ""}, "This field is required."),
    ],
)
def test_nonsense_is_refused(three: World, browser: Client, more: dict[str, Any], text: str) -> None:
    answer = browser.get(reverse("replace-person"), said(three, **more))
    assert answer.status_code == 422
    assert text in text_of(soup(answer))


def test_a_scheduler_moves_only_shifts_of_granted_departments(three: World, browser: Client) -> None:
    with three.tenant.transaction():
        read = services.assignment_create(
            department=three.elsewhere, type=three.type, code="R", name="Read", start_time=three.day.start_time,
            end_time=three.day.end_time, **BY,
        )  # fmt: skip
        other = services.schedule_create(
            department=three.elsewhere, name="R", starts_on=MONDAY, ends_on=MONDAY + timedelta(27), **BY
        )
        services.shift_place(
            schedule_id=other.public_id, assignment_id=read.public_id, day=MONDAY + timedelta(5),
            person_id=three.people[0].public_id, **BY,
        )  # fmt: skip
    page = browser.get(reverse("replace-person"), said(three, departments=[str(three.elsewhere.public_id)]))
    assert page.status_code == 422  # not among the choices
    do(three, browser)
    with three.tenant.transaction():
        assert Shift.objects.get(schedule=other).person == three.people[0]
    boss = three.tenant.client(Role.ADMINISTRATOR)
    do(three, boss)
    with three.tenant.transaction():
        assert Shift.objects.get(schedule=other).person == three.people[1]
