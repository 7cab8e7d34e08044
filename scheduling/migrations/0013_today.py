"""The board: who is on in many departments at any moment, as it stands now and as it was known then.

`today_board` is one statement for all departments, and a function for the reasons that migration 0003 gives: its plans are kept, and
OFFSET 0 lets a generic plan do nothing but look up one key after another. Each department has its own range of instants, because a
local day begins and ends where the department is.

The index of what is current gets the end of a shift as its last column: of the shifts that started within the longest shift there may
be, the few that are running are found in the index, and only they are read. What was closed gets the same index, so that asking what
was known at a past moment costs the same.
"""

from django.db import migrations, models

_COLUMNS = """
    s.shift_id, s.starts_at, s.ends_at, s.note, s.call_order, s.person_id, s.recorded_from_at, s.recorded_to_at
"""
_CURRENT = f"""
    SELECT {_COLUMNS}, (known IS NOT NULL AND s.recorded_from_at <= known) AS was FROM scheduling_publishedshift s
    WHERE s.organization_id = organization AND s.assignment_id = a.id AND s.audience = 'everyone' AND s.recorded_to IS NULL
"""
_CLOSED = f"""
    SELECT {_COLUMNS}, true AS was FROM scheduling_publishedshift s
    WHERE known IS NOT NULL
      AND s.organization_id = organization AND s.assignment_id = a.id AND s.audience = 'everyone' AND s.recorded_to IS NOT NULL
      AND s.recorded_from_at <= known AND s.recorded_to_at > known
"""
_OVERLAP = "AND s.starts_at > w.begins - longest AND s.starts_at < w.ends AND s.ends_at > w.begins"
_NEXT = "AND s.starts_at > w.begins AND s.starts_at < w.ends ORDER BY s.starts_at LIMIT 1"
_AT_NEXT = "AND (s.starts_at = n.stands OR s.starts_at = n.known_then)"

_TEAMS = """
    SELECT w.department, a.id, a.public_id, a.code, a.name, a.start_time, a.end_time, a.end_day_offset, a.cover::text,
           t.public_id, t.name, t.hue,
           s.shift_id, s.starts_at, s.ends_at, s.note, s.call_order, s.recorded_from_at, s.recorded_to_at, s.was,
           p.id, p.public_id, p.last_name, p.first_name, p.is_placeholder, p.cell, p.pager, p.office_phone, p.email
    FROM unnest(departments, days, froms, tos) WITH ORDINALITY AS w (department, day, begins, ends, place)
    CROSS JOIN LATERAL (
        SELECT * FROM scheduling_assignment a
        WHERE a.organization_id = organization AND a.department_id = w.department
          AND (a.ended_on IS NULL OR a.ended_on >= w.day)
        OFFSET 0
    ) a
    CROSS JOIN LATERAL (
        SELECT * FROM scheduling_assignmenttype t WHERE t.organization_id = organization AND t.id = a.type_id OFFSET 0
    ) t
"""
_PEOPLE = """
    LEFT JOIN LATERAL (
        SELECT * FROM scheduling_person p WHERE p.organization_id = organization AND p.id = s.person_id OFFSET 0
    ) p ON true
    WHERE NOT t.is_off
    ORDER BY w.place, a."order", a.code, a.id
"""

TODAY_BOARD = f"""
CREATE FUNCTION today_board(
    organization bigint, departments bigint[], days date[], froms timestamptz[], tos timestamptz[],
    longest interval, known timestamptz, upcoming boolean
) RETURNS TABLE (
    department bigint, assignment bigint, a_public_id uuid, a_code varchar, a_name varchar,
    start_time time, end_time time, end_day_offset smallint, cover text,
    t_public_id uuid, t_name varchar, hue varchar,
    shift_id uuid, starts_at timestamptz, ends_at timestamptz, note varchar, call_order smallint,
    recorded_from_at timestamptz, recorded_to_at timestamptz, was boolean,
    person bigint, p_public_id uuid, last_name varchar, first_name varchar, is_placeholder boolean,
    cell varchar, pager varchar, office_phone varchar, email varchar
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF upcoming THEN
        RETURN QUERY {_TEAMS}
        LEFT JOIN LATERAL (
            SELECT (SELECT f.starts_at FROM ({_CURRENT} {_NEXT}) f) AS stands,
                   (SELECT min(f.starts_at) FROM (
                       ({_CURRENT} AND s.recorded_from_at <= known {_NEXT}) UNION ALL ({_CLOSED} {_NEXT})
                   ) f) AS known_then
            OFFSET 0
        ) n ON true
        LEFT JOIN LATERAL (
            ({_CURRENT} {_AT_NEXT}) UNION ALL ({_CLOSED} {_AT_NEXT}) OFFSET 0
        ) s ON true {_PEOPLE};
    ELSE
        RETURN QUERY {_TEAMS}
        LEFT JOIN LATERAL (
            ({_CURRENT} {_OVERLAP}) UNION ALL ({_CLOSED} {_OVERLAP}) OFFSET 0
        ) s ON true {_PEOPLE};
    END IF;
END $$;
REVOKE ALL ON FUNCTION today_board(bigint, bigint[], date[], timestamptz[], timestamptz[], interval, timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION today_board(bigint, bigint[], date[], timestamptz[], timestamptz[], interval, timestamptz, boolean)
    TO rotacast_app;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0012_me")]
    operations = [
        migrations.RemoveIndex(model_name="publishedshift", name="scheduling_published_on"),
        migrations.AddIndex(
            model_name="publishedshift",
            index=models.Index(
                fields=["organization_id", "assignment", "starts_at", "ends_at"],
                condition=models.Q(recorded_to__isnull=True, audience="everyone"),
                name="scheduling_published_on",
            ),
        ),
        migrations.AddIndex(
            model_name="publishedshift",
            index=models.Index(
                fields=["organization_id", "assignment", "starts_at", "ends_at"],
                condition=models.Q(recorded_to__isnull=False, audience="everyone"),
                name="scheduling_published_was",
            ),
        ),
        migrations.RunSQL(TODAY_BOARD, "DROP FUNCTION today_board"),
    ]
