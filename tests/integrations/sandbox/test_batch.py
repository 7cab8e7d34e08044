from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, BEN, Graph, code, event, step


def _by_id(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {item["id"]: item for item in answer.json()["responses"]}


def test_a_parallel_batch_answers_each_step_in_another_order(sandbox: Sandbox, graph: Graph) -> None:
    answer = graph.batch(step(1), step(2), step(3, upn=BEN))
    assert [item["id"] for item in answer.json()["responses"]] == ["3", "2", "1"]
    found = _by_id(answer)
    assert {number: item["status"] for number, item in found.items()} == {"1": 201, "2": 201, "3": 201}
    assert found["1"]["body"]["subject"] == "Shift 1"
    assert found["1"]["body"]["id"] in {item["id"] for item in sandbox.events(ANNA)}
    assert len(sandbox.events(ANNA)) == 2
    assert len(sandbox.events(BEN)) == 1


def test_twenty_is_the_most(sandbox: Sandbox, graph: Graph) -> None:
    answer = graph.batch(*(step(number) for number in range(21)))
    assert code(answer) == (400, "BadRequest")
    assert "20" in answer.json()["error"]["message"]
    assert sandbox.events(ANNA) == []


def test_a_step_that_fails_does_not_spoil_the_others(sandbox: Sandbox, graph: Graph) -> None:
    found = _by_id(graph.batch(step(1), step(2, event(showAs="away")), step(3, upn="nobody@x.example")))
    assert {number: item["status"] for number, item in found.items()} == {"1": 201, "2": 400, "3": 404}
    assert found["2"]["body"]["error"]["code"] == "RequestBodyRead"
    assert len(sandbox.events(ANNA)) == 1


def test_a_sequential_batch_stops_at_the_first_failure_with_424(sandbox: Sandbox, graph: Graph) -> None:
    answer = graph.batch(
        step(1),
        step(2, event(showAs="away"), dependsOn=["1"]),
        step(3, dependsOn=["2"]),
        step(4, dependsOn=["3"]),
    )
    assert [(item["id"], item["status"]) for item in answer.json()["responses"]] == [
        ("1", 201), ("2", 400), ("3", 424), ("4", 424),
    ]  # fmt: skip
    assert [item["subject"] for item in sandbox.events(ANNA)] == ["Shift 1"]


def test_twenty_in_sequence_pass_for_one_mailbox(sandbox: Sandbox, graph: Graph) -> None:
    chain = [step(number, dependsOn=[str(number - 1)] if number else []) for number in range(20)]
    assert {item["status"] for item in _by_id(graph.batch(*chain)).values()} == {201}
    assert len(sandbox.events(ANNA)) == 20
    assert set(sandbox.report()["peak_in_flight"].values()) == {1}


def test_a_batch_is_fully_sequential_or_fully_parallel(sandbox: Sandbox, graph: Graph) -> None:
    mixed = (step(1), step(2, dependsOn=["1"]), step(3, upn=BEN))
    answer = graph.batch(*mixed)
    assert code(answer) == (400, "BadRequest")
    assert answer.json()["error"]["message"] == "Batch should be either fully sequential or fully parallel."
    assert sandbox.events(ANNA) == []
    sandbox.settings(batch_dependencies="any")
    assert {item["status"] for item in _by_id(graph.batch(*mixed)).values()} == {201}


def test_a_dependency_must_come_earlier(graph: Graph) -> None:
    answer = graph.batch(step(1, dependsOn=["2"]), step(2))
    assert "Invalid dependency for request Id" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [step(1), step(1)],
        [{**step(1), "id": "a"}, {**step(2), "id": "A"}],
        [{**step(1), "headers": {}}],
        [{**step(1), "url": "https://graph.microsoft.com/v1.0/users/x/events"}],
        [{"id": "1", "url": "/users/x/events"}],
        ["nonsense"],
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(sandbox: Sandbox, graph: Graph, steps: list[Any]) -> None:
    assert code(graph.batch(*steps)) == (400, "BadRequest")
    assert sandbox.events(ANNA) == []


def test_more_than_four_at_once_for_one_mailbox_are_throttled(sandbox: Sandbox, graph: Graph) -> None:
    answer = graph.batch(*(step(number) for number in range(6)), *(step(n, upn=BEN) for n in range(6, 10)))
    found = _by_id(answer)
    assert Counter(item["status"] for item in found.values()) == {201: 8, 429: 2}
    refused = [item for item in found.values() if item["status"] == 429]
    assert {item["id"] for item in refused} == {"4", "5"}
    assert refused[0]["headers"]["Retry-After"] == "1.128"
    assert refused[0]["body"]["error"]["message"] == "Application is over its MailboxConcurrency limit."
    assert len(sandbox.events(ANNA)) == 4
    assert sandbox.report()["peak_in_flight"] == {ANNA: 4, BEN: 4}


def test_a_delete_in_a_batch_has_no_body(graph: Graph) -> None:
    made = graph.create().json()["id"]
    found = _by_id(graph.batch({"id": "1", "method": "DELETE", "url": graph.item(made)}))
    assert found["1"]["status"] == 204
    assert "body" not in found["1"]


def test_each_step_states_its_own_preference(sandbox: Sandbox, graph: Graph) -> None:
    plain = {**step(1), "headers": {"Content-Type": "application/json"}}
    found = _by_id(graph.batch(plain, step(2)))
    kept = {item["subject"]: item for item in sandbox.events(ANNA)}
    assert found["1"]["body"]["id"] == kept["Shift 1"]["mutableId"]
    assert found["2"]["body"]["id"] == kept["Shift 2"]["id"]


def test_the_log_counts_calls_and_steps(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.requests_clear()
    graph.batch(step(1), step(2))
    report = sandbox.report()
    assert (report["calls"], report["steps"]) == (1, 2)
    call, first, second = report["requests"]
    assert (first["parent"], second["parent"]) == (call["id"], call["id"])
    assert (first["recipient"], first["status"], first["body"]["subject"]) == (ANNA, 201, "Shift 1")
    assert sandbox.requests(since=first["id"]) == [second]


def test_latency_is_shared_by_a_parallel_batch_and_added_up_by_a_sequential_one(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.settings(latency_seconds=0.1)
    started = time.monotonic()
    graph.batch(*(step(number) for number in range(4)))
    parallel = time.monotonic() - started
    started = time.monotonic()
    graph.batch(*(step(number, dependsOn=[str(number - 1)] if number else []) for number in range(4)))
    sequential = time.monotonic() - started
    assert 0.1 <= parallel < sequential
    assert sequential >= 0.4


def test_a_batch_that_is_refused_uses_up_no_fault(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault(status=503, mailbox=ANNA)
    assert graph.batch(step(1), step(2, dependsOn=["1"]), step(3)).status_code == 400
    assert sandbox.faults()[0]["hits"] == 0
    assert sandbox.report()["steps"] == 0


def test_a_mailbox_made_by_its_first_use_leaves_no_request_in_flight(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.settings(mailbox_domains=["trial.example"], mailbox_concurrency=1)
    for _ in range(3):
        (response,) = graph.batch(step(1, upn="new@trial.example")).json()["responses"]
        assert response["status"] == 201
