"""“Nothing delivered by hh:mm”: looked at by the clock through the wake-up table, so that it speaks whatever else has died.

A day counts from midnight in the organisation's zone to the connection's hour. Connections that send are silent when no run of their
lane ended well in that time; those that receive, when no file came in (in_step_at). Shadow sends nothing, so nobody waits for it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from integrations.contract import Mode
from integrations.lanes import LIVE, TEST
from integrations.models import Connection, Problem, Run
from integrations.recurrence import next_due
from integrations.registry import connectors
from integrations.selectors import SILENCE
from integrations.services.requests import ALERT
from tenancy.dispatch import settle, wake
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id
from tenancy.wall import instant, local_date

TOPIC = "silence"


def silence_watch(*, connection: Connection, now: datetime) -> None:
    """Say when a connection's silence is looked at next, or that it is not."""
    watched = connection.state in (LIVE, TEST) and connection.silence_by is not None
    due = _next_look(connection.silence_by, now) if watched and connection.silence_by is not None else None
    settle(organization_id=current_organization_id(), topic=TOPIC, ref=connection.id, next_due_at=due)
    if not watched:
        silence_forget(connection=connection, now=now)


def silence_look(*, connection_id: int, now: datetime) -> None:
    """The hour has come, or went by while nobody was looking: tell once for that day, or note that it is over."""
    row = Connection.objects.select_for_update().filter(id=connection_id).first()
    if row is None:
        settle(organization_id=current_organization_id(), topic=TOPIC, ref=connection_id)
        return
    silence_watch(connection=row, now=now)
    if row.silence_by is None or row.state not in (LIVE, TEST):
        return
    zone = organization_info().zone
    hour = _last_hour(row.silence_by, zone, now)
    day = local_date(hour, zone)
    since = instant(datetime.combine(day, time()), zone)
    if _delivered_since(row, since):
        silence_break(connection=row, now=now)
    elif row.silence_told_on != day:
        row.silence_told_on = day
        row.save(update_fields=["silence_told_on"])
        _open(row, now)


def silence_break(*, connection: Connection, now: datetime) -> None:
    """Something was delivered, or came in: the silence is over, and who was told of it is told so. Cheap when there was none."""
    if connection.silence_told_on is None:
        return
    Problem.objects.filter(connection=connection, cause=SILENCE, closed_at=None).update(closed_at=now)
    wake(organization_id=current_organization_id(), topic=ALERT, ref=connection.id, due_at=now)


def silence_forget(*, connection: Connection, now: datetime) -> None:
    """Nobody waits for it any more: no silence, and no word that it is over."""
    Problem.objects.filter(connection=connection, cause=SILENCE, closed_at=None).update(closed_at=now)
    if connection.silence_told_on is not None:
        connection.silence_told_on = None
        connection.save(update_fields=["silence_told_on"])


def _open(row: Connection, now: datetime) -> None:
    """Open the problem, or tell of it again on another day."""
    came = "was delivered" if sends(row) else "came in"
    text = f"Nothing {came} by {row.silence_by:%H:%M} today ({organization_info().zone}). {_why(row)}"
    told = {"text": text[:600], "told_at": None}
    if not Problem.objects.filter(connection=row, cause=SILENCE, closed_at=None).update(**told):
        Problem.objects.create(
            connection=row, cause=SILENCE, subject_type="connection", subject=row.name, opened_at=now, **told
        )
    wake(organization_id=current_organization_id(), topic=ALERT, ref=row.id, due_at=now)


def _why(row: Connection) -> str:
    """What is known of the reason."""
    if row.hold:
        return row.hold_text
    last = Run.objects.filter(connection_id=row.id, lane=row.lane).order_by("-id").first()
    if last is None:
        return "No run has ever begun." if sends(row) else "Nothing has ever come in."
    if last.state in ("failed", "stopped"):
        return f"The last run says: {last.text}"
    if last.state in ("waiting", "running"):
        return "A run is under way or waits for a worker: look whether workers are up."
    return "The last run ended well before today: look whether recurrences and workers are up."


def sends(row: Connection) -> bool:
    """True unless files come to us."""
    declared = connectors().get(row.kind)
    return declared is None or declared.mode is not Mode.INBOUND


def _delivered_since(row: Connection, since: datetime) -> bool:
    if row.in_step_at is not None and row.in_step_at >= since:
        return True
    ended = Run.objects.filter(connection_id=row.id, lane=row.lane, state__in=["done", "nothing"])
    return sends(row) and ended.filter(finished_at__gte=since).exists()


def _next_look(hour: time, now: datetime) -> datetime:
    return next_due({"daily": [f"{hour:%H:%M}"]}, organization_info().zone, now)


def _last_hour(hour: time, zone: str, now: datetime) -> datetime:
    """The last time that the hour struck, now included."""
    rule = {"daily": [f"{hour:%H:%M}"]}
    found = next_due(rule, zone, now - timedelta(days=3))
    while (following := next_due(rule, zone, found)) <= now:
        found = following
    return found
