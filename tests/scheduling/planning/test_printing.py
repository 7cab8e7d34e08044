"""What is printed: facts on every sheet, draft or published, names in full, phones for those who may, both nights."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Schedule
from scheduling.pages.printing.view import Day, Line, Week, sheets_of
from scheduling.services.holidays import holiday_create
from scheduling.types import Audience
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, MONDAY, World, soup, text_of


@pytest.fixture
def published(world: World) -> World:
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"cell": "555-0101"}, **BY)
        services.person_change(person_id=world.people[1].public_id, fields={"pager": "555-0202"}, **BY)
    world.place(MONDAY, person=world.people[0], note="Ring twice", call_order=1)
    world.place(MONDAY, person=world.people[1], call_order=2)
    world.place(MONDAY, world.night)
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
    world.place(MONDAY + timedelta(1), person=world.people[2])
    return world


def rows(page: Any) -> list[list[str]]:
    return [[text_of(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]


def test_the_month_of_what_is_published(published: World) -> None:
    with published.tenant.transaction():
        holiday_create(day=MONDAY + timedelta(2), name="Founders' Day", **BY)
    page = soup(published.tenant.client(Role.VIEWER).get(published.url("print-month"), {"month": "2026-03"}))
    (sheet,) = page.select(".paper")
    head = text_of(sheet.thead)
    assert "Emergency, March 2026" in head
    assert "PUBLISHED" in head
    assert "all times America/New_York" in head
    assert "publication 1" in head
    weeks = sheet.select("tbody")
    assert len(weeks) == 6  # the Sunday before the schedule begins belongs to March, too
    assert rows(weeks[1])[:0] == []
    second = [[text_of(cell) for cell in row.select("th, td")] for row in weeks[1].select("tr")]
    assert second[0] == [
        "Assignment", "Mon Mar 2", "Tue Mar 3", "Wed Mar 4 ★ Founders' Day", "Thu Mar 5", "Fri Mar 6", "Sat Mar 7", "Sun Mar 8",
    ]  # fmt: skip
    assert second[1] == ["ED Day 08–16", "Osei, Kofi Vance, Roland", "", "", "", "", "", ""]
    assert second[2] == ["ED Night 21–07", "OPEN", "", "", "", "", "", ""]
    assert page.find("fieldset") is None  # no draft to choose
    assert "Ring twice" not in text_of(sheet)


def test_a_draft_says_so_and_only_schedulers_get_it(published: World, browser: Client) -> None:
    more = {"start": str(MONDAY), "of": "draft", "notes": "1"}
    page = soup(browser.get(published.url("print-week"), more))
    head = text_of(page.select_one(".paper thead"))
    assert "DRAFT" in head
    assert "after publication 1" in head
    assert "Emergency, week of March 2, 2026" in head
    assert rows(page) == [
        ["Iyer, Leela", "", "ED Day", "", "", "", "", ""],
        ["Osei, Kofi", "ED Day Ring twice", "", "", "", "", "", ""],
        ["Vance, Roland", "ED Day", "", "", "", "", "", ""],
        ["OPEN nobody yet", "ED Night", "", "", "", "", "", ""],
    ]
    assert "PUBLISHED" in text_of(
        soup(browser.get(published.url("print-week"), {"start": str(MONDAY)})).select_one(".paper thead")
    )
    viewer = soup(published.tenant.client(Role.VIEWER).get(published.url("print-week"), more))
    assert "PUBLISHED" in text_of(viewer.select_one(".paper thead"))
    assert "Iyer" not in text_of(viewer)


def test_nothing_to_print_is_said(published: World, browser: Client) -> None:
    page = soup(browser.get(published.url("print-week"), {"start": str(MONDAY + timedelta(14))}))
    assert "Nothing is published for these dates." in text_of(page.select_one(".paper"))


CALLS = {"date": str(MONDAY), "sent": "1", "phones": "1", "notes": "1"}


def test_the_call_list_from_seven_to_seven(published: World, browser: Client) -> None:
    page = soup(browser.get(reverse("print-call-list"), CALLS))
    head = text_of(page.thead)
    assert "Call list, Monday, March 2, 2026" in head
    assert "From 07:00 Monday to 07:00 Tuesday, all times America/New_York" in head
    assert "publication 1" in head
    assert "PUBLISHED" in head
    assert rows(page) == [
        ["Emergency"],
        ["ED Day, from 08:00 to 16:00", "Osei, Kofi", "555-0101", "Vance, Roland", "555-0202", "Ring twice"],
        ["ED Night, from 21:00", "OPEN", "", "", "", ""],
    ]
    assert "Nobody is on in: Radiology." in text_of(page)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROVIDER, Role.IT])
def test_phones_only_for_those_who_may_see_contacts(published: World, role: Role) -> None:
    page = soup(published.tenant.client(role).get(reverse("print-call-list"), CALLS))
    assert "555-" not in str(page)
    assert [text_of(cell) for cell in page.select("thead tr")[1].select("th")] == [
        "Service", "First call", "Second call", "Note",
    ]  # fmt: skip
    assert page.select_one("input[name=phones]") is None


def test_a_moment_shows_who_is_on_then_and_until_when(published: World, browser: Client) -> None:
    # The organisation is in Chicago: 09:00 there is 10:00 in the department.
    page = soup(browser.get(reverse("print-call-list"), {"date": str(MONDAY), "at": "09:00"}))
    assert rows(page)[1][0] == "ED Day, to 16:00"
    assert len(rows(page)) == 2
    for at in ("2026-03-02T15:00:00Z", "2026-03-02T10:00:00-05:00"):
        page = soup(browser.get(reverse("print-call-list"), {"at": at}))
        assert rows(page)[1][0] == "ED Day, to 16:00"
        assert "Monday, March 2, 2026, 09:00" in text_of(page.thead)
    for nonsense in ("later", "99:99", "2026-99-99T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        assert browser.get(reverse("print-call-list"), {"at": nonsense}).status_code == 200


def test_departments_and_types_narrow_the_list(published: World, browser: Client) -> None:
    only = {**CALLS, "department": [str(published.elsewhere.public_id)]}
    assert "Nothing is published for this day." in text_of(soup(browser.get(reverse("print-call-list"), only)))
    page = soup(browser.get(reverse("print-call-list"), {**CALLS, "type": ["999999"]}))
    assert len(rows(page)) == 3  # an unknown type asks nothing


def test_call_lists_of_both_nights(world: World, browser: Client) -> None:
    """The lists of the two nights have the night's shift once, with its wall times, and nobody of the day before."""
    with world.tenant.transaction():
        year = services.schedule_create(
            department=world.department, name="Year", starts_on=date(2026, 2, 1), ends_on=date(2026, 12, 31), **BY
        )
        night = services.assignment_create(
            department=world.department,
            type=world.type,
            code="C",
            name="Call",
            start_time=time(7),
            end_time=time(7),
            **BY,
        )
        for day in (date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1)):
            for person, start, end in ((0, 7, 19), (1, 19, 31)):
                begin = datetime.combine(day, time())
                services.shift_place(
                    schedule_id=year.public_id, assignment_id=night.public_id, day=day, person_id=world.people[person].public_id,
                    start=begin + timedelta(hours=start), end=begin + timedelta(hours=end), **BY,
                )  # fmt: skip
        services.schedule_publish(schedule_id=year.public_id, audience=Audience.EVERYONE, **BY)
        assert Schedule.objects.get(id=year.id).state == "everyone"
    for day in ("2026-03-07", "2026-10-31", "2026-11-01"):
        page = soup(browser.get(reverse("print-call-list"), {**CALLS, "date": day}))
        assert [row[:2] for row in rows(page)[1:]] == [
            ["Call, to 19:00", "Osei, Kofi"], ["Call, from 19:00", "Vance, Roland"],
        ]  # fmt: skip


def test_weeks_that_fit_share_a_sheet_and_long_ones_repeat_their_dates() -> None:
    def week(lines: int) -> Week:
        return Week((Day(MONDAY, "", False, False),) * 7, tuple(Line(str(n), "", ((),) * 7) for n in range(lines)))

    assert [len(sheet.weeks) for sheet in sheets_of([week(11)] * 5)] == [3, 2]
    assert [(len(sheet.weeks), sheet.is_single) for sheet in sheets_of([week(40)] * 2)] == [(1, True), (1, True)]
    assert sheets_of([]) == []
