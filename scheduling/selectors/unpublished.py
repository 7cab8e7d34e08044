"""How much of several schedules waits to be published: one statement for a list of them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from scheduling.selectors.difference import COMPARED
from tenancy.tenant import current_organization_id

_SQL = """
WITH owned AS (
    SELECT s.id AS schedule_id, d.department_id, d.audience, d.date
    FROM scheduling_schedule s JOIN scheduling_publishedday d
      ON d.organization_id = s.organization_id AND d.schedule_id = s.id AND d.audience = s.state
    WHERE s.organization_id = %(org)s AND s.id = ANY(%(schedules)s)
), draft AS (
    SELECT public_id AS shift_id, schedule_id, {columns} FROM scheduling_shift
    WHERE organization_id = %(org)s AND schedule_id IN (SELECT schedule_id FROM owned)
), now_published AS (
    SELECT p.shift_id, o.schedule_id, {published}
    FROM owned o JOIN scheduling_publishedshift p
      ON p.department_id = o.department_id AND p.audience = o.audience AND p.date = o.date
    WHERE p.organization_id = %(org)s AND p.recorded_to IS NULL
)
SELECT o.schedule_id, count(*)
FROM draft d FULL JOIN now_published c ON c.shift_id = d.shift_id AND c.schedule_id = d.schedule_id
JOIN owned o ON o.schedule_id = COALESCE(d.schedule_id, c.schedule_id) AND o.date = COALESCE(d.date, c.date)
WHERE ({draft_columns}) IS DISTINCT FROM ({current_columns})
GROUP BY o.schedule_id
"""


def unpublished_counts(schedule_ids: Collection[int]) -> dict[int, int]:
    """Schedule id → how many shifts differ from what its widest audience has, on the dates it has published to them."""
    if not schedule_ids:
        return {}
    sql = _SQL.format(
        columns=", ".join(COMPARED),
        published=", ".join(f"p.{name}" for name in COMPARED),
        draft_columns=", ".join(f"d.{name}" for name in COMPARED),
        current_columns=", ".join(f"c.{name}" for name in COMPARED),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"org": current_organization_id(), "schedules": list(schedule_ids)})
        return dict(cursor.fetchall())
