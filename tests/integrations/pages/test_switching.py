"""The four states on the pages: what each means, numbers that bind, the test destination, what is watched, silence."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Artifact, Connection, LedgerRow, Run
from integrations.services.connections import connection_state_set
from integrations.services.silence import silence_look
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tenancy.secrets import secret_reveal, secrets_set
from tests.integrations.pages.conftest import SECRET, World, form_of, said, soup, url


def states(world: World, connection: Connection) -> str:
    return world.fresh(connection).state


def switched(world: World, connection: Connection, state: str) -> None:
    with world.tenant.transaction():
        connection_state_set(connection_id=connection.public_id, state=state, **world.by)


def buttons(page) -> dict[str, str]:
    """What each state's form would post, by the words on its button."""
    return {
        form.select_one("button").get_text(strip=True): form.select_one("[name=state]")["value"]
        for form in soup(page).select("form:has([name=state])")
    }


def test_the_page_offers_every_other_state_and_says_what_is_missing(world: World, admin: Client) -> None:
    switched(world, world.notebook, "off")
    world.place(world.people[0])
    world.place(world.people[2])
    world.publish()
    page = admin.get(url("switch", world.notebook))
    assert buttons(page) == {
        "Run as a shadow": "shadow",
        "Go live: send 1 added, 0 changed, 0 removed": "live",
    }
    assert "Folder of the test destination is not set." in said(page)
    assert "1 left out, with reasons" in said(page)
    assert buttons(world.tenant.client(Role.IT).get(url("switch", world.notebook))) == buttons(page)


def test_shadow_runs_are_marked_and_their_file_can_be_downloaded(world: World, admin: Client) -> None:
    world.place(world.people[0])
    world.publish()
    admin.post(url("run-now", world.files))
    switched(world, world.files, "off")
    answer = admin.post(url("switch", world.files), {"state": "shadow"}, follow=True)
    assert "It runs as a shadow" in said(answer)
    assert world.run(world.files) == "done"
    runs = said(admin.get(url("runs", world.files)))
    assert "Dropped by a switch The connection was switched to off before it was done." in runs
    assert "Rehearsed Shadow" in runs and "nothing: would be 1 rows" in runs
    run = next(one for one in world.runs() if one.connection_id == world.files.id and one.state == "done")
    page = admin.get(url("run", world.files, run.public_id))
    assert "Shadow: nothing was sent. No connection was opened." in said(page)
    assert "not sent: shadow" in said(page) and "Shadow: not sent" in said(page)
    assert "Send the same file again" not in said(page)
    with world.tenant.transaction():
        kept = Artifact.objects.get(run_id=run.id)
    body = b"".join(admin.get(url("artifact", world.files, kept.public_id)).streaming_content)
    assert hashlib.sha256(body).hexdigest() == kept.sha256
    refused = admin.post(url("send-again", world.files, kept.public_id), follow=True)
    assert "That file belongs to shadow; the connection is shadow. Nothing was sent." in said(refused)
    board = soup(admin.get(url("board")))
    line = next(one for one in board.select("tr.conn") if "On call files" in one.get_text())
    text = " ".join(line.get_text(" ").split())
    assert "Shadow" in text and "Would be in step with 1" in text and "nothing was sent" in text
    assert [one.get_text(" ", strip=True) for one in board.select("tr.group")][-1] == "Shadow and test 1"
    assert "Shadow. Its runs do everything but send" in said(admin.get(url("connection", world.files)))


def test_going_live_lapses_when_the_numbers_differ_and_shows_the_new_ones(world: World, admin: Client) -> None:
    switched(world, world.notebook, "off")
    world.place(world.people[0])
    world.publish()
    page = url("switch", world.notebook)
    data = form_of(admin.get(page), "confirmed")
    world.place(world.people[1], 1)
    world.publish()
    lapsed = admin.post(page, data)
    assert lapsed.status_code == 409
    assert "What it would send has changed since you looked, so it did not go live." in said(lapsed)
    assert "Go live: send 2 added, 0 changed, 0 removed" in said(lapsed)
    assert states(world, world.notebook) == "off"
    assert admin.post(page, {"state": "live"}).status_code == 409, "without a confirmation it does not go live"
    fresh = form_of(lapsed, "confirmed")
    assert fresh["confirmed"] != data["confirmed"]
    assert "It is live: a full run follows at once." in said(admin.post(page, fresh, follow=True))
    assert world.run() == "done"
    assert len(list(world.folder.glob("*.json"))) == 2
    with world.tenant.transaction():
        assert ChangeEntry.objects.get(action="connection.live").after["adds"] == 2


def test_going_live_with_nothing_or_with_nothing_left_says_so(world: World, admin: Client) -> None:
    switched(world, world.notebook, "off")
    page = url("switch", world.notebook)
    assert "Nothing would be sent: no published shift passes" in said(admin.get(page))
    switched(world, world.notebook, "live")
    world.place(world.people[0])
    world.publish()
    world.run()
    switched(world, world.notebook, "off")
    world.map(world.notebook, {})
    world.map(world.notebook, {"page": "p9"}, world.night)
    found = admin.get(page)
    assert "Nothing is left to send: everything that was delivered would be removed." in said(found)
    admin.post(page, form_of(found, "confirmed"))
    assert world.run() == "done", "these removals were confirmed with the numbers"
    assert list(world.folder.glob("*.json")) == []


def test_an_unknown_state_is_refused(world: World, admin: Client) -> None:
    before = world.state()
    answer = admin.post(url("switch", world.notebook), {"state": "on"}, follow=True)
    assert "A connection is off, shadow, test or live, not 'on'." in said(answer)
    assert world.state() == before


def test_the_test_destination_is_kept_apart_from_the_live_one(world: World, admin: Client) -> None:
    page = url("connection", world.files)
    shown = admin.get(page)
    assert not soup(shown).select_one("details.tests").has_attr("open")
    data = form_of(shown) | {
        "t-host": "acceptance.example",
        "t-port": "2222",
        "t-username": "us",
        "tx-password": SECRET,
    }
    assert admin.post(page, data).status_code == 302
    row = world.fresh(world.files)
    assert row.test_settings == {"host": "acceptance.example", "port": 2222, "username": "us"}
    assert row.settings["host"] == "sftp.example"
    with world.tenant.transaction():
        assert secret_reveal(owner=row.public_id, name="test:password") == SECRET
        assert set(secrets_set(owner=row.public_id)) == {"test:password"}
    shown = admin.get(page)
    assert soup(shown).select_one("details.tests").has_attr("open")
    assert SECRET not in shown.content.decode()
    wrong = admin.post(page, form_of(shown) | {"t-port": "70000"})
    assert wrong.status_code == 422
    assert soup(wrong).select_one("#test_port_error").get_text(strip=True) == "Port must be at most 65535."
    assert "Nothing differed, so nothing was saved." in said(admin.post(page, form_of(shown), follow=True))
    pinned = admin.post(
        url("pin", world.files), {"lane": "test", "name": "host_key", "value": "ssh-ed25519 SHA256:x"}, follow=True
    )
    assert "Of the test destination." in said(pinned)
    row = world.fresh(world.files)
    assert (row.test_settings["host_key"], row.settings.get("host_key") or "") == ("ssh-ed25519 SHA256:x", "")


def test_what_is_watched_is_the_connections_own(world: World, admin: Client) -> None:
    page = url("connection", world.files)
    data = form_of(admin.get(page))
    assert (data["w-when_unchanged"], data["w-safety_percent"], data["w-silence_by"]) == ("skip", "30", "")
    data |= {"w-when_unchanged": "send", "w-safety_percent": "12", "w-silence_by": "0615", "w-keep_days": "30"}
    assert admin.post(page, data).status_code == 302
    row = world.fresh(world.files)
    assert (row.settings["when_unchanged"], row.safety_percent, row.keep_days) == ("send", 12, 30)
    assert f"{row.silence_by:%H:%M}" == "06:15"
    for field, value, said_of_it in (
        ("w-safety_percent", "0", "Safety stop, in percent must be at least 1."),
        ("w-safety_percent", "101", "Safety stop, in percent must be at most 100."),
        ("w-silence_by", "25:00", "must be a time of day such as 06:00, not '25:00'."),
    ):
        before = world.state()
        wrong = admin.post(page, form_of(admin.get(page)) | {field: value})
        assert (wrong.status_code, said_of_it in said(wrong)) == (422, True)
        assert world.state() == before
    records = form_of(admin.get(url("connection", world.notebook)))
    assert not {"w-when_unchanged", "w-keep_days"} & set(records), "records have no such choices"


def test_silence_is_on_the_board_and_among_the_problems(world: World, admin: Client) -> None:
    world.place(world.people[0])
    world.publish()
    world.run()
    page = url("connection", world.notebook)
    admin.post(page, form_of(admin.get(page)) | {"w-silence_by": "06:00"})
    world.run()
    with world.tenant.transaction():
        Run.objects.update(finished_at=datetime(2026, 1, 1, tzinfo=UTC))
        Connection.objects.filter(id=world.notebook.id).update(in_step_at=datetime(2026, 1, 1, tzinfo=UTC))
        silence_look(connection_id=world.notebook.id, now=timezone.now())
    board = soup(admin.get(url("board")))
    line = next(one for one in board.select("tr.conn") if "Notebook" in one.select_one(".conn__name").get_text())
    assert "Silent Nothing was delivered by 06:00 today" in " ".join(line.get_text(" ").split())
    assert board.select_one("tr.group").get_text(" ", strip=True) == "Needs a person 1"
    admin.post(url("pause", world.notebook))
    paused = soup(admin.get(url("board"))).select_one("tr.group")
    assert paused.get_text(" ", strip=True) == "Needs a person 1", "a forgotten pause is silent, too"
    problems = said(admin.get(url("problems", world.notebook)))
    assert "Silence" in problems and "closes by itself with the next delivery" in problems


@pytest.mark.parametrize("state", ["shadow", "live"])
def test_a_pause_says_what_resuming_will_do(world: World, admin: Client, state: str) -> None:
    page = url("connection", world.notebook)
    admin.post(page, form_of(admin.get(page)) | {"recurrence": "minutes", "recurrence_minutes": "10"})
    if state != "live":
        switched(world, world.notebook, state)
    admin.post(url("pause", world.notebook))
    text = said(admin.get(page))
    assert "Resuming begins with one run, at once, for all that was missed; then it goes on every 10 min" in text
    assert "The next five runs, once it is resumed" in text
    assert f"Paused{'' if state == 'live' else ' shadow'}" in text
    admin.post(url("resume", world.notebook))
    assert [run.state for run in world.runs()].count("waiting") == 1


def test_entering_test_from_the_page_needs_its_destination(world: World, admin: Client) -> None:
    page, trial = url("switch", world.notebook), world.folder.parent / "trial"
    trial.mkdir()
    world.place(world.people[0])
    world.publish()
    refused = admin.post(page, {"state": "test"}, follow=True)
    assert "It cannot send to the test destination yet. Folder of the test destination is not set." in said(refused)
    settings = url("connection", world.notebook)
    admin.post(settings, form_of(admin.get(settings)) | {"t-folder": str(trial)})
    assert "Send to the test destination" in buttons(admin.get(page))
    admin.post(page, {"state": "test"})
    assert world.run() == "done"
    assert (len(list(trial.glob("*.json"))), list(world.folder.glob("*.json"))) == (1, [])
    assert "Test destination in step with 1" in said(admin.get(url("connection", world.notebook)))
    with world.tenant.transaction():
        assert set(LedgerRow.objects.values_list("lane", flat=True)) == {"test"}
