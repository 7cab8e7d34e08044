"""Copying a block: what arrives, what is left and why, times on the two nights, undo, and confirmations that lapse."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.models import EditStep, Schedule, Shift
from scheduling.planning.types import Filled, LapsedError, Unplaceable
from scheduling.selectors.rows import schedule_info
from scheduling.services.blocks import BlockCopy, block_copy, block_preview
from scheduling.services.undo import edits_undo
from scheduling.types import ScheduleInfo
from tenancy.models import ChangeEntry
from tenancy.types import Actor, RefusedError
from tests.conftest import NOW
from tests.scheduling.pages.conftest import BY, MONDAY, World

WEEK = timedelta(days=7)


def info(world: World, schedule: Schedule | None = None) -> ScheduleInfo:
    with world.tenant.transaction():
        row = Schedule.objects.select_related("department").get(id=(schedule or world.schedule).id)
        return schedule_info(row)


def asked(world: World, **more: Any) -> BlockCopy:
    here = info(world)
    usual = {"source": here, "target": here, "first": MONDAY, "last": MONDAY + timedelta(6), "to": MONDAY + WEEK}
    return BlockCopy(**{**usual, **more})


def preview(world: World, **more: Any) -> Any:
    what = asked(world, **more)
    with world.tenant.transaction():
        return block_preview(asked=what, **BY)


def copy(world: World, actor: Actor | None = None, **more: Any) -> Any:
    digest, what = preview(world, **more).digest, asked(world, **more)
    with world.tenant.transaction():
        return block_copy(asked=what, digest=digest, actor=actor or BY["actor"], now=NOW)


def told(world: World, day: date) -> list[tuple[str, str, str]]:
    with world.tenant.transaction():
        rows = Shift.objects.select_related("assignment", "person").filter(date=day).order_by("starts_at", "id")
        return [(row.assignment.code, row.person.last_name if row.person else "open", row.note) for row in rows]


def lock(world: World, shift: Any) -> None:
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=shift.version, fields={"locked": True}, **BY)


def left(result: Any) -> list[tuple[str, str, str, str]]:
    return [(str(one.date), one.assignment, one.who, one.code) for one in result.left]


def test_a_week_goes_to_the_three_next_with_its_people_and_times(world: World) -> None:
    world.place(MONDAY, person=world.people[0], note="Bring keys", call_order=2)
    world.place(
        MONDAY + timedelta(1), world.night, world.people[1], start=datetime(2026, 3, 3, 22), end=datetime(2026, 3, 4, 6)
    )
    world.place(MONDAY + timedelta(2))
    result = copy(world, times=3)
    assert (result.added, result.changed, result.removed, result.same, left(result)) == (9, 0, 0, 0, [])
    for n in (1, 2, 3):
        assert told(world, MONDAY + n * WEEK) == [("D", "Osei", "")]
        with world.tenant.transaction():
            timed = Shift.objects.get(date=MONDAY + n * WEEK + timedelta(1))
            assert (timed.start_wall.time(), timed.end_wall.time(), timed.custom_time) == (time(22), time(6), True)
            assert Shift.objects.get(date=MONDAY + n * WEEK).call_order == 2
        assert told(world, MONDAY + n * WEEK + timedelta(2)) == [("D", "open", "")]
    with world.tenant.transaction():
        (entry,) = ChangeEntry.objects.filter(action="block.copy")
        assert entry.after == {
            "from": "2026-03-02", "to": "2026-03-08", "onto": "2026-03-09", "times": 3,
            "added": 9, "changed": 0, "removed": 0, "left": 0,
        }  # fmt: skip
        assert ChangeEntry.objects.filter(action="shift.add", on_date__gte=MONDAY + WEEK).count() == 9


def test_only_structure_and_notes_are_choices(world: World) -> None:
    world.place(MONDAY, person=world.people[0], note="Bring keys")
    copy(world, with_people=False, keep_notes=True)
    assert told(world, MONDAY + WEEK) == [("D", "open", "Bring keys")]


def test_chosen_assignments_alone_are_copied(world: World) -> None:
    world.place(MONDAY, person=world.people[0])
    world.place(MONDAY, world.night, world.people[1])
    copy(world, assignment_ids=frozenset({world.night.public_id}))
    assert told(world, MONDAY + WEEK) == [("N", "Vance", "")]


def test_filled_cells_are_left_or_replaced_and_keep_their_ids(world: World) -> None:
    world.place(MONDAY, person=world.people[0], note="Mine")
    world.place(MONDAY + timedelta(1), person=world.people[1])
    there = world.place(MONDAY + WEEK, person=world.people[2], note="Theirs")
    world.place(MONDAY + WEEK, person=world.people[3])
    same = world.place(MONDAY + WEEK + timedelta(1), person=world.people[1], note="Keeps this")
    result = copy(world)
    assert left(result) == [("2026-03-09", "ED Day", "Osei, Kofi", "filled")]
    assert (result.added, result.changed, result.removed) == (0, 0, 0)
    result = copy(world, filled=Filled.REPLACE)
    assert (result.added, result.changed, result.removed, left(result)) == (0, 1, 1, [])
    assert told(world, MONDAY + WEEK) == [("D", "Osei", "")]
    assert told(world, MONDAY + WEEK + timedelta(1)) == [("D", "Vance", "Keeps this")]
    with world.tenant.transaction():
        assert Shift.objects.get(date=MONDAY + WEEK).public_id == there.public_id
        assert Shift.objects.get(public_id=same.public_id).version == 1


def test_open_shifts_take_the_people_that_arrive(world: World) -> None:
    world.place(MONDAY, person=world.people[0])
    waiting = world.place(MONDAY + WEEK)
    result = copy(world)
    assert (result.added, result.changed) == (0, 1)
    with world.tenant.transaction():
        assert Shift.objects.get(public_id=waiting.public_id).person.last_name == "Osei"
    assert copy(world).same == 1  # once more changes nothing
    with world.tenant.transaction():
        assert ChangeEntry.objects.filter(action="block.copy").count() == 1


def test_locked_cells_are_left_and_listed(world: World) -> None:
    world.place(MONDAY, person=world.people[0])
    there = world.place(MONDAY + WEEK, person=world.people[1])
    lock(world, there)
    result = copy(world, filled=Filled.REPLACE)
    assert left(result) == [("2026-03-09", "ED Day", "Osei, Kofi", "locked")]
    assert told(world, MONDAY + WEEK) == [("D", "Vance", "")]


def test_what_cannot_stand_there_is_left_with_the_reason(world: World) -> None:
    for n, person in enumerate(world.people[:2]):
        world.place(MONDAY + timedelta(n), person=person)
    world.place(MONDAY, world.night, world.people[2])
    world.place(MONDAY + timedelta(1), world.night)
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"active_to": MONDAY + timedelta(10)}, **BY)
        services.assignment_eligible_set(assignment=world.night, people=[world.people[3]], **BY)
        services.assignment_change(
            assignment_id=world.night.public_id, fields={"ended_on": MONDAY + timedelta(20)}, **BY
        )
    result = copy(world, times=4)
    assert left(result) == [
        ("2026-03-09", "ED Night", "Iyer, Leela", "not_eligible"),
        ("2026-03-16", "ED Day", "Osei, Kofi", "inactive"),
        ("2026-03-16", "ED Night", "Iyer, Leela", "not_eligible"),
        ("2026-03-23", "ED Day", "Osei, Kofi", "inactive"),
        ("2026-03-23", "ED Night", "Iyer, Leela", "ended"),
        ("2026-03-24", "ED Night", "open", "ended"),
        ("2026-03-30", "ED Day", "Osei, Kofi", "outside"),
        ("2026-03-30", "ED Night", "Iyer, Leela", "outside"),
        ("2026-03-31", "ED Day", "Vance, Roland", "outside"),
        ("2026-03-31", "ED Night", "open", "outside"),
    ]
    opened = preview(world, times=3, unplaceable=Unplaceable.OPEN).plan.opened
    assert [(str(one.date), one.who, one.code) for one in opened] == [
        ("2026-03-09", "Iyer, Leela", "not_eligible"),
        ("2026-03-16", "Osei, Kofi", "inactive"),
        ("2026-03-16", "Iyer, Leela", "not_eligible"),
        ("2026-03-23", "Osei, Kofi", "inactive"),
    ]


def test_a_block_goes_into_the_next_schedule_of_the_department(world: World) -> None:
    world.place(MONDAY + 3 * WEEK, person=world.people[0])
    april = MONDAY + 4 * WEEK
    with world.tenant.transaction():
        other = services.schedule_create(
            department=world.department, name="April", starts_on=april, ends_on=april + timedelta(27), **BY
        )
    block = {"first": MONDAY + 3 * WEEK, "last": MONDAY + 3 * WEEK + timedelta(6), "target": info(world, other)}
    assert copy(world, to=april, times=4, **block).added == 4
    with world.tenant.transaction():
        assert Shift.objects.filter(schedule=other).count() == 4


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"last": MONDAY - timedelta(1)}, "last"),
        ({"first": MONDAY - timedelta(1)}, "first"),
        ({"to": MONDAY + timedelta(3)}, "to"),
        ({"times": 0}, "times"),
        ({"times": 54}, "times"),
        ({"times": 2, "every": 3}, "every"),
    ],
)
def test_nonsense_is_refused_at_its_field(world: World, more: dict[str, Any], field: str) -> None:
    with pytest.raises(RefusedError) as refused:
        preview(world, **more)
    assert refused.value.field == field


def test_looking_keeps_nothing_and_a_confirmation_lapses(world: World) -> None:
    world.place(MONDAY, person=world.people[0])
    there = world.place(MONDAY + WEEK)
    with world.tenant.transaction():
        before = ChangeEntry.objects.count()
    digest = preview(world).digest
    with world.tenant.transaction():
        assert (Shift.objects.count(), ChangeEntry.objects.count()) == (2, before)
        services.shift_change(shift_id=there.public_id, version=1, fields={"note": "Mine now"}, **BY)
    what = asked(world)
    with pytest.raises(LapsedError), world.tenant.transaction():
        block_copy(asked=what, digest=digest, **BY)
    assert told(world, MONDAY + WEEK) == [("D", "open", "Mine now")]


def test_a_copy_is_one_step_that_its_maker_takes_back(world: World) -> None:
    maker = Actor(label="Sabine", source="editor", account_id=world.tenant.scheduler.id)
    world.place(MONDAY, person=world.people[0])
    world.place(MONDAY + WEEK, person=world.people[1], note="Stays")
    copy(world, actor=maker, times=3, filled=Filled.REPLACE)
    with world.tenant.transaction():
        (step,) = EditStep.objects.all()
        assert step.label == "Copy of Mar 2–Mar 8 to Mar 9 × 3"
        edits_undo(schedule_id=world.schedule.public_id, actor=maker, now=NOW)
    assert told(world, MONDAY + WEEK) == [("D", "Vance", "Stays")]
    assert told(world, MONDAY + 2 * WEEK) == []


def test_a_night_keeps_its_wall_times_on_the_nights_that_clocks_change(world: World) -> None:
    """19:00 to 07:00 lasts 11 hours on the spring night and 13 on the autumn night, usual times or its own."""
    spring, autumn = date(2026, 3, 7), date(2026, 10, 31)
    with world.tenant.transaction():
        long_night = services.assignment_create(
            department=world.department, type=world.type, code="LN", name="Long Night", start_time=time(19),
            end_time=time(7), **BY,
        )  # fmt: skip
        year = services.schedule_create(
            department=world.department, name="Year", starts_on=date(2026, 2, 1), ends_on=date(2026, 12, 31), **BY
        )
        for assignment, more in (
            (long_night, {}),
            (world.day, {"start": datetime(2026, 2, 2, 19), "end": datetime(2026, 2, 3, 7)}),
        ):
            services.shift_place(
                schedule_id=year.public_id, assignment_id=assignment.public_id, day=date(2026, 2, 2), **more, **BY
            )
    here = info(world, year)
    for target in (spring, autumn):
        copy(world, source=here, target=here, first=date(2026, 2, 2), last=date(2026, 2, 2), to=target)
    with world.tenant.transaction():
        for target, hours in ((spring, 11), (autumn, 13)):
            for row in Shift.objects.filter(schedule=year, date=target):
                assert (row.start_wall, row.end_wall) == (
                    datetime.combine(target, time(19)), datetime.combine(target + timedelta(1), time(7)),
                )  # fmt: skip
                assert row.ends_at - row.starts_at == timedelta(hours=hours)
            assert Shift.objects.filter(schedule=year, date=target).count() == 2
        first = Shift.objects.filter(schedule=year, date=spring).first()
        assert first.starts_at == datetime(2026, 3, 8, 0, tzinfo=UTC)


def test_the_first_copy_of_a_short_block_and_its_repeats_keep_the_weekday(world: World) -> None:
    """Five days repeat by the week unless somebody says how far apart."""
    world.place(MONDAY, person=world.people[0])
    copy(world, last=MONDAY + timedelta(4), times=2)
    assert told(world, MONDAY + WEEK) == told(world, MONDAY + 2 * WEEK) == [("D", "Osei", "")]
    copy(world, last=MONDAY, to=MONDAY + timedelta(1), times=3, every=1)
    assert [told(world, MONDAY + timedelta(n)) for n in (1, 2, 3, 4)] == [[("D", "Osei", "")]] * 3 + [[]]


def test_an_unknown_assignment_of_the_form_copies_nothing(world: World) -> None:
    world.place(MONDAY, person=world.people[0])
    assert preview(world, assignment_ids=frozenset({uuid.uuid4()})).plan.size == 0


def test_a_shift_that_is_left_out_is_not_called_open(world: World) -> None:
    """Its person may not stand there, but somebody else does already."""
    world.place(MONDAY, person=world.people[0])
    world.place(MONDAY + WEEK, person=world.people[1])
    with world.tenant.transaction():
        services.person_change(person_id=world.people[0].public_id, fields={"active_to": MONDAY}, **BY)
    plan = preview(world, times=2, unplaceable=Unplaceable.OPEN).plan
    assert left(plan) == [("2026-03-09", "ED Day", "open", "filled")]
    assert [(str(one.date), one.who) for one in plan.opened] == [("2026-03-16", "Osei, Kofi")]
