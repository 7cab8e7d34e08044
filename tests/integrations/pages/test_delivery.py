"""Board, preview, runs, problems, safety stop, publish fragment and receipt, over the real engine."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid

import pytest
from django.test import Client

from integrations.models import Artifact, LedgerRow
from integrations.services.artifacts import artifact_keep
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.integrations.pages.conftest import World, form_of, said, soup, url


@pytest.fixture
def delivered(world: World) -> World:
    """Three shifts published and delivered; one person has no identifier."""
    for days, person in enumerate(world.people):
        world.place(person, days)
    world.publish()
    assert world.run() == "done"
    return world


def entries(world: World, action: str) -> list[ChangeEntry]:
    with world.tenant.transaction():
        return list(ChangeEntry.objects.filter(action=action).order_by("id"))


def test_the_board_groups_by_what_needs_a_person(delivered: World, admin: Client) -> None:
    page = admin.get(url("board"))
    groups = [one.get_text(" ", strip=True) for one in soup(page).select("tr.group")]
    assert groups == ["Catching up 1", "In step 1"]
    rows = {
        one.select_one(".conn__name").get_text(): one.get_text(" ", strip=True) for one in soup(page).select("tr.conn")
    }
    assert "In step with 1" in rows["Notebook"]
    assert "Nothing delivered yet" in rows["On call files"]
    chart = soup(page).select_one("svg.spark")
    assert chart["aria-label"] == "One run: 1 delivered or in step"
    assert [
        one.select_one(".conn__name").get_text()
        for one in soup(admin.get(url("board"), {"q": "note"})).select("tr.conn")
    ] == ["Notebook"]
    assert not soup(admin.get(url("board"), {"show": "off"})).select("tr.conn")
    sheet = list(csv.reader(io.StringIO(admin.get(url("board-csv")).content.decode("utf-8-sig"))))
    assert [line[:3] for line in sheet[1:]] == [
        ["Notebook", "Notebook", "Live"],
        ["On call files", "Epic On Call Finder", "Live"],
    ]


def test_the_board_asks_the_database_the_same_number_of_times_for_many(delivered: World, admin: Client) -> None:
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(database) as few:
        admin.get(url("board"))
    for number in range(5):
        admin.post(url("connect", None, "notebook"), {"name": f"N{number}"})
    with CaptureQueriesContext(database) as many:
        admin.get(url("board"))
    assert len(many) == len(few)


def test_preview_says_field_by_field_what_a_run_would_do(delivered: World, admin: Client) -> None:
    delivered.map(delivered.notebook, {"page": "p2"})
    runs, before = len(delivered.runs()), delivered.folder.joinpath("requests.log").read_text()
    text = said(admin.get(url("preview", delivered.notebook)))
    assert "~ 2 changed" in text
    assert "Page p1 → becomes p2" in text
    assert "1 record of 1 person : no person id" in text.replace("person: ", "person : ")
    assert f"/people/{delivered.people[2].public_id}" in admin.get(url("preview", delivered.notebook)).content.decode()
    assert len(delivered.runs()) == runs
    assert delivered.folder.joinpath("requests.log").read_text() == before


def test_the_exact_file_is_shown_and_its_download_is_logged(delivered: World, admin: Client) -> None:
    page = soup(admin.get(url("preview", delivered.files)))
    assert page.select(".file span")[0].get_text().startswith("TeamID,TeamName,ProviderID")
    assert len(page.select(".file span")) == 3
    answer = admin.get(url("preview-file", delivered.files))
    assert answer.content.count(b"0501") == 2
    assert "attachment" in answer["Content-Disposition"]
    logged = entries(delivered, "connection.download")
    assert [one.after["sha256"] for one in logged] == [hashlib.sha256(answer.content).hexdigest()]
    assert admin.get(url("preview-file", delivered.notebook)).status_code == 404
    assert len(entries(delivered, "connection.download")) == 1


def test_a_run_shows_each_request_and_its_answer(delivered: World, admin: Client) -> None:
    page = admin.get(url("runs", delivered.notebook))
    row = soup(page).select_one("tbody tr")
    assert [one.get_text(" ", strip=True) for one in row.select("td")][:4] == [
        "Delivered",
        "change of data, publication",
        "1",
        "2 added",
    ]
    run = delivered.runs()[0]
    detail = soup(admin.get(url("run", delivered.notebook, run.public_id)))
    tries = detail.select(".tries > li")
    assert len(tries) == 2
    assert "added · confirmed · status 200" in " ".join(tries[0].get_text(" ").split())
    assert json.loads(tries[0].select_one("pre").get_text())["name"] == "Ames, A"
    assert admin.get(url("run", delivered.files, run.public_id)).status_code == 404
    assert not soup(admin.get(url("runs", delivered.notebook), {"state": "failed"})).select("tbody th")


def test_problems_name_the_fix_and_lead_to_it(delivered: World, admin: Client) -> None:
    page = admin.get(url("problems", delivered.notebook))
    person = delivered.people[2].public_id
    assert soup(page).select_one(f"a[href$='/people/{person}']").get_text() == "Edit Cole, A"
    assert soup(page).select_one(".panel__head h2").get_text() == "No person id"
    it = delivered.tenant.client(Role.IT).get(url("problems", delivered.notebook))
    assert "Cole, A" in said(it)
    assert not soup(it).select(f"a[href$='/people/{person}']")


def test_what_was_refused_needs_a_person_and_is_tried_again(delivered: World, admin: Client) -> None:
    delivered.folder.joinpath("refuse").write_text(json.dumps(["007"]))
    delivered.place(delivered.people[0], 5)
    delivered.publish()
    delivered.run()
    assert soup(admin.get(url("board"))).select_one("tr.group").get_text(" ", strip=True) == "Needs a person 1"
    assert "1 refused" in said(admin.get(url("connection", delivered.notebook)))
    assert "007 is unknown." in said(admin.get(url("problems", delivered.notebook)))
    delivered.folder.joinpath("refuse").unlink()
    answer = admin.post(url("retry", delivered.notebook), follow=True)
    assert "What was refused is tried again" in said(answer)
    delivered.run()
    assert "In step with 2" in said(admin.get(url("connection", delivered.notebook)))


def test_what_was_never_answered_can_be_tried_again_at_once(delivered: World, admin: Client) -> None:
    delivered.folder.joinpath("break").write_text("1")
    delivered.place(delivered.people[0], 5)
    delivered.publish()
    assert delivered.run() == "failed"
    assert "Retry what failed (1)" in said(admin.get(url("runs", delivered.notebook)))
    admin.post(url("retry", delivered.notebook))
    assert delivered.run() == "done"
    assert "Retry what failed" not in said(admin.get(url("runs", delivered.notebook)))


def test_pause_holds_and_resume_catches_up(delivered: World, admin: Client) -> None:
    admin.post(url("pause", delivered.notebook))
    assert delivered.fresh(delivered.notebook).hold == "paused"
    assert "Only a connection that sends can be paused." in said(
        admin.post(url("pause", delivered.notebook), follow=True)
    )
    answer = admin.post(url("run-now", delivered.notebook), follow=True)
    assert "does not send now" in said(answer)
    delivered.place(delivered.people[1], 6)
    delivered.publish()
    delivered.run()
    assert "Paused" in said(admin.get(url("board")))
    admin.post(url("resume", delivered.notebook))
    assert delivered.run() == "done"
    assert len(list(delivered.folder.glob("*.json"))) == 3
    assert "there is nothing to resume" in said(admin.post(url("resume", delivered.notebook), follow=True))


def test_switching_off_and_on_asks_first_and_says_what_is_missing(delivered: World, admin: Client) -> None:
    assert admin.post(url("switch", delivered.notebook), {"state": "off"}).status_code == 302
    assert delivered.fresh(delivered.notebook).state == "off"
    page = admin.get(url("switch", delivered.notebook))
    assert "Go live: send 0 added, 0 changed, 0 removed" in said(page)
    admin.post(url("connect", None, "notebook"), {"name": "Bare"})
    with delivered.tenant.transaction():
        from integrations.models import Connection

        bare = Connection.objects.get(name="Bare")
    assert "Folder is not set." in said(admin.get(url("switch", bare)))
    refused = admin.post(url("switch", bare), {"state": "live"}, follow=True)
    assert "It cannot go live yet. Folder is not set." in said(refused)
    assert delivered.fresh(bare).state == "off"
    admin.post(url("switch", delivered.notebook), form_of(page, "confirmed"))
    assert delivered.fresh(delivered.notebook).state == "live"


def test_a_safety_stop_is_confirmed_for_exactly_its_removals(world: World, admin: Client) -> None:
    for days in range(12):
        world.place(world.people[0], days)
    world.publish()
    world.run()
    world.map(world.notebook, {})
    assert world.run() == "stopped"
    page = admin.get(url("safety", world.notebook))
    assert "− 12 removed, 100.0 %" in said(page)
    assert "Review and decide" in said(admin.get(url("board")))
    bare = admin.post(url("resume", world.notebook), follow=True)
    assert "Look at the removals and confirm them first." in said(bare)
    assert world.fresh(world.notebook).hold == "safety"
    admin.post(url("resume", world.notebook), {"removals": "0" * 64})
    assert world.run() == "stopped"
    assert len(list(world.folder.glob("*.json"))) == 12
    admin.post(url("resume", world.notebook), form_of(admin.get(url("safety", world.notebook)), "removals"))
    assert world.run() == "done"
    assert list(world.folder.glob("*.json")) == []


def keep_file(world: World) -> Artifact:
    from django.utils import timezone

    from integrations.contract import FileWritten
    from integrations.services.artifacts import spool

    path = spool() / "kept.csv"
    path.write_bytes(b"a,b\r\n" * 300_000)
    with world.tenant.transaction():
        return artifact_keep(
            connection_id=world.files.id, run_id=1, written=FileWritten(path, "kept.csv", 300_000), now=timezone.now()
        )


def test_a_kept_file_streams_and_is_sent_again(world: World, admin: Client) -> None:
    kept = keep_file(world)
    answer = admin.get(url("artifact", world.files, kept.public_id))
    pieces = list(answer.streaming_content)
    assert len(pieces) > 1
    assert hashlib.sha256(b"".join(pieces)).hexdigest() == kept.sha256
    assert [one.after["file"] for one in entries(world, "connection.download")] == ["kept.csv"]
    assert admin.get(url("artifact", world.notebook, kept.public_id)).status_code == 404
    assert admin.post(url("send-again", world.notebook, kept.public_id)).status_code == 404
    assert world.runs() == []
    admin.post(url("send-again", world.files, kept.public_id))
    assert [(one.state, one.triggers, one.artifact_id) for one in world.runs()] == [("waiting", ["replay"], kept.id)]
    assert admin.post(url("send-again", world.files, uuid.uuid4())).status_code == 404


def test_the_publish_page_counts_what_each_connection_would_send(delivered: World, admin: Client) -> None:
    delivered.place(delivered.people[1], 8)
    with delivered.tenant.transaction():
        from scheduling import services
        from scheduling.models import Shift

        first = Shift.objects.filter(schedule_id=delivered.schedule.id).order_by("date")[0]
        services.shift_change(
            shift_id=first.public_id, version=first.version, fields={"note": "Bring keys"}, **delivered.by
        )
    runs = len(delivered.runs())
    asked = {"schedule": str(delivered.schedule.public_id)}
    page = soup(admin.get(url("publish-fragment"), asked))
    rows = {
        one.select_one("th a").get_text(): one.select_one("td").get_text(" ", strip=True)
        for one in page.select("tbody tr")
    }
    assert rows == {"Notebook": "1 added, 1 changed", "On call files": "2 added"}
    assert len(delivered.runs()) == runs
    delivered.publish()
    delivered.run()
    last = [one for one in delivered.runs() if one.connection_id == delivered.notebook.id][-1]
    assert (last.added, last.changed, last.removed) == (1, 1, 0)
    silent = admin.get(url("publish-fragment"), asked | {"audience": "administrators"})
    assert "Nothing." in said(silent)


def test_the_receipt_follows_a_publication_until_it_has_arrived(world: World, admin: Client) -> None:
    from integrations.models import Connection

    with world.tenant.transaction():
        Connection.objects.filter(id=world.files.id).update(state="off")
    world.place(world.people[0])
    number = world.publish().number
    asked = f"{url('receipt')}?number={number}"
    waiting = admin.get(asked)
    assert soup(waiting).select_one("[data-settled]")["data-settled"] == "0"
    assert "Notebook : waits for its turn" in said(waiting)
    world.run()
    arrived = admin.get(asked)
    assert soup(arrived).select_one("[data-settled]")["data-settled"] == "1"
    assert f"in step with {number}" in said(arrived)
    assert arrived["X-Fragment"] == "1"
    for wrong in ("0", "99", "-1", "x", ""):
        assert admin.get(f"{url('receipt')}?number={wrong}").status_code == 404


def test_the_test_page_shows_each_step(world: World, admin: Client) -> None:
    page = admin.post(url("test", world.notebook))
    assert "Passed Folder" in said(page)
    assert world.fresh(world.notebook).tested_at is not None
    world.folder.rmdir()
    assert "Failed Folder" in said(admin.post(url("test", world.notebook)))


def test_no_page_holds_inline_script_or_style(delivered: World, admin: Client) -> None:
    for name in ("connection", "test", "mapping", "preview", "runs", "problems", "history", "switch", "mapping-import"):
        page = soup(admin.get(url(name, delivered.files)))
        assert not page.select("[style], style, script:not([src])"), name
        assert not [one for one in page.find_all(True) for key in one.attrs if key.startswith("on")], name


def test_the_ledger_is_untouched_by_looking(delivered: World, admin: Client) -> None:
    with delivered.tenant.transaction():
        before = list(LedgerRow.objects.order_by("id").values())
    for name in ("preview", "safety", "switch"):
        admin.get(url(name, delivered.notebook))
    with delivered.tenant.transaction():
        assert list(LedgerRow.objects.order_by("id").values()) == before


def test_after_publishing_the_page_follows_the_publication(world: World, admin: Client) -> None:
    from django.urls import reverse

    world.place(world.people[0])
    page = reverse("schedule-publish", args=[world.schedule.public_id])
    answer = admin.post(page, form_of(admin.get(page), "digest"), follow=True)
    assert soup(answer).select_one("[data-receipt]")["data-receipt"] == f"{url('receipt')}?number=1"
    again = admin.get(reverse("schedule", args=[world.schedule.public_id]))
    assert not soup(again).select("[data-receipt]")
