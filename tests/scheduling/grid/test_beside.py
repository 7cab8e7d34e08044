"""What the grid shows beside shifts: the panel's facts on both nights, splits, edits of others, one shift in full, filters, spans."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from scheduling import services
from scheduling.models import Shift
from scheduling.services.holidays import holiday_create
from scheduling.types import Audience
from tenancy.rights import Role
from tests.conftest import NOW, ROBOT
from tests.scheduling.pages.conftest import BY, FRAGMENT, MONDAY, World, soup, text_of, wall


def _since(world: World, client: Client, since: str, **more: str):  # type: ignore[no-untyped-def]
    return client.get(world.url("schedule-since"), {"since": since, "rows": "assignment", **more}, **FRAGMENT)


@pytest.mark.parametrize(
    ("first", "day", "hours"), [(MONDAY, date(2026, 3, 7), "9 h"), (date(2026, 10, 26), date(2026, 10, 31), "11 h")]
)
def test_the_nights_of_23_and_25_hours_draw_and_count_right(
    world: World, browser: Client, first: date, day: date, hours: str
) -> None:
    with world.tenant.transaction():
        schedule = services.schedule_create(
            department=world.department, name="Night", starts_on=first, ends_on=first + timedelta(days=13), **BY
        )
        made = services.shift_place(
            schedule_id=schedule.public_id, assignment_id=world.night.public_id, day=day,
            person_id=world.people[0].public_id, **BY,
        )  # fmt: skip
    world.schedule = schedule
    page = soup(browser.get(world.url("schedule"), {"start": first, "weeks": "2", "times": "1"}))
    assert len(page.select("td.cell")) == 2 * 14
    assert text_of(page.select_one(f'[data-shift="{made.public_id}"]')) == "Osei 21–07"
    panel = soup(browser.get(world.url("schedule-cell"), world.cell(world.night, day), **FRAGMENT))
    assert f"21–07 Sun · {hours}" in text_of(panel.select_one(".slot__head"))
    # The next night has its usual ten hours again.
    with world.tenant.transaction():
        services.shift_place(
            schedule_id=schedule.public_id, assignment_id=world.night.public_id, day=day + timedelta(1), **BY
        )
    panel = soup(browser.get(world.url("schedule-cell"), world.cell(world.night, day + timedelta(1)), **FRAGMENT))
    assert "· 10 h" in text_of(panel.select_one(".slot__head"))


def test_a_split_makes_two_at_a_time_and_undo_makes_one(world: World, browser: Client) -> None:
    osei, vance, *_ = world.people
    shift = world.place(assignment=world.night, person=osei)
    data = world.cell(world.night, version=1, at="02:00", who=str(vance.public_id))
    assert browser.post(world.url("shift-split", shift.public_id), data, **FRAGMENT).status_code == 200
    with world.tenant.transaction():
        halves = [
            (row.person.last_name, row.date, row.start_wall, row.end_wall)
            for row in Shift.objects.select_related("person").order_by("starts_at")
        ]
    tuesday = MONDAY + timedelta(1)
    assert halves == [
        ("Osei", MONDAY, wall(MONDAY, 21), wall(tuesday, 2)),
        ("Vance", tuesday, wall(tuesday, 2), wall(tuesday, 7)),
    ]
    browser.post(world.url("schedule-undo"), {}, **FRAGMENT)
    assert world.shifts() == [("2026-03-02", "N", "Osei, Kofi", 3)]
    for at, words in (("12:00", "12:00 is not inside the shift"), ("", "Say at what time")):
        data = world.cell(world.night, version=3, at=at, who="open")
        refused = browser.post(world.url("shift-split", shift.public_id), data, **FRAGMENT)
        assert refused.status_code == 422
        assert words in text_of(soup(refused).select_one('[role="alert"]'))
    assert len(world.shifts()) == 1


def test_edits_of_others_are_drawn_where_they_left_and_where_they_came(world: World, browser: Client) -> None:
    begun = timezone.now()
    other = world.tenant.client(Role.ADMINISTRATOR)
    other.post(world.url("schedule-place"), world.cell(who=str(world.people[0].public_id), into="new"), **FRAGMENT)
    with world.tenant.transaction():
        shift = Shift.objects.get()
    target = f"{world.night.public_id}/{MONDAY + timedelta(2)}/"
    moved = {"act": "move", "cell": [target], "shift": f"{shift.public_id}:1", "rows": "assignment"}
    other.post(world.url("schedule-range"), moved, **FRAGMENT)
    page = soup(_since(world, browser, begun.isoformat()))
    drawn = {(piece["data-row"], piece["data-date"]): text_of(piece) for piece in page.select("template[data-cell]")}
    assert drawn == {
        (str(world.day.public_id), "2026-03-02"): "",
        (str(world.night.public_id), "2026-03-04"): "Osei",
    }
    assert [one["data-actor"] for one in page.select("[data-entry]")] == ["Administrator Test"] * 2
    mine = soup(_since(world, other, begun.isoformat()))
    assert mine.select("[data-entry]") == []
    later = page.select_one("[data-now]")["data-now"]
    assert later > begun.isoformat()


def test_nobody_learns_of_a_draft_they_may_not_see(world: World) -> None:
    world.place(person=world.people[0])
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
    for role in (Role.VIEWER, Role.PROVIDER, Role.IT):
        client = world.tenant.client(role)
        assert _since(world, client, timezone.now().isoformat()).status_code == 403
        assert client.get(world.url("schedule-tallies"), **FRAGMENT).status_code == 403


def test_since_when_must_be_said(world: World, browser: Client) -> None:
    assert _since(world, browser, "yesterday").status_code == 400
    assert _since(world, browser, "2026-03-02T10:00:00").status_code == 400


def test_one_shift_in_full_tells_the_phone_only_to_those_who_may_see_it(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"cell": "312 555 0142"}, **BY)
    shift = world.place(assignment=world.night, person=world.people[0], note="Ring twice")
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
        services.shift_change(
            shift_id=shift.public_id, version=1, fields={"note": "unpublished", "private_note": "hidden"}, **BY
        )
    told = text_of(soup(browser.get(world.url("shift-about", shift.public_id), **FRAGMENT)))
    assert "Osei, Kofi" in told
    assert "Mon Mar 2, 21:00 – Tue 07:00, 10 h America/New_York" in told
    assert "312 555 0142" in told
    assert "Last change Test" in told
    seen = text_of(soup(world.tenant.client(Role.VIEWER).get(world.url("shift-about", shift.public_id), **FRAGMENT)))
    assert "Ring twice" in seen
    for hidden in ("312 555", "unpublished", "Last change", "hidden"):
        assert hidden not in seen


def test_private_notes_are_for_those_who_see_drafts(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    data = world.cell(version=1, note="For all", private_note=" Between us ")
    browser.post(world.url("shift-change", shift.public_id), data, **FRAGMENT)
    with world.tenant.transaction():
        assert Shift.objects.get().private_note == "Between us"
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
    assert "Between us" in browser.get(world.url("schedule-cell"), world.cell(), **FRAGMENT).content.decode()
    for name in ("schedule-cell", "schedule"):
        viewer = world.tenant.client(Role.VIEWER).get(world.url(name), {**world.cell(), "start": MONDAY}, **FRAGMENT)
        assert "For all" in viewer.content.decode() or name == "schedule"
        assert "Between us" not in viewer.content.decode()


def test_spans_step_by_themselves_and_are_kept_for_each_layout(world: World, browser: Client) -> None:
    page = soup(browser.get(world.url("schedule"), {"start": "2026-03-04", "weeks": "day"}))
    assert [head["data-date"] for head in page.select("th[data-date]")] == ["2026-03-04"]
    assert text_of(page.select_one("h1 .hide-phone")) == "Wednesday, Mar 4, 2026"
    browser.get(world.url("schedule"), {"rows": "person", "was_rows": "assignment", "weeks": "day"})
    page = soup(browser.get(world.url("schedule"), {"rows": "person", "weeks": "month", "start": "2026-03-18"}))
    assert text_of(page.select_one("h1 .hide-phone")) == "March 2026"
    dates = [head["data-date"] for head in page.select("th[data-date]")]
    assert (dates[0], dates[-1]) == ("2026-02-23", "2026-04-05")
    assert "is-other" in page.select_one('th[data-date="2026-04-05"]')["class"]
    assert "start=2026-02-22" in page.select_one('[data-window="-1"]')["href"]
    assert "start=2026-04-01" in page.select_one('[data-window="1"]')["href"]
    page = soup(browser.get(world.url("schedule"), {"rows": "assignment", "was_rows": "person", "weeks": "month"}))
    assert page.select_one("#span option[selected]")["value"] == "day"


def test_rows_are_filtered_by_what_is_open_changed_and_named(world: World, browser: Client) -> None:
    def rows(**asked: str) -> list[str]:
        page = soup(browser.get(world.url("schedule"), {"start": MONDAY, "weeks": "1", **asked}))
        return [node.get_text() for node in page.select(".rowhead__name")]

    shift = world.place(person=world.people[0])
    world.place(assignment=world.night)
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
        services.shift_change(shift_id=shift.public_id, version=1, fields={"note": "x"}, **BY)
    assert rows() == ["ED Day", "ED Night"]
    assert rows(open="1") == ["ED Night"]
    assert rows(changed="1") == ["ED Day"]
    assert rows(q="nig") == ["ED Night"]
    assert rows(q="zzz") == []


def test_a_holiday_stands_in_the_days_head_with_its_name(world: World, browser: Client) -> None:
    with world.tenant.transaction():
        holiday_create(name="Founders’ Day", day=MONDAY, actor=ROBOT, now=NOW)
    page = soup(browser.get(world.url("schedule"), {"start": MONDAY, "weeks": "1"}))
    assert "Founders’ Day" in text_of(page.select_one('th[data-date="2026-03-02"]'))


def test_conflicts_are_marked_listed_and_kept_with_a_reason(world: World, browser: Client) -> None:
    osei = world.people[0]
    world.place(person=osei)
    data = world.cell(world.night, who=str(osei.public_id), into="new", first="2026-03-02", last="2026-03-29")
    browser.post(world.url("schedule-place"), data, **FRAGMENT)
    with world.tenant.transaction():
        night = Shift.objects.get(assignment__code="N")
    form = {"version": 1, "start": "15:00", "end": "23:00", "first": "2026-03-02", "last": "2026-03-29"}
    answer = browser.post(world.url("shift-change", night.public_id), world.cell(world.night, **form), **FRAGMENT)
    found = soup(answer).find("template", {"data-marks": ""}).find_all("i")
    marked = {one["data-shift"]: one["data-severity"] for one in found}
    assert set(marked.values()) == {"hard"}
    assert len(marked) == 2
    status = soup(
        browser.get(
            world.url("schedule-status"),
            {"first": "2026-03-02", "last": "2026-03-29", "rows": "assignment"},
            **FRAGMENT,
        )
    )
    assert "1 hard" in text_of(status.select_one('template[data-part="grid-issues"]'))
    panel = soup(browser.get(world.url("schedule-cell"), world.cell(world.night), **FRAGMENT))
    rule = panel.select_one('form[action$="override"] [name="rule"]')["value"]
    url = world.url("shift-override", night.public_id)
    refused = browser.post(url, world.cell(world.night, rule=rule, reason=" "), **FRAGMENT)
    assert refused.status_code == 422
    kept = browser.post(url, world.cell(world.night, rule=rule, reason="Agreed by phone", panel="1"), **FRAGMENT)
    assert kept.status_code == 200
    assert "Kept: Agreed by phone" in text_of(soup(kept))
    browser.post(url, world.cell(world.night, rule=rule, end="1"), **FRAGMENT)
    assert "Kept" not in text_of(soup(browser.get(world.url("schedule-cell"), world.cell(world.night), **FRAGMENT)))
