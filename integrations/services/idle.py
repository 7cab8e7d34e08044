"""A recurrence that finds nothing new is answered by a glance, in the transaction that found it due.

Most recurrences are of this kind: no run is asked for, nothing is read or rendered, no connection opened. The history shows them as
one run that counts how often it was so; freshness moves on as after any run.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import connection as database

from integrations.contract import Mode, Trigger
from integrations.models import Connection
from integrations.registry import connectors
from integrations.services.reading import glance_of
from tenancy.types import OrganizationInfo

_OPEN = """
SELECT EXISTS (SELECT 1 FROM integrations_run WHERE organization_id = %(org)s AND connection_id = %(connection)s
        AND state = 'waiting')
    OR EXISTS (SELECT 1 FROM integrations_incident WHERE organization_id = %(org)s AND connection_id = %(connection)s
        AND closed_at IS NULL)
"""

# Losing the last of these to a crash costs nothing: the recurrence is due again. So nobody waits for the disk.
_ANSWER = """
SET LOCAL synchronous_commit = off;
WITH latest AS (
    SELECT id, state, triggers, publication, lane FROM integrations_run
    WHERE organization_id = %(org)s AND connection_id = %(connection)s ORDER BY id DESC LIMIT 1
), again AS (
    UPDATE integrations_run run SET times = run.times + 1, due_at = %(now)s, started_at = %(now)s, finished_at = %(now)s
    FROM latest WHERE run.organization_id = %(org)s AND run.id = latest.id AND latest.state = 'nothing'
        AND latest.triggers = %(triggers)s::jsonb AND latest.publication = %(number)s AND latest.lane = %(lane)s
    RETURNING 1
)
INSERT INTO integrations_run (organization_id, public_id, connection_id, lane, state, triggers, "full", publication, due_at, tries,
    created_at, started_at, finished_at, stage, added, changed, removed, unchanged, skipped, rejected, rows, bytes, code, text, actor)
SELECT %(org)s, %(public)s, %(connection)s, %(lane)s, 'nothing', %(triggers)s::jsonb, false, %(number)s, %(now)s, 0,
    %(now)s, %(now)s, %(now)s, '', 0, 0, 0, 0, 0, 0, 0, 0, '', '', '' WHERE NOT EXISTS (SELECT 1 FROM again);
UPDATE integrations_connection SET in_step_at = %(now)s, next_due_at = %(due)s
WHERE organization_id = %(org)s AND id = %(connection)s
"""


def recurrence_answered(row: Connection, organization: OrganizationInfo, *, following: datetime, now: datetime) -> bool:
    """True if the destination has everything already, and it is written down; `following` is when the next one is due.

    Call with the connection's row locked. False leaves everything as it was: a run has to look.
    """
    declared = connectors().get(row.kind)
    if declared is None or declared.mode is Mode.INBOUND or (row.lease_until is not None and row.lease_until > now):
        return False
    seen = glance_of(row, organization, now=now)
    if not seen.as_it_was:
        return False
    values: dict[str, Any] = {
        "org": row.organization_id,
        "connection": row.id,
        "lane": row.lane,
        "triggers": f'["{Trigger.RECURRENCE.value}"]',
        "number": seen.number,
        "now": now,
        "due": following,
        "public": str(uuid.uuid4()),
    }
    with database.cursor() as cursor:
        cursor.execute(_OPEN, values)
        if cursor.fetchone()[0]:
            return False
        cursor.execute(_ANSWER, values)
    return True
