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
SELECT p, n, p * %(departments)s + n AS g, id FROM (
    SELECT ((s.starts_on - %(first)s::date) / %(block)s)::int AS p, d.n, s.id FROM scheduling_schedule s
    JOIN bench_department d ON d.id = s.department_id WHERE s.organization_id = %(org)s
) placed;
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
CROSS JOIN LATERAL (SELECT 2 * b.g + part AS number) numbered ORDER BY number
"""

COUNTERS = """
INSERT INTO scheduling_counter (organization_id, name, number, at) VALUES
    (%(org)s, 'everyone', %(numbers)s, %(last_at)s), (%(org)s, 'administrators', 0, NULL),
    (%(org)s, 'people', 1, NULL), (%(org)s, 'departments', 1, NULL), (%(org)s, 'assignments', 1, NULL)
"""

PUBLISHED_DAYS = """
INSERT INTO scheduling_publishedday (organization_id, audience, department_id, date, schedule_id, before)
SELECT %(org)s, 'everyone', d.id, %(first)s::date + b.p * %(block)s + day, b.id, '[]'
FROM bench_block b JOIN bench_department d ON d.n = b.n CROSS JOIN generate_series(0, %(block)s - 1) day
"""

# The inner query is sorted while its rows are still narrow, so that the table's order on disk is the order of publishing.
_SHIFTS = """
SET LOCAL work_mem = '256MB';
INSERT INTO scheduling_publishedshift (organization_id, audience, shift_id, schedule_id, department_id, assignment_id,
    person_id, date, start_wall, end_wall, zone, starts_at, ends_at, custom_time, note, call_order,
    recorded_from, recorded_from_at, recorded_to, recorded_to_at)
SELECT %(org)s, 'everyone', md5('bench:shift:' || row.i)::uuid, row.schedule, row.department, row.assignment,
       CASE WHEN row.i %% 50 = 3 THEN NULL ELSE row.person END,
       row.day, row.day + row.start_time, row.day + row.later + row.end_time, row.zone,
       (row.day + row.start_time) AT TIME ZONE row.zone, (row.day + row.later + row.end_time) AT TIME ZONE row.zone,
       false, {note}, (row.slot %% 3 + 1)::smallint,
       {opened}, %(start)s::timestamptz + ({opened}) * %(step)s::interval,
       {closed}, %(start)s::timestamptz + ({closed}) * %(step)s::interval
FROM (
    SELECT placed.i, placed.slot, placed.corrected, b.g, %(first)s::date + placed.p * %(block)s + placed.nth AS day,
           b.id AS schedule, d.id AS department, d.zone, a.id AS assignment, a.start_time, a.end_time, a.later,
           who.id AS person
    FROM (
        SELECT i, i %% 25 = 7 AS corrected, i / size AS p, i %% size / (%(slots)s * %(block)s) AS n,
               i %% size / %(slots)s %% %(block)s AS nth, i %% size %% %(slots)s AS slot
        FROM {series} i CROSS JOIN (SELECT %(departments)s * %(slots)s * %(block)s AS size) block
    ) placed
    JOIN bench_department d ON d.n = placed.n
    JOIN bench_block b ON b.g = placed.p * %(departments)s + placed.n
    JOIN bench_assignment a ON a.n = placed.n AND a.slot = placed.slot
    JOIN bench_person who ON who.n = placed.n AND who.k = (placed.nth * %(slots)s + placed.slot) %% %(people)s
    ORDER BY placed.i OFFSET 0
) row
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
