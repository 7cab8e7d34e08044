"""Taking a schedule back: what goes, what returns, what stays, and that only what was seen is confirmed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling import selectors, services
from scheduling.models import Outbox, Publication, PublishedDay, PublishedShift, Schedule, Shift
from scheduling.selectors.recall import RecallPreview, recall_preview
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.services.recall import schedule_recall
from scheduling.types import Audience, PublicationInfo
from tenancy.models import ChangeEntry
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.threads import at_once
from tests.scheduling.test_publish import BY, DAY, World

LAST = DAY + timedelta(days=27)
EVERYONE, ADMINISTRATORS = Audience.EVERYONE, Audience.ADMINISTRATORS


@pytest.fixture
def world(tenant: Tenant) -> World:
    return World(tenant)


def look(world: World, schedule: Schedule | None = None, now: datetime = NOW, **asked: object) -> RecallPreview:
    with world.tenant.transaction():
        return recall_preview(**_asked(world, schedule, asked), now=now)


def take_back(
    world: World, schedule: Schedule | None = None, now: datetime = NOW, digest: str | None = None, **asked: object
) -> PublicationInfo | None:
    seen = digest or look(world, schedule, now, **asked).digest
    with world.tenant.transaction():
        return schedule_recall(**_asked(world, schedule, asked), actor=ROBOT, now=now, confirmed_digest=seen)


def _asked(world: World, schedule: Schedule | None, asked: dict[str, object]) -> dict:
    schedule = schedule or world.schedule
    usual = {"audience": EVERYONE, "first": schedule.starts_on, "last": schedule.ends_on, "restore": False}
    return {"schedule_id": schedule.public_id, **usual, **asked}


def published(world: World, audience: Audience = EVERYONE) -> list[tuple[date, str, str | None]]:
    with world.tenant.transaction():
        rows = PublishedShift.objects.filter(audience=audience.value, recorded_to=None)
        found = rows.select_related("person", "assignment").order_by("date", "starts_at")
        return [(row.date, row.assignment.code, row.person and row.person.unique_id) for row in found]


def state(world: World, schedule: Schedule | None = None) -> str:
    with world.tenant.transaction():
        return Schedule.objects.get(id=(schedule or world.schedule).id).state


def newer(world: World) -> Schedule:
    with world.tenant.transaction():
        return services.schedule_create(
            department=world.department, name="Newer", starts_on=DAY, ends_on=DAY + timedelta(days=1), **BY
        )


def test_everyone_loses_it_and_administrators_keep_it(world: World) -> None:
    shift = world.place(DAY, person=world.people[0])
    world.publish()
    before = look(world)
    assert (before.count("removed"), before.also_administrators, before.could_return) == (1, 0, ())
    made = take_back(world)
    assert (made.kind, made.audience, made.number, made.added, made.changed, made.removed) == (
        "recall", "everyone", 2, 0, 0, 1,
    )  # fmt: skip
    assert published(world) == [] and len(published(world, ADMINISTRATORS)) == 1
    assert state(world) == "administrators"
    with world.tenant.transaction():
        assert Outbox.objects.filter(topic="publish", publication=2).count() == 1
        assert selectors.shifts_touched(since=1, until=2) == {str(shift.public_id)}
        assert Shift.objects.get(public_id=shift.public_id).version == shift.version, "the draft is not touched"
        actions = ChangeEntry.objects.filter(at__gte=made.at, action__contains="recall").values_list(
            "action", "subject"
        )
        assert [row[0] for row in actions] == ["schedule.recall"]
        assert "from everyone" in actions[0][1]
        assert selectors.published_as_of(audience=EVERYONE, number=1)[0].shift_id == shift.public_id
    assert take_back(world) is None
    again = world.publish()
    assert (again.added, state(world)) == (1, "everyone")


def test_taken_back_from_administrators_it_is_taken_from_everyone_first(world: World) -> None:
    world.place(DAY, person=world.people[0])
    world.publish()
    world.place(DAY + timedelta(days=1), person=world.people[0])
    world.publish(ADMINISTRATORS)
    before = look(world, audience=ADMINISTRATORS)
    assert (len(before.differences), before.also_administrators) == (1, 2)
    made = take_back(world, audience=ADMINISTRATORS)
    assert made.audience == "everyone"
    assert published(world) == published(world, ADMINISTRATORS) == []
    assert state(world) == "recalled"
    with world.tenant.transaction():
        assert not PublishedDay.objects.exists()
        assert Publication.objects.filter(kind="recall").count() == 2
        assert ChangeEntry.objects.filter(action="published.removed").count() == 2, "each shift is told once"


def test_a_range_is_taken_back_and_the_rest_stays(world: World) -> None:
    for n in range(4):
        world.place(DAY + timedelta(days=n), person=world.people[0])
    world.publish()
    take_back(world, first=DAY + timedelta(days=1), last=DAY + timedelta(days=2))
    assert [row[0] for row in published(world)] == [DAY, DAY + timedelta(days=3)]
    assert state(world) == "everyone"
    with pytest.raises(RefusedError, match="not all inside"):
        take_back(world, digest="x", first=DAY - timedelta(days=1), last=DAY)


def test_the_previous_owner_s_rows_return_as_they_were(world: World) -> None:
    ann, ben = world.people[:2]
    old = world.place(DAY, person=ann, note="old")
    gone = world.place(DAY, world.night, person=ben)
    world.publish()
    rival = newer(world)
    world.place(DAY, person=ann, schedule=rival, note="new")
    world.publish(schedule=rival, replace=True)
    assert [row[1:] for row in published(world)] == [("D", "000")]
    world.change(gone, note="edited in the draft meanwhile")
    seen = look(world, rival, restore=True)
    assert seen.returning == (("March", DAY, DAY + timedelta(days=1)),)
    assert (seen.count("added"), seen.count("changed"), seen.count("removed")) == (1, 1, 0)
    take_back(world, rival, restore=True)
    assert [row[1:] for row in published(world)] == [("D", "000"), ("N", "001")]
    with world.tenant.transaction():
        rows = PublishedShift.objects.filter(audience="everyone", recorded_to=None).order_by("starts_at")
        assert [(row.shift_id, row.note, row.schedule_id) for row in rows] == [
            (old.public_id, "old", world.schedule.id), (gone.public_id, "", world.schedule.id),
        ]  # fmt: skip
    assert (state(world), state(world, rival)) == ("everyone", "administrators")
    # The older schedule owns its dates again: publishing it asks nothing, and the waiting edit is all that differs.
    made = world.publish(first=DAY, last=DAY, replace=True)
    assert (made.added, made.changed, made.removed) == (0, 1, 0)


def test_without_restoring_nothing_takes_its_place(world: World) -> None:
    world.place(DAY, person=world.people[0])
    world.publish()
    rival = newer(world)
    world.place(DAY, world.night, person=world.people[1], schedule=rival)
    world.publish(schedule=rival, replace=True)
    take_back(world, rival, restore=False, audience=ADMINISTRATORS)
    assert published(world) == []
    with world.tenant.transaction():
        assert not PublishedDay.objects.filter(date=DAY).exists()
    assert state(world, rival) == "recalled"


def test_shifts_that_have_begun_stay_whoever_is_on_now(world: World) -> None:
    ann, ben = world.people[:2]
    world.place(DAY, person=ann)  # 08:00–16:00 in New York
    world.place(DAY, world.night, person=ben)  # 21:00–07:00
    world.place(DAY + timedelta(days=1), person=ann)
    world.publish()
    ended, running, noon = (datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((4, 0), (3, 3), (2, 17)))
    seen = look(world, now=noon)
    assert (seen.staying, seen.count("removed")) == (1, 2)
    assert look(world, now=running).staying == 2
    assert look(world, now=ended).count("removed") == 0
    take_back(world, now=running)
    assert published(world) == [(DAY, "D", "000"), (DAY, "N", "001")]
    assert state(world) == "everyone", "the past is still published"
    with world.tenant.transaction():
        assert [row.person.unique_id for row in selectors.on_call(at=running, assignment_ids=[world.night.id])] == [
            "001"
        ]


NIGHTS = [
    (date(2026, 3, 8), datetime(2026, 3, 8, 12, tzinfo=UTC)),
    (date(2026, 11, 1), datetime(2026, 11, 1, 13, tzinfo=UTC)),
]


@pytest.mark.parametrize(("day", "starts"), NIGHTS)
def test_begun_is_an_instant_on_both_nights(world: World, day: date, starts: datetime) -> None:
    """The day shift after the clocks change begins at 08:00 local: a minute before it is taken back, then it stays."""
    with world.tenant.transaction():
        schedule = services.schedule_create(department=world.department, name="N", starts_on=day, ends_on=day, **BY)
    world.place(day, person=world.people[0], schedule=schedule)
    world.publish(schedule=schedule, replace=True)
    assert look(world, schedule, now=starts - timedelta(minutes=1)).count("removed") == 1
    assert look(world, schedule, now=starts).nothing


def test_a_confirmation_lapses_when_what_is_published_changes(world: World) -> None:
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann)
    world.publish()
    seen = look(world)
    with world.tenant.transaction():
        shifts_reassign(moves=[Reassign(shift.public_id, ben.public_id, ann.id)], reason="Sick", **BY)
    with pytest.raises(RefusedError, match="changed after you looked"):
        take_back(world, digest=seen.digest)
    for other in ({"restore": True}, {"audience": ADMINISTRATORS}):
        with pytest.raises(RefusedError, match="changed after you looked"):
            take_back(world, digest=look(world).digest, **other)
    with pytest.raises(RefusedError, match="changed after you looked"):
        take_back(world, digest=look(world).digest, now=datetime(2026, 3, 2, 17, tzinfo=UTC))
    assert published(world) == [(DAY, "D", "001")]
    edited = look(world)
    world.place(DAY, world.night)  # a draft edit is not published: it does not matter
    assert take_back(world, digest=edited.digest) is not None


def test_two_who_recall_at_once_recall_once(world: World) -> None:
    world.place(DAY, person=world.people[0])
    world.publish()
    digest = look(world).digest

    def act() -> str:
        try:
            return "done" if take_back(world, digest=digest) else "nothing"
        except RefusedError as refused:
            return refused.code

    assert sorted(at_once(act, act)) == ["changed_meanwhile", "done"]
    with world.tenant.transaction():
        assert Publication.objects.filter(audience="everyone").count() == 2


def test_a_schedule_that_is_not_there(world: World) -> None:
    with world.tenant.transaction(), pytest.raises(NotFoundError):
        schedule_recall(
            schedule_id=world.people[0].public_id, audience=EVERYONE, first=DAY, last=LAST, restore=False,
            confirmed_digest="", **BY,
        )  # fmt: skip
