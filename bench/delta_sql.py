"""The statements of bench.delta: everything delivered, one shift in a hundred changed, and the floor."""

DELIVERED = (
    "SELECT 1 FROM integrations_ledgerrow WHERE organization_id = %(org)s AND connection_id = %(connection)s LIMIT 1"
)

# The payload has the fields and the size of the connector's own. Only what changes is ever compared with it.
DELIVER = """
INSERT INTO integrations_ledgerrow (organization_id, connection_id, lane, key, unit, recipient, state, hash, payload, handle,
    generation, label, starts_at, ends_at, code, text, changed_at)
SELECT %(org)s, %(connection)s, 'live', s.shift_id || '/1', s.shift_id::text, p.unique_id, 'confirmed', md5(s.shift_id::text),
       jsonb_build_object('unique_id', p.unique_id, 'duty_type', 'Duty', 'assignment_name', '', 'location', a.code, 'notes', s.note,
           'hours', '12.00', 'department_code', d.code, 'assignment_code', a.code, 'source_record_id', s.shift_id::text,
           'last_name', p.last_name, 'first_name', p.first_name, 'is_placeholder', p.is_placeholder,
           'start', s.starts_at, 'end', s.ends_at, 'shift_date', s.date, 'zone', s.zone),
       'file', 1, a.name || ' ' || s.date || ' ' || p.last_name, s.starts_at, s.ends_at, '', '', %(now)s
FROM scheduling_publishedshift s
JOIN scheduling_assignment a ON a.organization_id = %(org)s AND a.id = s.assignment_id
JOIN scheduling_department d ON d.organization_id = %(org)s AND d.id = s.department_id
JOIN scheduling_person p ON p.organization_id = %(org)s AND p.id = s.person_id
WHERE s.organization_id = %(org)s AND s.audience = 'everyone' AND s.recorded_to IS NULL
"""

CHANGE = """
CREATE TEMP TABLE bench_changed ON COMMIT DROP AS
SELECT * FROM scheduling_publishedshift WHERE organization_id = %(org)s AND audience = 'everyone' AND recorded_to IS NULL
    AND person_id IS NOT NULL AND abs(hashtext(shift_id::text)) %% 100 = 7;
UPDATE scheduling_counter SET number = number + 1, at = %(now)s WHERE organization_id = %(org)s AND name = 'everyone';
UPDATE scheduling_publishedshift s SET recorded_to = c.number, recorded_to_at = %(now)s
FROM bench_changed b, scheduling_counter c
WHERE s.organization_id = %(org)s AND s.id = b.id AND c.organization_id = %(org)s AND c.name = 'everyone';
INSERT INTO scheduling_publishedshift (organization_id, audience, shift_id, schedule_id, department_id, assignment_id, person_id,
    date, start_wall, end_wall, zone, starts_at, ends_at, custom_time, note, call_order, recorded_from, recorded_from_at)
SELECT b.organization_id, audience, shift_id, schedule_id, department_id, assignment_id, person_id, date, start_wall, end_wall,
       zone, starts_at, ends_at, custom_time, 'Stayed an hour longer', call_order, c.number, %(now)s
FROM bench_changed b, scheduling_counter c WHERE c.organization_id = %(org)s AND c.name = 'everyone'
"""

FLOOR = """
SELECT s.shift_id, s.date, s.start_wall, s.end_wall, s.zone, s.starts_at, s.ends_at, s.custom_time, s.note, s.call_order,
       s.recorded_from, s.recorded_to, d.code, d.name, a.code, a.name, p.public_id, p.unique_id, p.last_name, p.first_name
FROM scheduling_publishedshift s
JOIN scheduling_department d ON d.organization_id = {org} AND d.id = s.department_id
JOIN scheduling_assignment a ON a.organization_id = {org} AND a.id = s.assignment_id
LEFT JOIN scheduling_person p ON p.organization_id = {org} AND p.id = s.person_id
WHERE s.organization_id = {org} AND s.audience = 'everyone' AND s.recorded_from > %(since)s AND s.recorded_from <= %(until)s
UNION ALL
SELECT s.shift_id, s.date, s.start_wall, s.end_wall, s.zone, s.starts_at, s.ends_at, s.custom_time, s.note, s.call_order,
       s.recorded_from, s.recorded_to, d.code, d.name, a.code, a.name, p.public_id, p.unique_id, p.last_name, p.first_name
FROM scheduling_publishedshift s
JOIN scheduling_department d ON d.organization_id = {org} AND d.id = s.department_id
JOIN scheduling_assignment a ON a.organization_id = {org} AND a.id = s.assignment_id
LEFT JOIN scheduling_person p ON p.organization_id = {org} AND p.id = s.person_id
WHERE s.organization_id = {org} AND s.audience = 'everyone' AND s.recorded_to > %(since)s AND s.recorded_to <= %(until)s
"""
