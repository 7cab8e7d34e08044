"""Files taken in from a real OpenSSH server: when, once, whole, archived, and told of."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from integrations.models import Artifact, Connection, InboundFile
from integrations.services.silence import silence_look
from scheduling import services
from tenancy.models import ChangeEntry
from tests.conftest import ROBOT, Tenant
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer
from tests.integrations.inbound.conftest import Feed

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


def test_a_file_that_rests_is_taken_in_once_archived_and_told_of(feed: Feed) -> None:
    content = feed.put("people.csv", "001,312 555 0101,Ärmel", "002,,P2", "999,1,Stranger", "003,1,")
    assert feed.run() == "nothing"
    assert (feed.states(), feed.cells()) == ([("people.csv", "seen", "")], {})
    waiting = feed.runs()[-1]
    assert (waiting.state, waiting.due_at - feed.now) == ("waiting", timedelta(seconds=60))
    assert feed.run() == "done"
    assert feed.cells() == {"001": "312 555 0101", "003": "1"}
    (file,) = feed.files()
    assert (file.state, file.rows, file.matched, file.changed, file.unchanged, file.unmatched, file.rejected) == (
        "applied", 4, 3, 2, 1, 1, 0,
    )  # fmt: skip
    name = f"archive/people.20260302T161000Z-{file.sha256[:8]}.csv"
    assert feed.there() == [name] and (feed.server.files / name).read_bytes() == content
    assert file.archived_at == feed.now and f"archive/{file.archived_as}" == name
    assert feed.text(file.artifact_id).encode() == content
    assert feed.text(file.accepted_id).splitlines()[1:] == [
        "2,001,P1,changed,Cell,,312 555 0101", "2,001,P1,changed,Last name,P1,Ärmel", "3,002,P2,as known,,,",
        "5,003,P3,changed,Cell,,1",
    ]  # fmt: skip
    assert feed.text(file.rejected_id).splitlines()[1:] == [
        "4,999,nobody,Nobody here has Unique ID '999'.,Nobody is created by a feed."
    ]
    run = feed.runs()[-1]
    assert (run.state, run.rows, run.changed, run.unchanged, run.skipped, run.rejected, run.bytes) == (
        "done", 4, 2, 1, 1, 0, len(content),
    )  # fmt: skip
    assert feed.connection().in_step_at == feed.now
    with feed.tenant.transaction():
        kept = Artifact.objects.filter(run_id=run.id).order_by("id")
        assert [one.name for one in kept] == ["people.csv", "people.accepted.csv", "people.rejected.csv"]
        log = ChangeEntry.objects.filter(source="import").order_by("id")
        assert [(one.actor, one.reason, one.after) for one in log] == [
            ("HR feed", "people.csv", {"cell": "312 555 0101", "last_name": "Ärmel"}), ("HR feed", "people.csv", {"cell": "1"}),
        ]  # fmt: skip
    assert [feed.run(), feed.run()] == ["nothing", "nothing"]
    assert feed.connection().in_step_at == feed.now - timedelta(minutes=10), "an empty look receives nothing"


def test_a_file_that_still_grows_is_left_alone(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1", at=1_772_000_000)
    feed.run()
    feed.put("people.csv", "001,1,P1", "002,2,P2", at=1_772_000_300)
    assert feed.run() == "nothing"
    feed.put("people.csv", "001,1,P1", "002,2,P3", at=1_772_000_600)
    assert feed.run() == "nothing", "the same size, another time"
    assert feed.run(minutes=0.5) == "nothing", "not long enough"
    assert feed.cells() == {} and len(feed.files()) == 1
    assert feed.run() == "done"
    assert feed.cells() == {"001": "1", "002": "2"}


@pytest.mark.parametrize(
    "moment", [datetime(2026, 3, 8, 6, 59, 30, tzinfo=UTC), datetime(2026, 11, 1, 5, 59, 30, tzinfo=UTC)]
)
def test_resting_is_measured_in_time_that_passes(feed: Feed, moment: datetime) -> None:
    """On both nights a wall clock of New York jumps between the two looks; the server's time of the file lies in the jump."""
    feed.put("people.csv", "001,1,P1", at=int(moment.timestamp()) - 10)
    feed.now = moment
    assert feed.run(minutes=0) == "nothing"
    assert feed.run(minutes=0.9) == "nothing"
    assert feed.run(minutes=0.1) == "done"
    assert feed.cells() == {"001": "1"}


def test_the_same_file_under_its_name_again_changes_nothing_and_says_so(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1")
    feed.taken()
    with feed.tenant.transaction():
        services.person_change(
            person_id=feed.people[0].public_id, fields={"cell": "by hand"}, actor=ROBOT, now=feed.now
        )
    feed.put("people.csv", "001,1,P1", at=1_772_099_999)
    assert feed.taken() == "done"
    assert feed.cells() == {"001": "by hand"} and feed.imported() == 1
    assert feed.states() == [("people.csv", "applied", ""), ("people.csv", "applied", "same_again")]
    assert feed.files()[1].text.startswith("The same file, byte for byte, as on 2026-03-02 16:05 UTC")
    assert len(feed.there()) == 2, "both are in the archive, under names of their own"
    feed.put("people.csv", "001,2,P1")
    assert feed.taken() == "done" and feed.cells() == {"001": "2"}
    feed.put("people.csv", "001,1,P1")
    assert feed.taken() == "done" and feed.cells() == {"001": "1"}, "a feed may go back to what it said before"
    feed.put("other.csv", "001,1,P1")
    assert feed.taken() == "done" and feed.imported() == 3
    assert feed.files()[-1].notes == ["Nothing changes: everything in the file is known already."]


def test_only_files_of_the_pattern_the_oldest_first_and_no_links(tenant: Tenant, server: OpenSshServer) -> None:
    feed = Feed(tenant, server, pattern="hr_*.csv", archive_directory="done/2026")
    (server.files / "done").mkdir()
    feed.put("hr_2.csv", "001,second,P1", at=1_772_000_200)
    feed.put("hr_1.csv", "001,first,P1", at=1_772_000_300)
    feed.put("HR_0.csv", "001,capitals,P1")
    feed.put(".hr_3.csv", "001,hidden,P1")
    feed.put("secret", "001,linked,P1")
    (server.files / "hr_9.csv").symlink_to(server.files / "secret")
    (server.files / "hr_8.csv").mkdir()
    assert feed.taken() == "done"
    assert feed.cells() == {"001": "first"}
    assert [name for name, _, _ in feed.states()] == ["hr_2.csv", "hr_1.csv"]
    assert [name.split(".")[0] for name in feed.there()] == [
        "",
        "HR_0",
        "done/2026/hr_1",
        "done/2026/hr_2",
        "hr_9",
        "secret",
    ]


def test_a_refused_archive_leaves_the_file_and_never_takes_it_twice(feed: Feed) -> None:
    blocked = feed.server.files / "archive"
    blocked.write_text("a file stands where the directory should be")
    feed.put("people.csv", "001,1,P1")
    assert feed.taken() == "done"
    assert "people.csv" in feed.there() and feed.files()[0].trouble.startswith(
        "people.csv could not be moved to the archive."
    )
    assert feed.problems() == [("archive_refused", "Archive", 1)]
    with feed.tenant.transaction():
        services.person_change(
            person_id=feed.people[0].public_id, fields={"cell": "by hand"}, actor=ROBOT, now=feed.now
        )
    assert [feed.run(), feed.run()] == ["nothing", "nothing"]
    assert feed.cells() == {"001": "by hand"} and feed.imported() == 1
    blocked.unlink()
    feed.run()
    file = feed.files()[0]
    assert (file.trouble, feed.there()) == ("", [f"archive/{file.archived_as}"])


def test_what_is_put_there_while_the_old_one_is_moved_is_not_swept_away(feed: Feed) -> None:
    (feed.server.files / "archive").write_text("in the way")
    feed.put("people.csv", "001,1,P1")
    feed.taken()
    (feed.server.files / "archive").unlink()
    feed.put("people.csv", "001,2,P1", at=1_772_000_500)
    assert feed.run() == "nothing" and feed.there() == ["people.csv"]
    assert feed.run() == "done"
    assert feed.cells() == {"001": "2"} and [state for _, state, _ in feed.states()] == ["applied", "applied"]


def test_without_an_archive_files_stay_and_are_known(tenant: Tenant, server: OpenSshServer) -> None:
    feed = Feed(tenant, server, archive_directory="")
    feed.put("people.csv", "001,1,P1")
    assert feed.taken() == "done"
    assert [feed.run() for _ in range(3)] == ["nothing"] * 3
    assert feed.there() == ["people.csv"] and len(feed.files()) == 1


def test_reports_go_back_to_the_server_where_asked(tenant: Tenant, server: OpenSshServer) -> None:
    feed = Feed(tenant, server, report_directory="reports", rejected_percent=100)
    blocked = server.files / "reports"
    blocked.write_text("a file stands where the directory should be")
    feed.put("people.csv", "001,1,P1", "001,2,P1")
    assert feed.taken() == "done"
    assert feed.runs()[-1].text.startswith("The reports of people.csv could not be sent. ")
    assert feed.files()[0].reports_sent_at is None
    blocked.unlink()
    feed.run()
    assert feed.there()[1:] == ["reports/people.accepted.csv", "reports/people.rejected.csv"]
    rejected = (server.files / "reports/people.rejected.csv").read_bytes().decode("utf-8-sig")
    assert rejected == feed.text(feed.files()[0].rejected_id) and rejected.count("duplicate_key") == 2
    sent = feed.files()[0].reports_sent_at
    feed.run()
    assert feed.files()[0].reports_sent_at == sent


def test_rejected_rows_are_problems_by_cause_and_go_when_a_file_has_none(tenant: Tenant, server: OpenSshServer) -> None:
    feed = Feed(tenant, server, rejected_percent=100, identifier_percent=100)
    head = "unique_id,personnel type,npi"
    feed.put("a.csv", "001,Wizard,", "002,Wizard,", "003,,1234567890", "004,Witch,", "999,,", head=head)
    assert feed.taken() == "done"
    assert feed.problems() == [("npi", "NPI", 1), ("personnel_type", "Witch", 1), ("personnel_type", "Wizard", 2)]
    assert feed.runs()[-1].rejected == 4 and feed.files()[0].rejected == 4
    assert feed.run() == "nothing" and len(feed.problems()) == 3, "a look without a file mends nothing"
    feed.put("b.csv", "001,,1234567893", head=head)
    assert feed.taken() == "done" and feed.problems() == []


def test_a_file_that_cannot_be_read_stops_alone_and_a_later_one_goes_on(feed: Feed) -> None:
    (feed.server.files / "bad.csv").write_bytes(b"Unique ID,Last name\n001,Zo\xc3\xab\n002,M\xfcller\n")
    assert feed.taken() == "stopped"
    assert feed.states() == [("bad.csv", "stopped", "encoding")]
    assert "Byte 35 (0xFC), in line 3, is not UTF-8" in feed.incident()
    assert feed.connection().hold == "" and feed.connection().in_step_at is None
    assert feed.run() == "nothing" and "Byte 35" in feed.incident(), "it is not forgotten by a look without a file"
    feed.put("good.csv", "001,1,P1")
    assert feed.taken() == "done"
    assert feed.incident() == "" and feed.cells() == {"001": "1"}
    assert feed.states() == [("bad.csv", "failed", "encoding"), ("good.csv", "applied", "")]
    feed.run()
    assert all(name.startswith("archive/") for name in feed.there()) and len(feed.there()) == 2


def test_a_file_beyond_the_limit_is_not_even_fetched(feed: Feed, monkeypatch: Any) -> None:
    from exports.formats.demographic_import.connector import DemographicImport

    monkeypatch.setattr(DemographicImport, "largest_bytes", 30)
    feed.put("people.csv", "001,312 555 0101,P1")
    assert feed.taken() == "stopped"
    file = feed.files()[0]
    assert (file.state, file.code, file.artifact_id, feed.cells()) == ("stopped", "too_large", None, {})


def test_a_changed_host_key_stops_the_connection_and_fetches_nothing(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1")
    feed.run()
    feed.server.stop()
    feed.server.swap_host_key()
    feed.server.start()
    assert feed.run() == "stopped"
    row = feed.connection()
    assert (row.hold, feed.runs()[-1].code, feed.cells(), feed.there()) == (
        "config",
        "host_key_mismatch",
        {},
        ["people.csv"],
    )


def test_a_server_that_is_down_is_tried_again(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1")
    feed.server.stop()
    assert feed.run() == "failed"
    feed.server.start()
    assert feed.run() == "nothing" and feed.run() == "done" and feed.cells() == {"001": "1"}


def test_no_file_by_the_hour_is_told_until_one_is_taken_in(feed: Feed) -> None:
    with feed.tenant.transaction():
        Connection.objects.filter(id=feed.id).update(silence_by=time(10))
    feed.run()
    with feed.tenant.transaction():
        silence_look(connection_id=feed.id, now=feed.now)
    assert feed.problems() == [("silence", "HR feed", 1)], "a look that finds nothing is no file"
    feed.put("people.csv", "001,1,P1")
    assert feed.taken() == "done" and feed.problems() == []


def test_a_file_that_went_away_before_it_was_taken_is_forgotten(feed: Feed) -> None:
    feed.put("people.csv", "001,1,P1")
    feed.run()
    (feed.server.files / "people.csv").unlink()
    assert feed.run() == "nothing" and feed.states() == []


def test_somebody_edited_meanwhile_is_compared_again(feed: Feed, monkeypatch: Any) -> None:
    """An edit between reading and applying: the plan is made again from what the person has become."""
    from integrations.services import stages

    edits = iter(["5"])

    def reached(stage: str) -> None:
        if stage == "planned" and (cell := next(edits, None)):
            with feed.tenant.transaction():
                services.person_change(
                    person_id=feed.people[0].public_id, fields={"cell": cell}, actor=ROBOT, now=feed.now
                )

    monkeypatch.setattr(stages, "reached", reached)
    feed.put("people.csv", "001,1,P1")
    assert feed.taken() == "done"
    assert feed.text(feed.files()[0].accepted_id).splitlines()[1:] == ["2,001,P1,changed,Cell,5,1"]
    assert feed.cells() == {"001": "1"}


def test_in_shadow_a_file_is_read_and_reported_and_nothing_is_applied(feed: Feed) -> None:
    with feed.tenant.transaction():
        Connection.objects.filter(id=feed.id).update(state="shadow")
    feed.put("people.csv", "001,1,P1")
    feed.run()
    assert feed.run() == "done"
    (file,) = feed.files()
    assert (file.state, file.changed, file.lane, feed.cells(), feed.there()) == (
        "shown",
        1,
        "shadow",
        {},
        ["people.csv"],
    )
    with feed.tenant.transaction():
        Connection.objects.filter(id=feed.id).update(state="live")
    assert feed.taken() == "done" and feed.cells() == {"001": "1"}
    with feed.tenant.transaction():
        assert list(InboundFile.objects.order_by("id").values_list("lane", "state")) == [
            ("shadow", "shown"),
            ("live", "applied"),
        ]
