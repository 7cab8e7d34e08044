"""Who is on, as a function: its plans are kept by each database session, whichever client the session serves.

Planning this join, with a policy on each of its tables, costs several times what running it does. The function runs with the rights
of whoever calls it (SECURITY INVOKER, the default), so the policies hold inside it as outside. Generic plans are forced: for a small
organisation the planner would think a plan of its own a little cheaper, and plan again for ever. A generic plan knows the average organisation only, and
among many small ones it would walk all departments of a large one; OFFSET 0 leaves it no choice but one look-up by key after another. Each way of naming what is wanted
is a statement of its own, because one with optional conditions could use no index.
"""

from django.db import migrations

WHO_IS_ON = """
CREATE FUNCTION who_is_on(
    organization bigint, moment timestamptz, since timestamptz,
    assignment_public uuid, assignment_code text, department_public uuid, department_code text
) RETURNS TABLE (
    assignment bigint, a_public_id uuid, a_code varchar, a_name varchar,
    d_public_id uuid, d_code varchar, d_name varchar, d_zone varchar,
    shift_id uuid, starts_at timestamptz, ends_at timestamptz, zone varchar, note varchar, call_order smallint,
    p_public_id uuid, last_name varchar, first_name varchar, is_placeholder boolean,
    cell varchar, pager varchar, office_phone varchar, email varchar
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    department bigint;
    department_zone text;
    wanted bigint[];
BEGIN
    IF department_public IS NOT NULL THEN
        SELECT d.id, d.zone INTO department, department_zone FROM scheduling_department d
        WHERE d.organization_id = organization AND d.public_id = department_public;
        IF department IS NULL THEN RETURN; END IF;
    ELSIF department_code IS NOT NULL THEN
        SELECT d.id, d.zone INTO department, department_zone FROM scheduling_department d
        WHERE d.organization_id = organization AND d.code = department_code;
        IF department IS NULL THEN RETURN; END IF;
    END IF;

    IF assignment_public IS NOT NULL THEN
        SELECT array_agg(a.id) INTO wanted FROM scheduling_assignment a
        WHERE a.organization_id = organization AND a.public_id = assignment_public
          AND (department IS NULL OR a.department_id = department);
    ELSIF assignment_code IS NOT NULL AND department IS NOT NULL THEN
        SELECT array_agg(a.id) INTO wanted FROM scheduling_assignment a
        WHERE a.organization_id = organization AND a.department_id = department AND a.code = assignment_code;
    ELSIF assignment_code IS NOT NULL THEN
        SELECT array_agg(a.id) INTO wanted FROM scheduling_assignment a
        WHERE a.organization_id = organization AND a.code = assignment_code;
    ELSE
        -- A whole department: not what has ended, and not absences, which nobody is on.
        SELECT array_agg(a.id) INTO wanted FROM scheduling_assignment a
        CROSS JOIN LATERAL (
            SELECT t.is_off FROM scheduling_assignmenttype t WHERE t.organization_id = organization AND t.id = a.type_id OFFSET 0
        ) t
        WHERE a.organization_id = organization AND a.department_id = department AND NOT t.is_off
          AND (a.ended_on IS NULL OR a.ended_on >= (moment AT TIME ZONE department_zone)::date);
    END IF;

    RETURN QUERY
    SELECT a.id, a.public_id, a.code, a.name, d.public_id, d.code, d.name, d.zone,
           s.shift_id, s.starts_at, s.ends_at, s.zone, s.note, s.call_order,
           p.public_id, p.last_name, p.first_name, p.is_placeholder, p.cell, p.pager, p.office_phone, p.email
    FROM unnest(wanted) AS w (id)
    CROSS JOIN LATERAL (
        SELECT * FROM scheduling_assignment a WHERE a.organization_id = organization AND a.id = w.id OFFSET 0
    ) a
    CROSS JOIN LATERAL (
        SELECT * FROM scheduling_department d WHERE d.organization_id = organization AND d.id = a.department_id OFFSET 0
    ) d
    LEFT JOIN LATERAL (
        SELECT * FROM scheduling_publishedshift s
        WHERE s.organization_id = organization AND s.assignment_id = a.id
          AND s.audience = 'everyone' AND s.recorded_to IS NULL
          AND s.starts_at > since AND s.starts_at <= moment AND s.ends_at > moment
        OFFSET 0
    ) s ON true
    LEFT JOIN LATERAL (
        SELECT * FROM scheduling_person p WHERE p.organization_id = organization AND p.id = s.person_id OFFSET 0
    ) p ON true
    ORDER BY a."order", a.code, a.id, s.call_order NULLS LAST, s.starts_at, s.shift_id;
END $$;
REVOKE ALL ON FUNCTION who_is_on(bigint, timestamptz, timestamptz, uuid, text, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION who_is_on(bigint, timestamptz, timestamptz, uuid, text, uuid, text) TO rotacast_app;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_walls")]
    operations = [migrations.RunSQL(WHO_IS_ON, "DROP FUNCTION who_is_on")]
