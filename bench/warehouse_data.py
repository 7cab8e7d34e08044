"""What a warehouse is sent besides shifts, for a generated health system: a change log with an entry for each published row, twenty
requests a person, three tallies a department, holidays. Made inside PostgreSQL, once."""

from __future__ import annotations

from typing import Any

import psycopg2

from bench.bulk import bulk_loading
from bench.data import HealthSystem

_KNOWN = "SELECT EXISTS (SELECT FROM scheduling_tally WHERE organization_id = %(org)s)"

_ENTRIES = """
INSERT INTO tenancy_changeentry (organization_id, public_id, at, actor, address, source, correlation, action, subject_type,
    subject_id, subject, department_id, person_id, on_date, before, after, reason, private)
SELECT %(org)s, md5('bench:entry:' || s.id)::uuid, s.recorded_from_at, 'Generated', '192.0.2.1', 'editor', 'act-' || s.recorded_from,
    'published.added', 'shift', s.shift_id, 'Assignment, ' || s.date, s.department_id, s.person_id, s.date, NULL,
    jsonb_build_object('start', s.start_wall, 'end', s.end_wall, 'note', s.note), '', false
FROM scheduling_publishedshift s WHERE s.organization_id = %(org)s ORDER BY s.id
"""

_REQUESTS = """
INSERT INTO scheduling_request (organization_id, public_id, person_id, department_id, kind, first, last, zone, starts_at, ends_at,
    avoid, weight, note, state, held, said, decided_by, decided_by_rule, reason, source, made_by, made_at, version, changed_by,
    changed_at)
SELECT %(org)s, md5('bench:request:' || p.id || ':' || n)::uuid, p.id, p.department_id, 'time_off',
    %(first)s::date + n * 40, %(first)s::date + n * 40 + 2, d.zone, (%(first)s::date + n * 40)::timestamp AT TIME ZONE d.zone,
    (%(first)s::date + n * 40 + 3)::timestamp AT TIME ZONE d.zone, false, 1, '', 'approved', '', '[]', 'Generated', false, '',
    'provider',
    'Generated', now(), 1, 'Generated', now()
FROM scheduling_person p JOIN scheduling_department d ON d.id = p.department_id CROSS JOIN generate_series(1, 20) n
WHERE p.organization_id = %(org)s
"""

_HOLIDAYS = """
INSERT INTO scheduling_holiday (organization_id, public_id, date, name)
SELECT %(org)s, md5('bench:holiday:' || n)::uuid, %(first)s::date + n * 36, 'Holiday ' || n FROM generate_series(1, 30) n
"""

_TALLIES = """
INSERT INTO scheduling_tally (organization_id, public_id, department_id, name, short, measure, selection, beside_grid, "order",
    created_at)
SELECT %(org)s, md5('bench:tally:' || d.id || measure)::uuid, d.id, measure, left(measure, 8), measure,
    jsonb_build_object('assignments', '[]'::jsonb, 'types', '[]'::jsonb, 'weekdays', weekdays::jsonb, 'holidays', 'include'),
    true, 1, now()
FROM scheduling_department d CROSS JOIN (VALUES ('count', '[]'), ('hours', '[5, 6]'), ('weighted', '[]')) wanted (measure, weekdays)
WHERE d.organization_id = %(org)s
"""

_FILLED = ("tenancy_changeentry", "scheduling_request", "scheduling_holiday", "scheduling_tally")


def warehouse_data(dsn: str, made: HealthSystem) -> None:
    """Add it, unless it is there already."""
    values: dict[str, Any] = {"org": made.organization_id, "first": made.first_day}
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_KNOWN, values)
            if cursor.fetchone()[0]:
                return
            with bulk_loading(cursor, "tenancy_changeentry"):
                cursor.execute(_ENTRIES, values)
            for statement in (_REQUESTS, _HOLIDAYS, _TALLIES):
                cursor.execute(statement, values)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for table in _FILLED:
                cursor.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        connection.close()
