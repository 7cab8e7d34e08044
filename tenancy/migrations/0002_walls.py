"""Row-level security, composite keys, grants, and the two exact lookups that sign-in needs before it knows the organisation."""

from django.db import migrations

from tenancy.migrations_support import APPEND_ONLY, APPLICATION_ROLE, OPERATOR_ROLE, TenantTable

ORGANISATION = f"""
ALTER TABLE tenancy_organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancy_organization FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy_organization_own ON tenancy_organization TO {APPLICATION_ROLE}
    USING (id = (SELECT NULLIF(current_setting('app.organization', true), '')::bigint));
CREATE POLICY tenancy_organization_operator ON tenancy_organization TO {OPERATOR_ROLE} USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON tenancy_organization TO {APPLICATION_ROLE};
GRANT INSERT ON tenancy_organization TO {OPERATOR_ROLE};

CREATE FUNCTION organization_by_slug(wanted text) RETURNS TABLE (id bigint, name text, status text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT o.id, o.name::text, o.status::text FROM public.tenancy_organization o WHERE o.slug = wanted $$;
REVOKE ALL ON FUNCTION organization_by_slug(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organization_by_slug(text) TO {APPLICATION_ROLE};

CREATE FUNCTION organization_by_domain(wanted text) RETURNS TABLE (id bigint, name text, status text, slug text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT o.id, o.name::text, o.status::text, o.slug::text FROM public.tenancy_organization o
          JOIN public.tenancy_organizationdomain d ON d.organization_id = o.id WHERE d.domain = wanted $$;
REVOKE ALL ON FUNCTION organization_by_domain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organization_by_domain(text) TO {APPLICATION_ROLE};

GRANT SELECT, INSERT, UPDATE, DELETE ON tenancy_dispatch TO {APPLICATION_ROLE};
GRANT SELECT ON tenancy_installation TO {APPLICATION_ROLE};
GRANT SELECT ON django_migrations TO {APPLICATION_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_organisations")]
    operations = [
        TenantTable("OrganizationDomain"),
        TenantTable("Account"),
        TenantTable("AccountSession"),
        TenantTable("ApiClient"),
        TenantTable("ApiToken"),
        TenantTable("SecretRow"),
        TenantTable("ChangeEntry", grants=APPEND_ONLY),
        migrations.RunSQL(ORGANISATION, migrations.RunSQL.noop),
    ]
