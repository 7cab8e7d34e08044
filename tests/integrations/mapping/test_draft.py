"""Staged edits: nothing changes while they wait, what they would do is counted by the code of a run, and they take effect together."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from integrations.contract import Subject
from integrations.models import Connection, LedgerRow, MappingDraft
from integrations.services.connections import FormRefused
from integrations.services.mapping import Edits
from integrations.services.mapping_draft import draft_apply, draft_discard, draft_stage, mapping_draft
from integrations.services.mapping_effect import Effect, mapping_effect
from integrations.services.mapping_keys import RowKey
from integrations.services.safety import removals_digest
from scheduling import services
from scheduling.models import Outbox
from tenancy.types import RefusedError
from tests.integrations.mapping.conftest import World


def assignment(world: World, one: Any, values: dict[str, Any] | None) -> Edits:
    return {Subject.ASSIGNMENT: {RowKey((one.public_id,), 1): values}}


def stage(world: World, connection: Connection, edits: Edits) -> int:
    with world.tenant.transaction():
        return draft_stage(connection_id=connection.public_id, edits=edits, **world.by)


def draft(world: World, connection: Connection) -> Any:
    with world.tenant.transaction():
        return mapping_draft(connection_id=connection.id)


def take(world: World, connection: Connection, **fields: Any) -> int:
    found = draft(world, connection)
    wanted = {"version": found.version, "revision": world.fresh(connection).revision, "confirmed_removals": ""} | fields
    with world.tenant.transaction():
        return draft_apply(connection_id=connection.public_id, **wanted, **world.by)


def effect(world: World, connection: Connection, edits: Edits) -> Effect:
    return mapping_effect(organization_id=world.tenant.id, connection_id=connection.id, edits=edits, now=timezone.now())


def counts(plan: Any) -> tuple[int, int, int]:
    return tuple(plan.count(kind) for kind in ("create", "update", "remove"))


def everything(world: World) -> list[Any]:
    """The world's state with what waits and what was delivered."""
    with world.tenant.transaction():
        return [
            list(LedgerRow.objects.order_by("id").values_list()),
            list(MappingDraft.objects.order_by("id").values_list()),
            list(Outbox.objects.order_by("id").values_list()),
            world_rows(),
        ]


def world_rows() -> list[Any]:
    from integrations.models import MappingRow, Run, SubjectRow
    from tenancy.models import ChangeEntry

    return [
        list(MappingRow.objects.order_by("id").values_list()),
        list(SubjectRow.objects.order_by("id").values_list()),
        list(Run.objects.order_by("id").values_list()),
        list(Connection.objects.order_by("id").values_list()),
        ChangeEntry.objects.count(),
    ]


@pytest.fixture
def delivered(world: World) -> World:
    """Three shifts of the day assignment and one of the night are published; the notebook has those of the day."""
    for days, person in enumerate(world.people[:2]):
        world.place(person, days)
    world.place(world.people[0], 5)
    world.place(world.people[1], 6, world.night)
    world.publish()
    assert world.run() == "done"
    assert world.run() == "nothing_waits"
    return world


def test_edits_wait_beside_each_other_until_they_are_as_saved(world: World) -> None:
    before, revision = world.rows(), world.fresh(world.paybook).revision
    ed = RowKey((world.department.public_id,), 1)
    assert stage(world, world.paybook, {Subject.DEPARTMENT: {ed: {"coid": "1"}}}) == 1
    assert stage(world, world.paybook, {Subject.TYPE_PAIR: {RowKey(world.pair(""), 1): {}}}) == 2
    found = draft(world, world.paybook)
    assert found.edits == {Subject.DEPARTMENT: {ed: {"coid": "1"}}, Subject.TYPE_PAIR: {RowKey(world.pair(""), 1): {}}}
    assert (found.count, found.changed_by) == (2, "Test")
    assert world.rows() == before == [] and world.fresh(world.paybook).revision == revision
    assert stage(world, world.paybook, {Subject.DEPARTMENT: {ed: {"coid": " "}}}) == 1
    again = draft(world, world.paybook).version
    assert again != found.version
    assert stage(world, world.paybook, {Subject.TYPE_PAIR: {RowKey(world.pair(""), 1): {}}}) == 1
    assert draft(world, world.paybook).version == again, "staging the same again is no edit"
    assert stage(world, world.paybook, {Subject.TYPE_PAIR: {RowKey(world.pair(""), 1): None}}) == 0
    assert draft(world, world.paybook) is None


def test_a_wrong_cell_stages_nothing(world: World) -> None:
    edits: Edits = {
        Subject.DEPARTMENT: {RowKey((world.department.public_id,), 1): {"coid": "1"}},
        **assignment(world, world.day, {"comment": "Gone", "segment": "Break"}),
    }
    with pytest.raises(FormRefused) as refused:
        stage(world, world.paybook, edits)
    assert list(refused.value.problems) == [f"{world.day.public_id}/1/comment"]
    assert draft(world, world.paybook) is None


def test_they_take_effect_together_with_the_removals_that_were_agreed(world: World) -> None:
    edits: Edits = {
        Subject.DEPARTMENT: {RowKey((world.department.public_id,), 1): {"coid": "1"}},
        Subject.TYPE_PAIR: {RowKey(world.pair("Exempt"), 1): {}},
    }
    stage(world, world.paybook, edits)
    revision = world.fresh(world.paybook).revision
    assert take(world, world.paybook, confirmed_removals="b" * 64) == 2
    row = world.fresh(world.paybook)
    assert (row.revision, row.confirmed_removals) == (revision + 1, "b" * 64)
    assert world.rows() == [("department", {"coid": "1"}), ("type_pair", {})]
    assert draft(world, world.paybook) is None
    assert len(world.changes()) == 1


def test_what_was_not_looked_at_does_not_take_effect(world: World) -> None:
    ed = RowKey((world.department.public_id,), 1)
    stage(world, world.paybook, {Subject.DEPARTMENT: {ed: {"coid": "1"}}})
    old, revision = draft(world, world.paybook), world.fresh(world.paybook).revision
    stage(world, world.paybook, {Subject.DEPARTMENT: {ed: {"coid": "2"}}})
    for fields in ({"version": old.version}, {"version": ""}, {"revision": revision - 1}):
        with pytest.raises(RefusedError, match="Somebody else changed these edits meanwhile") as refused:
            take(world, world.paybook, **fields)
        assert refused.value.code == "stale"
    world.setting(comments="Only this")
    assert world.rows() == []
    with world.tenant.transaction():
        assert draft_discard(connection_id=world.paybook.public_id, **world.by) == 1
        assert draft_discard(connection_id=world.paybook.public_id, **world.by) == 0
    assert draft(world, world.paybook) is None and world.rows() == []


def test_edits_that_the_settings_no_longer_allow_are_refused_as_a_whole(world: World) -> None:
    edits = {
        **assignment(world, world.day, {"comment": "On call", "segment": "Break"}),
        Subject.DEPARTMENT: {RowKey((world.department.public_id,), 1): {"coid": "1"}},
    }
    stage(world, world.paybook, edits)
    world.setting(comments="Overtime")
    with pytest.raises(FormRefused, match="Comment must be one of Overtime, not 'On call'"):
        take(world, world.paybook)
    assert world.rows() == [] and draft(world, world.paybook).count == 2


def test_the_effect_is_what_a_run_then_does_and_computing_it_changes_nothing(delivered: World) -> None:
    world = delivered
    before = everything(world)
    mapped = effect(world, world.notebook, assignment(world, world.night, {"page": "p2"}))
    changed = effect(world, world.notebook, assignment(world, world.day, {"page": "p9"}))
    gone = effect(world, world.notebook, assignment(world, world.day, None))
    assert [counts(one.plan) for one in (mapped, changed, gone)] == [(1, 0, 0), (0, 3, 0), (0, 0, 3)]
    assert [counts(one.run) for one in (mapped, changed, gone)] == [(1, 0, 0), (0, 3, 0), (0, 0, 3)]
    assert [one.others for one in (mapped, changed, gone)] == [0, 0, 0]
    assert {one.payload["page"] for one in changed.plan.operations} == {"p9"}
    assert gone.removals_digest == removals_digest(gone.run.operations) != mapped.removals_digest
    assert everything(world) == before
    stage(world, world.notebook, assignment(world, world.day, {"page": "p9"}))
    take(world, world.notebook)
    assert world.run() == "done"
    run = next(one for one in reversed(world.runs()) if one.state == "done")
    assert (run.added, run.changed, run.removed) == (0, 3, 0)


def test_the_effect_is_told_apart_from_what_waits_anyway(delivered: World) -> None:
    world = delivered
    world.place(world.people[1], 9)
    world.publish()
    found = effect(world, world.notebook, assignment(world, world.night, {"page": "p2"}))
    assert (counts(found.plan), counts(found.run), found.others) == ((1, 0, 0), (2, 0, 0), 1)
    with world.tenant.transaction():
        services.person_change(person_id=world.people[1].public_id, fields={"unique_id": ""}, **world.by)
    found = effect(world, world.notebook, assignment(world, world.night, {"page": "p2"}))
    assert counts(found.plan) == (0, 0, 0) and counts(found.run) == (0, 0, 1)
    assert [(one.cause, one.subject) for one in found.skipped] == [("no_person_id", "Boyd, A")]


def test_a_connection_that_sent_nothing_yet_counts_the_edit_and_not_its_whole_window(delivered: World) -> None:
    world = delivered
    world.pay_all()
    found = effect(world, world.paybook, {Subject.TYPE_PAIR: {RowKey(world.pair("Exempt"), 1): None}})
    assert (counts(found.plan), counts(found.run)) == ((0, 0, 2), (2, 0, 0))
    found = effect(world, world.paybook, {Subject.TYPE_PAIR: {RowKey(world.pair("Exempt"), 1): {"pay_code": "Z"}}})
    assert (counts(found.plan), counts(found.run)) == ((0, 2, 0), (4, 0, 0))
    assert {one.before["pay_code"] for one in found.plan.operations} == {"EX"}


def test_files_are_compared_like_records(delivered: World) -> None:
    found = effect(delivered, delivered.files, assignment(delivered, delivered.night, {"team_id": "0502"}))
    assert counts(found.plan) == (1, 0, 0) and found.problem == ""
    assert counts(found.run) == (4, 0, 0)


@pytest.mark.parametrize(("agreed", "state"), [(True, "done"), (False, "stopped")])
def test_a_removal_of_everything_goes_through_only_with_the_word_of_who_saw_it(
    world: World, agreed: bool, state: str
) -> None:
    for days in range(12):
        world.place(world.people[0], days)
    world.publish()
    assert world.run() == "done"
    edits = assignment(world, world.day, None)
    stage(world, world.notebook, edits)
    seen = effect(world, world.notebook, edits)
    assert counts(seen.run) == (0, 0, 12)
    take(world, world.notebook, confirmed_removals=seen.removals_digest if agreed else "")
    assert world.run() == state
    assert len(list(world.folder.glob("*.json"))) == (0 if agreed else 12)
    assert world.fresh(world.notebook).hold == ("" if agreed else "safety")
    if agreed:
        assert world.fresh(world.notebook).confirmed_removals == "", "it is used up by the run"


def test_a_word_for_other_removals_stops_the_run(world: World) -> None:
    for days in range(12):
        world.place(world.people[0], days)
    world.publish()
    assert world.run() == "done"
    edits = assignment(world, world.day, None)
    stage(world, world.notebook, edits)
    seen = effect(world, world.notebook, edits)
    world.place(world.people[0], 14)
    world.publish()
    assert world.run() == "done"  # thirteen are delivered now, twelve were shown
    take(world, world.notebook, confirmed_removals=seen.removals_digest)
    assert world.run() == "stopped"
    assert len(list(world.folder.glob("*.json"))) == 13
