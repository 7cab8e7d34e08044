"""Somebody leaves: later shifts become open after a preview, the published ones wait for a publication that somebody makes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Notice, Person, Publication, PublishedShift, Schedule, Shift
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, MONDAY, World, soup, text_of
from tests.scheduling.planning.test_pattern_pages import hidden

LAST = MONDAY + timedelta(1)  # of a schedule that lies in the future of the test's clock


@pytest.fixture(autouse=True)
def _before(time_machine: Any) -> None:
    """The pages ask the clock: it is the eve of the schedule, with the sessions of today."""
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=True)


@pytest.fixture
def boss(world: World) -> Client:
    return world.tenant.client(Role.ADMINISTRATOR)


def end_url(world: World) -> str:
    return reverse("person-end", args=[world.people[0].public_id])


def elsewhere(world: World) -> Schedule:
    """Osei reads in radiology, too."""
    with world.tenant.transaction():
        read = services.assignment_create(
            department=world.elsewhere, type=world.type, code="R", name="Read", start_time=world.day.start_time,
            end_time=world.day.end_time, **BY,
        )  # fmt: skip
        other = services.schedule_create(
            department=world.elsewhere, name="Reading", starts_on=MONDAY, ends_on=MONDAY + timedelta(27), **BY
        )
        services.shift_place(
            schedule_id=other.public_id, assignment_id=read.public_id, day=MONDAY + timedelta(5),
            person_id=world.people[0].public_id, **BY,
        )  # fmt: skip
    return other


@pytest.fixture
def published(world: World) -> World:
    for n in range(4):
        world.place(MONDAY + timedelta(n), person=world.people[0])
    world.place(LAST, world.night, world.people[0])  # runs into the morning after the last day
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
        locked = Shift.objects.get(date=MONDAY + timedelta(2))
        services.shift_change(shift_id=locked.public_id, version=1, fields={"locked": True}, **BY)
    return world


def test_later_shifts_become_open_everywhere_and_nothing_is_published(published: World, boss: Client) -> None:
    other = elsewhere(published)
    page = boss.get(end_url(published), {"on": str(LAST), "reason": "Retires"})
    text = text_of(soup(page))
    assert "3 draft shifts become open, 2 published" in text
    assert "In 2 departments." in text
    assert "locked: it becomes open all the same" in text
    with published.tenant.transaction():
        assert Person.objects.get(id=published.people[0].id).active_to is None  # looking is not doing
        before = ChangeEntry.objects.count()
    answer = boss.post(end_url(published), hidden(page), follow=True)
    assert answer.status_code == 200
    text = text_of(soup(answer))
    assert "Osei, Kofi ends on Mar 3, 2026. 3 draft shifts are open now. Nothing was published." in text
    assert "Everyone still relies on Osei, Kofi after the last day." in text
    links = [link["href"] for link in soup(answer).select(".planlist a")]
    assert links == [f"{published.url('schedule-publish')}?first=2026-03-04&last=2026-03-05"]
    assert [(day, code, who) for day, code, who, _ in published.shifts()] == [
        ("2026-03-02", "D", "Osei, Kofi"), ("2026-03-03", "D", "Osei, Kofi"), ("2026-03-03", "N", "Osei, Kofi"),
        ("2026-03-04", "D", "open"), ("2026-03-05", "D", "open"),
    ]  # fmt: skip
    with published.tenant.transaction():
        assert Shift.objects.get(schedule=other).person is None
        assert Person.objects.get(id=published.people[0].id).active_to == LAST
        assert Publication.objects.filter(audience="everyone").count() == 1
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None, person__isnull=True).count() == 0
        (entry,) = ChangeEntry.objects.filter(action="person.end")
        assert (entry.reason, entry.after) == (
            "Retires", {"last day": "2026-03-03", "opened": 3, "still published": 2},
        )  # fmt: skip
        assert ChangeEntry.objects.count() == before + 5  # three shifts, the person, the end as a whole


def test_after_publishing_nothing_is_left_to_do(published: World, boss: Client) -> None:
    boss.post(end_url(published), hidden(boss.get(end_url(published), {"on": str(LAST)})))
    with published.tenant.transaction():
        services.schedule_publish(schedule_id=published.schedule.public_id, audience=Audience.EVERYONE, **BY)
    assert "Everyone still relies" not in text_of(soup(boss.get(end_url(published))))


def test_what_has_begun_stays(published: World, boss: Client, time_machine: Any) -> None:
    """The last day is set afterwards: what they worked meanwhile is not taken from them."""
    time_machine.move_to("2026-03-04 18:00:00+00:00", tick=True)
    boss = published.tenant.client(Role.ADMINISTRATOR)
    page = boss.get(end_url(published), {"on": str(LAST)})
    assert "1 later shift began already and stay as they are." in text_of(soup(page))
    boss.post(end_url(published), hidden(page))
    assert [who for day, _, who, _ in published.shifts() if day >= "2026-03-04"] == ["Osei, Kofi", "open"]


def test_a_confirmation_lapses_when_a_later_shift_is_added(published: World, boss: Client) -> None:
    data = hidden(boss.get(end_url(published), {"on": str(LAST)}))
    published.place(MONDAY + timedelta(20), person=published.people[0])
    answer = boss.post(end_url(published), data)
    assert answer.status_code == 409
    assert "changed after you looked" in text_of(soup(answer))
    assert "3 draft shifts become open" in text_of(soup(answer))
    with published.tenant.transaction():
        assert Person.objects.get(id=published.people[0].id).active_to is None
        assert Shift.objects.filter(person=published.people[0]).count() == 6


def test_a_scheduler_is_not_shown_other_departments_drafts(published: World) -> None:
    elsewhere(published)
    browser = published.tenant.client(Role.SCHEDULER)
    text = text_of(soup(browser.get(end_url(published), {"on": str(LAST)})))
    assert "Radiology has 1 draft shift more, which its schedulers see." in text
    assert "Read" not in text.replace("Reading", "")


def test_an_impossible_day_is_refused(published: World, boss: Client) -> None:
    with published.tenant.transaction():
        services.person_change(person_id=published.people[0].public_id, fields={"active_from": MONDAY}, **BY)
    day = {"on": str(MONDAY - timedelta(9))}
    answer = boss.post(end_url(published), hidden(boss.get(end_url(published), day)))
    assert answer.status_code == 422
    assert "The last active date is before the first." in text_of(soup(answer))
    assert len([who for _, _, who, _ in published.shifts() if who == "open"]) == 0
    assert boss.get(end_url(published), {"on": "soon"}).status_code == 422


def test_the_persons_form_does_not_take_shifts_away_unseen(published: World, boss: Client) -> None:
    address = reverse("person", args=[published.people[0].public_id])
    data = {"last_name": "Osei", "first_name": "Kofi", "unique_id": "000", "active_to": str(LAST)}
    answer = boss.post(address, data)
    assert answer.status_code == 422
    assert "2 shifts lie after that day. Use “End on…”" in text_of(soup(answer))
    assert boss.post(address, {**data, "active_to": str(MONDAY + timedelta(30))}).status_code == 302


def test_the_home_department_can_be_cleared(world: World, boss: Client) -> None:
    address = reverse("person", args=[world.people[0].public_id])
    data = {"last_name": "Osei", "first_name": "Kofi", "unique_id": "000", "upn": "osei@ed.example", "department": ""}
    assert boss.post(address, data).status_code == 302
    with world.tenant.transaction():
        assert Person.objects.get(id=world.people[0].id).department_id is None
        (entry,) = ChangeEntry.objects.filter(action="person.change")
        assert (entry.before, entry.after) == ({"home department": "Emergency"}, {"home department": "none"})
        services.person_change(person_id=world.people[1].public_id, fields={"cell": "555"}, **BY)
        assert Person.objects.get(id=world.people[1].id).department_id == world.department.id


def test_whoever_schedules_the_department_is_told_and_the_one_who_did_it_is_not(published: World, boss: Client) -> None:
    boss.post(end_url(published), hidden(boss.get(end_url(published), {"on": str(LAST)})))
    with published.tenant.transaction():
        (notice,) = Notice.objects.filter(kind="person.left")
        assert notice.account_id == published.tenant.scheduler.id
        assert notice.subject == "Osei, Kofi leaves: last day Mar 3, 2026"
        assert notice.lines == [
            "Emergency: 2 draft shifts are open now.",
            "2 published shifts still name Osei, Kofi until their schedules are published again.",
        ]
