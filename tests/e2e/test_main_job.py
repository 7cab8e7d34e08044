"""The product's main job, as a new user does it in the demo over HTTP: import the roster, correct a cell, publish, delivered."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fakes.openssh import free_port
from tests.fakes.plain_browser import PlainBrowser

pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).resolve().parents[2]
WITHIN_S = 15


class Demo:
    """A running demo: what it says of itself, its SFTP folder and the sandbox's calendars."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, Any] = json.loads((folder / "demo.json").read_text())
        self.rosters = Path(self.told["rosters"])
        self.sandbox = requests.Session()
        self.sandbox.trust_env = False

    def browser(self, role: str, organisation: str = "alderbay") -> PlainBrowser:
        user = next(one for one in self.told["users"] if (one["role"], one["organisation"]) == (role, organisation))
        browser = PlainBrowser(self.told["web"]).sign_in(user["email"], user["password"])
        assert "signin" not in browser.url, browser.text
        return browser

    def rows(self) -> list[dict[str, str]]:
        """The rows of the newest file on the SFTP server."""
        files = sorted(
            Path(self.told["sftp"]["folder"]).glob("oncall_*.csv"), key=lambda path: path.name.rsplit("_", 1)[-1]
        )
        with files[-1].open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def events(self, upn: str, since: str) -> list[dict[str, Any]]:
        """The events of a calendar that start on a day or later."""
        answer = self.sandbox.get(f"{self.told['sandbox']}/_admin/graph/calendars/{upn}", timeout=10)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return [event for event in found if event["start"] >= f"{since}T05"]  # that midnight, in UTC

    def delivered(self) -> int:
        """How many events stand in all calendars."""
        calendars = self.sandbox.get(f"{self.told['sandbox']}/_admin/graph/calendars", timeout=30).json()
        return sum(len(events) for events in calendars.values())

    def calls(self) -> list[tuple[str, str]]:
        """Method and path of every calendar request, batch steps included."""
        answer = self.sandbox.get(f"{self.told['sandbox']}/_admin/requests", timeout=10).json()
        listed = answer["requests"] if isinstance(answer, dict) else answer
        return [(one["method"], one["path"]) for one in listed if "/users/" in one["path"]]


def within(seconds: float, condition: Callable[[], bool]) -> float:
    """Poll until it holds; how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s"
        time.sleep(0.2)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("DATABASE_URL", "REDIS_URL"))}
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "MAIL_URL", "SECRET_KEY", "DATA_KEYS", "INSTALLATION_ID"):
        clean.pop(name, None)
    environment = {**clean, "DATA": str(folder), "PORT": str(free_port())}
    with (folder.parent / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.commands.demo"], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
        )
    try:
        within(180, lambda: (folder / "demo.json").exists() or process.poll() is not None)
        assert process.poll() is None, (folder.parent / "demo.log").read_text()
        yield Demo(folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def starts(row: dict[str, str]) -> date:
    """The first day of a row of the file."""
    return datetime.strptime(row["StartDate"], "%m/%d/%Y").date()  # noqa: DTZ007 - a date, in no zone


def settled(demo: Demo) -> int:
    """How many events there are once no more arrive."""
    within(120, lambda: demo.delivered() > 0)
    seen = -1
    while seen != (now := demo.delivered()):
        seen = now
        time.sleep(3)
    return seen


def shown_cell(browser: PlainBrowser, schedule: str, assignment: str, day: str) -> PlainBrowser:
    """Open the grid with a cell chosen, by assignment."""
    browser.open(f"{schedule}?rows=assignment&start={day}")
    heading = next(tag for tag in browser.page.select("th[scope=row]") if assignment in tag.get_text())
    row = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(heading.parent))
    assert row is not None
    return browser.open(f"{schedule}?rows=assignment&start={day}&row={row.group()}&date={day}")


def publish(browser: PlainBrowser, schedule: str) -> None:
    browser.open(f"{schedule}publish")
    browser.submit(browser.form(holding="digest"))
    assert "Published" in browser.text, browser.text[:500]


def test_import_correct_publish_delivered(demo: Demo) -> None:
    scheduler = demo.browser("scheduler")
    scheduler.open("/schedules/")
    schedule = next(
        a["href"] for a in scheduler.page.select("a") if "Emergency" in a.get_text() and "/schedules/" in a["href"]
    )
    schedule = re.match(r"/schedules/[0-9a-f-]+/", schedule).group()  # type: ignore[union-attr]
    file = demo.rosters / "emergency-grid-upcoming.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        grid = list(csv.reader(lines))
    first_day = grid[0][2]

    at_first = settled(demo)  # what the demo itself published arrives first

    # Import.
    scheduler.open(f"{schedule}import/")
    scheduler.submit(scheduler.form(holding="file"), files={"file": file})
    assert "405" in scheduler.text, scheduler.text[:800]
    scheduler.submit(scheduler.form(holding="digest"), act="apply")
    assert scheduler.status == 200 and "405" in scheduler.text, scheduler.text[:800]

    # Correct a cell: on the first day, the first person of ED Late becomes somebody who is free.
    shown_cell(scheduler, schedule, "ED Late", first_day)
    place = scheduler.form(action="/place")
    into = next(control["value"] for control in place.select("[name=into]") if ":" in control["value"])
    candidate = next(row for row in place.select("tr[data-place]") if "free" in row.get_text() and row.find("button"))
    who, name = candidate.find("button")["value"], candidate.find("button").get_text(strip=True)
    scheduler.submit(place, into=into, who=who)
    assert scheduler.status == 200, scheduler.text[:500]

    # Publish: file and calendars within 15 seconds.
    publish(scheduler, schedule)
    month = date.fromisoformat(first_day).strftime("%m/%d/%Y")

    def file_has_it() -> bool:
        late = [row for row in demo.rows() if row["TeamName"] == "ED Late" and row["StartDate"] == month]
        return any(row["ProviderName"] == name for row in late)

    took = within(WITHIN_S, file_has_it)
    begins = date.fromisoformat(first_day)
    emergency = [row for row in demo.rows() if row["TeamName"].startswith("ED ") and starts(row) >= begins]
    assert len(emergency) == 405
    assert {len(row["ProviderID"]) for row in emergency} == {7}, "ids keep their leading zeros"
    upn = "ngozi.abara@alderbay.example"  # first in the file; on her first Late she may have been replaced
    planned = sum(1 for cell in grid[1][2:] if cell)
    within(WITHIN_S - took, lambda: len(demo.events(upn, first_day)) in (planned, planned - 1))

    within(WITHIN_S, lambda: demo.delivered() == at_first + 405)

    # One note: exactly one event is patched, and the next file carries the note.
    before = len(demo.calls())
    shown_cell(scheduler, schedule, "ED Day", first_day)
    change = scheduler.form(action="/change")
    scheduler.submit(change, note="Bring the trauma pager")
    publish(scheduler, schedule)
    within(WITHIN_S, lambda: [row["Notes"] for row in demo.rows()].count("Bring the trauma pager") == 1)
    within(WITHIN_S, lambda: len(demo.calls()) > before)
    time.sleep(1)
    assert [method for method, _ in demo.calls()[before:]] == ["PATCH"]

    # Remove a person's UPN: the events to come go.
    person = demo.browser("administrator")
    person.open("/people/?q=Abara")
    person.open(next(a["href"] for a in person.page.select("a") if "Abara, Ngozi" in a.get_text()))
    person.submit(person.form(holding="upn"), upn="")
    within(WITHIN_S, lambda: demo.events(upn, first_day) == [])

    # A person without an Epic id is left out, listed with the reason, and one e-mail says so.
    mails = Path(demo.told["mail"])
    already = len(list(mails.glob("*.eml")))
    person.open("/people/?q=Alvarez")
    person.open(next(a["href"] for a in person.page.select("a") if "Alvarez, Teresa" in a.get_text()))
    person.submit(person.form(holding="custom1"), custom1="")
    within(WITHIN_S, lambda: not any(row["ProviderName"] == "Alvarez, Teresa" for row in demo.rows()))
    within(WITHIN_S, lambda: len(list(mails.glob("*.eml"))) == already + 1)
    letter = max(mails.glob("*.eml"), key=lambda path: path.stat().st_mtime).read_text()
    assert "Alvarez, Teresa" in letter
    person.open("/integrations/")
    person.open(next(a["href"] for a in person.page.select("a") if a.get_text(strip=True) == "Epic On Call Finder"))
    person.open(f"{person.url.rstrip('/')}/problems/")
    assert "Alvarez, Teresa" in person.text
    time.sleep(3)
    assert len(list(mails.glob("*.eml"))) == already + 1, "one e-mail, not one for each record or run"

    # A program asks who is on, with the credentials that the demo tells.
    api = demo.told["api"]
    token = requests.post(
        api["token_url"],
        data={"grant_type": "client_credentials"},
        auth=(api["client_id"], api["client_secret"]),
        timeout=30,
    ).json()["access_token"]
    asked = {"assignment": "N", "department": "ED", "at": f"{first_day}T23:00:00-05:00"}
    answer = requests.get(
        f"{demo.told['web']}/api/v1/on-call", params=asked, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    on = [
        f"{one['person']['last_name']}, {one['person']['first_name']}"
        for one in answer.json()["assignments"][0]["on_call"]
    ]
    assert sorted(on) == sorted(row[1] for row in grid[1:] if row[2] == "N")

    # Another hospital sees none of it.
    other = demo.browser("administrator", "cedarridge")
    assert other.open(schedule).status == 404
    assert other.open(person.url).status == 404
    assert "Abara" not in other.open("/people/?q=Abara").text.replace("q=Abara", "").split("Search")[0]
