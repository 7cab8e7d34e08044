"""A schedule as a file: what goes out comes in again and changes nothing; who gets the draft and who what is published."""

from __future__ import annotations

import unicodedata
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling import services
from scheduling.roster.read import roster_read
from scheduling.services.roster_import import RosterRequest, roster_preview
from scheduling.types import Audience
from tenancy.rights import Role
from tests.conftest import tenant_new
from tests.scheduling.pages.conftest import BY, MONDAY, World


def full(world: World) -> None:
    """Everything that a file has to carry."""
    with world.tenant.transaction():
        nobody = services.person_create(
            fields={"last_name": "Nguyễn", "first_name": "Zoë"}, department_id=world.department.id, **BY
        )
        by_employee = services.person_create(
            fields={"last_name": "Quist", "first_name": "Henrik", "employee_id": "0077"}, **BY
        )
    world.place(MONDAY, person=world.people[0], note='=SUM(A1) and "quotes", commas\nand a second line', call_order=2)
    world.place(MONDAY, world.night, world.people[0])
    world.place(MONDAY, world.night, world.phone)
    world.place(MONDAY, world.night)
    world.place(MONDAY, world.night)
    world.place(
        MONDAY + timedelta(1),
        person=nobody,
        start=datetime(2026, 3, 3, 20),
        end=datetime(2026, 3, 5, 8, 30),
        note="- ring twice",
    )
    world.place(MONDAY + timedelta(2), person=by_employee, note="'quoted")
    world.place(MONDAY + timedelta(5), world.night, world.people[1])  # the spring night
    with world.tenant.transaction():
        long = services.assignment_create(
            department=world.department,
            type=world.type,
            code="24",
            name="Call",
            start_time=time(7),
            end_time=time(7),
            **BY,
        )
    world.place(MONDAY + timedelta(6), long, world.people[2])


def imported(world: World, data: bytes, name: str) -> Any:
    with world.tenant.transaction():
        request = RosterRequest(
            sheet=roster_read(data, name=name),
            schedule_id=world.schedule.public_id,
            department_id=world.department.public_id,
        )
        return roster_preview(request=request)


@pytest.mark.parametrize("name", ["schedule-csv", "schedule-xlsx"])
def test_what_goes_out_comes_in_again_and_nothing_differs(world: World, browser: Client, name: str) -> None:
    full(world)
    answer = browser.get(world.url(name))
    preview = imported(world, answer.content, answer["Content-Disposition"].split('"')[1])
    assert [str(one) for one in preview.issues] == []
    assert (preview.changes, preview.unchanged, preview.new_people, preview.new_codes) == ((), 9, (), ())


def test_the_file_in_full(world: World, browser: Client) -> None:
    world.place(MONDAY, world.night, world.people[0], note="=1", call_order=1)
    world.place(MONDAY)
    answer = browser.get(world.url("schedule-csv"))
    assert answer["Content-Disposition"] == 'attachment; filename="ED-March-2026-03-02-2026-03-29-draft.csv"'
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Date,Shift,Start,End,End date,Staff ID,Name,Note,Call order,Zone",
        "2026-03-02,D,08:00,16:00,2026-03-02,,OPEN,,,America/New_York",
        '2026-03-02,N,21:00,07:00,2026-03-03,000,"Osei, Kofi",\'=1,1,America/New_York',
    ]
    assert len(browser.get(world.url("schedule-csv"), {"first": "2026-03-03"}).content.splitlines()) == 1


def test_others_get_what_is_published_and_no_private_note_leaves(world: World, browser: Client) -> None:
    shift = world.place(MONDAY, person=world.people[0])
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"private_note": "Secret matter"}, **BY)
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
    world.place(MONDAY + timedelta(1), person=world.people[1])
    for client, more, lines in (
        (browser, {}, 3),
        (browser, {"of": "published"}, 2),
        (world.tenant.client(Role.VIEWER), {}, 2),
        (world.tenant.client(Role.PROVIDER), {"of": "draft"}, 2),
    ):
        answer = client.get(world.url("schedule-csv"), more)
        assert len(answer.content.splitlines()) == lines
        assert ("-draft.csv" in answer["Content-Disposition"]) == (lines == 3)
        assert b"Secret matter" not in answer.content
        assert b"Secret matter" not in client.get(world.url("schedule-xlsx"), more).content


def test_a_draft_nobody_published_is_not_there_for_others(world: World) -> None:
    assert world.tenant.client(Role.VIEWER).get(world.url("schedule-csv")).status_code == 404


TEXTS = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"]), max_size=30).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split())
)


@pytest.fixture(scope="module")
def shared() -> World:
    tenant = tenant_new()
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    world = World(tenant)
    world.one = world.place(MONDAY, person=world.people[0])  # type: ignore[attr-defined]
    return world


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    note=TEXTS,
    start=st.times(),
    minutes=st.integers(1, 60 * 24 * 9),
    name=st.sampled_from(["schedule-csv", "schedule-xlsx"]),
)
def test_any_note_and_any_times_survive(shared: World, note: str, start: time, minutes: int, name: str) -> None:
    begin = datetime.combine(MONDAY, start.replace(second=0, microsecond=0))
    fields = {"note": note, "start": begin, "end": begin + timedelta(minutes=minutes)}
    with shared.tenant.transaction():
        shared.one = services.shift_change(
            shift_id=shared.one.public_id, version=shared.one.version, fields=fields, **BY
        )  # type: ignore[attr-defined]
    answer = shared.tenant.client(Role.SCHEDULER).get(shared.url(name))
    preview = imported(shared, answer.content, answer["Content-Disposition"].split('"')[1])
    assert [str(one) for one in preview.issues] == []
    assert (preview.changes, preview.unchanged) == ((), 1)
