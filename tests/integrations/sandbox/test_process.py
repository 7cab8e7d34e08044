from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from tests.fakes.sandbox import ROOT, Sandbox, running_sandbox, start_sandbox
from tests.integrations.sandbox.conftest import ANNA, BEN, Graph, code, owned


@pytest.mark.slow
def test_a_killed_sandbox_comes_back_with_its_calendars(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path, mailboxes=(ANNA,))
    graph = Graph(sandbox, sandbox.token())
    user_id = sandbox.mailbox_create(ANNA)
    made = graph.create(transactionId="t-1", singleValueExtendedProperties=owned("k")).json()["id"]
    gone = graph.create(transactionId="t-2").json()["id"]
    graph("DELETE", graph.item(gone))
    before = sandbox.events(ANNA)
    sandbox.kill()
    with running_sandbox(tmp_path, mailboxes=(ANNA,)) as again:
        graph = Graph(again, graph.token)
        assert again.events(ANNA) == before
        assert again.mailbox_create(ANNA) == user_id
        assert graph("GET", graph.item(made)).json()["id"] == made
        assert graph.create(transactionId="t-1", singleValueExtendedProperties=owned("k")).json()["id"] == made
        assert code(graph.create(transactionId="t-2")) == (409, "ErrorDuplicateTransactionId")


def test_a_connection_stays_open_over_many_requests(sandbox: Sandbox, graph: Graph) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {graph.token}"
        url = f"{sandbox.url}/v1.0/users/{ANNA}/events"
        for _ in range(3):
            assert session.get(url, timeout=30).status_code == 200
        (pool,) = session.get_adapter(url).poolmanager.pools._container.values()
        assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_a_chunked_body_is_understood(sandbox: Sandbox, graph: Graph) -> None:
    parts = [b'{"start":{"dateTime":"2026-03-08T06:00:00"},', b'"end":{"dateTime":"2026-03-08T18:00:00"}}']
    answer = requests.post(
        f"{sandbox.url}/v1.0/users/{ANNA}/events",
        data=iter(parts),
        headers={"Authorization": f"Bearer {graph.token}", "Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 201
    assert len(sandbox.events(ANNA)) == 1


def test_the_page_shows_every_calendar_and_escapes_what_it_shows(sandbox: Sandbox, graph: Graph) -> None:
    graph.create(subject="<script>alert(1)</script>", showAs="free")
    sandbox.mailbox_change(BEN, state="denied")
    page = requests.get(f"{sandbox.url}/graph", timeout=30)
    soup = BeautifulSoup(page.text, "html.parser")
    (anna, ben) = soup.select("section.mailbox")
    cells = [cell.text for cell in anna.select("tbody td")]
    assert cells == [
        "2026-03-08 06:00", "2026-03-08 18:00", "<script>alert(1)</script>", "free", "Cardiology <first>",
    ]  # fmt: skip
    assert ben["data-upn"] == BEN
    assert "Access denied by policy" in ben.text
    assert [script.get("src") for script in soup.find_all("script")] == ["/assets/sandbox.js"]
    assert all(not script.text for script in soup.find_all("script"))
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    fragment = requests.get(f"{sandbox.url}/graph/fragment", timeout=30).text
    assert f'<div id="live" data-fragment="/graph/fragment" aria-live="off">{fragment}</div>' in page.text


def test_the_first_page_names_the_stand_ins_and_its_files_are_served(sandbox: Sandbox, graph: Graph) -> None:
    graph.create()
    soup = BeautifulSoup(requests.get(sandbox.url, timeout=30).text, "html.parser")
    rows = [[cell.text for cell in row.select("th, td")] for row in soup.select("tbody tr")]
    assert rows == [["Microsoft Graph", "2 calendars, 1 event"]]
    linked = [link["href"] for link in soup.select("link[rel=stylesheet]")]
    linked += [script["src"] for script in soup.select("script")]
    assert {"/assets/sandbox.css", "/assets/sandbox.js"} <= set(linked)
    for path in linked:
        assert requests.get(sandbox.url + path, timeout=30).status_code == 200
    assert requests.get(f"{sandbox.url}/nothing", timeout=30).status_code == 404
    assert requests.get(f"{sandbox.url}/static/css/../../pyproject.toml", timeout=30).status_code == 404


def test_the_admin_api_says_what_is_wrong(sandbox: Sandbox) -> None:
    base = f"{sandbox.url}/_admin"
    assert requests.get(f"{base}/nothing", timeout=30).status_code == 404
    assert requests.post(f"{base}/faults", data="a=b", timeout=30).status_code == 415
    assert requests.post(f"{base}/graph/mailboxes", json={"upn": "no-at"}, timeout=30).status_code == 400
    assert requests.get(f"{base}/graph/calendars/nobody@x.example", timeout=30).status_code == 404
    answer = requests.patch(f"{base}/graph/settings", json={"token_seconds": "long"}, timeout=30)
    assert (answer.status_code, "token_seconds" in answer.json()["error"]) == (400, True)
    crossed = requests.post(f"{base}/reset", headers={"Sec-Fetch-Site": "cross-site"}, timeout=30)
    assert crossed.status_code == 403


def test_reset_returns_to_the_configuration(sandbox: Sandbox, graph: Graph) -> None:
    graph.create()
    sandbox.mailbox_create("extra@alderbay.example")
    sandbox.settings(token_seconds=5)
    sandbox.clock(100)
    sandbox.fault(status=503)
    sandbox.reset()
    assert sandbox.calendars() == {ANNA: [], BEN: []}
    assert sandbox.settings()["token_seconds"] == 3600
    assert sandbox.faults() == []
    assert sandbox.admin("GET", "clock")["offset_seconds"] == 0
    assert sandbox.requests() == []
    assert graph("GET", f"/users/{ANNA}/events").status_code == 401


@pytest.mark.slow
def test_reachable_from_elsewhere_it_wants_a_key(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "integrations.sandbox", "--host", "192.0.2.1", "--port", "0",
        "--data", str(tmp_path),
    ]  # fmt: skip
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert "SANDBOX_ADMIN_KEY" in result.stderr


@pytest.mark.slow
def test_a_busy_port_is_said_and_not_a_traceback(sandbox: Sandbox, tmp_path: Path) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "integrations.sandbox", "--port", port, "--data", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert result.returncode == 1
    assert "cannot listen" in result.stderr
    assert "Traceback" not in result.stderr
