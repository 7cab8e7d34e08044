"""A scheduler's day in the grid, in a real browser: all of it by keyboard alone, and what the mouse drags."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.models import Shift
from tenancy.rights import Role
from tenancy.services import account_create, organization_domain_add
from tests.conftest import Tenant
from tests.e2e.test_every_page import found_by_axe
from tests.e2e.test_schedule_browser import BY, PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

MONDAY = date(2027, 3, 1)


class Ward:
    """Two assignments and three people over four weeks, and a page that shows them."""

    def __init__(self, tenant: Tenant, page: Any) -> None:
        self.tenant, self.page = tenant, page
        with tenant.transaction():
            organization_domain_add(domain=f"{tenant.slug}.example", **BY)
            account = account_create(
                email=f"s@{tenant.slug}.example", name="Sabine Brandt", role=Role.SCHEDULER, password=PASSWORD, **BY
            )
            department = services.department_create(name="Emergency", code="ED", zone="America/Chicago", **BY)
            services.account_grant_department(account=account, department=department, **BY)
            kind = services.assignment_type_named(name="Working", hue="azure")
            make = {"department": department, "type": kind, **BY}
            self.day = services.assignment_create(
                code="D", name="ED Day", start_time=time(8), end_time=time(16), **make
            )
            self.late = services.assignment_create(
                code="L", name="ED Late", start_time=time(16), end_time=time(23), order=1, **make
            )
            self.people = {
                last: services.person_create(
                    fields={"last_name": last, "first_name": first}, department_id=department.id, **BY
                )
                for last, first in (("Novotny", "Ada"), ("Osei", "Kofi"), ("Vance", "Roland"))
            }
            self.schedule = services.schedule_create(
                department=department, name="March", starts_on=MONDAY, ends_on=MONDAY + timedelta(days=27), **BY
            )

    def place(self, n: int, last: str | None, assignment: Any = None, **fields: Any) -> Any:
        """A shift on the nth day."""
        with self.tenant.transaction():
            made = services.shift_place(
                schedule_id=self.schedule.public_id, assignment_id=(assignment or self.day).public_id,
                day=MONDAY + timedelta(days=n), person_id=self.people[last].public_id if last else None, **BY,
            )  # fmt: skip
            if fields:
                made = services.shift_change(shift_id=made.public_id, version=1, fields=fields, **BY)
        return made

    def open(self, **parameters: Any) -> None:
        """Sign in and show the schedule, with the first cell in focus."""
        page = self.page
        page.goto("/signin")
        page.get_by_label("Work e-mail").fill(f"s@{self.tenant.slug}.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "signin" not in url)
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        page.goto(f"/schedules/{self.schedule.public_id}/?start={MONDAY}&{query}")
        page.locator('table[role=grid] td[tabindex="0"]').focus()
        self.press("Control+Home")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def cell(self, y: int, n: int) -> Any:
        """The cell of the yth row on the nth day of the first week."""
        return self.page.locator(f'td[headers="d{n} r0-{y}"]')

    def drag(self, *cells: Any, drop: bool = True) -> None:
        """Press the mouse on the first cell, pass over the others, let go on the last."""
        mouse = self.page.mouse
        for number, cell in enumerate(cells):
            cell.scroll_into_view_if_needed()
            box = cell.bounding_box()
            mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
            if number == 0:
                mouse.down()
        if drop:
            mouse.up()

    def said(self, text: str) -> None:
        """Wait until the page has announced something."""
        self.page.locator("[data-announce]", has_text=text).wait_for(state="attached")

    def draft(self) -> list[tuple[int, str, str]]:
        """(nth day, code, family name or "open") of the whole draft."""
        with self.tenant.transaction():
            rows = Shift.objects.select_related("assignment", "person")
            return sorted(
                ((one.date - MONDAY).days, one.assignment.code, one.person.last_name if one.person else "open")
                for one in rows
            )

    def one(self) -> Shift:
        """The only shift."""
        with self.tenant.transaction():
            return Shift.objects.select_related("person").get()

    def focused(self) -> str:
        """The text of the cell in focus."""
        return str(self.page.locator("table[role=grid] td:focus").inner_text()).strip()


@pytest.fixture
def ward(tenant: Tenant, page: Any) -> Ward:
    return Ward(tenant, page)


def test_typing_places_and_undo_and_redo_walk_over_a_reload(ward: Ward) -> None:
    ward.open()
    ward.press("v", "a", "Enter")
    ward.said("Vance, Roland on ED Day, Mon Mar 1.")
    assert ward.focused() == "Vance"
    ward.press("ArrowRight", "N", "o", "v")  # a capital letter begins a name, where n alone is the note
    ward.page.locator('[role=option][aria-selected="true"]', has_text="Novotny, Ada").wait_for()
    ward.press("Enter")
    ward.said("Novotny, Ada on ED Day, Tue Mar 2.")
    ward.press("ArrowLeft", "k", "o", "Enter")  # initials of Kofi Osei; one shift stands there: replaced
    ward.said("Osei, Kofi on ED Day, Mon Mar 1.")
    ward.press("v", "a", "Shift+Enter")  # beside
    ward.said("Vance, Roland on ED Day, Mon Mar 1.")
    assert ward.draft() == [(0, "D", "Osei"), (0, "D", "Vance"), (1, "D", "Novotny")]
    ward.page.reload()
    ward.page.locator('table[role=grid] td[tabindex="0"]').focus()
    ward.press("Control+z")
    ward.said("Undone: Placing, Mon Mar 1.")
    ward.press("Control+z", "Control+z", "Control+z")
    ward.page.locator('[data-step="undo"] button[disabled]').wait_for(state="attached")
    assert ward.draft() == []
    ward.press("Control+y", "Control+y", "Control+y")
    ward.page.locator("td", has_text="Osei").wait_for()
    assert ward.draft() == [(0, "D", "Osei"), (1, "D", "Novotny")]
    assert ward.page.errors == []


def test_copy_a_range_over_a_locked_cell_and_cut_another(ward: Ward) -> None:
    for n, last in enumerate(("Novotny", "Osei", "Vance")):
        ward.place(n, last)
    ward.place(8, "Vance", locked=True)
    ward.open()
    ward.press("Shift+ArrowRight", "Shift+ArrowRight")
    ward.said("1 by 3 cells")
    assert ward.page.locator('td[aria-selected="true"]').count() == 3
    ward.press("Control+c", "Home", "PageDown", "Control+v")
    ward.said("2 cells pasted, 1 left as they were.")
    notice = ward.page.locator("#grid-notice")
    assert "1 edit was not made." in notice.inner_text()
    assert "ED Day, Tue Mar 9 The shift is locked. Unlock it first." in notice.inner_text()
    week = [(0, "D", "Novotny"), (1, "D", "Osei"), (2, "D", "Vance")]
    assert ward.draft() == [*week, (7, "D", "Novotny"), (8, "D", "Vance"), (9, "D", "Vance")]
    ward.press("Escape", "PageUp", "Control+x", "ArrowDown", "Control+v")
    ward.said("1 cell moved.")
    assert ward.draft()[:3] == [(0, "L", "Novotny"), (1, "D", "Osei"), (2, "D", "Vance")]
    ward.press("Control+a", "Delete")
    ward.said("3 cells cleared.")
    assert ward.draft() == [(7, "D", "Novotny"), (8, "D", "Vance"), (9, "D", "Vance")]
    ward.press("Control+z")
    ward.page.locator("td", has_text="Osei").wait_for()
    assert len(ward.draft()) == 6
    assert [text for text in ward.page.errors if "422" not in text] == []


def test_text_of_a_spreadsheet_is_pasted_by_name(ward: Ward) -> None:
    ward.open()
    ward.page.evaluate(
        """() => {
        const data = new DataTransfer();
        data.setData("text/plain", "Osei\\tRoland Vance\\tNobody\\nAN\\t\\tOPEN\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }"""
    )
    ward.said("4 cells pasted, 1 left as they were.")
    assert "“Nobody” is no person here." in ward.page.locator("#grid-notice").inner_text()
    assert ward.draft() == [(0, "D", "Osei"), (0, "L", "Novotny"), (1, "D", "Vance"), (2, "L", "open")]


def test_fill_paints_cells_and_ranges(ward: Ward) -> None:
    ward.place(2, None)
    ward.open()
    ward.press("f")
    ward.page.locator("#fill-with:focus").wait_for()
    ward.press("o", "s", "Enter")
    ward.said("Filling with Osei, Kofi.")
    ward.press("Enter")
    ward.said("1 cell filled.")
    ward.press("ArrowRight", "Shift+ArrowRight", " ")
    ward.said("2 cells filled.")
    assert ward.draft() == [(0, "D", "Osei"), (1, "D", "Osei"), (2, "D", "Osei")]
    ward.press("Escape", "Enter")  # Fill has ended: Enter selects again
    ward.page.locator("[data-place-filter]:focus").wait_for()


def test_pick_up_carry_and_drop_and_move_with_control(ward: Ward) -> None:
    ward.place(0, "Osei")
    ward.open()
    ward.press("m")
    ward.said("Osei picked up.")
    ward.press("ArrowRight", "ArrowDown", "Escape")
    ward.said("Let go.")
    assert ward.draft() == [(0, "D", "Osei")]
    ward.press("Control+Home", "m", "ArrowRight", "ArrowDown", "Enter")
    ward.said("1 cell moved.")
    assert ward.draft() == [(1, "L", "Osei")]
    ward.press("Control+ArrowRight")
    ward.page.locator('td:focus[headers="d2 r0-1"]', has_text="Osei").wait_for()
    assert ward.draft() == [(2, "L", "Osei")]
    ward.press("Control+ArrowUp")
    ward.page.locator('td:focus[headers="d2 r0-0"]', has_text="Osei").wait_for()
    assert ward.draft() == [(2, "D", "Osei")]


def test_a_drag_chooses_a_rectangle(ward: Ward) -> None:
    ward.place(1, "Osei")
    ward.place(2, "Vance", ward.late)
    ward.place(3, "Vance")
    ward.open()
    ward.drag(ward.cell(0, 1), ward.cell(0, 2), ward.cell(1, 2))
    ward.said("2 by 2 cells")
    chosen = ward.page.locator("td.is-range").all()
    assert [one.get_attribute("headers") for one in chosen] == ["d1 r0-0", "d2 r0-0", "d1 r0-1", "d2 r0-1"]
    assert ward.page.locator("td:focus").get_attribute("headers") == "d2 r0-1"
    ward.press("Delete")
    ward.said("2 cells cleared.")
    assert ward.draft() == [(3, "D", "Vance")]
    # Dragging back over the beginning shrinks it again; a click ends it.
    ward.drag(ward.cell(1, 3), ward.cell(0, 5), ward.cell(0, 3))
    ward.said("2 by 1 cells")
    assert ward.page.locator("td.is-range").count() == 2
    ward.cell(0, 0).click()
    assert ward.page.locator("td.is-range").count() == 0
    assert ward.page.errors == []


def test_a_drag_in_fill_paints(ward: Ward) -> None:
    ward.place(2, None)
    ward.place(3, "Vance", locked=True)
    ward.open()
    ward.page.locator("label", has_text="Fill").first.click()
    ward.page.locator("#fill-with:focus").wait_for()
    ward.press("o", "s", "Enter")
    ward.said("Filling with Osei, Kofi.")
    ward.drag(*(ward.cell(0, n) for n in range(1, 5)), drop=False)
    assert ward.page.locator("td.is-painted").count() == 4
    assert ward.draft() == [(2, "D", "open"), (3, "D", "Vance")]  # nothing is done before the mouse is let go
    ward.page.mouse.up()
    ward.said("3 cells filled, 1 left as they were.")
    assert ward.draft() == [(1, "D", "Osei"), (2, "D", "Osei"), (3, "D", "Vance"), (4, "D", "Osei")]
    assert ward.page.locator("td.is-painted").count() == 0
    ward.cell(1, 0).click()  # a click paints one
    ward.said("1 cell filled.")
    assert ward.draft()[0] == (0, "L", "Osei")
    ward.press("Escape", "Control+z", "Control+z")
    ward.page.locator("td", has_text="Osei").first.wait_for(state="detached")
    assert ward.draft() == [(2, "D", "open"), (3, "D", "Vance")]


def test_a_drag_from_the_chosen_cell_moves_its_shift(ward: Ward) -> None:
    shift = ward.place(0, "Osei")
    ward.open()
    ward.cell(0, 0).click()
    ward.page.locator("[data-inspector] h2", has_text="ED Day").wait_for()
    held = ward.cell(0, 0).locator("[data-shift]")
    ward.drag(held, ward.cell(0, 1), ward.cell(1, 2), drop=False)
    assert ward.page.locator("td.is-drop").get_attribute("headers") == "d2 r0-1"
    assert ward.draft() == [(0, "D", "Osei")]
    ward.page.mouse.up()
    ward.said("1 cell moved.")
    assert ward.draft() == [(2, "L", "Osei")]
    assert ward.one().public_id == shift.public_id
    assert ward.page.locator("td:focus").get_attribute("headers") == "d2 r0-1"
    # Let go outside the grid: nothing moves.
    ward.cell(1, 2).click()
    ward.page.locator("[data-inspector] h2", has_text="ED Late").wait_for()
    ward.drag(ward.cell(1, 2).locator("[data-shift]"), ward.cell(1, 3), ward.page.locator("h1").first)
    ward.said("Let go.")
    assert ward.draft() == [(2, "L", "Osei")]
    assert ward.page.errors == []


def test_a_refused_name_is_placed_with_a_reason(ward: Ward) -> None:
    with ward.tenant.transaction():
        services.assignment_eligible_set(assignment=ward.day, people=[ward.people["Vance"]], **BY)
    ward.open()
    ward.press("o", "s", "Enter")
    ward.page.locator("[data-anyway-reason]:focus").wait_for()
    told = ward.page.locator("[data-inspector-body] [role=alert]")
    assert "Osei, Kofi is not eligible for ED Day." in told.inner_text()
    ward.press("Enter")  # without a reason nothing is sent
    assert ward.draft() == []
    ward.page.keyboard.type("Nobody else")
    ward.press("Enter")
    ward.said("Osei, Kofi on ED Day, Mon Mar 1.")
    ward.page.locator("td:focus", has_text="Osei").wait_for()
    assert ward.draft() == [(0, "D", "Osei")]
    assert "Kept: Nobody else" in ward.page.locator("[data-inspector-body]").inner_text()
    # The same from the list of those who cannot be placed, of another cell.
    ward.press("ArrowRight", "Enter")
    ward.page.locator("[data-inspector] .dim", has_text="March 2").wait_for()
    ward.page.locator("summary", has_text="Why not the other 2").focus()
    ward.press("Enter")
    ward.page.get_by_role("button", name="Place anyway… Novotny, Ada").focus()
    ward.press("Enter")
    ward.page.locator("#anyway-why:focus").wait_for()
    ward.page.keyboard.type("Asked for it")
    ward.press("Enter")
    ward.page.locator("td:focus", has_text="Novotny").wait_for()
    assert ward.draft() == [(0, "D", "Osei"), (1, "D", "Novotny")]


def test_lock_note_time_and_split(ward: Ward) -> None:
    ward.place(0, "Osei")
    ward.open()
    ward.press("l")
    ward.page.locator("td:focus", has_text="locked").wait_for()
    ward.press("Delete")
    ward.page.locator("#grid-notice", has_text="The shift is locked. Unlock it first.").wait_for()
    ward.press("l")
    ward.said("1 cell unlocked.")
    ward.press("n")
    ward.page.locator("[name=note]:focus").wait_for()
    ward.page.keyboard.type("Bring the key")
    ward.press("Tab")
    ward.page.keyboard.type("Asked for it")
    ward.press("Enter")
    ward.page.locator("td:focus", has_text="private note").wait_for()
    one = ward.one()
    assert (one.note, one.private_note, one.locked) == ("Bring the key", "Asked for it", False)
    ward.press("t")
    ward.page.locator("[name=start]:focus").wait_for()
    ward.page.keyboard.type("0930AM")
    ward.press("Enter")
    ward.page.locator("td:focus", has_text="09:30–16:00").wait_for()
    ward.press("Enter")
    ward.page.locator("[data-place-filter]:focus").wait_for()
    ward.page.get_by_text("Split in two").focus()
    ward.press("Enter")
    ward.page.get_by_label("Second half").focus()
    ward.page.keyboard.type("Vance")
    ward.press("Tab", "Enter")
    ward.page.locator("td:focus", has_text="Vance").wait_for()
    with ward.tenant.transaction():
        halves = [
            (row.person.last_name, row.start_wall.hour, row.end_wall.hour)
            for row in Shift.objects.order_by("start_wall")
        ]
    assert halves == [("Osei", 9, 12), ("Vance", 12, 16)]


def test_conflicts_come_as_one_edits_and_the_list_jumps(ward: Ward) -> None:
    ward.place(0, "Osei")
    ward.open()
    ward.press("ArrowDown", "o", "s", "Enter")
    ward.said("Osei, Kofi on ED Late")
    with ward.tenant.transaction():
        late = Shift.objects.get(assignment__code="L")
        services.shift_change(
            shift_id=late.public_id, version=1, fields={"start": late.start_wall - timedelta(hours=2)}, **BY
        )
    ward.press("ArrowRight", "n", "ArrowLeft")
    ward.page.reload()
    ward.page.locator(".shift--hard").first.wait_for()
    assert "1 hard" in ward.page.locator("#grid-issues").inner_text()
    ward.page.locator("#grid-issues").focus()
    ward.press("Enter")
    issue = ward.page.locator("[data-jump]", has_text="Overlap").first
    issue.wait_for()
    issue.focus()
    ward.press("Enter")
    ward.page.locator("[data-inspector] h2", has_text="ED").wait_for()
    assert "Overlap" in ward.page.locator("[data-inspector-body]").inner_text()
    # Moving the shift away takes the mark from both without a reload.
    ward.page.locator("td:focus").wait_for()
    ward.press("Delete")
    ward.page.locator(".shift--hard").first.wait_for(state="detached")
    ward.page.locator("#grid-issues", has_text="soft").or_(
        ward.page.locator("#grid-issues", has_text="No conflicts")
    ).wait_for()
    ward.page.locator("#grid-issues", has_text="hard").wait_for(state="detached")


def test_edits_of_another_appear_and_undo_names_them(ward: Ward) -> None:
    shift = ward.place(0, "Osei")
    ward.open()
    ward.press("n")
    ward.page.locator("[name=note]:focus").wait_for()
    ward.page.keyboard.type("Mine")
    ward.press("Enter")
    ward.page.locator("td:focus", has_text="note").wait_for()
    by = {**BY, "now": datetime.now(UTC)}
    with ward.tenant.transaction():
        services.shift_change(
            shift_id=shift.public_id, version=2, fields={"person_id": ward.people["Vance"].public_id}, **by
        )
    ward.page.locator("td", has_text="Vance").wait_for(timeout=20_000)
    assert "Test changed 1 shift" in ward.page.locator("#grid-others").inner_text()
    ward.press("Control+z")
    told = ward.page.locator("#grid-notice [role=alert]")
    told.wait_for()
    assert "Test changed ED Day, 2027-03-01, Vance, Roland: person Osei, Kofi → Vance, Roland" in told.inner_text()
    assert ward.one().note == "Mine"


def test_help_lists_the_keys_and_pages_turn(ward: Ward) -> None:
    ward.open(weeks=1)
    ward.press("?")
    ward.page.get_by_role("dialog", name="Keyboard").wait_for()
    ward.press("Escape")
    ward.page.locator('table[role=grid] td[tabindex="0"]').focus()
    ward.press("ArrowRight", "PageDown")
    ward.page.wait_for_url("**start=2027-03-08**")
    ward.page.locator("td:focus").wait_for()
    head = ward.page.evaluate(
        "document.activeElement.closest('tbody').rows[0].cells[document.activeElement.cellIndex].dataset.date"
    )
    assert head == "2027-03-09"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_the_grid(ward: Ward, scheme: str) -> None:
    ward.page.emulate_media(color_scheme=scheme)
    ward.place(0, "Osei", note="Key", locked=True)
    ward.place(0, "Osei", ward.late, start=datetime.combine(MONDAY, time(14)))
    ward.place(1, None)
    found: dict[str, list[str]] = {}
    ward.open()
    ward.press("Enter")
    ward.page.locator("[data-place-filter]:focus").wait_for()
    for box in ward.page.locator("[data-inspector] details").all():
        box.evaluate("box => { box.open = true; }")
    found["select"] = found_by_axe(ward.page)
    ward.press("Escape", "V")
    ward.page.locator("[role=option]").first.wait_for()
    found["typing"] = found_by_axe(ward.page)
    ward.press("Escape", "Shift+ArrowRight", "Delete")
    ward.page.locator("#grid-notice .note").wait_for()
    found["range and notice"] = found_by_axe(ward.page)
    ward.press("ArrowLeft", "i")
    ward.page.locator("#grid-about:visible").wait_for()
    found["about"] = found_by_axe(ward.page)
    for tab in ("issues", "tallies"):
        ward.page.goto(f"/schedules/{ward.schedule.public_id}/?start={MONDAY}&tab={tab}&rows=person&weeks=month")
        found[tab] = found_by_axe(ward.page)
    ward.press("?")
    ward.page.get_by_role("dialog", name="Keyboard").wait_for()
    found["help"] = found_by_axe(ward.page)
    assert {name: lines for name, lines in found.items() if lines} == {}
