"""File connections run by the engine onto a real OpenSSH server: what a publication puts there, and what nothing new does not."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import Attempt, Connection, MappingRow, Run
from integrations.registry import connector
from integrations.services.connections import connection_create
from integrations.services.requests import relay, run_request
from integrations.services.run import connection_run
from tenancy.secrets import secret_put
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer
from tests.scheduling.test_publish import DAY, World

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


class Wire(World):
    """A small department, a server, and one live file connection between them."""

    def __init__(self, tenant: Tenant, server: OpenSshServer, kind: str, **settings: Any) -> None:
        super().__init__(tenant)
        self.server = server
        self.now = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
        with tenant.transaction():
            row = connection_create(kind=kind, name=kind, actor=ROBOT, now=NOW)
            row.settings = {
                "host": "127.0.0.1",
                "port": server.port,
                "username": server.username,
                "directory": str(server.files),
                "host_key": server.host_key,
                **settings,
            }
            row.state = "live"
            row.save()
            secret_put(owner=row.public_id, name="private_key", value=server.private_key, now=NOW)
            self.connection_id = row.id

    def map(self, assignment: Any, **values: Any) -> None:
        with self.tenant.transaction():
            row = Connection.objects.get(id=self.connection_id)
            MappingRow.objects.create(connection=row, assignment=assignment, values=values)

    def run(self, *triggers: str) -> str:
        """Relay what publications left and run what waits, minutes later."""
        self.now += timedelta(minutes=5)
        with self.tenant.transaction():
            relay(now=self.now)
            if triggers:
                run_request(connection_id=self.connection_id, triggers=list(triggers), now=self.now)
        return connection_run(organization_id=self.tenant.id, connection_id=self.connection_id, clock=lambda: self.now)

    def facts(self) -> dict[str, Any]:
        """What the connection remembers."""
        with self.tenant.transaction():
            return dict(Connection.objects.get(id=self.connection_id).facts)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.server.files.iterdir())

    def last_run(self) -> Run:
        with self.tenant.transaction():
            return Run.objects.filter(connection_id=self.connection_id).order_by("-id")[0]


@pytest.fixture
def wire(tenant: Tenant, tmp_path: Path, settings: Any) -> Iterator[Callable[..., Wire]]:
    server = OpenSshServer(tmp_path / "server").start()
    settings.ROTACAST_EGRESS_GRANTS = f"127.0.0.1/32={server.port}"
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    yield lambda kind, **values: Wire(tenant, server, kind, **values)
    server.stop()


def test_a_publication_puts_a_file_there_and_nothing_new_puts_none(wire: Callable[..., Wire]) -> None:
    epic = wire("epic_on_call_finder")
    epic.map(epic.day, team_id="00501", role="1st Call")
    shift = epic.place(DAY, person=epic.people[1], note="Ask for\nAna")
    epic.place(DAY + timedelta(days=1))  # open: listed, not sent
    epic.publish()
    assert epic.run() == "done"
    (name,) = epic.files()
    assert name == "oncall_20260302_100500_000001.csv"
    table = list(csv.DictReader(io.StringIO((epic.server.files / name).read_text(), newline="")))
    assert [(row["TeamID"], row["ProviderID"], row["StartTime"], row["Notes"]) for row in table] == [
        ("00501", "001", "0800", "Ask for Ana")
    ]
    run = epic.last_run()
    assert (run.rows, run.skipped, run.added) == (1, 1, 1)
    assert epic.run("recurrence") == "nothing"
    assert epic.files() == [name]
    epic.change(shift, note="")
    epic.publish()
    assert epic.run() == "done"
    assert len(epic.files()) == 2 and epic.files()[1].endswith("_000002.csv")
    assert b"Ask for" not in (epic.server.files / epic.files()[1]).read_bytes()


def test_what_must_be_sent_although_nothing_changed_is_taken_from_the_ledger(wire: Callable[..., Wire]) -> None:
    epic = wire("epic_on_call_finder", when_unchanged="send")
    epic.map(epic.day, team_id="00501", role="1st Call")
    shift = epic.place(DAY, person=epic.people[1], note="Ask for\nAna")
    epic.place(DAY + timedelta(days=1), person=epic.people[2])
    epic.publish()
    assert epic.run() == "done"
    with CaptureQueriesContext(connection) as asked:
        assert epic.run("recurrence") == "done"
    assert "scheduling_publishedshift" not in " ".join(one["sql"] for one in asked.captured_queries)
    first, second = ((epic.server.files / name).read_bytes() for name in epic.files())
    assert first == second and first.count(b"\r\n") == 3
    run = epic.last_run()
    assert (run.rows, run.unchanged, run.added, run.changed, run.removed) == (2, 2, 0, 0, 0)
    epic.change(shift, note="")
    epic.publish()
    assert epic.run() == "done"
    assert b"Ask for" not in (epic.server.files / epic.files()[2]).read_bytes()


def test_a_changed_host_key_stops_the_connection_and_sends_nothing(wire: Callable[..., Wire]) -> None:
    epic = wire("epic_on_call_finder", host_key="ssh-ed25519 SHA256:" + "B" * 43)
    epic.map(epic.day, team_id="1")
    epic.place(DAY, person=epic.people[0])
    epic.publish()
    assert epic.run() == "stopped"
    assert epic.files() == []
    assert epic.last_run().code == "host_key_mismatch"


def test_the_warehouse_is_extracted_and_sent_whether_it_changed_or_not(wire: Callable[..., Wire]) -> None:
    marked = next(one for one in connector("data_warehouse").settings if one.name == "done_marker")
    assert marked.default is True
    warehouse = wire("data_warehouse", done_marker=marked.default)
    for day in range(5):
        warehouse.place(DAY + timedelta(days=day), person=warehouse.people[day % 4])
    warehouse.publish()
    assert warehouse.run("recurrence") == "done"
    assert warehouse.run("recurrence") == "done"
    names = warehouse.files()
    assert [name.rpartition("_full")[2] for name in names] == [".zip", ".zip.done"] * 2
    with zipfile.ZipFile(warehouse.server.files / names[0]) as archive:
        assert archive.read("schedules.csv").count(b"\r\n") == 6
    run = warehouse.last_run()
    with zipfile.ZipFile(warehouse.server.files / names[2]) as archive:
        told = json.loads(archive.read("manifest.json"))["files"]
    assert (run.rows, run.bytes) == (
        sum(one["rows"] for one in told),
        (warehouse.server.files / names[2]).stat().st_size,
    )
    with warehouse.tenant.transaction():
        attempts = Attempt.objects.filter(connection_id=warehouse.connection_id).values_list("result", flat=True)
        assert list(attempts) == ["confirmed", "confirmed"]


def test_the_backup_sends_workbook_and_csv_whether_they_changed_or_not(wire: Callable[..., Wire]) -> None:
    backup = wire("schedule_backup", file_kind="both", workbook_name="backup.xlsx")
    for day in range(6):
        backup.place(DAY + timedelta(days=day), person=backup.people[day % 4])
    backup.publish()
    assert backup.run("recurrence") == "done"
    workbook = backup.server.files / "backup.xlsx"
    first = workbook.read_bytes()
    assert backup.run("recurrence") == "done"
    assert backup.files() == [
        "backup.xlsx",
        "schedule_backup_20260302_100500_000001.csv",
        "schedule_backup_20260302_101000_000002.csv",
    ], "one workbook takes the other's place; the CSV has a number"
    assert workbook.read_bytes() != first, "it says when it was made"
    run = backup.last_run()
    table = backup.server.files / backup.files()[2]
    assert table.read_bytes().count(b"\r\n") == 1 + 4, "four local dates"
    assert (run.rows, run.bytes) == (4, workbook.stat().st_size + table.stat().st_size)
    assert (run.added, run.changed, run.removed, run.unchanged) == (0, 0, 0, 5), "the fifth day is read for other zones"
    with backup.tenant.transaction():
        kept = Attempt.objects.filter(run_id=run.id).values_list("label", "result")
        assert sorted(kept) == [("backup.xlsx", "confirmed"), (table.name, "confirmed")]


def test_changes_begin_where_the_last_confirmed_zip_ended(wire: Callable[..., Wire]) -> None:
    """Two zips that do not arrive move nothing: the third holds what both would have held, and the fourth holds none of it."""
    warehouse = wire("data_warehouse", mode="incremental", full_day="never", done_marker=False)
    first = warehouse.place(DAY, person=warehouse.people[0])
    warehouse.publish()
    assert warehouse.run("recurrence") == "done"
    away = warehouse.server.files.rename(warehouse.server.files.with_name("away"))
    for note in ("one", "two"):
        first = warehouse.change(first, note=note)
        warehouse.publish()
        before = warehouse.facts()
        assert warehouse.run("recurrence") == "stopped"
        assert warehouse.facts() == before and before["confirmed"]["live"]["publication"] == 1
        with warehouse.tenant.transaction():
            Connection.objects.update(hold="", hold_text="")
    away.rename(warehouse.server.files)
    assert warehouse.run("recurrence") == "done"
    assert warehouse.facts()["confirmed"]["live"]["publication"] == 3
    assert warehouse.facts()["rename"]["method"] == "posix-rename"
    warehouse.place(DAY + timedelta(days=1))
    warehouse.publish()
    assert warehouse.run("recurrence") == "done"
    with warehouse.tenant.transaction():
        run_request(connection_id=warehouse.connection_id, triggers=["manual"], now=warehouse.now, full=True)
    assert warehouse.run() == "done"
    told = []
    for name in warehouse.files():
        with zipfile.ZipFile(warehouse.server.files / name) as archive:
            rows = csv.DictReader(io.StringIO(archive.read("schedules.csv").decode(), newline=""))
            told.append((name.rpartition("_")[2], sorted((row["op"], row["note"]) for row in rows)))
    assert told == [
        ("full.zip", [("I", "")]),
        ("incremental.zip", [("U", "two")]),
        ("incremental.zip", [("I", "")]),
        ("full.zip", [("I", ""), ("I", "two")]),  # somebody asked for everything
    ]
