"""Many edits at once: each with its outcome, nothing lost, cost that follows the edits."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import services
from scheduling.models import EditStep, Shift
from scheduling.services.edits import Change, Edit, EditsOutcome, Place, Remove, edit_apply, edits_apply
from scheduling.types import StaleShift
from tenancy.models import ChangeEntry
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import NOW
from tests.scheduling.grid.conftest import scheduler
from tests.scheduling.pages.conftest import BY, MONDAY, World, wall


def _apply(world: World, *edits: Edit) -> EditsOutcome:
    with world.tenant.transaction():
        return edits_apply(
            schedule_id=world.schedule.public_id, edits=edits, label="Test", actor=scheduler(world), now=NOW
        )


def _day(n: int) -> Any:
    return MONDAY + timedelta(days=n)


def test_places_changes_moves_and_removals_in_one_step(world: World) -> None:
    osei, vance, *_ = world.people
    one, two = world.place(person=osei), world.place(_day(1), person=vance)
    outcome = _apply(
        world,
        Place(world.night.public_id, _day(2), vance.public_id, {"note": "x", "private_note": "y", "locked": True}),
        Change(one.public_id, 1, {"date": _day(3), "assignment_id": world.night.public_id, "note": "moved"}),
        Remove(two.public_id, 1),
    )
    assert outcome.skipped == ()
    assert world.shifts() == [("2026-03-04", "N", "Vance, Roland", 1), ("2026-03-05", "N", "Osei, Kofi", 2)]
    with world.tenant.transaction():
        moved = Shift.objects.get(public_id=one.public_id)
        assert (moved.start_wall, moved.custom_time, moved.note) == (wall(_day(3), 21), False, "moved")
        actions = list(ChangeEntry.objects.filter(subject_type="shift").order_by("id").values_list("action", flat=True))
        assert actions[2:] == ["shift.add", "shift.change", "shift.remove"]
        assert EditStep.objects.count() == 1
    assert outcome.days == {_day(0), _day(1), _day(2), _day(3)}


def test_locked_is_skipped_stale_is_named_and_the_rest_is_done(world: World) -> None:
    osei, vance, iyer, _ = world.people
    locked, stale, free = (world.place(_day(n), person=osei) for n in range(3))
    gone = world.place(_day(4), person=osei)
    with world.tenant.transaction():
        services.shift_change(shift_id=locked.public_id, version=1, fields={"locked": True}, **BY)
        services.shift_change(shift_id=stale.public_id, version=1, fields={"person_id": vance.public_id}, **BY)
        services.shift_remove(shift_id=gone.public_id, version=1, **BY)
    to_iyer = {"person_id": iyer.public_id}
    outcome = _apply(
        world,
        Change(locked.public_id, 2, to_iyer),
        Change(stale.public_id, 1, to_iyer),
        Change(free.public_id, 1, to_iyer),
        Remove(gone.public_id, 1),
    )
    assert [(one.code, one.subject) for one in outcome.skipped] == [
        ("locked", "ED Day, Mon Mar 2"),
        ("stale", "ED Day, Tue Mar 3"),
        ("stale", "ED Day, 2026-03-06, Osei, Kofi"),
    ]
    assert outcome.skipped[1].text == (
        "Test changed this shift just now: it is Vance, Roland now. Yours was not saved."
    )
    assert outcome.skipped[2].text == "Test removed this shift just now. Yours was not saved."
    assert world.shifts() == [
        ("2026-03-02", "D", "Osei, Kofi", 2),
        ("2026-03-03", "D", "Vance, Roland", 2),
        ("2026-03-04", "D", "Iyer, Leela", 2),
    ]


def test_a_lock_leaves_notes_and_order_free_and_can_be_taken_off(world: World) -> None:
    shift = world.place(person=world.people[0])
    _apply(world, Change(shift.public_id, 1, {"locked": True}))
    done = _apply(world, Change(shift.public_id, 2, {"note": "n", "private_note": "p", "call_order": 2}))
    assert done.skipped == ()
    for edit in (
        Change(shift.public_id, 3, {"date": _day(1)}),
        Change(shift.public_id, 3, {"start": wall(MONDAY, 9)}),
        Remove(shift.public_id, 3),
    ):
        assert [one.code for one in _apply(world, edit).skipped] == ["locked"]
    _apply(world, Change(shift.public_id, 3, {"locked": False}))
    assert _apply(world, Remove(shift.public_id, 4)).skipped == ()


def test_a_refused_edit_leaves_its_shift_as_it_was(world: World) -> None:
    shift = world.place(person=world.people[0])
    outside = {"note": "half", "date": world.schedule.ends_on + timedelta(1)}
    outcome = _apply(
        world,
        Change(shift.public_id, 1, outside),
        Place(world.day.public_id, MONDAY, uuid.uuid4()),
        Place(uuid.uuid4(), MONDAY),
    )
    assert [one.text for one in outcome.skipped] == [
        f"{world.schedule.ends_on + timedelta(1)} is outside the schedule, which runs from 2026-03-02 to 2026-03-29.",
        "There is no such person.",
        "There is no such assignment in this department.",
    ]
    with world.tenant.transaction():
        assert Shift.objects.get().note == ""
        assert EditStep.objects.count() == 0


def test_one_edit_raises_what_stands_against_it(world: World) -> None:
    shift = world.place(person=world.people[0])

    def one(edit: Edit) -> None:
        with world.tenant.transaction():
            edit_apply(schedule_id=world.schedule.public_id, edit=edit, label="", actor=scheduler(world), now=NOW)

    with pytest.raises(StaleShift) as told:
        one(Change(shift.public_id, 7, {"note": "x"}))
    assert told.value.current is not None
    with pytest.raises(NotFoundError):
        one(Remove(uuid.uuid4(), 1))
    with pytest.raises(RefusedError, match="at most 2000 characters"):
        one(Change(shift.public_id, 1, {"private_note": "x" * 2001}))


def test_a_shift_of_another_schedule_is_not_reachable(world: World) -> None:
    with world.tenant.transaction():
        other = services.schedule_create(
            department=world.department, name="Later", starts_on=MONDAY, ends_on=_day(6), **BY
        )
        shift = services.shift_place(schedule_id=other.public_id, assignment_id=world.day.public_id, day=MONDAY, **BY)
    outcome = _apply(world, Remove(shift.public_id, 1))
    assert [one.code for one in outcome.skipped] == ["missing"]


def test_the_queries_of_a_batch_do_not_follow_its_size(world: World) -> None:
    def queries(count: int, first: int) -> int:
        edits = [Place(world.day.public_id, _day(first + n), world.people[n % 4].public_id) for n in range(count)]
        with world.tenant.transaction(), CaptureQueriesContext(connection) as ran:
            edits_apply(schedule_id=world.schedule.public_id, edits=edits, label="", actor=scheduler(world), now=NOW)
        return len(ran)

    assert queries(1, 0) == queries(20, 1)
