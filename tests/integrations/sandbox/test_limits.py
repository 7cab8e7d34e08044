from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, BEN, Graph, code


def test_a_fifth_request_in_flight_is_throttled(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.settings(latency_seconds=0.5, retry_after_seconds=2.128)
    with ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(lambda upn: graph.create(upn), [ANNA] * 6 + [BEN]))
    assert Counter(answer.status_code for answer in answers) == {201: 5, 429: 2}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert code(refused) == (429, "ApplicationThrottled")
    assert refused.headers["Retry-After"] == "2.128"
    assert len(sandbox.events(ANNA)) == 4
    assert sandbox.report()["peak_in_flight"] == {ANNA: 4, BEN: 1}


def test_a_name_and_an_id_share_one_limit(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.settings(latency_seconds=0.5, mailbox_concurrency=1)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(graph.create, [ANNA, sandbox.mailbox_create(ANNA)]))
    assert sorted(answer.status_code for answer in answers) == [201, 429]


def test_requests_per_window_are_limited_and_the_wait_is_exact(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.settings(mailbox_requests=3, mailbox_window_seconds=600)
    assert [graph.create().status_code for _ in range(3)] == [201, 201, 201]
    refused = graph.create()
    assert refused.status_code == 429
    assert 590 < float(refused.headers["Retry-After"]) <= 600
    assert graph.create(BEN).status_code == 201
    sandbox.clock(601)
    assert graph.create().status_code == 201


def test_many_clients_at_once_lose_nothing(sandbox: Sandbox, graph: Graph) -> None:
    upns = [f"person{number}@alderbay.example" for number in range(10)]
    for upn in upns:
        sandbox.mailbox_create(upn)

    def one(upn: str) -> list[int]:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {graph.token}"
            url = f"{sandbox.url}/v1.0/users/{upn}/events"
            body = {
                "start": {"dateTime": "2026-03-08T06:00:00"},
                "end": {"dateTime": "2026-03-08T18:00:00"},
            }
            return [session.post(url, json=body, timeout=30).status_code for _ in range(20)]

    with ThreadPoolExecutor(10) as pool:
        statuses = [status for result in pool.map(one, upns) for status in result]
    assert Counter(statuses) == {201: 200}
    assert {len(events) for upn, events in sandbox.calendars().items() if upn in upns} == {20}
