"""The schedule grid as readers get it."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from scheduling import services
from scheduling.types import Audience
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, FRAGMENT, MONDAY, World, soup, text_of, wall


def _cell(page, row: str, day: str):  # type: ignore[no-untyped-def]
    """The td in the row labelled `row` under the date."""
    for body in page.select("table.grid tbody"):
        heads = [head.get("data-date") for head in body.select("tr.week th")]
        if day not in heads:
            continue
        for line in body.select("tr[data-row]"):
            if line.select_one(".rowhead__name").get_text() == row:
                return line.find_all("td")[heads.index(day) - 1]
    raise AssertionError(f"no cell {row} {day}")


def _publish(world: World, audience: Audience = Audience.EVERYONE) -> None:
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=audience, **BY)


def test_cells_hold_people_open_shifts_and_placeholders_with_words(world: World, browser: Client) -> None:
    osei, vance, *_ = world.people
    world.place(person=osei, note="Bring the key")
    world.place(person=vance)
    world.place(assignment=world.night)
    world.place(day=MONDAY + timedelta(1), assignment=world.night, person=world.phone)
    world.place(day=MONDAY + timedelta(2), person=osei, start=wall(MONDAY + timedelta(2), 9, 30))
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY}))
    assert text_of(_cell(page, "ED Day", "2026-03-02")) == "Osei note Vance"
    assert (
        text_of(_cell(page, "ED Night", "2026-03-02"))
        == "OPEN 1 open soft conflict, Open: 1 open: nobody is placed yet."
    )
    assert text_of(_cell(page, "ED Night", "2026-03-03")) == "Charge phone placeholder"
    assert text_of(_cell(page, "ED Day", "2026-03-04")) == "Osei custom time 09:30–16:00"
    assert text_of(page.select_one('th[data-date="2026-03-02"]')) == "Mon Mar 2 1 open"


def test_the_grid_is_a_table_with_headers_for_every_cell(world: World, browser: Client) -> None:
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY, "weeks": 2}))
    grid = page.select_one('table[role="grid"]')
    assert len(grid.select("tbody")) == 2
    ids = {node["id"] for node in grid.select("th[id]")}
    cells = grid.select("td.cell")
    assert len(cells) == 2 * 2 * 7
    assert all(set(cell["headers"]) <= ids for cell in cells)
    assert grid["data-rows"] == "assignment"


def test_by_person_shows_codes_and_the_row_of_open_shifts(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    world.place(assignment=world.night)
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY, "rows": "person"}))
    assert text_of(_cell(page, "Osei, Kofi", "2026-03-02")) == "D"
    assert (
        text_of(_cell(page, "Open shifts", "2026-03-02")) == "N open soft conflict, Open: 1 open: nobody is placed yet."
    )
    labels = [node.get_text() for node in page.select("tbody")[0].select(".rowhead__name")]
    assert labels == ["Iyer, Leela", "Osei, Kofi", "Ueda, Kenji", "Vance, Roland", "Charge phone", "Open shifts"]


def test_the_layout_is_kept_for_the_next_visit(world: World, browser: Client) -> None:
    browser.get(world.url("schedule"), {"start": MONDAY, "rows": "person", "weeks": 2, "times": 1})
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY}))
    assert page.select_one("table.grid")["data-rows"] == "person"
    assert len(page.select("table.grid tbody")) == 2


def test_what_was_never_published_is_hatched_and_what_changed_since_is_marked(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY}))
    assert "is-draft" in _cell(page, "ED Day", "2026-03-02")["class"]
    assert "Not published" in text_of(page.select_one("tr.week th"))
    _publish(world)
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"note": "Ring first"}, **BY)
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY}))
    assert "is-draft" not in _cell(page, "ED Day", "2026-03-02")["class"]
    assert text_of(_cell(page, "ED Day", "2026-03-02")) == "Osei note changed since publish"
    assert text_of(page.select_one("#schedule-status")) == "Published to everyone 1 unpublished change"


def test_a_viewer_sees_what_everyone_may_rely_on_and_nothing_of_the_draft(world: World) -> None:
    viewer = world.tenant.client(Role.VIEWER)
    shift = world.place(person=world.people[0])
    assert viewer.get(world.url("schedule")).status_code == 404
    _publish(world, Audience.ADMINISTRATORS)
    assert viewer.get(world.url("schedule")).status_code == 404
    _publish(world)
    with world.tenant.transaction():
        services.shift_change(
            shift_id=shift.public_id,
            version=1,
            fields={"person_id": world.people[1].public_id, "note": "unpublished words"},
            **BY,
        )
    world.place(day=MONDAY + timedelta(1), person=world.people[2])
    response = viewer.get(world.url("schedule"), {"start": MONDAY})
    page = soup(response)
    assert text_of(_cell(page, "ED Day", "2026-03-02")) == "Osei"
    assert text_of(_cell(page, "ED Day", "2026-03-03")) == ""
    assert "unpublished words" not in response.content.decode()
    panel = soup(viewer.get(world.url("schedule-cell"), world.cell(), **FRAGMENT))
    assert "Osei, Kofi" in text_of(panel)
    assert panel.select("form") == []


def test_select_lists_the_free_first_and_says_why_not_for_the_others(world: World, browser: Client) -> None:
    osei, vance, _, ueda = world.people
    world.place(person=osei)
    world.place(assignment=world.night, person=vance)
    with world.tenant.transaction():
        services.person_change(person_id=ueda.public_id, fields={"active_to": MONDAY - timedelta(1)}, **BY)
    response = browser.get(world.url("schedule-cell"), world.cell(), **FRAGMENT)
    assert response.headers["X-Fragment"] == "1"
    page = soup(response)
    rows = [(text_of(row.th), text_of(row.td)) for row in page.select("table.pick tbody tr")]
    assert rows == [
        ("Open shift", "nobody yet"),
        ("Iyer, Leela", "free"),
        ("Charge phone", "free"),
        ("Vance, Roland", "ED Night 21:00–07:00 Tue"),
    ]
    assert [text_of(line) for line in page.select(".whynot li")] == [
        "Osei, Kofi Already here that day",
        "Ueda, Kenji Active until Mar 1",
    ]


def test_select_works_without_script_as_a_part_of_the_page(world: World, browser: Client) -> None:
    world.place(person=world.people[0])
    page = soup(browser.get(world.url("schedule"), {**world.cell(), "start": MONDAY}))
    assert page.select_one(".inspector h2").get_text() == "ED Day"
    assert page.select_one('td[aria-selected="true"]') == _cell(page, "ED Day", "2026-03-02")


def test_a_published_shift_may_be_replaced_at_once_or_offered_from_its_cell(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    where = [f"/today/replace/{shift.public_id}", f"/swaps/offer/{shift.public_id}"]

    def offered() -> list[str]:
        panel = soup(browser.get(world.url("schedule-cell"), world.cell(), **FRAGMENT))
        return [link["href"] for link in panel.select(".actions a") if link["href"] in where]

    assert offered() == []  # nobody relies on a draft
    _publish(world)
    assert offered() == where


def test_names_that_hold_markup_are_text(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        nasty = world.person("<script>alert(1)</script>", "X", "0099")
    world.place(person=nasty, note="<b>bold</b>")
    body = browser.get(world.url("schedule"), {**world.cell(), "start": MONDAY}).content.decode()
    assert "<script>alert" not in body
    assert "<b>bold" not in body
    assert "&lt;script&gt;alert(1)" in body
