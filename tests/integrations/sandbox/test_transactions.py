from __future__ import annotations

import pytest

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, BEN, Graph, code

EXISTING = "@event.existingEventId"


def test_the_same_post_twice_makes_one_event(sandbox: Sandbox, graph: Graph) -> None:
    first, second = graph.create(transactionId="t-1"), graph.create(transactionId="t-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len(sandbox.events(ANNA)) == 1


def test_without_a_transaction_id_the_same_post_twice_makes_two(sandbox: Sandbox, graph: Graph) -> None:
    graph.create()
    graph.create()
    assert len(sandbox.events(ANNA)) == 2


def test_the_same_id_with_other_content_is_refused_and_names_the_event(sandbox: Sandbox, graph: Graph) -> None:
    made = graph.create(transactionId="t-1").json()["id"]
    answer = graph.create(transactionId="t-1", subject="Other")
    assert code(answer) == (409, "ErrorDuplicateTransactionId")
    assert answer.json()["error"][EXISTING] == made
    assert [kept["subject"] for kept in sandbox.events(ANNA)] == ["On call"]


@pytest.mark.parametrize("named", [True, False])
def test_the_refusal_may_also_be_400_and_name_no_event(sandbox: Sandbox, graph: Graph, named: bool) -> None:
    sandbox.settings(duplicate_transaction_status=400, duplicate_transaction_names_event=named)
    graph.create(transactionId="t-1")
    answer = graph.create(transactionId="t-1", subject="Other")
    assert code(answer) == (400, "ErrorDuplicateTransactionId")
    assert (EXISTING in answer.json()["error"]) is named


def test_a_repeat_after_a_patch_answers_with_the_event_as_it_is_now(graph: Graph) -> None:
    made = graph.create(transactionId="t-1").json()["id"]
    graph("PATCH", graph.item(made), {"subject": "Changed"})
    again = graph.create(transactionId="t-1")
    assert (again.status_code, again.json()["id"], again.json()["subject"]) == (201, made, "Changed")


def test_a_deleted_event_still_blocks_its_transaction_id_unless_set_otherwise(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.user_deletes(ANNA, graph.create(transactionId="t-1").json()["id"])
    answer = graph.create(transactionId="t-1")
    assert code(answer) == (409, "ErrorDuplicateTransactionId")
    assert EXISTING not in answer.json()["error"]
    assert sandbox.events(ANNA) == []
    sandbox.settings(transactions_outlive_events=False)
    assert graph.create(transactionId="t-1").status_code == 201


def test_transaction_ids_are_counted_per_mailbox(sandbox: Sandbox, graph: Graph) -> None:
    graph.create(transactionId="t-1")
    assert graph.create(BEN, transactionId="t-1", subject="Other").status_code == 201
    assert len(sandbox.events(BEN)) == 1
