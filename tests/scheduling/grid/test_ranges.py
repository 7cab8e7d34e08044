"""Many cells at once over HTTP: what is done, what is listed, what is drawn again, and what a second scheduler is told."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from scheduling import services
from scheduling.models import EditStep, Shift
from scheduling.types import ShiftInfo
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, FRAGMENT, MONDAY, World, soup, text_of


def _day(n: int) -> date:
    return MONDAY + timedelta(days=n)


def _cell(row: Any, n: int, *shifts: ShiftInfo) -> str:
    seen = ",".join(f"{one.public_id}:{one.version}" for one in shifts)
    return f"{row.public_id}/{_day(n).isoformat()}/{seen}"


def _range(world: World, browser: Client, act: str, cells: list[str], **more: Any) -> Any:
    return browser.post(
        world.url("schedule-range"), {"act": act, "cell": cells, "rows": "assignment", **more}, **FRAGMENT
    )


def _ids(*shifts: ShiftInfo) -> str:
    return ",".join(f"{one.public_id}:{one.version}" for one in shifts)


def test_clearing_a_range_draws_its_cells_and_is_one_step_of_undo(world: World, browser: Client) -> None:
    shifts = [world.place(_day(n), person=world.people[n]) for n in range(3)]
    response = _range(world, browser, "clear", [_cell(world.day, n, shifts[n]) for n in range(3)])
    assert response.status_code == 200
    assert world.shifts() == []
    page = soup(response)
    assert [piece["data-date"] for piece in page.select("template[data-cell]")] == [str(_day(n)) for n in range(3)]
    assert text_of(page.select_one("[data-answer-said]")) == "3 cells cleared."
    answer = browser.post(world.url("schedule-undo"), {"rows": "assignment"}, **FRAGMENT)
    assert text_of(soup(answer).select_one("[data-answer-said]")) == "Undone: Clearing 3 cells, Mar 2–Mar 4."
    assert len(world.shifts()) == 3
    answer = browser.post(world.url("schedule-redo"), {"rows": "assignment"}, **FRAGMENT)
    assert world.shifts() == []
    buttons = soup(answer).find("template", {"data-part": "grid-undo"}).find_all("button")
    assert ["disabled" in button.attrs for button in buttons] == [False, True]


def test_paste_skips_locked_cells_and_lists_them(world: World, browser: Client) -> None:
    osei, vance, iyer, _ = world.people
    source = world.place(person=osei, note="Key", call_order=2)
    locked, free = world.place(_day(1), person=vance), world.place(_day(2), person=iyer)
    with world.tenant.transaction():
        locked = services.shift_change(shift_id=locked.public_id, version=1, fields={"locked": True}, **BY)
    cells = [_cell(world.day, 1, locked), _cell(world.day, 2, free), _cell(world.night, 3)]
    response = _range(world, browser, "copy", cells, **{"from": [_ids(source)] * 3})
    page = soup(response)
    assert text_of(page.select_one("[data-answer-said]")) == "2 cells pasted, 1 left as they were."
    assert [text_of(line) for line in page.select("[data-answer-notice] li")] == [
        "ED Day, Tue Mar 3 The shift is locked. Unlock it first."
    ]
    assert world.shifts() == [
        ("2026-03-02", "D", "Osei, Kofi", 1),
        ("2026-03-03", "D", "Vance, Roland", 2),
        ("2026-03-04", "D", "Osei, Kofi", 2),
        ("2026-03-05", "N", "Osei, Kofi", 1),
    ]
    with world.tenant.transaction():
        pasted = Shift.objects.get(date=_day(2))
        assert (pasted.public_id, pasted.note, pasted.call_order) == (free.public_id, "Key", 2)


def test_an_empty_source_empties_and_cut_moves_the_shift_itself(world: World, browser: Client) -> None:
    one, two = world.place(person=world.people[0]), world.place(_day(3), person=world.people[1])
    _range(world, browser, "copy", [_cell(world.day, 3, two)], **{"from": [""]})
    assert world.shifts() == [("2026-03-02", "D", "Osei, Kofi", 1)]
    _range(world, browser, "cut", [_cell(world.night, 4)], **{"from": [_ids(one)]})
    with world.tenant.transaction():
        moved = Shift.objects.get()
        assert (moved.public_id, moved.date, moved.assignment.code) == (one.public_id, _day(4), "N")


def test_a_cut_whose_source_was_changed_leaves_the_target_as_it_was(world: World, browser: Client) -> None:
    osei, vance, iyer, _ = world.people
    source, target = world.place(person=osei), world.place(_day(1), person=vance)
    with world.tenant.transaction():
        services.shift_change(shift_id=source.public_id, version=1, fields={"person_id": iyer.public_id}, **BY)
    response = _range(world, browser, "cut", [_cell(world.day, 1, target)], **{"from": [_ids(source)]})
    assert response.status_code == 409
    assert "it is Iyer, Leela now" in text_of(soup(response).select_one("[data-answer-notice]"))
    assert world.shifts() == [("2026-03-02", "D", "Iyer, Leela", 2), ("2026-03-03", "D", "Vance, Roland", 1)]


def test_a_cell_that_somebody_filled_meanwhile_is_left_alone_and_they_are_named(world: World, browser: Client) -> None:
    world.place(_day(1), person=world.people[1])  # after the page was drawn
    who = str(world.people[0].public_id)
    response = _range(world, browser, "fill", [_cell(world.day, 0), _cell(world.day, 1)], who=who)
    assert [text_of(line) for line in soup(response).select("[data-answer-notice] li")] == [
        "ED Day, Tue Mar 3 Test put Vance, Roland here meanwhile. Yours was not saved."
    ]
    assert world.shifts() == [("2026-03-02", "D", "Osei, Kofi", 1), ("2026-03-03", "D", "Vance, Roland", 1)]
    drawn = {piece["data-date"]: text_of(piece) for piece in soup(response).select("template[data-cell]")}
    assert drawn["2026-03-03"].startswith("Vance")


def test_fill_fills_the_open_gives_the_single_adds_beside_several(world: World, browser: Client) -> None:
    _, vance, iyer, ueda = world.people
    opened = world.place()
    single = world.place(_day(1), person=vance)
    several = [world.place(_day(2), person=one) for one in (vance, iyer)]
    cells = [
        _cell(world.day, 0, opened),
        _cell(world.day, 1, single),
        _cell(world.day, 2, *several),
        _cell(world.day, 3),
    ]
    _range(world, browser, "fill", cells, who=str(ueda.public_id))
    assert [(day, who) for day, _, who, _ in world.shifts()] == [
        ("2026-03-02", "Ueda, Kenji"),
        ("2026-03-03", "Ueda, Kenji"),
        ("2026-03-04", "Iyer, Leela"),
        ("2026-03-04", "Ueda, Kenji"),
        ("2026-03-04", "Vance, Roland"),
        ("2026-03-05", "Ueda, Kenji"),
    ]
    with world.tenant.transaction():
        assert EditStep.objects.count() == 1


def test_lock_and_unlock_a_range(world: World, browser: Client) -> None:
    shifts = [world.place(_day(n), person=world.people[0]) for n in range(2)]
    _range(world, browser, "lock", [_cell(world.day, n, shifts[n]) for n in range(2)])
    with world.tenant.transaction():
        assert list(Shift.objects.values_list("locked", flat=True)) == [True, True]


def test_text_names_people_and_the_unknown_and_ambiguous_are_listed(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        world.person("Osei", "Abena", "0077")
    texts = ["Vance, Roland", "osei", "Kofi Osei / Leela Iyer", "open", "Zorro", ""]
    cells = [_cell(world.day, n) for n in range(6)]
    response = _range(world, browser, "text", cells, text=texts)
    assert [(day[-2:], who) for day, _, who, _ in world.shifts()] == [
        ("02", "Vance, Roland"),
        ("04", "Iyer, Leela"),
        ("04", "Osei, Kofi"),
        ("05", "open"),
    ]
    assert [text_of(line) for line in soup(response).select("[data-answer-notice] li")] == [
        "Tue Mar 3 “osei” may be Osei, Abena or Osei, Kofi.",
        "Fri Mar 6 “Zorro” is no person here.",
    ]


def test_by_person_a_code_is_pasted_and_a_row_is_a_person(world: World, browser: Client) -> None:
    osei, vance, *_ = world.people
    shift = world.place(person=osei)
    _range(world, browser, "text", [_cell(vance, 1)], text=["N"], rows="person")
    _range(world, browser, "move", [_cell(vance, 2)], shift=_ids(shift), rows="person")
    assert world.shifts() == [("2026-03-03", "N", "Vance, Roland", 1), ("2026-03-04", "D", "Vance, Roland", 2)]


def test_undo_after_another_schedulers_change_is_refused_names_them_and_is_dropped(
    world: World, browser: Client
) -> None:
    osei, vance, iyer, _ = world.people
    for n, one in enumerate((osei, vance)):
        _range(world, browser, "fill", [_cell(world.day, n)], who=str(one.public_id))
    with world.tenant.transaction():
        theirs = Shift.objects.get(date=_day(1))
    other = world.tenant.client(Role.ADMINISTRATOR)
    data = world.cell(day=_day(1), who=str(iyer.public_id), into=f"{theirs.public_id}:1")
    other.post(world.url("schedule-place"), data, **FRAGMENT)
    before = world.shifts()
    response = browser.post(world.url("schedule-undo"), {"rows": "assignment"}, **FRAGMENT)
    assert response.status_code == 409
    told = text_of(soup(response).select_one("[data-answer-notice]"))
    assert "Administrator Test changed ED Day, 2026-03-03, Iyer, Leela: person Vance, Roland → Iyer, Leela" in told
    assert world.shifts() == before
    assert browser.post(world.url("schedule-undo"), {}, **FRAGMENT).status_code == 200
    assert [row[2] for row in world.shifts()] == ["Iyer, Leela"]


def test_undo_without_script_leads_back_and_with_nothing_to_undo_says_so(world: World, browser: Client) -> None:
    browser.post(world.url("schedule-place"), world.cell(who="open", into="new"))
    page = soup(browser.post(world.url("schedule-undo"), {"rows": "assignment"}, follow=True))
    assert "Undone: Placing, Mon Mar 2." in text_of(page.select_one(".messages"))
    refused = browser.post(world.url("schedule-undo"), {"rows": "assignment"})
    assert refused.status_code == 422
    assert "There is nothing to undo." in text_of(soup(refused).select_one(".inspector"))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"act": "explode", "cell": ["x"]}, 400),
        ({"act": "clear"}, 400),
        ({"act": "clear", "cell": ["nonsense"]}, 400),
        ({"act": "clear", "cell": [f"{uuid.uuid4()}/2026-03-02/x:y"]}, 400),
        ({"act": "fill", "cell": [f"{uuid.uuid4()}/2026-03-02/"], "who": "x"}, 400),
        ({"act": "fill", "cell": [f"{uuid.uuid4()}/2026-03-02/"], "who": "open"}, 422),
        ({"act": "clear", "cell": [f"{uuid.uuid4()}/2026-03-02/{uuid.uuid4()}:1"]}, 422),
        ({"act": "clear", "cell": [f"{uuid.uuid4()}/2026-03-02/"] * 1001}, 422),
    ],
)
def test_malformed_unknown_and_too_much(world: World, browser: Client, data: dict[str, Any], status: int) -> None:
    assert browser.post(world.url("schedule-range"), data, **FRAGMENT).status_code == status
    assert world.shifts() == []
