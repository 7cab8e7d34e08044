"""Editing from the grid: what is saved, what is answered, and what a second writer is told."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from scheduling import services
from scheduling.models import Shift
from tenancy.models import ChangeEntry
from tests.scheduling.pages.conftest import BY, FRAGMENT, MONDAY, World, soup, text_of


def _shift(world: World) -> Shift:
    with world.tenant.transaction():
        return Shift.objects.select_related("person").get(schedule=world.schedule)


def test_placing_adds_the_person_and_answers_the_cell(world: World, browser: Client) -> None:
    who = str(world.people[0].public_id)
    response = browser.post(world.url("schedule-place"), world.cell(who=who, into="new"), **FRAGMENT)
    assert response.status_code == 200
    assert world.shifts() == [("2026-03-02", "D", "Osei, Kofi", 1)]
    page = soup(response)
    piece = page.select_one("template[data-cell]")
    assert (piece["data-row"], piece["data-date"]) == (str(world.day.public_id), "2026-03-02")
    assert text_of(piece) == "Osei"
    assert text_of(page.select_one("[data-answer-said]")) == "Osei, Kofi on ED Day, Mon Mar 2."


def test_placing_nobody_makes_an_open_shift_and_filling_it_keeps_its_id(world: World, browser: Client) -> None:
    browser.post(world.url("schedule-place"), world.cell(who="open", into="new"), **FRAGMENT)
    opened = _shift(world)
    assert opened.person is None
    into = f"{opened.public_id}:{opened.version}"
    browser.post(world.url("schedule-place"), world.cell(who=str(world.people[1].public_id), into=into), **FRAGMENT)
    filled = _shift(world)
    assert (filled.public_id, filled.person.name, filled.version) == (opened.public_id, "Vance, Roland", 2)


def test_by_person_a_place_is_an_assignment(world: World, browser: Client) -> None:
    data = {
        "row": str(world.people[2].public_id),
        "date": "2026-03-03",
        "rows": "person",
        "who": str(world.night.public_id),
        "into": "new",
    }
    response = browser.post(world.url("schedule-place"), data, **FRAGMENT)
    assert text_of(soup(response).select_one("template[data-cell]")) == "N"
    assert world.shifts() == [("2026-03-03", "N", "Iyer, Leela", 1)]


def test_note_times_order_and_lock_are_saved_in_one_request(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    data = world.cell(
        version=1, note=" Ring first ", start="09:30", end="01:00", was_start="08:00", was_end="16:00", end_days="0",
        call_order="2", has_locked="1", locked="1",
    )  # fmt: skip
    response = browser.post(world.url("shift-change", shift.public_id), data, **FRAGMENT)
    assert response.status_code == 200
    saved = _shift(world)
    assert saved.note == "Ring first"
    assert (str(saved.start_wall), str(saved.end_wall)) == ("2026-03-02 09:30:00", "2026-03-03 01:00:00")
    assert (saved.call_order, saved.locked, saved.custom_time, saved.version) == (2, True, True, 2)
    assert text_of(soup(response).select_one("template[data-cell]")) == "Osei note custom time locked 09:30–01:00"


def test_a_form_with_untouched_times_does_not_make_them_custom(world: World, browser: Client) -> None:
    shift = world.place(assignment=world.night, person=world.people[0])
    data = world.cell(
        world.night, version=1, note="x", start="21:00", end="07:00", was_start="21:00", was_end="07:00", end_days="1"
    )
    browser.post(world.url("shift-change", shift.public_id), data, **FRAGMENT)
    assert (_shift(world).custom_time, _shift(world).note) == (False, "x")


def test_usual_times_come_back(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    with world.tenant.transaction():
        services.shift_change(
            shift_id=shift.public_id, version=1, fields={"end": shift.end_wall + timedelta(hours=1)}, **BY
        )
    data = world.cell(version=2, default_times="1", start="08:00", end="17:00", was_start="08:00", was_end="17:00")
    browser.post(world.url("shift-change", shift.public_id), data, **FRAGMENT)
    assert (str(_shift(world).end_wall), _shift(world).custom_time) == ("2026-03-02 16:00:00", False)


def test_removing_and_the_delete_key(world: World, browser: Client) -> None:
    first = world.place(person=world.people[0])
    second = world.place(person=world.people[1])
    browser.post(world.url("shift-remove", first.public_id), world.cell(version=1), **FRAGMENT)
    assert world.shifts() == [("2026-03-02", "D", "Vance, Roland", 1)]
    response = browser.post(world.url("schedule-clear"), world.cell(shift=f"{second.public_id}:1"), **FRAGMENT)
    assert world.shifts() == []
    assert text_of(soup(response).select_one("template[data-cell]")) == ""


def test_the_second_writer_is_told_who_and_what_and_may_save_over_it(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    with world.tenant.transaction():
        services.shift_change(
            shift_id=shift.public_id,
            version=1,
            fields={"person_id": world.people[1].public_id, "note": "Swapped by phone"},
            **BY,
        )
    mine = world.cell(who=str(world.people[2].public_id), into=f"{shift.public_id}:1")
    response = browser.post(world.url("schedule-place"), mine, **FRAGMENT)
    assert response.status_code == 409
    assert world.shifts() == [("2026-03-02", "D", "Vance, Roland", 2)]
    page = soup(response)
    told = text_of(page.select_one('[role="alert"]'))
    assert "Test changed this shift" in told
    assert "it is Vance, Roland now" in told
    assert "Note: Swapped by phone" in told
    assert text_of(page.select_one("template[data-cell]")) == "Vance note"
    form = page.select_one('[role="alert"] form')
    again = {field["name"]: field["value"] for field in form.select("input")}
    assert again["into"] == f"{shift.public_id}:2"
    assert browser.post(form["action"], again, **FRAGMENT).status_code == 200
    assert world.shifts() == [("2026-03-02", "D", "Iyer, Leela", 3)]


def test_a_shift_removed_meanwhile_is_a_conflict_that_names_the_remover(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    with world.tenant.transaction():
        services.shift_remove(shift_id=shift.public_id, version=1, **BY)
    response = browser.post(world.url("shift-change", shift.public_id), world.cell(version=1, note="late"), **FRAGMENT)
    assert response.status_code == 409
    assert "Test removed this shift" in text_of(soup(response).select_one('[role="alert"]'))
    assert world.shifts() == []


def test_a_refusal_says_why_and_changes_nothing(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"active_from": MONDAY + timedelta(9)}, **BY)
    data = world.cell(who=str(world.people[0].public_id), into="new")
    response = browser.post(world.url("schedule-place"), data, **FRAGMENT)
    assert response.status_code == 422
    assert "Osei, Kofi is not active on 2026-03-02." in text_of(soup(response).select_one('[role="alert"]'))
    assert world.shifts() == []


def test_without_script_the_form_leads_back_to_the_cell(world: World, browser: Client) -> None:
    data = world.cell(who=str(world.people[0].public_id), into="new")
    response = browser.post(world.url("schedule-place"), data, follow=True)
    page = soup(response)
    assert response.redirect_chain[0][1] == 302
    assert "Osei, Kofi on ED Day, Mon Mar 2." in text_of(page.select_one(".messages"))
    assert page.select_one(".inspector h2").get_text() == "ED Day"
    stale = world.cell(version=9, note="x")
    with world.tenant.transaction():
        shift = Shift.objects.get(schedule=world.schedule)
    answer = browser.post(world.url("shift-change", shift.public_id), stale)
    assert answer.status_code == 409
    assert "Not saved." in text_of(soup(answer).select_one(".inspector"))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"row": "nonsense", "date": "2026-03-02", "who": "open"}, 400),
        ({"row": str(uuid.uuid4()), "date": "2026-03-02", "who": "open", "into": "new"}, 404),
        ({"row": str(uuid.uuid4()), "date": "2026-02-30", "who": "open", "into": "new"}, 400),
        ({"row": str(uuid.uuid4()), "date": "2026-03-02", "who": "open", "into": "x:y"}, 400),
        ({"row": str(uuid.uuid4()), "date": "2026-03-02", "who": "open", "into": f"{uuid.uuid4()}:1"}, 404),
    ],
)
def test_malformed_and_unknown_ids(world: World, browser: Client, data: dict[str, str], status: int) -> None:
    assert browser.post(world.url("schedule-place"), data, **FRAGMENT).status_code == status
    assert world.shifts() == []


def test_every_edit_is_in_the_change_log_with_the_actor_and_the_request(world: World, browser: Client) -> None:
    data = world.cell(who=str(world.people[0].public_id), into="new")
    response = browser.post(world.url("schedule-place"), data, **FRAGMENT)
    with world.tenant.transaction():
        entry = ChangeEntry.objects.filter(action="shift.add").latest("id")
    assert (entry.actor, entry.source, entry.address) == ("Scheduler Test", "editor", "127.0.0.1")
    assert entry.correlation == response.headers["X-Request-Id"]
