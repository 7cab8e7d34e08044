"""Two schedulers in the same cells at the same moment: one is first, the other is told, nothing is lost or done twice."""

from __future__ import annotations

from datetime import timedelta

from scheduling.models import EditChange, Shift
from scheduling.services.edits import Change, EditsOutcome, Remove, edits_apply
from scheduling.services.undo import edits_undo
from tenancy.models import ChangeEntry
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor
from tests.conftest import NOW
from tests.fakes.threads import at_once
from tests.scheduling.grid.conftest import scheduler
from tests.scheduling.pages.conftest import MONDAY, World


def _edit(world: World, actor: Actor, *edits: Change | Remove) -> EditsOutcome:
    with tenant_transaction(world.tenant.id):
        return edits_apply(schedule_id=world.schedule.public_id, edits=edits, label="Both", actor=actor, now=NOW)


def test_ranges_taken_in_opposite_order_meet_and_one_of_them_is_told_of_every_cell(world: World, other: Actor) -> None:
    shifts = [world.place(MONDAY + timedelta(n), person=world.people[0]) for n in range(12)]
    mine = [Change(one.public_id, 1, {"person_id": world.people[1].public_id}) for one in shifts]
    theirs = [Change(one.public_id, 1, {"person_id": world.people[2].public_id}) for one in reversed(shifts)]
    me = scheduler(world)
    first, second = at_once(lambda: _edit(world, me, *mine), lambda: _edit(world, other, *theirs))
    won, lost = (first, second) if first.done else (second, first)
    assert (len(won.done), len(won.skipped)) == (12, 0)
    assert (len(lost.done), [one.code for one in lost.skipped]) == (0, ["stale"] * 12)
    name = won.done[0].after.person.name  # type: ignore[union-attr]
    assert {one.text.split(" it is ")[1] for one in lost.skipped} == {f"{name} now. Yours was not saved."}
    assert {(who, version) for _, _, who, version in world.shifts()} == {(name, 2)}
    with world.tenant.transaction():
        assert ChangeEntry.objects.filter(action="shift.change").count() == 12
        assert EditChange.objects.count() == 12


def test_two_windows_of_one_scheduler_do_not_undo_a_step_twice(world: World) -> None:
    shift = world.place(person=world.people[0])
    me = scheduler(world)
    _edit(world, me, Change(shift.public_id, 1, {"note": "one"}))
    _edit(world, me, Change(shift.public_id, 2, {"note": "two"}))

    def undo() -> None:
        with tenant_transaction(world.tenant.id):
            edits_undo(schedule_id=world.schedule.public_id, actor=me, now=NOW)

    at_once(undo, undo)
    with world.tenant.transaction():
        assert Shift.objects.values_list("note", "version").get() == ("", 5)
