"""The wake-up table: what is due, across organisations, as ids and times only.

Whoever leaves work behind calls `wake` in the same transaction. A tick claims what is due; the claim pushes the due time on by a
lease, so work whose worker died becomes due again by itself. `settle` removes or postpones the row when the work is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection


@dataclass(frozen=True)
class Due:
    """One thing that is due."""

    organization_id: int
    topic: str
    ref: int


def wake(*, organization_id: int, topic: str, ref: int = 0, due_at: datetime) -> None:
    """Make something due at `due_at`, or earlier if it already is. Joins the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_dispatch (organization_id, topic, ref, due_at, turn) VALUES (%s, %s, %s, %s, 0) "
            "ON CONFLICT (organization_id, topic, ref) DO UPDATE "
            "SET due_at = LEAST(tenancy_dispatch.due_at, EXCLUDED.due_at), turn = tenancy_dispatch.turn + 1",
            [organization_id, topic, ref, due_at],
        )


def claim_due(*, now: datetime, lease: timedelta, limit: int = 200, only: int | None = None) -> list[Due]:
    """Claim what is due, each organisation in its turn, oldest first; claimed rows are due again after `lease`.

    `only` restricts the claim to one organisation. Must run outside tenant_transaction; commits by itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH queue AS (SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY due_at, id) AS place, due_at "
            "FROM tenancy_dispatch WHERE due_at <= %s AND (%s::bigint IS NULL OR organization_id = %s)), "
            "picked AS (SELECT d.id FROM tenancy_dispatch d JOIN queue q ON q.id = d.id "
            "ORDER BY q.place, q.due_at LIMIT %s FOR UPDATE OF d SKIP LOCKED) "
            "UPDATE tenancy_dispatch d SET due_at = %s FROM picked WHERE d.id = picked.id AND d.due_at <= %s "
            "RETURNING d.organization_id, d.topic, d.ref",
            [now, only, only, limit, now + lease, now],
        )
        return [Due(*row) for row in cursor.fetchall()]


def settle(*, organization_id: int, topic: str, ref: int = 0, next_due_at: datetime | None = None) -> None:
    """The work is done: forget it, or make it due again at `next_due_at`. Joins the caller's transaction."""
    with connection.cursor() as cursor:
        if next_due_at is None:
            cursor.execute(
                "DELETE FROM tenancy_dispatch WHERE organization_id = %s AND topic = %s AND ref = %s",
                [organization_id, topic, ref],
            )
        else:
            cursor.execute(
                "INSERT INTO tenancy_dispatch (organization_id, topic, ref, due_at, turn) VALUES (%s, %s, %s, %s, 0) "
                "ON CONFLICT (organization_id, topic, ref) DO UPDATE SET due_at = EXCLUDED.due_at",
                [organization_id, topic, ref, next_due_at],
            )
