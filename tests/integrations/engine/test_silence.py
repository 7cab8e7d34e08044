"""“Nothing delivered by hh:mm”: told by the clock alone, once a day, whatever has died, and told when it is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from integrations.contract import Mode
from integrations.models import Connection, Problem, Run
from integrations.registry import connectors
from integrations.selectors import board_cards
from integrations.services.alert import alert_send
from integrations.services.connections import connection_change, connection_pause, connection_state_set
from integrations.services.requests import run_request
from integrations.services.silence import TOPIC, silence_break, silence_look
from tenancy.models import Dispatch
from tests.conftest import ROBOT
from tests.integrations.engine.conftest import Notebook


def watched(notebook: Notebook, hour: str) -> None:
    notebook.tenant.account()
    with notebook.tenant.transaction():
        row = Connection.objects.get(id=notebook.connection_id)
        connection_change(connection_id=row.public_id, watch={"silence_by": hour}, actor=ROBOT, now=notebook.now)


def due(notebook: Notebook) -> datetime | None:
    found = Dispatch.objects.filter(organization_id=notebook.tenant.id, topic=TOPIC, ref=notebook.connection_id)
    return found.values_list("due_at", flat=True).first()


def look(notebook: Notebook) -> list[str]:
    """What the tick does when the hour comes; the subjects of all letters so far, oldest first."""
    with notebook.tenant.transaction():
        silence_look(connection_id=notebook.connection_id, now=notebook.now)
    return letters(notebook)


def letters(notebook: Notebook) -> list[str]:
    alert_send(organization_id=notebook.tenant.id, connection_id=notebook.connection_id, clock=lambda: notebook.now)
    found = sorted((notebook.folder.parent / "mail").glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)
    texts = [path.read_text() for path in found]
    return [next(line for line in text.splitlines() if line.startswith("Subject")).partition("] ")[2] for text in texts]


def problems(notebook: Notebook) -> list[tuple[str, str, bool]]:
    with notebook.tenant.transaction():
        rows = Problem.objects.filter(connection_id=notebook.connection_id).order_by("id")
        return [(one.cause, one.text, one.closed_at is None) for one in rows]


def ran(notebook: Notebook) -> str:
    with notebook.tenant.transaction():
        run_request(connection_id=notebook.connection_id, triggers=["recurrence"], now=notebook.now)
    return notebook.deliver()[0]


def test_silence_is_told_once_a_day_and_its_end_once(notebook: Notebook) -> None:
    notebook.deliver()
    watched(notebook, "06:00")
    assert due(notebook) == datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
    notebook.deliver()
    notebook.now = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)  # no worker ran since yesterday
    assert look(notebook) == ["Notebook is silent"]
    assert due(notebook) == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert look(notebook) == ["Notebook is silent"], "looked at again on that day: nothing more is said"
    assert problems(notebook) == [
        (
            "silence",
            "Nothing was delivered by 06:00 today (America/Chicago). The last run ended well before today: look whether "
            "recurrences and workers are up.",
            True,
        )
    ]
    with notebook.tenant.transaction():
        assert board_cards()[0].silence.startswith("Nothing was delivered by 06:00 today")
    notebook.later(days=1)
    assert look(notebook) == ["Notebook is silent"] * 2, "and once on the next day"
    assert len(problems(notebook)) == 1
    notebook.later(minutes=20)
    assert ran(notebook) == "nothing"
    assert letters(notebook) == ["Notebook is silent", "Notebook is silent", "Notebook is silent no more"]
    assert letters(notebook)[2:] == ["Notebook is silent no more"], "told once"
    assert [one[2] for one in problems(notebook)] == [False]
    assert notebook.connection().silence_told_on is None


def test_a_connection_that_delivered_since_midnight_is_not_silent(notebook: Notebook) -> None:
    notebook.deliver()
    watched(notebook, "06:00")
    notebook.now = datetime(2026, 2, 28, 5, 59, tzinfo=UTC)  # 23:59 of the day before
    notebook.deliver()
    assert ran(notebook) == "nothing"
    notebook.now = datetime(2026, 2, 28, 6, 1, tzinfo=UTC)  # 00:01
    assert ran(notebook) == "nothing"
    notebook.now = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
    assert look(notebook) == []
    notebook.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert look(notebook) == ["Notebook is silent"], "yesterday's deliveries do not count"


def test_an_unread_hour_is_looked_at_late(notebook: Notebook) -> None:
    """The machine was off from before the hour until after the next midnight."""
    notebook.deliver()
    watched(notebook, "06:00")
    notebook.deliver()
    notebook.now = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)  # 00:30 on March 1: the hour of February 28 went by unread
    assert look(notebook) == ["Notebook is silent"]
    assert notebook.connection().silence_told_on == date(2026, 2, 28)
    notebook.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert look(notebook) == ["Notebook is silent"] * 2


@pytest.mark.parametrize(
    ("hour", "evening", "struck", "midnight"),
    [
        ("02:30", datetime(2026, 3, 8, 3, 0, tzinfo=UTC), datetime(2026, 3, 8, 8, 0, tzinfo=UTC), 6),  # skipped: when the gap ends
        ("06:00", datetime(2026, 3, 8, 3, 0, tzinfo=UTC), datetime(2026, 3, 8, 11, 0, tzinfo=UTC), 6),
        ("01:30", datetime(2026, 11, 1, 3, 0, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC), 5),  # twice: the first
        ("06:00", datetime(2026, 11, 1, 3, 0, tzinfo=UTC), datetime(2026, 11, 1, 12, 0, tzinfo=UTC), 5),
    ],
)  # fmt: skip
def test_both_nights(notebook: Notebook, hour: str, evening: datetime, struck: datetime, midnight: int) -> None:
    notebook.deliver()
    notebook.now = evening
    watched(notebook, hour)
    notebook.deliver()
    assert due(notebook) == struck
    first = datetime.combine(struck.date(), time(midnight), UTC)
    with notebook.tenant.transaction():  # one second before midnight is yesterday
        Connection.objects.filter(id=notebook.connection_id).update(in_step_at=first - timedelta(seconds=1))
    notebook.now = struck
    assert look(notebook) == ["Notebook is silent"]
    with notebook.tenant.transaction():
        Connection.objects.filter(id=notebook.connection_id).update(in_step_at=first)
    assert look(notebook) == ["Notebook is silent", "Notebook is silent no more"]
    following = due(notebook)
    assert following is not None
    assert timedelta(hours=22) < following - struck < timedelta(hours=25, minutes=1), "once on that day"


def test_what_is_paused_or_stopped_is_silent_too_and_shadow_is_not(notebook: Notebook) -> None:
    notebook.deliver()
    watched(notebook, "06:00")
    notebook.deliver()
    with notebook.tenant.transaction():
        row = Connection.objects.get(id=notebook.connection_id)
        connection_pause(connection_id=row.public_id, actor=ROBOT, now=notebook.now)
    notebook.now = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
    assert look(notebook) == ["Notebook is silent"]
    assert problems(notebook)[0][1].endswith("Paused by Test.")
    with notebook.tenant.transaction():
        connection_state_set(connection_id=row.public_id, state="shadow", actor=ROBOT, now=notebook.now)
    assert due(notebook) is None, "nobody waits for a shadow"
    assert [one[2] for one in problems(notebook)] == [False]
    assert letters(notebook) == ["Notebook is silent"], "and nobody is told that it is over"
    with notebook.tenant.transaction():
        connection_state_set(connection_id=row.public_id, state="live", actor=ROBOT, now=notebook.now)
    assert due(notebook) == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    watched(notebook, "")
    assert due(notebook) is None


def test_the_end_is_told_once_however_often_something_is_delivered(notebook: Notebook) -> None:
    notebook.deliver()
    watched(notebook, "06:00")
    notebook.deliver()
    notebook.now = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
    look(notebook)
    row = notebook.connection()
    with notebook.tenant.transaction():
        silence_break(connection=row, now=notebook.now)
        silence_break(connection=row, now=notebook.now)
    assert letters(notebook) == ["Notebook is silent", "Notebook is silent no more"]


def test_where_files_come_to_us_only_a_file_that_came_counts(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.deliver()
    watched(notebook, "06:00")
    notebook.deliver()
    monkeypatch.setattr(type(connectors()["notebook"]), "mode", Mode.INBOUND)
    notebook.now = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
    with notebook.tenant.transaction():  # a look that found no file ended well
        Run.objects.update(state="nothing", finished_at=notebook.now - timedelta(hours=1))
    assert look(notebook) == ["Notebook is silent"]
    assert problems(notebook)[0][1].startswith("Nothing came in by 06:00 today")
    with notebook.tenant.transaction():
        Connection.objects.update(in_step_at=notebook.now)
    assert look(notebook) == ["Notebook is silent", "Notebook is silent no more"]
