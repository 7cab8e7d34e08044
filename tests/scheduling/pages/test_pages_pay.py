"""The pages of pay calendars: periods, what does not fit, and what a form refuses."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import selectors, services
from scheduling.pages.paycalendars import misfits, next_periods
from scheduling.types import Audience, PayCalendarInfo
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, World, soup

MONDAY = date(2026, 3, 2)


def said(answer: Any) -> str:
    return " ".join(soup(answer).get_text(" ").split())


@pytest.fixture
def desk(world: World) -> Client:
    with world.tenant.transaction():
        services.personnel_type_named("Non-Exempt")
    return world.tenant.client()


def sent(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Two weeks", "anchor": MONDAY.isoformat(), "days": "14", "departments": [str(world.department.public_id)],
    } | fields  # fmt: skip


def calendars(world: World) -> tuple[PayCalendarInfo, ...]:
    with world.tenant.transaction():
        return selectors.pay_calendars()


def test_one_is_made_changed_and_removed(world: World, desk: Client) -> None:
    assert "No pay calendar yet" in said(desk.get(reverse("pay-calendars")))
    answer = desk.post(reverse("pay-calendar-new"), sent(world), follow=True)
    assert "Two weeks was added." in said(answer)
    (made,) = calendars(world)
    assert made.department_ids == {world.department.id} and made.personnel_type_ids == frozenset()
    page = reverse("pay-calendar", args=[made.public_id])
    form = soup(desk.get(page)).select_one("form.form")
    ticked = [one["value"] for one in form.select("input[type=checkbox][checked]")]
    assert ticked == [str(world.department.public_id)]
    revision = form.select_one("[name=revision]")["value"]
    with world.tenant.transaction():
        kind = selectors.personnel_types()[0]
    desk.post(page, sent(world, days="7", personnel_types=[str(kind.public_id)], revision=revision))
    (changed,) = calendars(world)
    assert (changed.days, changed.personnel_type_ids) == (7, {kind.id})
    stale = desk.post(page, sent(world, days="10", revision=revision))
    assert stale.status_code == 422 and "Somebody else changed this pay calendar meanwhile" in said(stale)
    assert calendars(world) == (changed,)
    assert desk.get(reverse("pay-calendar-remove", args=[made.public_id])).status_code == 405
    assert "Two weeks was removed." in said(
        desk.post(reverse("pay-calendar-remove", args=[made.public_id]), follow=True)
    )
    assert calendars(world) == ()
    assert desk.post(page, sent(world)).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.IT])
def test_only_administrators_come_here(world: World, desk: Client, role: Role) -> None:
    desk.post(reverse("pay-calendar-new"), sent(world))
    before, browser = calendars(world), world.tenant.client(role)
    one = [before[0].public_id]
    pages = [reverse("pay-calendars"), reverse("pay-calendar-new"), reverse("pay-calendar", args=one)]
    assert [browser.get(page).status_code for page in pages] == [403] * 3
    acts = [*pages[1:], reverse("pay-calendar-remove", args=one)]
    assert [browser.post(page, sent(world, name="Taken", departments=[])).status_code for page in acts] == [403] * 3
    assert calendars(world) == before


def test_what_cannot_be_is_told_at_its_field(world: World, desk: Client) -> None:
    desk.post(reverse("pay-calendar-new"), sent(world))
    before = calendars(world)
    for fields, told in (
        ({"name": "Other"}, "Two weeks governs everybody in Emergency already."),
        ({"name": "Two weeks", "departments": []}, "There is a pay calendar called 'Two weeks' already."),
        ({"name": "Other", "days": "0"}, "greater than or equal to 1"),
        ({"name": "Other", "anchor": "soon"}, "Enter a valid date."),
        ({"name": "Other", "departments": ["nonsense"]}, "Select a valid choice."),
    ):
        answer = desk.post(reverse("pay-calendar-new"), sent(world, **fields))
        assert answer.status_code == 422 and told in said(answer), told
    assert calendars(world) == before


def test_the_list_names_schedules_that_do_not_fit_with_both_ranges(world: World, desk: Client) -> None:
    world.place()
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
        (span,) = selectors.schedule_spans(None, None)
    length = (span.last - span.first).days + 1
    desk.post(reverse("pay-calendar-new"), sent(world, anchor=span.first.isoformat(), days=str(length)))
    (made,) = calendars(world)
    fits = misfits(made, (span,), span.first)
    assert fits == []
    moved = PayCalendarInfo(
        made.public_id, "Off", span.first - timedelta(days=1), length, made.department_ids, frozenset()
    )
    (wrong,) = misfits(moved, (span,), span.first)
    assert (wrong.first, wrong.last) == (span.first - timedelta(days=1), span.last - timedelta(days=1))
    elsewhere = PayCalendarInfo(made.public_id, "Off", moved.anchor, length, frozenset({-1}), frozenset())
    assert misfits(elsewhere, (span,), span.first) == []
    assert misfits(moved, (span,), span.first + timedelta(days=3 * length)) == [], "long past"


def test_six_periods_from_todays_on_over_a_change_of_clocks() -> None:
    calendar = PayCalendarInfo(None, "P", date(2026, 1, 5), 14, frozenset(), frozenset())  # type: ignore[arg-type]
    found = next_periods(calendar, date(2026, 3, 8))
    assert found[0] == (date(2026, 3, 2), date(2026, 3, 15))
    assert found[-1] == (date(2026, 5, 11), date(2026, 5, 24))
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(found))
    assert next_periods(calendar, date(2025, 12, 31))[0] == (date(2025, 12, 22), date(2026, 1, 4))


def test_a_misfit_stands_on_the_page(world: World, desk: Client) -> None:
    today = timezone.now().date()
    with world.tenant.transaction():
        plan = services.schedule_create(
            department=world.department, name="Short", starts_on=today, ends_on=today + timedelta(days=4), **BY
        )
        services.shift_place(
            schedule_id=plan.public_id, assignment_id=world.day.public_id, person_id=None, day=today, **BY
        )
        services.schedule_publish(schedule_id=plan.public_id, audience=Audience.EVERYONE, **BY)
    desk.post(reverse("pay-calendar-new"), sent(world, anchor=today.isoformat()))
    told = said(desk.get(reverse("pay-calendars")))
    last, period = today + timedelta(days=4), today + timedelta(days=13)
    assert "1 published schedule does not equal a period." in told
    assert f"Short of Emergency covers {today:%b} {today.day}, {today:%Y} – {last:%b} {last.day}, {last:%Y}" in told
    assert f"the period is {today:%b} {today.day}, {today:%Y} – {period:%b} {period.day}, {period:%Y}" in told
