"""Mapping tables in a real browser: the matrix by keyboard with and without script, a paste from a spreadsheet, the review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations.contract import Subject
from integrations.models import MappingDraft
from scheduling import selectors, services
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.e2e.test_every_page import found_by_axe
from tests.integrations.mapping.conftest import World
from tests.integrations.mapping.conftest import world as world
from tests.integrations.pages.conftest import roots as roots
from tests.integrations.pages.conftest import url

pytestmark = [pytest.mark.slow, pytest.mark.peer("chromium")]

_PASTE = """([name, text]) => {
  const input = document.getElementsByName(name)[0], data = new DataTransfer();
  data.setData("text/plain", text);
  input.focus();
  input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def at(world: World, table: str) -> str:
    return f"{url('mapping', world.paybook)}?table={table}"


def draft(world: World) -> Any:
    with world.tenant.transaction():
        return MappingDraft.objects.values_list("edits", flat=True).first()


def square(world: World, kind: str, type: str = "Working") -> str:
    first, second = world.pair(kind, type)
    return f"{first or 'none'}.{second}/1"


@pytest.fixture
def grown(world: World) -> World:
    """Two more assignment types, so that there are columns to move between."""
    with world.tenant.transaction():
        for name, hue in (("Call", "rose"), ("Clinic", "fern")):
            services.assignment_type_named(name=name, hue=hue)
        world.types = {one.name: one for one in selectors.assignment_kinds()}
    return world


def test_the_matrix_by_keyboard(grown: World, page: Any, enter: Callable[[Any, Tenant, Role], Any]) -> None:
    enter(page, grown.tenant, Role.ADMINISTRATOR).goto(at(grown, "type_pair"))
    order = [one.name for one in grown.types.values()]
    first = square(grown, "Exempt", order[0])
    page.locator(f'[name="{first}/included"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("00N")
    page.keyboard.press("Enter")  # down to the same field of the next type of people
    page.keyboard.type("NONE")
    assert page.locator("[data-count]").inner_text() == "3 edits not staged"
    page.get_by_role("button", name="Stage", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("3 rows wait").first.wait_for()
    assert draft(grown) == {
        "type_pair": {
            first: {},
            square(grown, "Non-Exempt", order[1]): {"pay_code": "00N"},
            square(grown, "", order[1]): {"pay_code": "NONE"},
        }
    }
    page.get_by_role("button", name=order[0]).focus()
    page.keyboard.press("Enter")  # the whole column
    assert page.locator("[data-count]").inner_text() == "2 edits not staged"
    page.locator(f'[name="{first}/included"]').focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Review…").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mapping/review")
    assert draft(grown)["type_pair"].get(first) is None and len(draft(grown)["type_pair"]) == 4
    assert page.errors == []
    for table in ("type_pair", "person"):
        page.goto(at(grown, table))
        assert found_by_axe(page) == []


def test_the_matrix_without_script_on_a_phone(
    grown: World, new_page: Callable[..., Any], enter: Callable[[Any, Tenant, Role], Any]
) -> None:
    page = enter(new_page(390, 844, java_script_enabled=False), grown.tenant, Role.IT)
    page.goto(at(grown, "type_pair"))
    one = square(grown, "Exempt", "Call")
    page.locator(f'[name="{one}/included"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("CALL")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mapping/review")
    assert draft(grown) == {"type_pair": {one: {"pay_code": "CALL"}}}
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Let 1 row take effect").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 row took effect together.").wait_for()
    assert grown.rows() == [("type_pair", {"pay_code": "CALL"})]


def test_people_are_pasted_checked_and_take_effect(
    grown: World, page: Any, enter: Callable[[Any, Tenant, Role], Any]
) -> None:
    grown.save(Subject.PERSON, (grown.people[2], {"home": "9"}))
    enter(page, grown.tenant, Role.ADMINISTRATOR).goto(at(grown, "person"))
    ames, boyd, cole = (f"{one.public_id}/1" for one in grown.people)
    page.evaluate(_PASTE, [f"{ames}/home", '0012\t\n"00""7"\t123456789\n\t'])
    assert page.locator(f'[name="{boyd}/home"]').input_value() == '00"7'
    assert page.locator("tr.why").inner_text().strip() == "\n".join(["Away COID has at most 8 characters."])
    page.get_by_role("button", name="Review…").click()
    assert page.locator(":focus").get_attribute("name") == f"{boyd}/away"
    assert draft(grown) is None
    page.locator(f'[name="{boyd}/away"]').fill("12345678")
    page.get_by_role("button", name="Review…").click()
    page.wait_for_url("**/mapping/review")
    assert draft(grown) == {"person": {ames: {"home": "0012"}, boyd: {"home": '00"7', "away": "12345678"}, cole: None}}
    page.get_by_role("button", name="Let 3 rows take effect").click()
    page.get_by_text("3 rows took effect together.").wait_for()
    assert page.errors == []


def test_values_of_a_list_are_checked_as_they_are_typed(
    grown: World, page: Any, enter: Callable[[Any, Tenant, Role], Any]
) -> None:
    enter(page, grown.tenant, Role.ADMINISTRATOR).goto(at(grown, "assignment"))
    day = f"{grown.day.public_id}/1"
    page.locator(f'[name="{day}/segment"]').fill("required")
    page.locator(f'[name="{day}/comment"]').fill("Nonsense")
    page.locator(f'[name="{day}/labor"]').fill("1|2|3|4|5|6|7")
    assert page.locator("tr.why").inner_text().strip() == (
        "Labor Categories has at most 6 values, not 7. Comment: Nonsense is not one of its values."
    )
    page.locator(f'[name="{day}/labor"]').fill("1|02")
    page.locator(f'[name="{day}/comment"]').fill("on CALL")
    assert page.locator("tr.why").count() == 0
    page.get_by_role("button", name="Review…").click()
    page.wait_for_url("**/mapping/review")
    assert draft(grown) == {"assignment": {day: {"segment": "Regular", "comment": "On call", "labor": ["1", "02"]}}}
