"""Undo and redo across saves: everything comes back, nobody else's work is overwritten, every step is logged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduling.models import EditChange, EditStep, Shift
from scheduling.selectors.editing import undo_state
from scheduling.services.edit_steps import KEPT
from scheduling.services.edits import Change, Edit, Place, Remove, edits_apply
from scheduling.services.undo import OvertakenError, edits_redo, edits_undo, step_forget
from tenancy.models import ChangeEntry
from tenancy.types import Actor, RefusedError
from tests.conftest import NOW
from tests.scheduling.grid.conftest import scheduler
from tests.scheduling.pages.conftest import MONDAY, World, wall


def _do(world: World, *edits: Edit, actor: Actor | None = None, label: str = "Test") -> list[Any]:
    with world.tenant.transaction():
        done = edits_apply(
            schedule_id=world.schedule.public_id, edits=edits, label=label, actor=actor or scheduler(world), now=NOW
        )
        assert done.skipped == ()
        return [one.after for one in done.done]


def _walk(world: World, way: Any, actor: Actor | None = None) -> str:
    with world.tenant.transaction():
        return way(schedule_id=world.schedule.public_id, actor=actor or scheduler(world), now=NOW).label  # type: ignore[no-any-return]


def _full(world: World) -> list[tuple[Any, ...]]:
    """Everything a reader of the draft sees, but versions."""
    with world.tenant.transaction():
        rows = Shift.objects.select_related("person", "assignment").order_by("date", "public_id")
        return [
            (
                row.public_id, row.assignment.code, row.person and row.person.name, row.date, row.start_wall, row.end_wall,
                row.starts_at, row.ends_at, row.custom_time, row.note, row.private_note, row.call_order, row.locked,
            )
            for row in rows
        ]  # fmt: skip


def test_everything_comes_back_and_goes_again(world: World) -> None:
    osei, vance, *_ = world.people
    states = [_full(world)]
    more = {"note": "n", "private_note": "secret", "call_order": 2, "start": wall(MONDAY, 9), "end": wall(MONDAY, 20)}
    (made,) = _do(world, Place(world.day.public_id, MONDAY, osei.public_id, more))
    states.append(_full(world))
    _do(world, Change(made.public_id, 1, {"person_id": vance.public_id, "private_note": "", "locked": True}))
    states.append(_full(world))
    moved = {"locked": False, "date": MONDAY + timedelta(2), "assignment_id": world.night.public_id}
    _do(world, Change(made.public_id, 2, moved | {"start": None, "end": None}))
    states.append(_full(world))
    _do(world, Remove(made.public_id, 3), Place(world.night.public_id, MONDAY))
    states.append(_full(world))
    for _ in range(2):  # there and back, twice: the renamed versions stay walkable
        for state in reversed(states[:-1]):
            _walk(world, edits_undo)
            assert _full(world) == state
        for state in states[1:]:
            _walk(world, edits_redo)
            assert _full(world) == state
    with pytest.raises(RefusedError, match="nothing to redo"):
        _walk(world, edits_redo)


def test_an_undo_is_a_logged_edit_and_never_tells_the_private_note(world: World) -> None:
    (made,) = _do(world, Place(world.day.public_id, MONDAY, None, {"private_note": "secret"}), label="Placed")
    _do(world, Remove(made.public_id, 1), label="Removed")
    assert _walk(world, edits_undo) == "Removed"
    with world.tenant.transaction():
        entry = ChangeEntry.objects.latest("id")
        assert (entry.action, entry.reason, entry.actor) == ("shift.add", "Undo: Removed", "Scheduler Test")
        assert (entry.subject_id, entry.private) == (made.public_id, True)
        assert "secret" not in str(entry.after)


def test_undo_after_somebody_elses_change_is_refused_and_names_them(world: World, other: Actor) -> None:
    osei, vance, iyer, _ = world.people
    (first,) = _do(world, Place(world.day.public_id, MONDAY, osei.public_id))
    (second,) = _do(world, Place(world.night.public_id, MONDAY, osei.public_id))
    _do(
        world,
        Change(first.public_id, 1, {"note": "a"}),
        Change(second.public_id, 1, {"person_id": vance.public_id}),
        label="Two cells",
    )
    _do(world, Change(second.public_id, 2, {"person_id": iyer.public_id}), actor=other)
    before = _full(world)
    with pytest.raises(OvertakenError) as told:
        _walk(world, edits_undo)
    assert told.value.text == (
        "Undo of “Two cells” would overwrite what was done since. M. Ostrander changed ED Night, 2026-03-02, Iyer, Leela: "
        "person Vance, Roland → Iyer, Leela. Nothing was changed."
    )
    assert _full(world) == before
    # The other's own step is theirs to take back, and then ours fits again.
    assert _walk(world, edits_undo, other) == "Test"
    with pytest.raises(OvertakenError, match=r"M\. Ostrander changed"):
        _walk(world, edits_undo)
    with world.tenant.transaction():
        step_forget(step_id=told.value.step_id)
    with pytest.raises(OvertakenError):
        _walk(world, edits_undo)


def test_undo_after_somebody_removed_it_is_refused(world: World, other: Actor) -> None:
    (made,) = _do(world, Place(world.day.public_id, MONDAY))
    _do(world, Change(made.public_id, 1, {"note": "x"}))
    _do(world, Remove(made.public_id, 2), actor=other)
    with pytest.raises(OvertakenError, match=r"M\. Ostrander removed ED Day, 2026-03-02, open"):
        _walk(world, edits_undo)


def test_a_new_edit_ends_redo_and_accounts_have_steps_of_their_own(world: World, other: Actor) -> None:
    _do(world, Place(world.day.public_id, MONDAY), label="Mine")
    _walk(world, edits_undo)
    _do(world, Place(world.night.public_id, MONDAY), label="Next")
    with world.tenant.transaction():
        schedule = world.schedule.id
        mine = undo_state(account_id=scheduler(world).account_id or 0, schedule_id=schedule)
        theirs = undo_state(account_id=other.account_id or 0, schedule_id=schedule)
    assert (mine.undo, mine.redo) == ("Next", "")
    assert (theirs.undo, theirs.redo) == ("", "")
    with pytest.raises(RefusedError, match="nothing to undo"):
        _walk(world, edits_undo, other)


def test_the_oldest_steps_go(world: World) -> None:
    (made,) = _do(world, Place(world.day.public_id, MONDAY))
    for n in range(KEPT + 5):
        _do(world, Change(made.public_id, n + 1, {"note": str(n)}))
    with world.tenant.transaction():
        assert EditStep.objects.count() == KEPT
        assert EditChange.objects.count() == KEPT
