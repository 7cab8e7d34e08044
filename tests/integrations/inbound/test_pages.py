"""The pages of a connection that receives: who may, what is shown, deciding without script, and another organisation."""

from __future__ import annotations

import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.urls import reverse

from integrations.models import Artifact, Connection
from scheduling import services
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import ROBOT, Tenant
from tests.fakes.openssh import SSHD, WHY_NOT
from tests.integrations.inbound.conftest import Feed

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


def url(name: str, feed: Feed, *more: object) -> str:
    return reverse(f"integrations:{name}", args=[feed.public_id, *more])


def said(response: HttpResponse) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def bring(browser: Any, feed: Feed, content: bytes, name: str = "try.csv") -> HttpResponse:
    file = io.BytesIO(content)
    file.name = name
    return browser.post(url("inbound-bring", feed), {"file": file}, follow=True)


def test_a_stopped_file_is_shown_field_by_field_and_confirmed_without_script(feed: Feed) -> None:
    feed.put(
        "people.csv", *(f"{n:03d},{n}5550,X{n},{'bad' if n < 4 else ''}" for n in range(1, 11)), head="unique_id,cell,last_name,npi"
    )  # fmt: skip
    assert feed.taken() == "stopped"
    file = feed.files()[0]
    browser = feed.tenant.client()
    for page in ("preview", "safety"):
        shown = said(browser.get(url(page, feed)))
        assert (
            "If people.csv were applied now" in shown
            and "3 of 10 rows (30.0 %) are rejected; the limit is 10 %." in shown
        )
    answer = browser.get(url("inbound-file", feed, file.public_id))
    shown = said(answer)
    assert "What it would change" in shown and "Last name P4 → becomes X4" in shown and "Apply 7 changes" in shown
    assert "3 rows : npi Compare it with the registry and correct the feed." in shown
    assert "row 2, 001 : An NPI has exactly 10 digits. It reads 'bad'." in shown
    assert "Review the file" in said(browser.get(url("runs", feed)))
    soup = BeautifulSoup(answer.content, "html.parser")
    form = next(one for one in soup.select("form") if one.select("[name=digest]"))
    done = browser.post(form["action"], {"digest": form.select_one("[name=digest]")["value"]}, follow=True)
    assert "people.csv was applied." in said(done) and "7 changes" in said(done)
    assert len(feed.cells()) == 7 and feed.connection().hold == ""
    run = feed.runs()[-2]
    receipt = said(browser.get(url("run", feed, run.public_id)))
    assert (
        "people.csv" in receipt
        and "Accepted rows" in receipt
        and "Rejected rows" in receipt
        and "Send the same" not in receipt
    )
    again = browser.post(form["action"], {"digest": form.select_one("[name=digest]")["value"]}, follow=True)
    assert "no longer waits for a decision" in said(again) and feed.imported() == 7


def test_a_confirmation_of_something_else_changes_nothing(feed: Feed) -> None:
    browser = feed.tenant.client()
    answer = bring(browser, feed, b"Unique ID,Cell\n001,1\n")
    assert "nothing was applied yet" in said(answer) and feed.cells() == {}
    file = feed.files()[0]
    refused = browser.post(url("inbound-confirm", feed, file.public_id), {"digest": "0" * 64}, follow=True)
    assert "no longer what you were shown" in said(refused) and feed.cells() == {}
    assert "was refused" in said(browser.post(url("inbound-refuse", feed, file.public_id), follow=True))
    assert feed.states() == [("try.csv", "failed", "by_hand")]


def test_reports_are_downloaded_and_the_download_is_written_down(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1", "999,1,x")
    feed.taken()
    file, browser = feed.files()[0], feed.tenant.client(Role.IT)
    with feed.tenant.transaction():
        names = dict(Artifact.objects.values_list("id", "public_id"))
    got = browser.get(url("artifact", feed, names[file.rejected_id]))
    assert b"".join(got.streaming_content).decode("utf-8-sig").splitlines()[1].startswith("3,999,nobody,")
    with feed.tenant.transaction():
        entry = ChangeEntry.objects.get(action="connection.download")
        assert entry.after is not None and entry.after["file"] == "people.rejected.csv"


def test_looking_at_the_server_shows_and_takes_nothing(feed: Feed) -> None:
    browser = feed.tenant.client()
    assert "Nothing is kept yet." in said(browser.get(url("preview", feed)))
    assert "No file lies there that matches." in said(browser.post(url("inbound-peek", feed)))
    feed.put("old.csv", "001,old,P1", at=1_772_000_000)
    feed.put("new.csv", "001,new,P1", at=1_772_000_900)
    shown = said(browser.post(url("inbound-peek", feed)))
    assert (
        "If new.csv were taken in now" in shown and "Cell empty → becomes new" in shown and "newest of 2 files" in shown
    )
    assert (feed.states(), feed.there(), feed.cells()) == ([], ["new.csv", "old.csv"], {})
    feed.server.stop()
    assert "Looking for files" in said(browser.post(url("inbound-peek", feed)))


def test_the_list_the_board_and_the_switch_speak_of_files(feed: Feed) -> None:
    browser = feed.tenant.client()
    assert "No file yet" in said(browser.get(url("inbound", feed)))
    assert "No file yet" in said(browser.get(reverse("integrations:board")))
    feed.put("people.csv", "001,1,P1")
    feed.taken()
    shown = said(browser.get(url("inbound", feed)))
    assert "people.csv" in shown and "Applied" in shown
    assert "Last file" in said(browser.get(reverse("integrations:board")))
    assert "Taken in" in said(browser.get(url("runs", feed))) and "Send everything now" not in said(
        browser.get(url("runs", feed))
    )
    with feed.tenant.transaction():
        Connection.objects.filter(id=feed.id).update(state="off")
    state = said(browser.get(url("switch", feed)))
    assert "Takes files in by itself" in state and "It begins with a look." in state and "Takes nothing in" in state
    assert browser.get(reverse("exports:key", args=[feed.public_id])).status_code == 200
    catalog = said(browser.get(reverse("integrations:catalog-entry", args=["demographic_import"])))
    assert "looked for every 15 minutes" in catalog and "30 days ahead" not in catalog
    for page in ("connection", "test", "problems", "history"):
        assert browser.get(url(page, feed)).status_code == 200, page


def test_the_test_walks_to_the_files_and_writes_nothing(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1")
    shown = said(feed.tenant.client().post(url("test", feed)))
    assert "1 match *.csv: people.csv" in shown and "archive is not there yet" in shown
    assert feed.there() == ["people.csv"] and feed.connection().tested_at is not None


LOOKERS, OTHERS = (Role.ADMINISTRATOR, Role.IT), (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER)
PAGES, ACTS = ("inbound", "inbound-file"), ("inbound-peek", "inbound-bring", "inbound-confirm", "inbound-refuse")


def address(name: str, feed: Feed, file: Any) -> str:
    return url(name, feed, *([file.public_id] if name in ("inbound-file", "inbound-confirm", "inbound-refuse") else []))


def test_who_may_look_and_who_may_decide(feed: Feed, new_tenant: Any) -> None:
    bring(feed.tenant.client(), feed, b"Unique ID,Cell\n001,1\n")
    file = feed.files()[0]
    for role in LOOKERS:
        found = {name: feed.tenant.client(role).get(address(name, feed, file)).status_code for name in PAGES}
        assert found == dict.fromkeys(PAGES, 200), role
    for role in OTHERS:
        browser = feed.tenant.client(role)
        assert {browser.get(address(name, feed, file)).status_code for name in PAGES} == {403}, role
        assert {browser.post(address(name, feed, file)).status_code for name in ACTS} == {403}, role
    stranger: Tenant = new_tenant()
    browser = stranger.client()
    assert {browser.get(address(name, feed, file)).status_code for name in PAGES} == {404}
    assert {browser.post(address(name, feed, file), {"digest": "x"}).status_code for name in ACTS} == {404}
    assert feed.states() == [("try.csv", "stopped", "by_hand")] and feed.cells() == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"\x00\x01\x02\x80", "NUL character"),
        (b"PK\x03\x04zip", "no header"),
    ],
)
def test_any_bytes_by_hand_are_answered_in_words(feed: Feed, content: bytes, words: str) -> None:
    shown = said(bring(feed.tenant.client(), feed, content, name="../../etc/passwd"))
    assert words in shown
    assert [name for name, _, _ in feed.states()] == ["passwd"] and feed.cells() == {}


def test_without_a_file_there_is_nothing_to_try(feed: Feed) -> None:
    assert "Choose a file first." in said(feed.tenant.client().post(url("inbound-bring", feed), follow=True))
    with feed.tenant.transaction():
        services.person_change(person_id=feed.people[0].public_id, fields={"cell": "1"}, actor=ROBOT, now=feed.now)
    assert feed.states() == []
