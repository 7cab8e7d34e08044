"""The templates' pages: made of a block, typed in, applied, listed, removed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from scheduling.models import Pattern, PatternEntry
from scheduling.pages.planning.patterngrid import Names, cell_entries, cell_text
from scheduling.planning.patterns import Entry
from scheduling.selectors.rows import people_by_id
from tests.scheduling.pages.conftest import MONDAY, World, soup, text_of


def hidden(page: HttpResponse, which: int = -1) -> dict[str, list[str]]:
    """The hidden fields of the page's last form."""
    found: dict[str, list[str]] = {}
    for box in soup(page).select("main form")[which].select("input[type=hidden]"):
        found.setdefault(str(box["name"]), []).append(str(box["value"]))
    return found


def made(world: World, browser: Client, **more: Any) -> uuid.UUID:
    data = {"name": "Call", "first": str(MONDAY), "last": str(MONDAY + timedelta(6)), "who": "positions", **more}
    answer = browser.post(world.url("pattern-of-block"), data)
    assert answer.status_code == 302, text_of(soup(answer))
    with world.tenant.transaction():
        return Pattern.objects.get(name=data["name"]).public_id


def test_a_block_becomes_a_template_and_goes_into_three_weeks(world: World, browser: Client) -> None:
    world.place(MONDAY, person=world.people[0])
    world.place(MONDAY, world.night, world.people[1])
    pattern = made(world, browser)
    page = browser.get(reverse("pattern-apply", args=[pattern]))
    assert [box["value"] for box in soup(page).select("select[name=person] option[selected]")] == [
        str(one.public_id) for one in world.people[:2]
    ]
    said = {
        "schedule": str(world.schedule.public_id), "first": str(MONDAY + timedelta(7)), "last": str(MONDAY + timedelta(27)),
        "anchor": str(MONDAY), "rotates": "on", "filled": "skip", "unplaceable": "open",
        "person": [str(one.public_id) for one in world.people[:2]] + [""] * 4,
    }  # fmt: skip
    page = browser.get(reverse("pattern-apply", args=[pattern]), said)
    assert "6 added, 0 changed, 0 removed" in text_of(soup(page))
    answer = browser.post(reverse("pattern-apply", args=[pattern]), hidden(page))
    assert answer.status_code == 302
    assert answer["Location"].endswith("?start=2026-03-09")
    assert [(day, code, who.split(",")[0]) for day, code, who, _ in world.shifts()[2:]] == [
        ("2026-03-09", "D", "Vance"), ("2026-03-09", "N", "Osei"),
        ("2026-03-16", "D", "Osei"), ("2026-03-16", "N", "Vance"),
        ("2026-03-23", "D", "Vance"), ("2026-03-23", "N", "Osei"),
    ]  # fmt: skip
    page = soup(browser.get(reverse("pattern", args=[pattern])))
    assert "Rotating; the first week is that of Mar 2, 2026." in text_of(page)


def test_an_empty_position_is_open_and_the_one_after_it_keeps_its_person(world: World, browser: Client) -> None:
    world.place(MONDAY, person=world.people[0])
    world.place(MONDAY, world.night, world.people[1])
    pattern = made(world, browser)
    said = {
        "schedule": str(world.schedule.public_id), "first": str(MONDAY + timedelta(7)), "last": str(MONDAY + timedelta(7)),
        "anchor": str(MONDAY), "filled": "skip", "unplaceable": "open", "person": ["", str(world.people[2].public_id), ""],
    }  # fmt: skip
    page = browser.get(reverse("pattern-apply", args=[pattern]), said)
    browser.post(reverse("pattern-apply", args=[pattern]), hidden(page))
    assert [(code, who) for day, code, who, _ in world.shifts() if day == "2026-03-09"] == [
        ("D", "open"), ("N", "Iyer, Leela"),
    ]  # fmt: skip
    page = browser.get(reverse("pattern-apply", args=[pattern]), {**said, "rotates": "on"})
    assert page.status_code == 422
    assert "2 positions and 1 people in a row" in text_of(soup(page))


def test_a_week_is_typed_and_wrong_cells_are_named(world: World, browser: Client) -> None:
    browser.post(reverse("pattern-new"), {"department": str(world.department.public_id), "name": "New", "weeks": "2"})
    with world.tenant.transaction():
        pattern = Pattern.objects.get(name="New")
    address = reverse("pattern", args=[pattern.public_id])
    cell = f"c-{world.day.public_id}"
    wrong = browser.post(address, {"version": "1", "week": "2", f"{cell}-0": "Nobody Known", f"{cell}-1": "Osei"})
    assert wrong.status_code == 422
    assert "“Nobody Known” is nobody of this department" in text_of(soup(wrong))
    assert soup(wrong).select_one(f"input[name='{cell}-1']")["value"] == "Osei"  # what was typed is kept
    answer = browser.post(
        address, {"version": "1", "week": "2", f"{cell}-0": "1; open;osei", f"{cell}-6": "Vance, Roland"}
    )
    assert answer["Location"] == f"{address}?week=2"
    page = soup(browser.get(address, {"week": "2"}))
    assert page.select_one(f"input[name='{cell}-0']")["value"] == "1; open; Osei"
    with world.tenant.transaction():
        assert PatternEntry.objects.filter(pattern_id=pattern.id, week=1).count() == 4
    late = browser.post(address, {"version": "1", "week": "1", f"{cell}-0": "1"})
    assert late.status_code == 409
    assert "changed this template meanwhile" in text_of(soup(late))
    done = browser.post(address, {"version": "2", "name": "Newer", "weeks": "1"})
    assert done.status_code == 302
    with world.tenant.transaction():
        assert PatternEntry.objects.filter(pattern_id=pattern.id).count() == 0


def test_the_list_its_file_and_taking_away(world: World, browser: Client) -> None:
    world.place(MONDAY, person=world.people[0])
    pattern = made(world, browser, name="=Call")
    page = soup(browser.get(reverse("patterns"), {"q": "call", "schedule": str(world.schedule.public_id)}))
    row = page.select_one("tbody tr")
    assert text_of(row).startswith("=Call Emergency 1 1 1")
    assert row.select_one("a.btn")["href"].endswith(f"?schedule={world.schedule.public_id}")
    assert "No template" in text_of(soup(browser.get(reverse("patterns"), {"q": "zzz"})))
    lines = browser.get(reverse("patterns-csv")).content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Emergency,'=Call,1,1,1,no,2026-03-02,Scheduler Test,")
    assert browser.post(reverse("pattern-remove", args=[pattern])).status_code == 302
    assert browser.get(reverse("pattern", args=[pattern])).status_code == 404


@pytest.fixture
def names(world: World) -> Names:
    with world.tenant.transaction():
        twin = world.person("Osei", "Abena", "077")
        ids = [*(one.id for one in world.people), twin.id]
        return Names.of(list(people_by_id(ids).values()))


def test_equal_last_names_are_told_apart(world: World, names: Names) -> None:
    kofi = world.people[0].id
    assert names.labels[kofi] == "Osei, Kofi"
    for text in ("Osei, Kofi", "kofi osei", "000"):
        assert names.person(text) == kofi
    with pytest.raises(ValueError, match="fits several people"):
        names.person("Osei")


def test_a_cell_keeps_what_it_still_names(names: Names) -> None:
    held = [Entry(5, 1, 0, 0, None, 1, note="Keys"), Entry(6, 1, 0, 0, None, None)]
    assert cell_text(held, names) == "1; open"
    what = {"held": held, "names": names, "assignment_id": 1, "week": 0, "weekday": 0, "positions": 9}
    assert [one.id for one in cell_entries("open; 1; 2", **what)] == [6, 5, 0]
    for text, problem in (("0", "no position"), ("10", "no position"), ("; ".join(["1"] * 13), "at most 12")):
        with pytest.raises(ValueError, match=problem):
            cell_entries(text, **what)
