"""What every write of a connection shares: finding it, its change log, when it is due next, looking again after a change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.contract import Trigger
from integrations.models import Connection
from integrations.recurrence import next_due
from integrations.registry import connector
from integrations.services.requests import DUE, nightly, run_request
from integrations.services.silence import silence_watch
from tenancy.changes import change_record
from tenancy.dispatch import settle
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id
from tenancy.types import Actor, NotFoundError


def connection_find(connection_id: uuid.UUID, *, lock: bool = False) -> Connection:
    """The connection, or NotFoundError."""
    rows = Connection.objects.select_for_update() if lock else Connection.objects.all()
    row = rows.filter(public_id=connection_id).first()
    if row is None:
        raise NotFoundError("There is no such connection.")
    return row


def connection_reschedule(row: Connection, now: datetime) -> None:
    """Say when the connection is due next, and when its silence is looked at. What was missed meanwhile is not made up for."""
    organization_id = current_organization_id()
    silence_watch(connection=row, now=now)
    if row.running and row.recurrence:
        due = next_due(row.recurrence, organization_info().zone, now, spread=row.id)
        Connection.objects.filter(id=row.id).update(next_due_at=due)
        settle(organization_id=organization_id, topic=DUE, ref=row.id, next_due_at=due)
        return
    Connection.objects.filter(id=row.id).update(next_due_at=None)
    settle(organization_id=organization_id, topic=DUE, ref=row.id, next_due_at=nightly(now) if row.running else None)


def connection_look_again(row: Connection, now: datetime, *, confirmed_removals: str = "") -> None:
    """Settings or mapping changed what is desired: a connection that runs compares at once.

    `confirmed_removals`: the removals that the person who changed it has seen and agreed to; see run_request.
    """
    if row.running and Trigger.DATA_CHANGE in connector(row.kind).triggers:
        run_request(
            connection_id=row.id,
            triggers=[Trigger.DATA_CHANGE.value],
            now=now,
            confirmed_removals=confirmed_removals,
        )


def connection_log(
    row: Connection,
    actor: Actor,
    now: datetime,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """The change log's entry of a write."""
    change_record(
        actor=actor, now=now, action=action, subject_type="connection", subject=row.name, subject_id=row.public_id,
        before=before, after=after,
    )  # fmt: skip
