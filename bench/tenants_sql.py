"""The statements of bench.tenants."""

ORGANIZATIONS = """
WITH made AS (
    INSERT INTO tenancy_organization (public_id, slug, name, zone, week_start, status, it_email, revision, created_at)
    SELECT gen_random_uuid(), %(slug)s || '-' || n, 'Tenant ' || n, 'America/Chicago', 0, 'active', '', 1, %(now)s
    FROM generate_series(1, %(count)s) n RETURNING id
)
INSERT INTO scheduling_counter (organization_id, name, number) SELECT id, 'everyone', 1 FROM made
"""

CONNECTIONS = """
INSERT INTO integrations_connection (organization_id, public_id, kind, name, state, hold, hold_text, settings, test_settings, facts,
    revision, recurrence, lease_token, uncertain, sequence, fingerprint, seen_number, in_step_number, safety_percent, keep_days,
    confirmed_removals, created_at)
SELECT o.id, gen_random_uuid(), %(kind)s, 'Connection ' || n, 'live', '', '', '{}', '{}', '{}', 1,
       jsonb_build_object('every_minutes', 5 + 5 * (n %% 2)), '', false, 0, '', 0, 0, 30, 90, '', %(now)s
FROM tenancy_organization o CROSS JOIN generate_series(1, %(each)s) n WHERE o.slug LIKE %(slug)s
"""

FIRST = """
SELECT c.organization_id, c.id FROM integrations_connection c JOIN tenancy_organization o ON o.id = c.organization_id
WHERE o.slug LIKE %(slug)s ORDER BY c.id LIMIT 1
"""

IN_STEP = """
UPDATE integrations_connection c SET fingerprint = %(fingerprint)s, seen_number = 1, in_step_number = 1, in_step_at = %(now)s
FROM tenancy_organization o WHERE o.id = c.organization_id AND o.slug LIKE %(slug)s
"""

ALL = """
SELECT c.organization_id, c.id, (c.recurrence ->> 'every_minutes')::int FROM integrations_connection c
JOIN tenancy_organization o ON o.id = c.organization_id WHERE o.slug LIKE %(slug)s
"""

DUE = """
UPDATE integrations_connection c SET next_due_at = given.due_at
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS given (organization_id, id, due_at)
WHERE c.organization_id = given.organization_id AND c.id = given.id
"""

WAKES = """
INSERT INTO tenancy_dispatch (organization_id, topic, ref, due_at, turn)
SELECT given.organization_id, 'due', given.id, given.due_at, 0
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS given (organization_id, id, due_at)
"""

WAITING = """
WITH asked AS (
    INSERT INTO integrations_run (organization_id, public_id, connection_id, lane, state, triggers, "full", due_at, tries,
        created_at, stage, added, changed, removed, unchanged, skipped, rejected, rows, bytes, code, text, actor)
    SELECT c.organization_id, gen_random_uuid(), c.id, 'live', 'waiting', '["manual"]', true, %(now)s, 0, %(now)s, '', 0, 0, 0, 0, 0,
           0, 0, 0, '', '', ''
    FROM integrations_connection c JOIN tenancy_organization o ON o.id = c.organization_id WHERE o.slug LIKE %(slug)s
    RETURNING organization_id, connection_id
)
INSERT INTO tenancy_dispatch (organization_id, topic, ref, due_at, turn)
SELECT organization_id, 'run', connection_id, %(now)s, 0 FROM asked
"""

DUE_BETWEEN = """
SELECT c.id, c.next_due_at FROM integrations_connection c JOIN tenancy_organization o ON o.id = c.organization_id
WHERE o.slug LIKE %(slug)s AND c.next_due_at >= %(from)s AND c.next_due_at < %(to)s
"""

ANSWERED = """
SELECT connection_id, min(started_at) FROM integrations_run
WHERE connection_id = ANY(%(ids)s) AND started_at >= %(from)s GROUP BY connection_id
"""

OVERDUE = """
SELECT count(*) FROM integrations_connection c JOIN tenancy_organization o ON o.id = c.organization_id
WHERE o.slug LIKE %(slug)s AND c.next_due_at < %(now)s
"""

DONE = "SELECT count(*) FROM integrations_run WHERE organization_id = %s AND state = 'stopped'"

REMOVE_WAKES = """
DELETE FROM tenancy_dispatch d USING tenancy_organization o WHERE o.id = d.organization_id AND o.slug LIKE %(slug)s
"""
