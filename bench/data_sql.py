"""The statements of bench.data. Temporary tables bench_department, bench_person and bench_assignment say who is who.

Row i of the published shifts: blocks of four weeks, in a block department by department, in a department day by day, on a day
slot by slot, which is the order in which publishing writes them. Publication 2g+1 publishes block and department g, 2g+2 corrects it.
"""

FILLED = (
    "tenancy_organization",
    "scheduling_department",
    "scheduling_personneltype",
    "scheduling_person",
    "scheduling_assignmenttype",
    "scheduling_assignment",
    "scheduling_schedule",
    "scheduling_publication",
    "scheduling_publishedday",
    "scheduling_publishedshift",
)

ORGANIZATION = """
INSERT INTO tenancy_organization (public_id, slug, name, zone, week_start, status, it_email, revision, created_at)
VALUES (%(public_id)s::uuid, %(slug)s, 'Generated health system', 'America/Chicago', 0, 'active', '', 1, %(at)s) RETURNING id
"""

SCHEDULES = """
INSERT INTO scheduling_schedule (organization_id, public_id, department_id, name, starts_on, ends_on, state, created_at)
SELECT %(org)s, md5('bench:schedule:' || p * %(departments)s + d.n)::uuid, d.id, 'Block ' || p + 1,
       %(first)s::date + p * %(block)s, %(first)s::date + p * %(block)s + %(block)s - 1, 'everyone', %(start)s
FROM generate_series(0, %(blocks)s - 1) p CROSS JOIN bench_department d ORDER BY p, d.n;
CREATE TEMP TABLE bench_block ON COMMIT DROP AS
SELECT ((s.starts_on - %(first)s::date) / %(block)s)::int AS p, d.n, s.id FROM scheduling_schedule s
JOIN bench_department d ON d.id = s.department_id WHERE s.organization_id = %(org)s;
ANALYZE bench_block; ANALYZE bench_department; ANALYZE bench_person; ANALYZE bench_assignment;
"""

PUBLICATIONS = """
INSERT INTO scheduling_publication (organization_id, public_id, audience, number, kind, schedule_id, department_id,
    from_date, to_date, at, actor, added, changed, removed)
SELECT %(org)s, md5('bench:publication:' || number)::uuid, 'everyone', number, 'range', b.id, d.id,
       %(first)s::date + b.p * %(block)s, %(first)s::date + b.p * %(block)s + %(block)s - 1,
       %(start)s::timestamptz + number * %(step)s::interval, 'Generated',
       CASE WHEN part = 1 THEN %(block)s * %(slots)s ELSE 0 END, CASE WHEN part = 2 THEN %(block)s * %(slots)s / 25 ELSE 0 END, 0
FROM bench_block b JOIN bench_department d ON d.n = b.n CROSS JOIN generate_series(1, 2) part
CROSS JOIN LATERAL (SELECT 2 * (b.p * %(departments)s + b.n) + part AS number) numbered ORDER BY number
"""

COUNTERS = """
INSERT INTO scheduling_counter (organization_id, name, number, at) VALUES
    (%(org)s, 'everyone', %(numbers)s, %(last_at)s), (%(org)s, 'administrators', 0, NULL),
    (%(org)s, 'people', 1, NULL), (%(org)s, 'departments', 1, NULL), (%(org)s, 'assignments', 1, NULL)
"""

PUBLISHED_DAYS = """
INSERT INTO scheduling_publishedday (organization_id, audience, department_id, date, schedule_id)
SELECT %(org)s, 'everyone', d.id, %(first)s::date + b.p * %(block)s + day, b.id
FROM bench_block b JOIN bench_department d ON d.n = b.n CROSS JOIN generate_series(0, %(block)s - 1) day
"""

_SHIFTS = """
INSERT INTO scheduling_publishedshift (organization_id, audience, shift_id, schedule_id, department_id, assignment_id,
    person_id, date, start_wall, end_wall, zone, starts_at, ends_at, custom_time, note, call_order,
    recorded_from, recorded_from_at, recorded_to, recorded_to_at)
SELECT %(org)s, 'everyone', md5('bench:shift:' || row.i)::uuid, b.id, d.id, a.id,
       CASE WHEN row.i %% 50 = 3 THEN NULL ELSE who.id END,
       row.day, row.day + a.start_time, row.day + a.later + a.end_time, d.zone,
       (row.day + a.start_time) AT TIME ZONE d.zone, (row.day + a.later + a.end_time) AT TIME ZONE d.zone,
       false, {note}, (row.slot %% 3 + 1)::smallint,
       {opened}, %(start)s::timestamptz + ({opened}) * %(step)s::interval,
       {closed}, %(start)s::timestamptz + ({closed}) * %(step)s::interval
FROM (
    SELECT i, p, n, slot, %(first)s::date + p * %(block)s + nth AS day, p * %(departments)s + n AS g,
           (nth * %(slots)s + slot) %% %(people)s AS k, i %% 25 = 7 AS corrected
    FROM {series} i
    CROSS JOIN LATERAL (SELECT i / (%(departments)s * %(slots)s * %(block)s) AS p,
                               i %% (%(departments)s * %(slots)s * %(block)s) AS j) block
    CROSS JOIN LATERAL (SELECT j / (%(slots)s * %(block)s) AS n, (j / %(slots)s) %% %(block)s AS nth,
                               j %% %(slots)s AS slot) place
) row
JOIN bench_department d ON d.n = row.n
JOIN bench_block b ON b.n = row.n AND b.p = row.p
JOIN bench_assignment a ON a.n = row.n AND a.slot = row.slot
JOIN bench_person who ON who.n = row.n AND who.k = row.k
"""

CURRENT_SHIFTS = _SHIFTS.format(
    series="generate_series(0, %(rows)s - 1)",
    note="CASE WHEN row.corrected THEN 'Corrected: call the charge desk, then \"7 West\"' "
    "WHEN row.i %% 40 = 11 THEN 'Covers both sites' ELSE '' END",
    opened="2 * row.g + CASE WHEN row.corrected THEN 2 ELSE 1 END",
    closed="NULL::bigint",
)

# The first versions of what was corrected later.
CLOSED_SHIFTS = _SHIFTS.format(
    series="generate_series(7, %(rows)s - 1, 25)", note="''", opened="2 * row.g + 1", closed="2 * row.g + 2"
)
