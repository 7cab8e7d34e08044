"""“Send at least every so many hours”: for readers that take a long silence for a fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.contract import Connector
from integrations.models import Connection, Run
from integrations.recurrence import next_due


def heartbeat_due(
    row: Connection, declared: Connector, settings: Mapping[str, Any], *, zone: str, now: datetime
) -> bool:
    """True if a run must send although nothing changed. Call inside tenant_transaction."""
    every = declared.heartbeat(settings)
    if every is None:
        return False
    sent = Run.objects.filter(connection_id=row.id, lane=row.lane, state="done", bytes__gt=0).order_by("-id")
    last = sent.values_list("finished_at", flat=True).first()
    return last is None or too_late_next_time(last, every, row.recurrence, zone=zone, now=now, spread=row.id)


def too_late_next_time(
    last: datetime, every: timedelta, rule: Mapping[str, Any] | None, *, zone: str, now: datetime, spread: int = 0
) -> bool:
    """True if the run after this one would come later than `every` after the last delivery. Without a rule: if this one does."""
    then = next_due(rule, zone, now, spread=spread) if rule else now
    return then - last > every
