"""Rows of every mapping table: together or not at all, in the change log, and looked at by a live connection at once."""

from __future__ import annotations

import uuid

import pytest

from integrations.contract import Subject
from integrations.models import Connection, Run
from integrations.registry import connector
from integrations.services.connections import FormRefused, connection_gaps
from integrations.services.mapping import SubjectInput, mapping_apply, subject_mapping_save
from integrations.services.mapping_keys import RowKey, row_key
from integrations.services.reading import tables_by_subject
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import Tenant
from tests.integrations.mapping.conftest import World


def test_rows_of_every_subject_are_saved_and_found_by_the_connector(world: World) -> None:
    before = world.fresh(world.paybook).revision
    assert world.save(Subject.PERSON, (world.people[0], {"home": " 007"}), (world.people[1], {"away": " "})) == 1
    assert world.save(Subject.DEPARTMENT, (world.department, {"coid": "0007", "code": "12"})) == 1
    assert world.save(Subject.TYPE_PAIR, (world.pair("Exempt"), {}), (world.pair(""), {"pay_code": "X"})) == 2
    with world.tenant.transaction():
        tables = tables_by_subject(world.paybook)
    working = world.types["Working"].id
    assert tables == {
        Subject.PERSON: {(world.people[0].id,): {"home": " 007"}},
        Subject.DEPARTMENT: {(world.department.id,): {"coid": "0007", "code": "12"}},
        Subject.TYPE_PAIR: {(world.kinds["Exempt"].id, working): {}, (0, working): {"pay_code": "X"}},
    }
    assert world.fresh(world.paybook).revision == before + 3
    assert [(run.state, run.triggers) for run in world.runs() if run.connection_id == world.paybook.id] == [
        ("waiting", ["data_change"])
    ]


def test_edits_of_several_tables_take_effect_together_and_are_logged_once(world: World) -> None:
    world.pay_all()
    assert (
        world.save(Subject.TYPE_PAIR, (world.pair("Exempt"), {"pay_code": "E2"}), (world.pair("Non-Exempt"), None)) == 2
    )
    first, second = world.changes()
    assert first.after == {
        "Departments: Emergency": {"coid": "0007"},
        "Pay rules: Exempt × Working": {"included": True, "pay_code": "EX"},
        "Pay rules: Non-Exempt × Working": {"included": True},
    }
    assert first.before == dict.fromkeys(first.after)
    assert second.before == {
        "Pay rules: Exempt × Working": {"included": True, "pay_code": "EX"},
        "Pay rules: Non-Exempt × Working": {"included": True},
    }
    assert second.after == {
        "Pay rules: Exempt × Working": {"included": True, "pay_code": "E2"},
        "Pay rules: Non-Exempt × Working": None,
    }
    assert world.rows() == [("department", {"coid": "0007"}), ("type_pair", {"pay_code": "E2"})]


def test_nothing_is_written_when_nothing_differs(world: World) -> None:
    world.pay_all()
    before = world.state()
    assert world.save(Subject.DEPARTMENT, (world.department, {"coid": "0007"})) == 0
    assert world.save(Subject.PERSON, (world.people[0], {"home": ""}), (world.people[1], None)) == 0
    assert world.save(Subject.TYPE_PAIR, (world.pair("Non-Exempt"), {})) == 0
    assert world.state() == before


def test_one_wrong_cell_refuses_the_edits_of_all_tables(world: World) -> None:
    before = world.state()
    edits = {
        Subject.DEPARTMENT: {RowKey((world.department.public_id,), 1): {"coid": "123456789"}},
        Subject.PERSON: {RowKey((world.people[0].public_id,), 1): {"home": "1", "away": "1"}},
        Subject.TYPE_PAIR: {RowKey(world.pair(""), 1): {"pay_code": "much too long"}},
        Subject.ASSIGNMENT: {RowKey((world.day.public_id,), 2): {"comment": "Gone", "segment": "Break"}},
    }
    with pytest.raises(FormRefused) as refused, world.tenant.transaction():
        mapping_apply(connection_id=world.paybook.public_id, edits=edits, **world.by)
    working = world.types["Working"].public_id
    assert refused.value.problems == {
        f"{world.department.public_id}/1/coid": "COID has at most 8 characters.",
        f"{world.people[0].public_id}/1/away": "Away COID is the same as Home COID.",
        f"none.{working}/1/pay_code": "Pay code has at most 10 characters.",
        f"{world.day.public_id}/2/comment": "Comment must be one of On call, Overtime, not 'Gone'.",
    }
    assert world.state() == before
    assert world.rows() == []


def test_what_is_not_there_is_refused(world: World, stranger: Tenant) -> None:
    before = world.state()
    other = uuid.uuid4()
    wrong = [
        (Subject.PERSON, (other,), {"home": "1"}),
        (Subject.PERSON, (None,), {"home": "1"}),
        (Subject.PERSON, (world.department.public_id,), {"home": "1"}),
        (Subject.DEPARTMENT, (world.people[0].public_id,), {"coid": "1"}),
        (Subject.TYPE_PAIR, (world.kinds["Exempt"].public_id,), {}),
        (Subject.TYPE_PAIR, (world.kinds["Exempt"].public_id, None), {}),
        (Subject.TYPE_PAIR, (world.types["Working"].public_id, world.kinds["Exempt"].public_id), {}),
    ]
    for subject, about, values in wrong:
        rows = [SubjectInput(about, values)]
        with pytest.raises(NotFoundError), world.tenant.transaction():
            subject_mapping_save(connection_id=world.paybook.public_id, subject=subject, rows=rows, **world.by)
    with pytest.raises(RefusedError, match="no column 'salary'"):
        world.save(Subject.PERSON, (world.people[0], {"salary": "1"}))
    with pytest.raises(NotFoundError, match="no such connection"), stranger.transaction():
        subject_mapping_save(connection_id=world.paybook.public_id, subject=Subject.PERSON, rows=[], **world.by)
    with pytest.raises(NotFoundError, match="no such mapping table"), world.tenant.transaction():
        subject_mapping_save(
            connection_id=world.notebook.public_id, subject=Subject.PERSON,
            rows=[SubjectInput((world.people[0].public_id,), {"home": "1"})], **world.by,
        )  # fmt: skip
    assert world.state() == before


def test_two_people_of_one_name_are_both_in_the_log(world: World) -> None:
    from scheduling import services

    with world.tenant.transaction():
        double = services.person_create(fields={"last_name": "Ames", "first_name": "A"}, **world.by)
    world.save(Subject.PERSON, (world.people[0], {"home": "1"}), (double, {"home": "2"}))
    assert world.changes()[-1].after == {
        "People: Ames, A": {"home": "1"},
        f"People: Ames, A ({double.public_id})": {"home": "2"},
    }


def test_keys_are_read_strictly() -> None:
    one, two = uuid.uuid4(), uuid.uuid4()
    assert str(row_key(Subject.TYPE_PAIR, f"none.{two}/1")) == f"none.{two}/1"
    assert row_key(Subject.ASSIGNMENT, f"{one}/99") == RowKey((one,), 99)
    for subject, text in (
        (Subject.ASSIGNMENT, f"{one}/100"),
        (Subject.ASSIGNMENT, f"{one}/0"),
        (Subject.ASSIGNMENT, "none/1"),
        (Subject.PERSON, f"{one}/2"),
        (Subject.PERSON, f"{one}"),
        (Subject.PERSON, f"{one}.{two}/1"),
        (Subject.TYPE_PAIR, f"{one}.none/1"),
        (Subject.TYPE_PAIR, f"{one}/1"),
        (Subject.DEPARTMENT, "x/1"),
    ):
        with pytest.raises(NotFoundError):
            row_key(subject, text)


def test_going_live_asks_for_the_tables_that_are_not_optional_and_for_valid_rows(world: World) -> None:
    def gaps() -> list[str]:
        with world.tenant.transaction():
            row = Connection.objects.get(id=world.paybook.id)
            return connection_gaps(row, connector(row.kind))

    assert gaps() == [
        "The mapping table “Departments” is empty: nothing would be sent.",
        "The mapping table “Pay rules” is empty: nothing would be sent.",
    ]
    world.pay_all()
    world.map(world.paybook, {"segment": "required", "comment": "on call", "labor": "1|02"})
    assert world.mapping(world.paybook) == {
        ("D", 1): {"segment": "Regular", "comment": "On call", "labor": ["1", "02"]}
    }
    assert gaps() == []
    world.setting(comments="Overtime")
    assert gaps() == ["1 row is invalid in the mapping table “Assignments”. Mend them there."]


def test_an_agreed_removal_travels_with_the_save(world: World) -> None:
    edits = {Subject.DEPARTMENT: {RowKey((world.department.public_id,), 1): {"coid": "1"}}}
    with world.tenant.transaction():
        mapping_apply(connection_id=world.paybook.public_id, edits=edits, confirmed_removals="a" * 64, **world.by)
        Run.objects.get(connection_id=world.paybook.id, state="waiting")
    assert world.fresh(world.paybook).confirmed_removals == "a" * 64
    world.save(Subject.DEPARTMENT, (world.department, {"coid": "2"}))
    assert world.fresh(world.paybook).confirmed_removals == "a" * 64, "a save without removals confirms nothing anew"
