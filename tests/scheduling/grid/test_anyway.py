"""Placing somebody who is not eligible, or on approved leave: only for a reason, which is logged and stays marked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling import services
from scheduling.models import EditStep, Request, ShiftOverride
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.rows import schedule_info
from scheduling.services.edits import Change, Edit, EditsOutcome, Place, Remove, edits_apply
from scheduling.services.undo import edits_redo, edits_undo
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tenancy.wall import instant
from tests.conftest import NOW
from tests.scheduling.grid.conftest import scheduler
from tests.scheduling.pages.conftest import BY, FRAGMENT, MONDAY, World, soup, text_of, wall

REASON = "Agreed with the chief"


@pytest.fixture(autouse=True)
def short_list(world: World) -> None:
    """Only Vance is on the list of the night; Iyer is on leave on the first day."""
    with world.tenant.transaction():
        services.assignment_eligible_set(assignment=world.night, people=[world.people[1]], **BY)
        zone = world.department.zone
        Request.objects.create(
            person=world.people[2], department=world.department, kind="time_off", state="approved", first=MONDAY,
            last=MONDAY, zone=zone, starts_at=instant(wall(MONDAY, 0), zone),
            ends_at=instant(wall(MONDAY + timedelta(1), 0), zone), source="test", made_by="Test", made_at=NOW,
            changed_by="Test", changed_at=NOW,
        )  # fmt: skip


def _apply(world: World, *edits: Edit) -> EditsOutcome:
    with world.tenant.transaction():
        return edits_apply(
            schedule_id=world.schedule.public_id, edits=edits, label="Test", actor=scheduler(world), now=NOW
        )


def _kept(world: World) -> list[tuple[str, str, str]]:
    """(rule, reason, by) of every conflict of the draft."""
    with world.tenant.transaction():
        found = conflicts_of(
            schedule_info(world.schedule), first=MONDAY, last=MONDAY + timedelta(27),
            person_ids=[one.id for one in world.people],
        )  # fmt: skip
        return [(one.rule, one.override, one.override_by) for one in found]


def _logged(world: World) -> list[tuple[str, str]]:
    with world.tenant.transaction():
        rows = ChangeEntry.objects.filter(action="conflict.override").order_by("id")
        return [(row.subject, row.reason) for row in rows]


def _counts(world: World) -> tuple[int, int, int]:
    with world.tenant.transaction():
        return ChangeEntry.objects.count(), ShiftOverride.objects.count(), EditStep.objects.count()


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nobody_is_placed_and_nothing_is_written(world: World, reason: str) -> None:
    osei, vance, iyer, _ = world.people
    shift = world.place(assignment=world.night, person=vance)
    before = world.shifts(), _counts(world)
    outcome = _apply(
        world,
        Place(world.night.public_id, MONDAY, osei.public_id, override=reason),
        Place(world.day.public_id, MONDAY, iyer.public_id, override=reason),
        Change(shift.public_id, 1, {"person_id": osei.public_id}, reason),
    )
    assert [one.code for one in outcome.skipped] == ["not_eligible", "on_leave", "not_eligible"]
    assert (world.shifts(), _counts(world)) == before


def test_a_reason_longer_than_can_be_kept_is_refused(world: World) -> None:
    outcome = _apply(world, Place(world.night.public_id, MONDAY, world.people[0].public_id, override="x" * 401))
    assert [one.text for one in outcome.skipped] == ["A reason has at most 400 characters."]
    assert world.shifts() == []


def test_with_a_reason_they_are_placed_logged_and_marked_as_kept(world: World) -> None:
    osei, vance, iyer, _ = world.people
    shift = world.place(assignment=world.night, person=vance)
    outcome = _apply(
        world,
        Place(world.day.public_id, MONDAY, iyer.public_id, override=f" {REASON} "),
        Change(shift.public_id, 1, {"person_id": osei.public_id}, "Nobody else"),
    )
    assert outcome.skipped == ()
    assert world.shifts() == [("2026-03-02", "D", "Iyer, Leela", 1), ("2026-03-02", "N", "Osei, Kofi", 2)]
    assert sorted(_kept(world)) == [
        ("eligible", "Nobody else", "Scheduler Test"),
        ("leave", REASON, "Scheduler Test"),
    ]
    assert _logged(world) == [
        ("ED Day, 2026-03-02, Iyer, Leela", REASON),
        ("ED Night, 2026-03-02, Osei, Kofi", "Nobody else"),
    ]


def test_a_reason_that_is_not_needed_leaves_no_trace(world: World) -> None:
    _apply(world, Place(world.night.public_id, MONDAY, world.people[1].public_id, override=REASON))
    assert world.shifts() == [("2026-03-02", "N", "Vance, Roland", 1)]
    assert (_kept(world), _logged(world)) == ([], [])


def _step(world: World, walk: Any) -> None:
    with world.tenant.transaction():
        walk(schedule_id=world.schedule.public_id, actor=scheduler(world), now=NOW)


def test_undo_and_redo_bring_the_reason_back_with_the_person(world: World) -> None:
    osei, vance, *_ = world.people
    made = _apply(world, Place(world.night.public_id, MONDAY, osei.public_id, override=REASON)).done[0].after
    assert made is not None
    kept = [("eligible", REASON, "Scheduler Test")]
    _step(world, edits_undo)
    assert world.shifts() == []
    _step(world, edits_redo)
    assert (_kept(world), [who for *_, who, _ in world.shifts()]) == (kept, ["Osei, Kofi"])
    version = world.shifts()[0][3]
    _apply(world, Change(made.public_id, version, {"person_id": vance.public_id}))
    assert _kept(world) == []
    _step(world, edits_undo)
    assert (_kept(world), [who for *_, who, _ in world.shifts()]) == (kept, ["Osei, Kofi"])
    _apply(world, Remove(made.public_id, world.shifts()[0][3]))
    _step(world, edits_undo)
    assert (_kept(world), [who for *_, who, _ in world.shifts()]) == (kept, ["Osei, Kofi"])


def test_many_reasons_cost_as_few_statements_as_two(world: World) -> None:
    def cost(first: int, count: int) -> int:
        days = [MONDAY + timedelta(first + n) for n in range(count)]
        edits = [Place(world.night.public_id, day, world.people[0].public_id, override=REASON) for day in days]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            _apply(world, *edits)
        return len(captured)

    assert cost(1, 2) == cost(4, 12)
    assert len(_logged(world)) == 14


@pytest.mark.parametrize("reason", [None, " "])
def test_the_page_refuses_and_asks_for_the_reason(world: World, browser: Client, reason: str | None) -> None:
    before = _counts(world)
    data = world.cell(world.night, who=str(world.people[0].public_id), into="new", panel="1")
    data |= {"reason": reason} if reason is not None else {}
    refused = browser.post(world.url("schedule-place"), data, **FRAGMENT)
    assert refused.status_code == 422
    alert = soup(refused).select_one('[role="alert"]')
    assert "Osei, Kofi is not eligible for ED Night." in text_of(alert)
    form = alert.select_one("form")
    assert form.select_one('[name="reason"]').has_attr("required")
    assert (world.shifts(), _counts(world)) == ([], before)
    # The form that is offered, with a reason, is all that it takes.
    again = {one["name"]: one.get("value", "") for one in form.select("input[name]")} | {"reason": REASON}
    again.pop("csrfmiddlewaretoken", None)
    done = browser.post(form["action"], again, **FRAGMENT)
    assert done.status_code == 200
    assert f"Kept: {REASON}" in text_of(soup(done).select_one(".slot"))
    assert world.shifts() == [("2026-03-02", "N", "Osei, Kofi", 1)]
    assert _logged(world) == [("ED Night, 2026-03-02, Osei, Kofi", REASON)]


def test_without_script_the_page_asks_too(world: World, browser: Client) -> None:
    data = world.cell(world.night, who=str(world.people[0].public_id), into="new")
    refused = browser.post(world.url("schedule-place"), data)
    assert refused.status_code == 422
    assert soup(refused).select_one('[role="alert"] form [name="reason"]') is not None
    assert browser.post(world.url("schedule-place"), data | {"reason": REASON}).status_code == 302
    assert [rule for rule, *_ in _kept(world)] == ["eligible"]


def test_what_no_reason_overrides_asks_for_none(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"active_to": MONDAY - timedelta(1)}, **BY)
    data = world.cell(who=str(world.people[0].public_id), into="new", reason=REASON)
    refused = browser.post(world.url("schedule-place"), data, **FRAGMENT)
    assert refused.status_code == 422
    assert soup(refused).select('[role="alert"] form') == []
    assert world.shifts() == []


def _offered(panel: Any) -> dict[str, bool]:
    """Name → whether it is offered to place them anyway, of those that cannot be placed."""
    return {str(row.contents[0]): row.select_one("[data-anyway]") is not None for row in panel.select(".whynot li")}


def test_select_offers_it_for_those_whom_a_reason_places(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        services.person_change(person_id=world.people[3].public_id, fields={"active_to": MONDAY - timedelta(1)}, **BY)
    panel = soup(browser.get(world.url("schedule-cell"), world.cell(world.night), **FRAGMENT))
    offered = {"Charge phone": True, "Iyer, Leela": True, "Osei, Kofi": True, "Ueda, Kenji": False}
    assert _offered(panel) == offered
    names = sorted(text_of(one) for one in panel.select("[data-anyway-form] option"))
    assert names == [name for name, can in offered.items() if can]
    form = panel.select_one("[data-anyway-form]")
    assert form.select_one('[name="reason"]').has_attr("required")
    assert form.select_one('[name="into"]')["value"] == "new"


def test_a_viewer_may_not_place_anybody_for_any_reason(world: World) -> None:
    data = world.cell(world.night, who=str(world.people[0].public_id), into="new", reason=REASON)
    for role in (Role.VIEWER, Role.PROVIDER, Role.IT):
        assert world.tenant.client(role).post(world.url("schedule-place"), data, **FRAGMENT).status_code == 403
    assert world.shifts() == []
