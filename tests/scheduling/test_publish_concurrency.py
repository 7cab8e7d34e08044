"""Many at once: numbers without gaps, nothing lost, and whoever comes second is told."""

from __future__ import annotations

import threading
from datetime import date, time, timedelta
from types import SimpleNamespace

import pytest

from scheduling import selectors, services
from scheduling.models import Outbox, Publication, PublishedShift, Schedule
from scheduling.types import Audience, StaleShift
from tenancy.models import ChangeEntry
from tenancy.types import Actor
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.threads import PATIENCE, Thread, at_once, wait_for_lock
from tests.scheduling.test_publish import DAY, World

BY = {"actor": ROBOT, "now": NOW}
WRITERS, TURNS = 4, 5


def department(tenant: Tenant, number: int) -> SimpleNamespace:
    with tenant.transaction():
        made = services.department_create(name=f"Ward {number}", code=f"W{number}", zone="America/New_York", **BY)
        assignment = services.assignment_create(
            department=made,
            type=services.assignment_type_named(name="Working", hue="azure"),
            code=f"D{number}",
            name=f"Day {number}",
            start_time=time(8),
            end_time=time(16),
            **BY,
        )
        schedule = services.schedule_create(
            department=made, name=f"Ward {number}", starts_on=DAY, ends_on=DAY + timedelta(days=27), **BY
        )
    return SimpleNamespace(schedule_id=schedule.public_id, assignment_id=assignment.public_id)


def test_departments_publish_at_once_and_a_reader_sees_each_number_once(tenant: Tenant) -> None:
    wards = [department(tenant, number) for number in range(WRITERS)]
    finished = threading.Event()

    def write(ward: SimpleNamespace) -> list[int]:
        numbers = []
        for turn in range(TURNS):
            with tenant.transaction():
                services.shift_place(
                    schedule_id=ward.schedule_id,
                    assignment_id=ward.assignment_id,
                    day=DAY + timedelta(days=turn),
                    **BY,
                )
            with tenant.transaction():
                made = services.schedule_publish(schedule_id=ward.schedule_id, audience=Audience.EVERYONE, **BY)
            numbers.append(made.number)
        return numbers

    def read() -> tuple[list[int], list[int]]:
        """Follow the feed by its cursor, and drain the outbox as the relay does."""
        cursor, seen, drained = 0, [], []
        while True:
            last_look = finished.is_set()
            with tenant.transaction():
                number = selectors.publication_number()
                for one in range(cursor + 1, number + 1):
                    assert len(selectors.shifts_touched(since=one - 1, until=one)) == 1
                    assert len(selectors.published_as_of(audience=Audience.EVERYONE, number=one)) == one
                    seen.append(one)
                cursor = number
                items = selectors.outbox_waiting()
                drained += [item.publication for item in items if item.topic == "publish"]
                services.outbox_done(ids=[item.id for item in items])
            if last_look:
                return seen, drained

    reader = Thread(read)
    numbers = at_once(*[lambda ward=ward: write(ward) for ward in wards])
    finished.set()
    seen, drained = reader.result()
    everything = list(range(1, WRITERS * TURNS + 1))
    assert seen == everything, "the cursor skips nothing and repeats nothing"
    assert sorted(drained) == everything, "each publication left its work once"
    assert sorted(number for mine in numbers for number in mine) == everything
    assert all(mine == sorted(mine) for mine in numbers)
    with tenant.transaction():
        for audience in Audience:
            found = Publication.objects.filter(audience=audience.value).order_by("number")
            assert [one.number for one in found] == everything
            times = [one.at for one in found]
            assert times == sorted(set(times)), "time never runs back and no two share a moment"
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=None).count() == len(everything)
        assert Outbox.objects.filter(topic="publish").count() == 0


def test_one_schedule_published_twice_at_once_is_one_publication(tenant: Tenant) -> None:
    world = World(tenant)
    for n in range(5):
        world.place(DAY + timedelta(days=n))
    results = at_once(world.publish, world.publish, world.publish)
    made = [one for one in results if one is not None]
    assert [(one.number, one.added) for one in made] == [(1, 5)]
    with tenant.transaction():
        assert Publication.objects.count() == 2  # everyone, and administrators along with it
        assert ChangeEntry.objects.filter(action="published.added").count() == 5
        assert Outbox.objects.filter(topic="publish").count() == 1


def test_administrators_coming_second_do_not_turn_a_published_schedule_back(tenant: Tenant, owner_cursor) -> None:
    world = World(tenant)
    world.place(DAY)
    published, look = threading.Event(), threading.Event()

    def everyone() -> None:
        with tenant.transaction():
            services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.EVERYONE, **BY)
            published.set()
            assert look.wait(PATIENCE)

    def administrators() -> object:
        assert published.wait(PATIENCE)
        return world.publish(Audience.ADMINISTRATORS)

    first, second = Thread(everyone), Thread(administrators)
    wait_for_lock(owner_cursor)
    look.set()
    first.result()
    assert second.result() is None, "administrators have the same already"
    with tenant.transaction():
        assert Schedule.objects.get(id=world.schedule.id).state == "everyone"


def test_an_edit_meanwhile_is_in_one_publication_or_the_next_never_in_none(tenant: Tenant) -> None:
    world = World(tenant)
    shifts = [world.place(DAY + timedelta(days=n), person=world.people[0]) for n in range(6)]
    world.publish()

    def edit() -> None:
        for number, shift in enumerate(shifts):
            world.change(shift, note=f"note {number}")

    def publish() -> None:
        for _ in range(6):
            world.publish()

    at_once(edit, publish, publish)
    world.publish()
    with tenant.transaction():
        assert [row.note for row in selectors.published_rows()] == [f"note {n}" for n in range(6)]
        opened = PublishedShift.objects.filter(audience="everyone", recorded_from__gt=1)
        assert opened.count() == 6, "each edit is one row, whichever publication took it"


def test_the_second_scheduler_on_a_shift_is_told_who_and_what(tenant: Tenant, owner_cursor) -> None:
    world = World(tenant)
    shift = world.place(DAY, person=world.people[0])
    changed, look = threading.Event(), threading.Event()

    def iyer() -> None:
        with tenant.transaction():
            services.shift_change(
                shift_id=shift.public_id,
                version=shift.version,
                fields={"person_id": world.people[1].public_id},
                actor=Actor(label="Priya Iyer", source="editor"),
                now=NOW,
            )
            changed.set()
            assert look.wait(PATIENCE)

    def osei() -> None:
        assert changed.wait(PATIENCE)
        with tenant.transaction():
            services.shift_change(
                shift_id=shift.public_id,
                version=shift.version,
                fields={"person_id": world.people[2].public_id},
                actor=Actor(label="Kofi Osei", source="editor"),
                now=NOW + timedelta(minutes=3),
            )

    first, second = Thread(iyer), Thread(osei)
    wait_for_lock(owner_cursor)
    look.set()
    first.result()
    with pytest.raises(StaleShift) as told:
        second.result()
    assert told.value.text == "Priya Iyer changed this shift 3 min ago: it is Person1, A now. Yours was not saved."
    assert told.value.current.person.public_id == world.people[1].public_id
    with tenant.transaction():
        entries = ChangeEntry.objects.filter(action="shift.change").values_list("actor", flat=True)
        assert list(entries) == ["Priya Iyer"]


def test_a_shift_removed_meanwhile_is_told_too(tenant: Tenant) -> None:
    world = World(tenant)
    shift = world.place(DAY, person=world.people[0])

    def remove() -> str:
        try:
            with tenant.transaction():
                services.shift_remove(shift_id=shift.public_id, version=shift.version, **BY)
        except StaleShift as stale:
            return stale.text
        return "removed"

    assert sorted(at_once(remove, remove)) == ["The shift was removed meanwhile. Nothing was changed.", "removed"]


def test_replacing_and_publishing_at_once_leave_one_owner(tenant: Tenant) -> None:
    world = World(tenant)
    with tenant.transaction():
        rival = services.schedule_create(department=world.department, name="Rival", starts_on=DAY, ends_on=DAY, **BY)
    world.place(DAY, person=world.people[0])
    world.place(DAY, person=world.people[0], schedule=rival)
    at_once(
        lambda: world.publish(first=DAY, last=DAY, replace=True),
        lambda: world.publish(schedule=rival, replace=True),
    )
    with tenant.transaction():
        rows = selectors.published_rows()
        assert [(row.date, row.assignment.code) for row in rows] == [(date(2026, 3, 2), "D")]
        for audience in Audience:
            current = PublishedShift.objects.filter(audience=audience.value, recorded_to=None)
            assert {row.shift_id for row in current} == {row.shift_id for row in rows}, "one shift, one id, for both"
