"""A file that would change too much waits for a person, who confirms exactly that file and those changes, or refuses it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.urls import reverse

from integrations.inbound_selectors import inbound_files
from integrations.models import Connection, InboundFile, Run
from integrations.services.inbound_decide import (
    inbound_file_bring,
    inbound_file_confirm,
    inbound_file_look,
    inbound_file_refuse,
)
from integrations.services.requests import run_request
from integrations.services.retention import files_forget
from integrations.services.run import connection_run
from scheduling import services
from scheduling.models import Person
from tenancy.models import ChangeEntry
from tenancy.types import Actor, RefusedError
from tests.conftest import ROBOT, Tenant
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer
from tests.integrations.inbound.conftest import Feed

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]

ADA = Actor(label="Ada Admin", source="editor")
HEAD = "Unique ID,Custom 1,Cell"


def stopped(feed: Feed) -> InboundFile:
    """A file that would give 3 of 10 people another identifier."""
    feed.put("people.csv", *(f"{n:03d},{'C' if n < 4 else ''},{n}" for n in range(1, 11)), head=HEAD)
    assert feed.taken() == "stopped"
    return feed.files()[-1]


def digest_of(feed: Feed, file: InboundFile) -> str:
    look = inbound_file_look(
        organization_id=feed.tenant.id, connection_id=feed.public_id, file_id=file.public_id, now=feed.now
    )
    assert look.planned is not None
    return look.planned.digest


def confirm(feed: Feed, file: InboundFile, digest: str) -> InboundFile:
    with feed.tenant.transaction():
        return inbound_file_confirm(
            connection_id=feed.public_id, file_id=file.public_id, digest=digest, actor=ADA, now=feed.now
        )


def test_a_safety_stop_applies_nothing_and_holds_the_connection(feed: Feed) -> None:
    file = stopped(feed)
    row = feed.connection()
    words = "3 of 10 matched people (30.0 %) would change an identifier; the limit is 20 %."
    assert (file.state, file.code, file.text, file.changed) == ("stopped", "safety", words, 10)
    assert (row.hold, words in row.hold_text, words in feed.incident(), row.in_step_at) == ("safety", True, True, None)
    assert (feed.cells(), feed.imported(), feed.there()) == ({}, 0, ["people.csv"])
    assert feed.text(file.accepted_id).count("changed") == 13, "the reports say what it would do"
    feed.put("later.csv", "001,1,P1")
    assert feed.run() == "stopped" and feed.cells() == {}, "later files wait for the decision"


def test_confirming_applies_exactly_what_was_shown_and_goes_on(feed: Feed) -> None:
    file = stopped(feed)
    assert digest_of(feed, file) == file.digest
    applied = confirm(feed, file, file.digest)
    assert (applied.state, applied.decided_by, applied.changed) == ("applied", "Ada Admin", 10)
    assert feed.cells() == {f"{n:03d}": str(n) for n in range(1, 11)}
    row = feed.connection()
    assert (row.hold, feed.incident(), row.in_step_at) == ("", "", feed.now)
    with feed.tenant.transaction():
        log = ChangeEntry.objects.filter(action="person.change").values_list("source", "reason", "actor").distinct()
        assert list(log) == [("import", "people.csv", "Ada Admin")]
        run = Run.objects.get(id=applied.run_id)
        assert (run.state, run.rows, run.changed, run.actor) == ("done", 10, 10, "Ada Admin")
    with pytest.raises(RefusedError, match="no longer waits"):
        confirm(feed, file, file.digest)
    assert feed.run() == "nothing"
    assert feed.there() == [f"archive/{feed.files()[0].archived_as}"] and feed.imported() == 10


def test_a_word_for_other_changes_is_no_word_for_these(feed: Feed) -> None:
    file = stopped(feed)
    with feed.tenant.transaction():
        services.person_change(person_id=feed.people[8].public_id, fields={"cell": "9"}, actor=ROBOT, now=feed.now)
    for digest in (file.digest, "", "0" * 64):
        with pytest.raises(RefusedError, match="no longer what you were shown"):
            confirm(feed, file, digest)
    assert feed.cells() == {"009": "9"} and feed.connection().hold == "safety"
    assert confirm(feed, file, digest_of(feed, file)).changed == 9


def test_refusing_applies_nothing_ever_and_goes_on(feed: Feed) -> None:
    file = stopped(feed)
    with feed.tenant.transaction():
        inbound_file_refuse(connection_id=feed.public_id, file_id=file.public_id, actor=ADA, now=feed.now)
    assert (feed.connection().hold, feed.incident()) == ("", "")
    assert feed.run() == "nothing" and feed.there() == [f"archive/{feed.files()[0].archived_as}"]
    with pytest.raises(RefusedError, match="no longer waits"):
        confirm(feed, file, file.digest)
    feed.put("people.csv", *(f"{n:03d},{'C' if n < 4 else ''},{n}" for n in range(1, 11)), head=HEAD, at=1_772_111_111)
    assert feed.taken() == "done" and feed.cells() == {}, "the same file under the same name is still refused"
    assert [state for _, state, _ in feed.states()] == ["failed", "failed"]


def test_an_identifier_that_another_connection_sends_by_waits_for_a_word(tenant: Tenant, server: OpenSshServer) -> None:
    from integrations.services.connections import connection_create

    feed = Feed(tenant, server, identifier_percent=100)
    feed.put("a.csv", "001,OLD,", head=HEAD)
    assert feed.taken() == "done"
    with tenant.transaction():
        epic = connection_create(kind="epic_on_call_finder", name="Epic", actor=ROBOT, now=feed.now)
        epic.settings, epic.state = {**epic.settings, "person_field": "custom1"}, "shadow"
        epic.save()
    feed.put("b.csv", "001,NEW,", "002,FIRST,", head=HEAD)
    assert feed.taken() == "stopped"
    assert feed.files()[-1].text == "1 person changes Custom 1, by which Epic sends."
    assert confirm(feed, feed.files()[-1], feed.files()[-1].digest).changed == 2


def test_a_file_brought_by_hand_is_tried_and_then_applied_also_when_the_connection_is_off(feed: Feed) -> None:
    with feed.tenant.transaction():
        Connection.objects.filter(id=feed.id).update(state="off")
        file = inbound_file_bring(
            connection_id=feed.public_id, name="C:\\feeds\\try.csv", content=b"Unique ID,Cell\n001,1\n999,2\n", actor=ADA, now=feed.now
        )  # fmt: skip
    assert (file.name, file.state, file.code, feed.cells()) == ("try.csv", "stopped", "by_hand", {})
    digest = digest_of(feed, file)
    applied = confirm(feed, file, digest)
    assert (applied.state, applied.changed, applied.unmatched, feed.cells()) == ("applied", 1, 1, {"001": "1"})
    assert feed.connection().in_step_at is None, "the feed itself brought nothing"
    with feed.tenant.transaction():
        assert not Run.objects.filter(state="waiting").exists()


def test_a_hand_brought_file_that_cannot_be_read_says_so_and_can_only_be_refused(feed: Feed) -> None:
    with feed.tenant.transaction():
        file = inbound_file_bring(
            connection_id=feed.public_id, name="x.csv", content=b"a,b\n1,2\n", actor=ADA, now=feed.now
        )
    look = inbound_file_look(
        organization_id=feed.tenant.id, connection_id=feed.public_id, file_id=file.public_id, now=feed.now
    )
    assert look.planned is None and look.problem.startswith("The first row is no header with the key, Unique ID.")
    with pytest.raises(RefusedError, match="no header"):
        confirm(feed, file, "")


def test_a_file_that_waits_is_kept_and_one_that_is_done_with_is_forgotten(feed: Feed) -> None:
    feed.put("done.csv", "001,1,P1")
    assert feed.taken() == "done"
    waits = stopped(feed)
    later = feed.now + timedelta(days=91)
    assert files_forget(organization_id=feed.tenant.id, connection_id=feed.id, clock=lambda: later) == 5
    look = inbound_file_look(
        organization_id=feed.tenant.id, connection_id=feed.public_id, file_id=waits.public_id, now=later
    )
    assert look.planned is not None and len(look.planned.plan.changes) == 10
    with feed.tenant.transaction():
        shown = {one.name: one for one in inbound_files(connection_id=feed.id)[0]}
    assert (shown["people.csv"].content is None, shown["done.csv"].content) == (False, None)
    page = feed.tenant.client().get(
        reverse("integrations:inbound-file", args=[feed.public_id, shown["done.csv"].public_id])
    )
    assert page.status_code == 200 and b"The file</a>" not in page.content


KILLED = ["looked", "noted", "fetched", "claimed", "planned", "applying", "applied", "archiving", "archived"]


@pytest.mark.slow
@pytest.mark.parametrize("stage", KILLED)
def test_killed_anywhere_a_file_is_applied_once_and_archived(feed: Feed, stage: str) -> None:
    feed.put("people.csv", "001,1,P1", "002,2,P2")
    feed.run()
    feed.later(minutes=5)
    with feed.tenant.transaction():
        run_request(connection_id=feed.id, triggers=["manual"], now=feed.now)
    arguments = [feed.tenant.id, feed.id, feed.now.isoformat(), stage, 1, "exports.formats"]
    from django.conf import settings as django_settings

    command = (
        "import runpy, sys; from pathlib import Path; import django; django.setup(); from django.conf import settings; "
        f"settings.ROTACAST_EGRESS_GRANTS = {django_settings.ROTACAST_EGRESS_GRANTS!r}; "
        f"settings.ROTACAST_DATA_DIR = Path({str(django_settings.ROTACAST_DATA_DIR)!r}); "
        "from tests.fakes.killed import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, *map(str, arguments)], check=False, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert connection_run(organization_id=feed.tenant.id, connection_id=feed.id, clock=lambda: feed.now) == "busy"
    edited = feed.cells()
    assert edited in ({}, {"001": "1", "002": "2"}), "all of it or nothing"
    if edited:
        with feed.tenant.transaction():
            services.person_change(
                person_id=feed.people[0].public_id, fields={"cell": "mine"}, actor=ROBOT, now=feed.now
            )
    feed.run()
    feed.run()
    assert feed.cells() == ({"001": "mine", "002": "2"} if edited else {"001": "1", "002": "2"})
    assert feed.imported() == 2, "each change once"
    (file,) = feed.files()
    assert file.state == "applied" and file.archived_at is not None
    assert feed.there() == [f"archive/{file.archived_as}"]


def test_no_transaction_is_open_while_the_network_is_used(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection as database

    from exports.pickup.sftp import SftpInbox

    open_during: dict[str, bool] = {}
    for name in ("files", "fetch", "move", "put"):
        real = getattr(SftpInbox, name)

        def watched(self: SftpInbox, *args: object, _name: str = name, _real: object = real, **more: object) -> object:
            open_during[_name] = database.in_atomic_block
            return _real(self, *args, **more)  # type: ignore[operator]

        monkeypatch.setattr(SftpInbox, name, watched)
    with feed.tenant.transaction():
        row = Connection.objects.get(id=feed.id)
        row.settings["report_directory"] = "reports"
        row.save()
    feed.put("people.csv", "001,1,P1")
    assert feed.taken() == "done"
    assert open_during == {"files": False, "fetch": False, "move": False, "put": False}


def test_a_lease_that_was_lost_applies_nothing(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.services import stages

    def reached(stage: str) -> None:
        if stage == "planned":
            feed.later(minutes=10)

    feed.put("people.csv", "001,1,P1")
    feed.run()
    monkeypatch.setattr(stages, "reached", reached)
    assert feed.run() == "lease_lost" and feed.cells() == {}
    monkeypatch.undo()
    assert feed.run() == "done" and feed.cells() == {"001": "1"}


@pytest.mark.slow
def test_twenty_thousand_people_in_one_transaction(tenant: Tenant, server: OpenSshServer) -> None:
    from tenancy.bulk import rows_insert

    feed = Feed(tenant, server, people=1)
    with tenant.transaction():
        rows_insert([Person(last_name=f"N{n}", unique_id=f"x{n}", search_key=f"n{n}") for n in range(20_000)])
    feed.put("people.csv", *(f"x{n},{n},É{n}" for n in range(20_000)))
    assert feed.taken() == "done"
    file = feed.files()[0]
    assert (file.changed, file.rejected, feed.imported()) == (20_000, 0, 20_000)
    assert len(feed.cells()) == 20_000
    run = feed.runs()[-1]
    assert run.started_at is not None and run.changed == 20_000
    assert file.finished_at is not None and file.finished_at - file.seen_at == timedelta(minutes=5)
