"""Row-level security, composite keys and grants of the engine's tables."""

from django.db import migrations

from tenancy.migrations_support import TenantTable


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_engine"), ("scheduling", "0002_walls")]
    operations = [
        TenantTable("Connection"),
        TenantTable("MappingRow"),
        TenantTable("EgressGrant"),
        TenantTable("Run"),
        TenantTable("Attempt"),
        TenantTable("LedgerRow"),
        TenantTable("Artifact"),
        TenantTable("Problem"),
        TenantTable("Incident"),
    ]
