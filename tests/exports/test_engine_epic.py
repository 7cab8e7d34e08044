"""The Epic and New Innovations files as the engine puts them onto a real OpenSSH server."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.models import Connection, Problem
from integrations.services.connections import connection_change
from integrations.services.preview import connection_preview
from scheduling import services
from tests.conftest import Tenant
from tests.exports.test_through_the_engine import Wire
from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer
from tests.scheduling.test_publish import BY, DAY

pytestmark = [pytest.mark.peer("sshd"), pytest.mark.skipif(SSHD is None, reason=WHY_NOT)]


@pytest.fixture
def wire(tenant: Tenant, tmp_path: Path, settings: Any) -> Iterator[Callable[..., Wire]]:
    server = OpenSshServer(tmp_path / "server").start()
    settings.ROTACAST_EGRESS_GRANTS = f"127.0.0.1/32={server.port}"
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    yield lambda kind, **values: Wire(tenant, server, kind, **values)
    server.stop()


def _table(wire: Wire, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((wire.server.files / name).read_bytes().decode(), newline="")))


def _open_problems(wire: Wire) -> list[tuple[str, str, int]]:
    with wire.tenant.transaction():
        found = Problem.objects.filter(connection_id=wire.connection_id, closed_at=None).order_by("cause", "subject")
        return [(one.cause, one.subject, one.count) for one in found]


def test_a_team_without_rows_is_told_of_and_a_quiet_connection_beats(wire: Callable[..., Wire]) -> None:
    epic = wire("epic_on_call_finder", heartbeat_hours=1)
    epic.map(epic.day, team_id="00501")
    epic.map(epic.night, team_id="00502")
    epic.place(DAY, person=epic.people[1])
    epic.publish()
    assert epic.run() == "done"
    assert _open_problems(epic) == [("no_rows", "Team 00502", 0)]
    epic.now += timedelta(minutes=50)
    assert [epic.run("recurrence"), epic.run("recurrence")] == ["nothing", "done"], "11:05 is too early, 11:10 is not"
    assert [name.rsplit("_", 1)[1] for name in epic.files()] == ["000001.csv", "000002.csv"]
    assert _table(epic, epic.files()[0]) == _table(epic, epic.files()[1])
    assert epic.run("recurrence") == "nothing"
    epic.place(DAY, epic.night, person=epic.people[2])
    epic.publish()
    assert epic.run() == "done"
    assert _open_problems(epic) == []


def test_vacations_reach_optime_by_day_and_in_the_facilitys_zone(wire: Callable[..., Wire]) -> None:
    optime = wire("epic_optime", layout="OpTime availability, one row per day")
    with optime.tenant.transaction():
        off = services.assignment_type_named(name="Off", is_off=True)
        vacation = services.assignment_create(
            department=optime.department,
            type=off,
            code="V",
            name="Vacation",
            start_time=time(0),
            end_time=time(0),
            **BY,
        )
    optime.map(vacation, import_group="MAIN", resource_type="0102")
    optime.map(optime.night, import_group="WEST", resource_type="0107", timezone="America/Denver")
    away = optime.place(DAY, vacation, person=optime.people[1])
    optime.place(DAY + timedelta(days=5), optime.night, person=optime.people[2], note="Spring\nnight")
    optime.place(DAY, optime.day, person=optime.people[3])  # not mapped
    optime.publish()
    assert optime.run() == "done"
    (name,) = optime.files()
    head = (
        "ImportGroup,ResourceID,ResourceName,ResourceType,Role,AvailabilityDate,StartTime,EndDate,EndTime,Timezone,Status,"
        "Assignment,Notes\r\n"
    )
    nights = (  # 21:00 to 07:00 in New York, nine hours long
        'WEST,002,"Person2, A",0107,,2026-03-07,19:00,2026-03-08,00:00,America/Denver,A,ED Night,Spring night\r\n'
        'WEST,002,"Person2, A",0107,,2026-03-08,00:00,2026-03-08,05:00,America/Denver,A,ED Night,Spring night\r\n'
    )
    leave = 'MAIN,001,"Person1, A",0102,,2026-03-02,00:00,2026-03-03,00:00,America/New_York,U,Vacation,\r\n'
    assert (optime.server.files / name).read_bytes().decode() == head + leave + nights
    assert (optime.last_run().rows, optime.last_run().added) == (3, 2)
    with optime.tenant.transaction():
        services.shift_remove(shift_id=away.public_id, version=away.version, **BY)
    optime.publish()
    assert optime.run() == "done"
    assert (optime.server.files / optime.files()[1]).read_bytes().decode() == head + nights
    assert _open_problems(optime) == [("no_rows", "Import Group MAIN", 0)]


def test_duty_hours_go_out_whole_once_and_then_as_differences_until_they_are_closed(wire: Callable[..., Wire]) -> None:
    duty = wire("new_innovations", include_note=True)
    duty.map(duty.day, duty_hour_name="Standard")
    duty.map(duty.night, location="East")  # neither name: sent, and told of
    long_ago = duty.place(DAY, person=duty.people[1])
    swapped = duty.place(DAY + timedelta(days=3), person=duty.people[1])
    gone = duty.place(DAY + timedelta(days=4), person=duty.people[1])
    duty.place(DAY + timedelta(days=27), duty.night, person=duty.people[2])
    duty.publish()
    assert duty.run("recurrence") == "done"
    rows = _table(duty, duty.files()[0])
    assert [(row["Action"], row["StartDate"], row["UniqueID"], row["DurationHours"]) for row in rows] == [
        ("I", "03/02/2026", "001", "8.00"),
        ("I", "03/05/2026", "001", "8.00"),
        ("I", "03/06/2026", "001", "8.00"),
        ("I", "03/29/2026", "002", "10.00"),
    ]
    assert _open_problems(duty) == [("no_duty_name", "ED Night", 1)]
    assert duty.run("recurrence") == "nothing"

    noted = duty.change(long_ago, note="Stayed,\nfor the code")
    duty.change(swapped, person_id=duty.people[3].public_id)
    with duty.tenant.transaction():
        services.shift_remove(shift_id=gone.public_id, version=gone.version, **BY)
        services.person_change(person_id=duty.people[1].public_id, fields={"cell": "312-555-0100"}, **BY)
    duty.publish()
    assert duty.run("recurrence") == "done"
    assert [
        (row["Action"], row["StartDate"], row["UniqueID"], row["Notes"]) for row in _table(duty, duty.files()[1])
    ] == [
        ("D", "03/05/2026", "001", ""),
        ("D", "03/06/2026", "001", ""),
        ("U", "03/02/2026", "001", "Stayed, for the code"),
        ("I", "03/05/2026", "003", ""),
    ]

    with duty.tenant.transaction():
        duty_id = Connection.objects.get(id=duty.connection_id).public_id
        connection_change(connection_id=duty_id, settings={"lock_day": "10"}, **BY)
    duty.now = datetime(2026, 4, 11, 12, 0, tzinfo=duty.now.tzinfo)
    duty.change(noted, note="Too late")
    duty.publish()
    assert duty.run("recurrence") == "nothing"
    assert len(duty.files()) == 2
    assert _open_problems(duty) == [("closed_period", "Person1, A", 1), ("no_duty_name", "ED Night", 1)]
    preview = connection_preview(organization_id=duty.tenant.id, connection_id=duty.connection_id, now=duty.now)
    assert preview.plan.operations == () and preview.file is None
    assert [one.text for one in preview.skipped] == [
        "Dates before 2026-04-01 are closed. Enter it in New Innovations, or ask the program to open the date."
    ]
