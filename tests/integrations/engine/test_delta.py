"""Files of differences: what each one holds, whatever became of those before it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations import registry
from integrations.models import Artifact, Attempt, Connection, LedgerRow, MappingRow, Problem, Run
from integrations.services.connections import (
    connection_create,
    connection_resume,
    connection_retry_rejected,
    connection_run_now,
    connection_send_again,
)
from integrations.services.preview import connection_preview
from integrations.services.requests import relay, run_request
from integrations.services.run import connection_run
from scheduling import selectors, services
from tests.conftest import NOW, ROBOT, Tenant
from tests.scheduling.test_publish import World

DAY = date(2026, 3, 2)
LATE = date(2026, 3, 20)


class Daybook(World):
    """A World with a connection that sends differences into a folder, and what a reader makes of all the files."""

    def __init__(self, tenant: Tenant, folder: Path) -> None:
        super().__init__(tenant)
        self.folder = folder
        self.now = NOW
        self.account = tenant.account()
        with tenant.transaction():
            row = connection_create(kind="daybook", name="Daybook", actor=ROBOT, now=NOW)
            row.settings, row.state = {"folder": str(folder)}, "live"
            row.save()
            MappingRow.objects.create(connection=row, assignment=self.day, values={"page": "p0"})
            MappingRow.objects.create(connection=row, assignment=self.night, values={"page": "p1"})
            run_request(connection_id=row.id, triggers=["manual"], now=self.now, full=True)
        self.connection_id, self.public_id = row.id, row.public_id

    def deliver(self, *triggers: str) -> str:
        """Relay what publications left and run once, minutes later."""
        self.now += timedelta(minutes=5)
        with self.tenant.transaction():
            relay(now=self.now)
            if triggers:
                run_request(connection_id=self.connection_id, triggers=list(triggers), now=self.now)
        return connection_run(organization_id=self.tenant.id, connection_id=self.connection_id, clock=lambda: self.now)

    def set(self, **settings: Any) -> None:
        with self.tenant.transaction():
            row = Connection.objects.get(id=self.connection_id)
            row.settings, row.revision = {**row.settings, **settings}, row.revision + 1
            row.save()

    def breaks(self, how: str) -> None:
        (self.folder / "break").unlink(missing_ok=True)
        if how:
            (self.folder / "break").write_text(how)

    @property
    def files(self) -> list[list[dict[str, Any]]]:
        return [
            [json.loads(line) for line in path.read_text().splitlines()] for path in sorted(self.folder.glob("*.jsonl"))
        ]

    @property
    def kinds(self) -> list[list[str]]:
        """The operations of each file, by name."""
        return [[one["kind"] for one in file] for file in self.files]

    def assert_in_step(self) -> None:
        """All files read in order give exactly what is published and mapped."""
        there: dict[str, Any] = {}
        for one in (one for file in self.files for one in file):
            if one["kind"] == "remove":
                there.pop(one["key"], None)
            else:
                there[one["key"]] = one["payload"]
        with self.tenant.transaction():
            wanted = sorted(
                (row.person.unique_id, row.starts_at.isoformat(), row.note)
                for row in selectors.published_rows()
                if row.person is not None and row.person.unique_id
            )
            states = set(LedgerRow.objects.filter(connection_id=self.connection_id).values_list("state", flat=True))
        assert sorted((one["person"], one["start"], one["note"]) for one in there.values()) == wanted
        assert states <= {"confirmed", "removed"}

    def connection(self) -> Connection:
        with self.tenant.transaction():
            return Connection.objects.get(id=self.connection_id)

    def last_run(self) -> Run:
        with self.tenant.transaction():
            return Run.objects.filter(connection_id=self.connection_id).exclude(state="waiting").order_by("-id")[0]

    def problems(self) -> list[tuple[Any, ...]]:
        with self.tenant.transaction():
            open_ones = Problem.objects.filter(closed_at=None).order_by("subject_type", "subject")
            return list(open_ones.values_list("cause", "subject_type", "subject", "count", "text", "examples"))


@pytest.fixture
def daybook(tenant: Tenant, tmp_path: Path, settings: Any) -> Iterator[Daybook]:
    settings.ROTACAST_CONNECTOR_ROOTS = ["tests.fakes.connectors"]
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    registry.connectors.cache_clear()
    folder = tmp_path / "daybook"
    folder.mkdir()
    yield Daybook(tenant, folder)
    registry.connectors.cache_clear()


def test_the_first_file_is_whole_and_later_ones_hold_what_changed(daybook: Daybook) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(6)]
    daybook.publish()
    assert daybook.deliver() == "done"
    assert daybook.kinds == [["create"] * 6]
    run = daybook.last_run()
    assert (run.added, run.changed, run.removed, run.rows, run.full) == (6, 0, 0, 6, True)
    daybook.change(shifts[1], note="Bring the pager")
    daybook.change(shifts[2], person_id=daybook.people[1].public_id)
    with daybook.tenant.transaction():
        services.shift_remove(shift_id=shifts[3].public_id, version=1, actor=ROBOT, now=NOW)
    daybook.place(DAY + timedelta(days=9), person=daybook.people[2])
    daybook.publish()
    assert daybook.deliver() == "done"
    assert sorted(daybook.kinds[1]) == ["create", "remove", "update", "update"]
    removed = next(one for one in daybook.files[1] if one["kind"] == "remove")
    assert removed["payload"] == daybook.files[0][3]["payload"], "a removal is what was sent, not what is now"
    run = daybook.last_run()
    assert (run.added, run.changed, run.removed, run.rows, run.state) == (1, 2, 1, 4, "done")
    row = daybook.connection()
    assert (row.in_step_number, row.sequence) == (2, 2)
    daybook.assert_in_step()
    with daybook.tenant.transaction():
        assert list(Attempt.objects.order_by("id").values_list("kind", "result")) == [("file", "confirmed")] * 2
        handles = LedgerRow.objects.exclude(state="removed").values_list("handle", flat=True)
        assert list(handles) == ["file"] * 6


def test_an_empty_delta_is_no_file_or_a_file_with_its_header_only(daybook: Daybook) -> None:
    daybook.place(DAY, person=daybook.people[0])
    daybook.publish()
    daybook.deliver()
    assert daybook.deliver("recurrence") == "nothing"
    assert daybook.deliver("manual") == "nothing"
    assert daybook.kinds == [["create"]]
    daybook.set(when_unchanged="send")
    assert daybook.deliver("recurrence") == "done"
    assert daybook.deliver("recurrence") == "done"
    assert daybook.kinds == [["create"], [], []]
    assert sorted(path.name for path in daybook.folder.glob("*.jsonl"))[-1] == "daybook_000003.jsonl"
    daybook.assert_in_step()


@pytest.mark.parametrize("how", ["before", "after"])
def test_what_a_failed_file_held_is_in_the_next_one_too(daybook: Daybook, how: str) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(4)]
    daybook.publish()
    daybook.breaks(how)
    assert daybook.deliver() == "failed"
    with daybook.tenant.transaction():
        assert set(LedgerRow.objects.values_list("state", flat=True)) == {"intended"}
        services.shift_remove(shift_id=shifts[0].public_id, version=1, actor=ROBOT, now=NOW)
    daybook.change(shifts[1], note="second wording")
    daybook.publish()
    daybook.breaks("")
    assert daybook.deliver() == "done"
    last = daybook.files[-1]
    assert [(one["kind"], one["uncertain"]) for one in last] == [("remove", True), *[("create", True)] * 3]
    names = sorted(path.name for path in daybook.folder.glob("*.jsonl"))
    assert names == [f"daybook_{n:06}.jsonl" for n in ([2] if how == "before" else [1, 2])], "numbers are never reused"
    daybook.assert_in_step()
    assert daybook.deliver("recurrence") == "nothing"


def test_everything_now_repeats_what_stands_and_retry_does_not(daybook: Daybook) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(3)]
    daybook.publish()
    daybook.deliver()
    with daybook.tenant.transaction():
        services.shift_remove(shift_id=shifts[0].public_id, version=1, actor=ROBOT, now=NOW)
        connection_retry_rejected(connection_id=daybook.public_id, actor=ROBOT, now=daybook.now)
    assert daybook.deliver() == "nothing"
    daybook.publish()
    with daybook.tenant.transaction():
        connection_run_now(connection_id=daybook.public_id, actor=ROBOT, now=daybook.now, full=True)
    assert daybook.deliver() == "done"
    assert daybook.kinds[1] == ["remove", "update", "update"]
    daybook.assert_in_step()


def test_an_old_file_sent_again_is_followed_by_what_came_after_it(daybook: Daybook) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(3)]
    daybook.publish()
    daybook.deliver()
    daybook.change(shifts[0], note="newer")
    with daybook.tenant.transaction():
        services.shift_remove(shift_id=shifts[1].public_id, version=1, actor=ROBOT, now=NOW)
    daybook.publish()
    daybook.deliver()
    with daybook.tenant.transaction():
        first = Artifact.objects.order_by("id")[0]
        connection_send_again(
            connection_id=daybook.public_id, artifact_id=first.public_id, actor=ROBOT, now=daybook.now
        )
    (daybook.folder / first.name).rename(daybook.folder / "daybook_000000.jsonl")  # so that the copy is seen to arrive
    assert daybook.deliver() == "done"
    assert (daybook.folder / first.name).exists()
    (daybook.folder / first.name).rename(daybook.folder / "daybook_000002b.jsonl")
    assert daybook.deliver() == "done"
    assert daybook.kinds[-1] == ["update", "remove"]
    assert daybook.deliver("recurrence") == "nothing"
    daybook.assert_in_step()


def test_closed_differences_are_listed_and_do_not_block(daybook: Daybook) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(4)]
    late = daybook.place(LATE, person=daybook.people[1])
    daybook.publish()
    daybook.deliver()
    daybook.now += timedelta(days=10)
    daybook.set(locked_before="2026-03-05")  # the first three days
    daybook.change(shifts[0], note="too late")
    with daybook.tenant.transaction():
        services.shift_remove(shift_id=shifts[1].public_id, version=1, actor=ROBOT, now=NOW)
    daybook.change(late, note="in time")
    daybook.place(DAY, daybook.night, person=daybook.people[2])
    daybook.publish()
    preview = connection_preview(
        organization_id=daybook.tenant.id, connection_id=daybook.connection_id, now=daybook.now
    )
    assert [one.kind for one in preview.plan.operations] == ["update"]
    assert sorted(one.cause for one in preview.skipped) == ["closed_period"] * 3
    assert preview.file is not None and preview.file.rows == 1
    assert daybook.deliver() == "done"
    assert daybook.kinds[1] == ["update"]
    run, row = daybook.last_run(), daybook.connection()
    assert (run.changed, run.skipped, run.rejected, row.in_step_number) == (1, 3, 0, 2)
    locked = "Days before 2026-03-05 are locked."
    added, changed = daybook.people[2], daybook.people[0]
    day, night = daybook.day.name, daybook.night.name
    name = f"{changed.last_name}, {changed.first_name}"
    other = f"{added.last_name}, {added.first_name}"
    assert daybook.problems() == [
        ("closed_period", "person", name, 1, locked,
         [f"{day}, 2026-03-02, {name} would have been changed: note – → too late"]),
        ("closed_period", "person", other, 1, locked, [f"{night}, 2026-03-02, {other} would have been added"]),
        ("closed_period", "record", f"{day}, 2026-03-03, {name}", 1, locked,
         [f"{day}, 2026-03-03, {name} would have been removed"]),
    ]  # fmt: skip
    assert daybook.deliver("recurrence") == "nothing"
    daybook.set(locked_before="")
    assert daybook.deliver("data_change") == "done"
    assert sorted(daybook.kinds[2]) == ["create", "remove", "update"]
    assert daybook.problems() == []
    daybook.assert_in_step()


def test_closed_time_before_the_first_delivery_makes_no_noise(daybook: Daybook) -> None:
    daybook.now = NOW + timedelta(days=10)  # Mar 9
    daybook.set(locked_before="2026-03-05")
    for n in range(5):
        daybook.place(DAY + timedelta(days=n), person=daybook.people[0])
    daybook.publish()
    assert daybook.deliver() == "done"
    assert daybook.kinds == [["create"] * 2]
    assert daybook.problems() == []
    daybook.place(DAY, daybook.night, person=daybook.people[1])
    daybook.publish()
    assert daybook.deliver() == "nothing"
    assert daybook.problems() == [], "the day was over before anything was ever delivered"
    daybook.place(LATE, person=daybook.people[1])
    daybook.publish()
    daybook.now += timedelta(days=20)
    daybook.set(locked_before="2026-03-25")
    assert daybook.deliver() == "nothing"
    assert [(one[0], one[3]) for one in daybook.problems()] == [("closed_period", 1)]


def test_what_rolls_out_of_the_window_is_not_removed_and_what_moves_beyond_it_is_changed(daybook: Daybook) -> None:
    daybook.set(days_back=2, days_forward=10)
    early = daybook.place(DAY, person=daybook.people[0])
    moved = daybook.place(DAY + timedelta(days=1), person=daybook.people[1])
    daybook.place(LATE, person=daybook.people[2])
    daybook.publish()
    daybook.deliver()
    assert daybook.kinds == [["create", "create"]]
    daybook.change(moved, date=LATE)
    daybook.publish()
    assert daybook.deliver() == "done"
    assert daybook.kinds[1] == ["update"]
    assert daybook.files[1][0]["payload"]["start"].startswith("2026-03-20")
    assert daybook.deliver("recurrence") == "nothing"
    daybook.now += timedelta(days=20)  # Mar 19: the third comes into the window, the first is out of it
    with daybook.tenant.transaction():
        services.shift_remove(shift_id=early.public_id, version=1, actor=ROBOT, now=NOW)
    daybook.publish()
    assert daybook.deliver() == "done"
    assert daybook.kinds[2] == ["create"]
    assert daybook.files[2][0]["payload"]["person"] == daybook.people[2].unique_id


def test_removing_too_much_stops_and_asks(daybook: Daybook) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(20)]
    daybook.publish()
    daybook.deliver()
    with daybook.tenant.transaction():
        for shift in shifts[:15]:
            services.shift_remove(shift_id=shift.public_id, version=1, actor=ROBOT, now=NOW)
    daybook.publish()
    assert daybook.deliver() == "stopped"
    row = daybook.connection()
    assert (row.hold, len(daybook.files)) == ("safety", 1)
    assert "15 of 20" in row.hold_text
    seen = connection_preview(organization_id=daybook.tenant.id, connection_id=row.id, now=daybook.now)
    with daybook.tenant.transaction():
        connection_resume(connection_id=row.public_id, actor=ROBOT, now=daybook.now, removals=seen.removals_digest)
    assert daybook.deliver() == "done"
    assert daybook.kinds[1] == ["remove"] * 15
    daybook.assert_in_step()


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["read", "written", "intended", "effect-before", "effect-after", "sent", "recorded"])
def test_a_killed_worker_loses_nothing(daybook: Daybook, stage: str) -> None:
    shifts = [daybook.place(DAY + timedelta(days=n), person=daybook.people[0]) for n in range(3)]
    daybook.publish()
    daybook.deliver()
    daybook.change(shifts[0], note="first wording")
    daybook.place(DAY + timedelta(days=7), person=daybook.people[1])
    daybook.publish()
    killed_at(daybook, stage)
    daybook.change(shifts[1], note="meanwhile")
    with daybook.tenant.transaction():
        services.shift_remove(shift_id=shifts[2].public_id, version=1, actor=ROBOT, now=NOW)
    daybook.publish()
    assert daybook.deliver() == "done"
    daybook.assert_in_step()
    assert daybook.connection().in_step_number == 3
    with daybook.tenant.transaction():
        codes = list(
            Run.objects.filter(connection_id=daybook.connection_id).order_by("id").values_list("code", flat=True)
        )
    assert codes[1] == "worker_died"


def killed_at(daybook: Daybook, stage: str) -> None:
    """Run in another process until it is killed there; the lease of the dead runs out meanwhile."""
    with daybook.tenant.transaction():
        relay(now=daybook.now)
    arguments = [daybook.tenant.id, daybook.connection_id, daybook.now.isoformat(), stage, 1, "tests.fakes.connectors"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.killed", *map(str, arguments)], check=False, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
