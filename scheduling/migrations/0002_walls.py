"""Row-level security, composite keys, grants and the checks of the domain's tables."""

from django.db import migrations

from tenancy.migrations_support import APPEND_ONLY, TenantTable

# Who is on now reads a bounded window of starts: the bound is this longest shift.
LENGTHS = """
ALTER TABLE scheduling_shift ADD CONSTRAINT scheduling_shift_length
    CHECK (ends_at >= starts_at AND ends_at <= starts_at + interval '32 days');
ALTER TABLE scheduling_publishedshift ADD CONSTRAINT scheduling_publishedshift_length
    CHECK (ends_at >= starts_at AND ends_at <= starts_at + interval '32 days');
"""
# A published row may only be closed.
CLOSE_ONLY = """
GRANT UPDATE (recorded_to, recorded_to_at) ON scheduling_publishedshift TO rotacast_app;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_domain"), ("tenancy", "0002_walls")]
    operations = [
        TenantTable("Department"),
        TenantTable("PersonnelType"),
        TenantTable("Person"),
        TenantTable("AccountPerson"),
        TenantTable("AccountDepartment"),
        TenantTable("AssignmentType"),
        TenantTable("Assignment"),
        TenantTable("AssignmentEligibility"),
        TenantTable("Schedule"),
        TenantTable("Shift"),
        TenantTable("RosterFormat"),
        TenantTable("Counter"),
        TenantTable("Publication", grants=APPEND_ONLY),
        TenantTable("PublishedShift", grants=APPEND_ONLY),
        TenantTable("PublishedDay"),
        TenantTable("Outbox"),
        migrations.RunSQL(LENGTHS, migrations.RunSQL.noop),
        migrations.RunSQL(CLOSE_ONLY, migrations.RunSQL.noop),
    ]
