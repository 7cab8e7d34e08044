"""Holidays: the rules of the federal ones, the list, its file, and who may."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from scheduling.federal import federal_holidays
from scheduling.models import Holiday
from scheduling.selectors.holidays import holidays_between
from scheduling.services.holidays import holiday_create
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tenancy.types import RefusedError
from tests.scheduling.pages.conftest import BY, World, soup, text_of


def names(found) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {one.day.isoformat(): one.name for one in found}


def test_the_federal_holidays_of_2026() -> None:
    assert names(federal_holidays(2026)) == {
        "2026-01-01": "New Year's Day",
        "2026-01-19": "Martin Luther King, Jr. Day",
        "2026-02-16": "Washington's Birthday",
        "2026-05-25": "Memorial Day",
        "2026-06-19": "Juneteenth",
        "2026-07-04": "Independence Day",
        "2026-09-07": "Labor Day",
        "2026-10-12": "Columbus Day",
        "2026-11-11": "Veterans Day",
        "2026-11-26": "Thanksgiving Day",
        "2026-12-25": "Christmas Day",
    }


@pytest.mark.parametrize(
    ("year", "name", "day", "observed"),
    [
        (2026, "Independence Day", "2026-07-04", "2026-07-03"),  # a Saturday
        (2027, "Independence Day", "2027-07-04", "2027-07-05"),  # a Sunday
        (2028, "New Year's Day", "2028-01-01", "2027-12-31"),  # a Saturday: the year before
        (2023, "New Year's Day", "2023-01-01", "2023-01-02"),
        (2024, "Memorial Day", "2024-05-27", "2024-05-27"),
        (2029, "Thanksgiving Day", "2029-11-22", "2029-11-22"),
        (2032, "Washington's Birthday", "2032-02-16", "2032-02-16"),
    ],
)
def test_weekends_move_the_observed_day(year: int, name: str, day: str, observed: str) -> None:
    (one,) = [one for one in federal_holidays(year) if one.name == name]
    assert (one.day.isoformat(), one.observed.isoformat()) == (day, observed)


def test_juneteenth_is_one_since_2021() -> None:
    assert "Juneteenth" not in names(federal_holidays(2020)).values()
    assert "Juneteenth" in names(federal_holidays(2021)).values()


@pytest.fixture
def boss(world: World) -> Client:
    return world.tenant.client(Role.ADMINISTRATOR)


def test_a_departments_holiday_is_its_own(world: World) -> None:
    day, next_day = date(2026, 3, 30), date(2026, 3, 31)
    with world.tenant.transaction():
        holiday_create(day=day, name="Doctors' Day", **BY)
        holiday_create(day=day, name="Radiology Day", department=world.elsewhere, **BY)
        holiday_create(day=next_day, name="César Chávez Day", department=world.department, **BY)
        assert holidays_between(day, next_day) == {day: "Doctors' Day"}
        assert holidays_between(day, next_day, department_id=world.elsewhere.id) == {
            day: "Doctors' Day / Radiology Day"
        }
        assert holidays_between(day, next_day, department_id=world.department.id) == {
            day: "Doctors' Day", next_day: "César Chávez Day",
        }  # fmt: skip
        with pytest.raises(RefusedError, match="2026-03-30 is Doctors' Day already everywhere"):
            holiday_create(day=day, name="Another", **BY)


def test_add_change_and_remove_log_themselves(world: World, boss: Client) -> None:
    boss.post(reverse("holiday-new"), {"date": "2026-07-04", "name": "Fourth of July"})
    with world.tenant.transaction():
        (row,) = Holiday.objects.all()
    page = boss.get(reverse("holidays"), {"year": 2026})
    assert "Fourth of July" in text_of(soup(page).table)
    where = str(world.department.public_id)
    data = {"date": "2026-07-03", "name": "Independence Day", "department": where}
    assert boss.post(reverse("holiday", args=[row.public_id]), data).status_code == 302
    assert boss.post(reverse("holiday", args=[row.public_id]), data).status_code == 302  # nothing differs
    assert boss.post(reverse("holiday-remove", args=[row.public_id])).status_code == 302
    assert boss.get(reverse("holiday", args=[row.public_id])).status_code == 404
    with world.tenant.transaction():
        rows = ChangeEntry.objects.filter(subject_type="holiday").order_by("id")
        assert [(one.action, one.before, one.after) for one in rows] == [
            ("holiday.create", None, {"name": "Fourth of July", "date": "2026-07-04", "department": "everywhere"}),
            (
                "holiday.change",
                {"name": "Fourth of July", "date": "2026-07-04", "department": "everywhere"},
                {"name": "Independence Day", "date": "2026-07-03", "department": "Emergency"},
            ),
            (
                "holiday.remove",
                {"name": "Independence Day", "date": "2026-07-03", "department": "Emergency"},
                None,
            ),
        ]


def test_the_federal_ones_are_looked_at_and_added_once(world: World, boss: Client) -> None:
    address = reverse("holidays-federal")
    page = soup(boss.get(address, {"year": 2026, "keep": "both"}))
    assert "Independence Day (observed)" in text_of(page.table)
    days = [box["value"] for box in page.select("input[name=day]")]
    assert len(days) == 12
    answer = boss.post(address, {"year": 2026, "keep": "both", "day": [*days, "2026-03-03"]}, follow=True)
    assert "12 holidays added." in text_of(soup(answer))
    answer = boss.post(address, {"year": 2026, "keep": "observed", "day": days}, follow=True)
    assert "0 holidays added, 11 already there." in text_of(soup(answer))
    assert boss.post(address, {"year": 2026, "keep": "date"}).status_code == 422
    with world.tenant.transaction():
        assert Holiday.objects.count() == 12
        assert ChangeEntry.objects.filter(action="holiday.create").count() == 12


def test_the_file_goes_out_and_comes_in_again(world: World, boss: Client) -> None:
    with world.tenant.transaction():
        holiday_create(day=date(2026, 7, 4), name="=Fourth", **BY)
        holiday_create(day=date(2026, 3, 30), name="Doctors' Day", department=world.elsewhere, **BY)
    out = boss.get(reverse("holidays-csv"), {"year": 2026}).content
    assert out.decode("utf-8-sig").splitlines() == [
        "Date,Name,Department", "2026-03-30,Doctors' Day,RAD", "2026-07-04,'=Fourth,",
    ]  # fmt: skip
    page = soup(boss.post(reverse("holidays-import"), {"file": SimpleUploadedFile("h.csv", out)}))
    assert "2 lines, 0 changes" in text_of(page)
    assert page.find("button", {"value": "apply"}) is None


def test_a_file_with_a_wrong_line_changes_nothing(world: World, boss: Client) -> None:
    text = "Holiday,Date,Department\nOne,2026-13-01,\nTwo,12/24/2026,Nowhere\nThree,2026-12-24,\nFour,2026-12-24,\n"
    page = boss.post(reverse("holidays-import"), {"text": text, "act": "apply"})
    assert page.status_code == 422
    rows = [text_of(row) for row in soup(page).select("section tbody tr")]
    assert rows == [
        "2 “2026-13-01” is not a date. Write it like 2026-12-25 or 12/25/2026.",
        "3 There is no department “Nowhere”: use its code, or leave the column empty.",
        "5 2026-12-24 stands in line 4 already: keep one of the two.",
    ]
    good = "Date,Name\n12/24/2026,Christmas Eve\n"
    page = soup(boss.post(reverse("holidays-import"), {"file": SimpleUploadedFile("h.csv", good.encode())}))
    with world.tenant.transaction():
        assert Holiday.objects.count() == 0  # looking is not doing
    carried = page.find("textarea", {"name": "text"}).get_text()
    boss.post(reverse("holidays-import"), {"text": carried, "act": "apply"})
    with world.tenant.transaction():
        assert list(Holiday.objects.values_list("date", "name")) == [(date(2026, 12, 24), "Christmas Eve")]
