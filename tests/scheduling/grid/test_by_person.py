"""Select by person: every assignment weighed by the rules, in a bounded number of queries."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling import services
from tests.scheduling.pages.conftest import BY, FRAGMENT, MONDAY, World, soup, text_of


def _panel(world: World, browser: Client, person: Any, n: int = 0) -> Any:
    cell = {"row": str(person.public_id), "date": str(MONDAY + timedelta(n)), "rows": "person"}
    return soup(browser.get(world.url("schedule-cell"), cell, **FRAGMENT))


def _breaks(panel: Any) -> dict[str, list[str]]:
    """Assignment → what placing there breaks, in the order of the list."""
    return {
        text_of(row.select_one("button")): [text_of(one.select_one(".breaks__words")) for one in row.select(".breaks")]
        for row in panel.select(".pick tbody tr")
    }


def test_what_breaks_is_told_as_it_is_by_assignment(world: World, browser: Client) -> None:
    osei = world.people[0]
    with world.tenant.transaction():
        late = services.assignment_create(
            code="L", name="ED Late", start_time=time(12), end_time=time(20), order=2, department=world.department,
            type=world.type, **BY,
        )  # fmt: skip
    world.place(assignment=world.day, person=osei)
    world.place(assignment=world.night, day=MONDAY + timedelta(1), person=osei)
    panel = _panel(world, browser, osei)
    # Replacing the one that stands there: nothing overlaps any more.
    assert _breaks(panel) == {"N · ED Night": [], "L · ED Late": []}
    world.place(assignment=late, person=osei)
    by_person = _breaks(_panel(world, browser, osei))
    cell = world.cell(world.night, MONDAY + timedelta(2))
    by_assignment = soup(browser.get(world.url("schedule-cell"), cell, **FRAGMENT))
    assert list(by_person) == ["N · ED Night"]
    wednesday = _breaks(_panel(world, browser, osei, 2))
    row = next(row for row in by_assignment.select(".pick tbody tr") if "Osei" in text_of(row))
    assert [text_of(one.select_one(".breaks__words")) for one in row.select(".breaks")] == wednesday["N · ED Night"]


def test_an_overlap_stands_with_the_assignment_and_goes_last(world: World, browser: Client) -> None:
    osei = world.people[0]
    world.place(assignment=world.night, person=osei)
    with world.tenant.transaction():
        early = services.assignment_create(
            code="E", name="ED Early", start_time=time(5), end_time=time(12), department=world.department, type=world.type,
            **BY,
        )  # fmt: skip
    found = _breaks(_panel(world, browser, osei, 1))
    assert list(found) == ["D · ED Day", "N · ED Night", "E · ED Early"]
    assert [bool(words) for words in found.values()] == [False, False, True]
    assert found["E · ED Early"][0].startswith("Overlap:")
    cell = world.cell(early, MONDAY + timedelta(1))
    page = soup(browser.get(world.url("schedule-cell"), cell, **FRAGMENT))
    row = next(row for row in page.select(".pick tbody tr") if "Osei" in text_of(row))
    assert [text_of(one.select_one(".breaks__words")) for one in row.select(".breaks")] == found["E · ED Early"]


def test_the_reasons_against_are_those_by_assignment_and_may_be_overridden(world: World, browser: Client) -> None:
    osei, vance, *_ = world.people
    with world.tenant.transaction():
        services.assignment_eligible_set(assignment=world.night, people=[vance], **BY)
    panel = _panel(world, browser, osei)
    assert [text_of(row) for row in panel.select(".whynot li")] == [
        "N · ED Night Not eligible for ED Night Place anyway… N · ED Night"
    ]
    option = panel.select_one("[data-anyway-form] option")
    assert option["value"] == str(world.night.public_id)
    form = {"row": str(osei.public_id), "date": str(MONDAY), "rows": "person", "into": "new", "who": option["value"]}
    assert browser.post(world.url("schedule-place"), form, **FRAGMENT).status_code == 422
    assert world.shifts() == []
    done = browser.post(world.url("schedule-place"), form | {"reason": "Asked", "panel": "1"}, **FRAGMENT)
    assert done.status_code == 200
    assert "Kept: Asked" in text_of(soup(done))
    assert world.shifts() == [("2026-03-02", "N", "Osei, Kofi", 1)]


def test_open_shifts_are_weighed_for_nobody(world: World, browser: Client) -> None:
    world.place()
    cell = {"row": "00000000-0000-0000-0000-000000000000", "date": str(MONDAY), "rows": "person"}
    panel = soup(browser.get(world.url("schedule-cell"), cell, **FRAGMENT))
    assert list(_breaks(panel)) == ["D · ED Day", "N · ED Night"]
    assert panel.select(".whynot") == []


def test_more_assignments_take_no_more_queries(world: World, browser: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            _panel(world, browser, world.people[0])
        return len(captured)

    world.place(person=world.people[0])
    before = cost()
    with world.tenant.transaction():
        for n in range(20):
            made = services.assignment_create(
                code=f"X{n}", name=f"Extra {n}", start_time=time(n), end_time=time(n + 1), department=world.department,
                type=world.type, **BY,
            )  # fmt: skip
            if n % 2:
                services.assignment_eligible_set(assignment=made, people=[world.people[0]], **BY)
    assert cost() <= before + 1  # the lists are read once, now that there are some
