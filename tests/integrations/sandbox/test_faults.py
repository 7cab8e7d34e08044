from __future__ import annotations

import time

import pytest
import requests

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, BEN, Graph, event, step


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 503, 504])
def test_the_next_matching_requests_answer_what_they_are_told(sandbox: Sandbox, graph: Graph, status: int) -> None:
    number = sandbox.fault(
        status=status, times=2, method="post", path=r"/events$", mailbox=ANNA,
        headers={"Retry-After": "0.25"}, body={"error": {"code": "Told", "message": "so"}},
    )  # fmt: skip
    assert graph.create(BEN).status_code == 201
    assert graph("GET", f"/users/{ANNA}/events").status_code == 200
    for _ in range(2):
        answer = graph.create()
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "0.25")
        assert answer.json()["error"]["code"] == "Told"
    assert graph.create().status_code == 201
    assert len(sandbox.events(ANNA)) == 1
    assert [entry["fault"] for entry in sandbox.requests() if entry["code"] == "Told"] == [number, number]
    assert sandbox.faults()[0]["hits"] == 2


@pytest.mark.parametrize(("accepted", "kept"), [(False, 0), (True, 1)])
def test_a_reset_before_or_after_accepting(sandbox: Sandbox, graph: Graph, accepted: bool, kept: int) -> None:
    sandbox.fault("reset", accepted=accepted, path="/events")
    with pytest.raises(requests.exceptions.ConnectionError):
        graph.create(transactionId="t-1")
    assert len(sandbox.events(ANNA)) == kept
    assert sandbox.requests()[-1]["outcome"] == "reset"
    assert graph.create(transactionId="t-1").status_code == 201
    assert len(sandbox.events(ANNA)) == 1


def test_a_reset_over_tls(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault("reset", accepted=True, path="/events")
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(
            f"{sandbox.tls_url}/v1.0/users/{ANNA}/events",
            json=event(),
            headers={"Authorization": f"Bearer {graph.token}"},
            verify=str(sandbox.ca),
            timeout=30,
        )
    assert len(sandbox.events(ANNA)) == 1


@pytest.mark.parametrize(("accepted", "kept"), [(False, 0), (True, 1)])
def test_silence_until_the_client_gives_up(sandbox: Sandbox, graph: Graph, accepted: bool, kept: int) -> None:
    sandbox.fault("hang", seconds=2, accepted=accepted, method="POST", path="/events")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(
            f"{sandbox.url}/v1.0/users/{ANNA}/events",
            json=event(),
            headers={"Authorization": f"Bearer {graph.token}"},
            timeout=0.3,
        )
    assert len(sandbox.events(ANNA)) == kept


def test_slow_is_late_but_right(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault("slow", seconds=0.3)
    started = time.monotonic()
    assert graph.create().status_code == 201
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(("accepted", "kept"), [(False, 0), (True, 1)])
def test_garbage_is_200_and_not_json(sandbox: Sandbox, graph: Graph, accepted: bool, kept: int) -> None:
    sandbox.fault("garbage", accepted=accepted, method="POST")
    answer = graph.create()
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting value|decode"):
        answer.json()
    assert len(sandbox.events(ANNA)) == kept


def test_one_step_of_a_batch_may_be_singled_out(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault(status=503, mailbox=BEN, headers={"Retry-After": "0.5"}, body={"error": {"code": "Busy"}})
    found = {item["id"]: item for item in graph.batch(step(1), step(2, upn=BEN)).json()["responses"]}
    assert (found["1"]["status"], found["2"]["status"]) == (201, 503)
    assert found["2"]["headers"]["Retry-After"] == "0.5"
    assert (len(sandbox.events(ANNA)), len(sandbox.events(BEN))) == (1, 0)


def test_a_batch_may_be_accepted_and_its_answer_lost(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault("reset", accepted=True, path=r"/\$batch$")
    with pytest.raises(requests.exceptions.ConnectionError):
        graph.batch(step(1), step(2, upn=BEN))
    assert (len(sandbox.events(ANNA)), len(sandbox.events(BEN))) == (1, 1)


def test_a_batch_may_be_lost_in_the_middle(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault("reset", mailbox=BEN)
    with pytest.raises(requests.exceptions.ConnectionError):
        graph.batch(step(1), step(2, upn=BEN), step(3))
    assert (len(sandbox.events(ANNA)), len(sandbox.events(BEN))) == (2, 0)


def test_a_mailbox_is_singled_out_by_its_id_too(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault(status=503, mailbox=sandbox.mailbox_create(ANNA).upper())
    assert graph.create().status_code == 503


def test_the_token_endpoint_can_fail_as_well(sandbox: Sandbox) -> None:
    sandbox.fault(status=503, path="oauth2/v2.0/token")
    answer = requests.post(f"{sandbox.url}/{sandbox.tenant}/oauth2/v2.0/token", timeout=30)
    assert answer.status_code == 503


def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox) -> None:
    for description in ({"action": "explode"}, {"colour": 1}, {"path": "("}, {"times": "many"}):
        answer = requests.post(f"{sandbox.url}/_admin/faults", json=description, timeout=30)
        assert answer.status_code == 400
    assert sandbox.faults() == []


def test_faults_can_be_called_off(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.fault(status=503, times=1000)
    sandbox.faults_clear()
    assert graph.create().status_code == 201
