"""Publishing: numbers without gaps, the smallest difference, history that can be asked."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from scheduling import selectors, services
from scheduling.models import Outbox, Publication, PublishedShift
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.types import RefusedError
from tests.conftest import NOW, ROBOT, Tenant

DAY = date(2026, 3, 2)
BY = {"actor": ROBOT, "now": NOW}


class World:
    """A small department with one schedule."""

    def __init__(self, tenant: Tenant, zone: str = "America/New_York") -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone=zone, **BY)
            kind = services.assignment_type_named(name="Working", hue="azure")
            self.day = services.assignment_create(
                department=self.department,
                type=kind,
                code="D",
                name="ED Day",
                start_time=time(8),
                end_time=time(16),
                **BY,
            )
            self.night = services.assignment_create(
                department=self.department,
                type=kind,
                code="N",
                name="ED Night",
                start_time=time(21),
                end_time=time(7),
                **BY,
            )
            self.people = [
                services.person_create(
                    fields={"last_name": f"Person{n}", "first_name": "A", "unique_id": f"00{n}"}, **BY
                )
                for n in range(4)
            ]
            self.schedule = services.schedule_create(
                department=self.department, name="March", starts_on=DAY, ends_on=DAY + timedelta(days=27), **BY
            )

    def place(self, day: date, assignment=None, person=None, schedule=None, **more):
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=(schedule or self.schedule).public_id,
                assignment_id=(assignment or self.day).public_id,
                person_id=person.public_id if person else None,
                day=day,
                **more,
                **BY,
            )

    def change(self, shift, **fields):
        with self.tenant.transaction():
            return services.shift_change(shift_id=shift.public_id, version=shift.version, fields=fields, **BY)

    def publish(self, audience=Audience.EVERYONE, schedule=None, **more):
        with self.tenant.transaction():
            return services.schedule_publish(
                schedule_id=(schedule or self.schedule).public_id, audience=audience, **more, **BY
            )


@pytest.fixture
def world(tenant: Tenant) -> World:
    return World(tenant)


def test_the_first_publication_opens_every_shift_and_leaves_work(world: World) -> None:
    one = world.place(DAY, person=world.people[0])
    world.place(DAY, world.night)
    made = world.publish()
    assert (made.number, made.added, made.changed, made.removed) == (1, 2, 0, 0)
    with world.tenant.transaction():
        rows = selectors.published_rows()
        assert [(row.assignment.code, row.person and row.person.unique_id) for row in rows] == [
            ("D", "000"),
            ("N", None),
        ]
        assert rows[0].shift_id == one.public_id
        assert Outbox.objects.filter(topic="publish", publication=1).count() == 1
        assert ChangeEntry.objects.filter(action="published.added").count() == 2


def test_publishing_again_without_a_difference_makes_no_publication(world: World) -> None:
    world.place(DAY, person=world.people[0])
    world.publish()
    assert world.publish() is None
    with world.tenant.transaction():
        assert Publication.objects.count() == 2  # one to everyone, one that brought administrators along


def test_one_note_closes_one_row_and_opens_one(world: World) -> None:
    shifts = [world.place(DAY + timedelta(days=n), person=world.people[0]) for n in range(10)]
    world.publish()
    world.change(shifts[3], note="Bring the pager")
    made = world.publish()
    assert (made.number, made.added, made.changed, made.removed) == (2, 0, 1, 0)
    with world.tenant.transaction():
        assert PublishedShift.objects.filter(audience="everyone", recorded_to=2).count() == 1
        assert PublishedShift.objects.filter(audience="everyone", recorded_from=2).count() == 1
        assert selectors.shifts_touched(since=1, until=2) == {str(shifts[3].public_id)}


def test_a_draft_edit_leaves_the_log_alone(world: World) -> None:
    shift = world.place(DAY, person=world.people[0])
    world.publish()
    world.change(shift, person_id=world.people[1].public_id)
    with world.tenant.transaction():
        assert [row.person.unique_id for row in selectors.published_rows()] == ["000"]


def test_administrators_first_then_everyone(world: World) -> None:
    world.place(DAY, person=world.people[0])
    assert world.publish(Audience.ADMINISTRATORS).number == 1
    with world.tenant.transaction():
        assert selectors.published_rows() == []
        assert not Outbox.objects.filter(topic="publish").exists()
    assert world.publish(Audience.EVERYONE).number == 1
    with world.tenant.transaction():
        assert len(selectors.published_rows()) == 1


def test_one_shift_is_published_and_other_edits_wait(world: World) -> None:
    first, second = (world.place(DAY + timedelta(days=n), person=world.people[0]) for n in range(2))
    world.publish()
    world.change(first, note="now")
    world.change(second, note="later")
    made = world.publish(shift_ids=[first.public_id])
    assert (made.kind, made.changed) == ("shift", 1)
    with world.tenant.transaction():
        assert [row.note for row in selectors.published_rows()] == ["now", ""]


def test_another_schedule_replaces_dates_only_when_told_and_keeps_ids(world: World) -> None:
    old = world.place(DAY, person=world.people[0])
    world.place(DAY, world.night, person=world.people[1])
    world.publish()
    with world.tenant.transaction():
        newer = services.schedule_create(department=world.department, name="Newer", starts_on=DAY, ends_on=DAY, **BY)
    world.place(DAY, person=world.people[0], schedule=newer)
    with pytest.raises(RefusedError, match=r"March: 2026-03-02 to 2026-03-02"):
        world.publish(schedule=newer)
    made = world.publish(schedule=newer, replace=True)
    assert (made.added, made.changed, made.removed) == (0, 0, 1)
    with world.tenant.transaction():
        assert [row.shift_id for row in selectors.published_rows()] == [old.public_id]
    with pytest.raises(RefusedError, match="Newer"):
        world.publish()


def test_history_answers_as_of_and_as_known_at(world: World) -> None:
    shift = world.place(DAY, person=world.people[0])
    first = world.publish()
    world.change(shift, person_id=world.people[1].public_id)
    second = world.publish()
    assert second.at > first.at
    with world.tenant.transaction():
        then = selectors.published_as_of(audience=Audience.EVERYONE, number=1)
        known = selectors.published_as_known_at(audience=Audience.EVERYONE, moment=first.at)
        now = selectors.published_as_of(audience=Audience.EVERYONE, number=2)
    assert [row.person_id for row in then] == [row.person_id for row in known] == [world.people[0].id]
    assert [row.person_id for row in now] == [world.people[1].id]


def test_a_confirmation_lapses_when_the_draft_changes(world: World) -> None:
    shift = world.place(DAY, person=world.people[0])
    with world.tenant.transaction():
        seen = selectors.publish_preview(
            schedule_id=world.schedule.public_id, first=DAY, last=DAY, audience=Audience.EVERYONE
        )
    world.change(shift, note="changed after the look")
    with pytest.raises(RefusedError, match="changed after you looked"):
        world.publish(first=DAY, last=DAY, confirmed_digest=seen.digest)
    with world.tenant.transaction():
        assert Publication.objects.count() == 0
