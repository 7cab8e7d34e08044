"""The walls between organisations, asked of PostgreSQL itself: every model of every app, no exception without a written reason."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator

import psycopg2
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from psycopg2 import errors

from scheduling.models import Assignment, AssignmentType, Department, Person
from tenancy.fields import TenantForeignKey
from tenancy.managers import TenantManager
from tenancy.models import Account, ApiClient, ChangeEntry, Organization, TenantModel
from tenancy.tenant import NestedTenant, NoTenant, tenant_transaction
from tests.conftest import NOW, Tenant

OURS = ("tenancy", "scheduling", "integrations", "exports", "api", "sso")
# Models that are not a tenant's table, each with the reason.
EXEMPT = {
    "tenancy.Organization": "the tenant itself: forced row-level security with a policy of its own shows each its own row",
    "tenancy.Dispatch": "ids and times only: ticks must see what is due across organisations",
    "tenancy.Installation": "one row about the database, read by all, written by its owner",
}
# What the application role may do with a table, where it is not everything.
EVERYTHING = {"SELECT", "INSERT", "UPDATE", "DELETE"}
GRANTS = {
    "tenancy_changeentry": {"SELECT", "INSERT"},
    "scheduling_publication": {"SELECT", "INSERT"},
    "scheduling_publishedshift": {"SELECT", "INSERT"},
    "scheduling_sharevisit": {"SELECT", "INSERT"},
    "integrations_layoutversion": {"SELECT", "INSERT"},
    "tenancy_organization": {"SELECT", "UPDATE"},
    "tenancy_installation": {"SELECT"},
    "django_migrations": {"SELECT"},
}
# Columns of append-only tables that may be written once more: a published row is closed.
COLUMN_UPDATES = {("scheduling_publishedshift", "recorded_to"), ("scheduling_publishedshift", "recorded_to_at")}
# Functions that run with their owner's rights: exact lookups for sign-in, before the organisation is known.
SECURITY_DEFINER = {"organization_by_slug(wanted text)", "organization_by_domain(wanted text)"}

MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
TENANT_MODELS = [model for model in MODELS if issubclass(model, TenantModel)]
REFERENCES = [
    (model, field)
    for model in TENANT_MODELS
    for field in model._meta.local_fields
    if isinstance(field, models.ForeignKey)
]
each_model = pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
each_reference = pytest.mark.parametrize(
    ("model", "field"), REFERENCES, ids=[f"{model._meta.label}.{field.name}" for model, field in REFERENCES]
)


@pytest.fixture
def app_cursor() -> Iterator[psycopg2.extensions.cursor]:
    """A connection of the application role that no code of ours has touched."""
    parameters = connection.get_connection_params()
    raw = psycopg2.connect(**{name: value for name, value in parameters.items() if name not in ("cursor_factory",)})
    raw.autocommit = True
    with raw.cursor() as cursor:
        yield cursor
    raw.close()


def test_every_model_is_behind_the_wall_or_exempt_with_a_reason() -> None:
    outside = {model._meta.label for model in MODELS} - {model._meta.label for model in TENANT_MODELS}
    assert outside == set(EXEMPT)
    assert all(len(reason) > 20 for reason in EXEMPT.values())


def test_every_table_of_the_schema_belongs_to_a_model(owner_cursor) -> None:
    owner_cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f')"
    )
    tables = {row[0] for row in owner_cursor.fetchall()}
    assert tables == {model._meta.db_table for model in MODELS} | {"django_migrations"}


def test_the_application_role_is_plain(app_cursor) -> None:
    app_cursor.execute(
        "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles "
        "WHERE rolname = current_user"
    )
    assert app_cursor.fetchone() == ("rotacast_app", False, False, False, False, False)
    app_cursor.execute(
        "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    )
    assert app_cursor.fetchone() == (0,)
    app_cursor.execute(
        "SELECT has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'TEMPORARY')"
    )
    assert app_cursor.fetchone() == (False, False)
    app_cursor.execute(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = current_user"
    )
    assert app_cursor.fetchone() == (0,)


@each_model
def test_row_level_security_is_on_and_forced_with_one_policy(model, owner_cursor) -> None:
    table = model._meta.db_table
    owner_cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    assert owner_cursor.fetchone() == (True, True)
    owner_cursor.execute(
        "SELECT permissive, roles::text[], cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' AND tablename = %s",
        [table],
    )
    policies = owner_cursor.fetchall()
    assert [policy[:3] for policy in policies] == [("PERMISSIVE", ["public"], "ALL")]
    ((_, _, _, using, check),) = policies
    assert using == check
    assert using.startswith(
        "(organization_id = ( SELECT (NULLIF(current_setting('app.organization'::text, true), ''::text))::bigint"
    )


@each_model
def test_the_physical_key_and_the_organisation(model, owner_cursor) -> None:
    table = model._meta.db_table
    owner_cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'", [table]
    )
    assert owner_cursor.fetchall() == [("PRIMARY KEY (organization_id, id)",)]
    owner_cursor.execute(
        "SELECT attnotnull, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attname = 'organization_id'",
        [table],
    )
    assert owner_cursor.fetchone() == (True, "bigint")
    assert "FOREIGN KEY (organization_id) REFERENCES tenancy_organization(id)" in foreign_keys(owner_cursor, table)


@each_model
def test_no_foreign_key_has_a_single_column(model, owner_cursor) -> None:
    """One that names less than the organisation would look straight through the wall."""
    for definition in foreign_keys(owner_cursor, model._meta.db_table):
        assert definition.startswith(
            ("FOREIGN KEY (organization_id, ", "FOREIGN KEY (organization_id) REFERENCES tenancy_org")
        )


@each_reference
def test_every_reference_is_a_tenant_reference_with_its_composite_key(model, field, owner_cursor) -> None:
    assert isinstance(field, TenantForeignKey)
    assert field.db_constraint is False
    target = field.remote_field.model._meta.db_table
    assert f"FOREIGN KEY (organization_id, {field.column}) REFERENCES {target}(organization_id, id)" in foreign_keys(
        owner_cursor, model._meta.db_table
    )


@each_model
def test_every_unique_rule_is_one_organisations_own(model, owner_cursor) -> None:
    """A rule across organisations would tell one what another holds; an e-mail domain is the one that must."""
    owner_cursor.execute(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND indisunique",
        [model._meta.db_table],
    )
    for (definition,) in owner_cursor.fetchall():
        assert "(organization_id, " in definition or "tenancy_domain_once" in definition


def foreign_keys(cursor, table: str) -> list[str]:
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [table]
    )
    return [row[0] for row in cursor.fetchall()]


def test_grants_are_as_intended(owner_cursor) -> None:
    owner_cursor.execute(
        "SELECT c.relname, array_agg(a.privilege_type::text) "
        "FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND r.rolname = 'rotacast_app' GROUP BY 1"
    )
    held = {table: set(grants) for table, grants in owner_cursor.fetchall()}
    tables = {model._meta.db_table for model in MODELS} | {"django_migrations"}
    assert held == {table: GRANTS.get(table, EVERYTHING) for table in tables}
    owner_cursor.execute(
        "SELECT table_name, column_name FROM information_schema.column_privileges p WHERE grantee = 'rotacast_app' AND "
        "privilege_type = 'UPDATE' AND NOT EXISTS (SELECT FROM information_schema.role_table_grants t WHERE t.grantee = p.grantee "
        "AND t.table_name = p.table_name AND t.privilege_type = 'UPDATE')"
    )
    assert set(owner_cursor.fetchall()) == COLUMN_UPDATES
    owner_cursor.execute(
        "SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND r.rolname = 'rotacast_operator'"
    )
    assert owner_cursor.fetchall() == [("tenancy_organization", "INSERT")]
    owner_cursor.execute(
        "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0"
    )
    assert owner_cursor.fetchall() == []


def test_functions_with_their_owners_rights_are_exactly_these(owner_cursor) -> None:
    owner_cursor.execute(
        "SELECT proname || '(' || pg_get_function_arguments(oid) || ')', proconfig, has_function_privilege('public', oid, 'EXECUTE') "
        "FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    found = owner_cursor.fetchall()
    assert {row[0] for row in found} == SECURITY_DEFINER
    assert all(row[1] == ["search_path=pg_catalog, public"] and row[2] is False for row in found)


def test_views_run_with_the_callers_rights_and_nothing_is_materialised(owner_cursor) -> None:
    owner_cursor.execute(
        "SELECT relname, relkind, COALESCE('security_invoker=true' = ANY (reloptions), false) FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    )
    assert [row for row in owner_cursor.fetchall() if row[1:] != ("v", True)] == []


@each_model
def test_raw_sql_without_an_organisation_sees_nothing(model, app_cursor) -> None:
    for setting in (None, ""):
        if setting is not None:
            app_cursor.execute("SELECT set_config('app.organization', %s, false)", [setting])
        app_cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
        assert app_cursor.fetchone() == (0,)


def test_raw_sql_without_an_organisation_sees_no_organisation(tenant, app_cursor) -> None:
    app_cursor.execute("SELECT count(*) FROM tenancy_organization")
    assert app_cursor.fetchone() == (0,)
    app_cursor.execute("SELECT set_config('app.organization', %s, false)", [str(tenant.id)])
    app_cursor.execute("SELECT id FROM tenancy_organization")
    assert app_cursor.fetchall() == [(tenant.id,)]


def test_the_setting_does_not_outlive_its_transaction(tenant, owner_cursor) -> None:
    """A pooled connection is handed on with the setting empty, and an empty setting sees nothing."""
    department(tenant)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), count(*) FROM scheduling_department")
        assert cursor.fetchone()[1] == 0
        cursor.execute("SELECT current_setting('app.organization', true)")
        assert cursor.fetchone() == ("",)


class TwoTenants:
    """Two organisations with a department each."""

    def __init__(self, new_tenant) -> None:
        self.ours, self.theirs = new_tenant(), new_tenant()
        self.our_department, self.their_department = department(self.ours), department(self.theirs)


def department(tenant: Tenant, code: str = "ED") -> Department:
    with tenant.transaction():
        return Department.objects.create(name="Emergency", code=code, zone="America/Chicago")


@pytest.fixture
def two(new_tenant) -> TwoTenants:
    return TwoTenants(new_tenant)


def test_a_foreign_reference_is_refused_by_the_composite_key(two: TwoTenants) -> None:
    with two.ours.transaction():
        kind = AssignmentType.objects.create(name="Working")
    with pytest.raises(DatabaseError) as refused, two.ours.transaction():
        Assignment.objects.create(
            code="D", name="Day", department_id=two.their_department.id, type=kind, start_time="07:00", end_time="19:00"
        )
    assert isinstance(refused.value.__cause__, errors.ForeignKeyViolation)
    with pytest.raises(DatabaseError) as refused, two.ours.transaction():
        Department.objects.update(parent_id=two.their_department.id)
    assert isinstance(refused.value.__cause__, errors.ForeignKeyViolation)


def test_a_row_for_somebody_else_is_refused_by_the_policy(two: TwoTenants) -> None:
    attempts = [
        lambda: Department.objects.create(organization_id=two.theirs.id, name="X", code="X", zone="UTC"),
        lambda: Department.objects.bulk_create(
            [Department(organization_id=two.theirs.id, name="X", code="X", zone="UTC")]
        ),
        lambda: Department.objects.update(organization_id=two.theirs.id),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError, match="row-level security") as refused, two.ours.transaction():
            attempt()
        assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)


def test_raw_sql_inside_reaches_only_ones_own(two: TwoTenants, app_cursor) -> None:
    app_cursor.execute("SELECT set_config('app.organization', %s, false)", [str(two.ours.id)])
    app_cursor.execute("SELECT id FROM scheduling_department")
    assert app_cursor.fetchall() == [(two.our_department.id,)]
    app_cursor.execute("UPDATE scheduling_department SET name = 'Taken' WHERE id = %s", [two.their_department.id])
    assert app_cursor.rowcount == 0
    app_cursor.execute("DELETE FROM scheduling_department WHERE organization_id = %s", [two.theirs.id])
    assert app_cursor.rowcount == 0
    with two.theirs.transaction():
        assert Department.objects.get().name == "Emergency"


def test_copy_is_under_the_policy(two: TwoTenants, app_cursor) -> None:
    app_cursor.execute("SELECT set_config('app.organization', %s, false)", [str(two.ours.id)])
    out = io.StringIO()
    app_cursor.copy_expert("COPY (SELECT id FROM scheduling_department) TO STDOUT", out)
    assert out.getvalue() == f"{two.our_department.id}\n"
    table = io.StringIO()
    app_cursor.copy_expert("COPY scheduling_department (id) TO STDOUT", table)
    assert table.getvalue() == out.getvalue()
    columns = 'organization_id, public_id, name, code, zone, "order", revision'
    row = f"{two.theirs.id}\t{uuid.uuid4()}\tX\tX\tUTC\t0\t1\n"
    # PostgreSQL refuses COPY FROM under row-level security altogether: bulk load is the owner's act.
    with pytest.raises(errors.FeatureNotSupported):
        app_cursor.copy_expert(f"COPY scheduling_department ({columns}) FROM STDIN", io.StringIO(row))
    with two.theirs.transaction():
        assert Department.objects.count() == 1


def test_the_append_only_tables_are_append_only(two: TwoTenants, app_cursor) -> None:
    app_cursor.execute("SELECT set_config('app.organization', %s, false)", [str(two.ours.id)])
    for statement in (
        "UPDATE tenancy_changeentry SET actor = ''",
        "DELETE FROM tenancy_changeentry",
        "TRUNCATE tenancy_changeentry",
        "UPDATE scheduling_publication SET actor = ''",
        "DELETE FROM scheduling_publication",
        "UPDATE scheduling_publishedshift SET note = ''",
        "DELETE FROM scheduling_publishedshift",
        "ALTER TABLE scheduling_publishedshift NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY scheduling_publishedshift_tenant ON scheduling_publishedshift",
        "SET ROLE rotacast_migrator",
        "SET ROLE rotacast_operator",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            app_cursor.execute(statement)


def test_the_operator_sees_organisations_and_nothing_inside(two: TwoTenants) -> None:
    assert Organization.objects.using("operator").filter(id__in=[two.ours.id, two.theirs.id]).count() == 2
    from django.db import connections

    with connections["operator"].cursor() as cursor:
        for model in TENANT_MODELS:
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
            assert cursor.fetchone() == (0,), model


@each_model
def test_managers_fail_closed(model) -> None:
    assert type(model._default_manager) is TenantManager
    assert type(model._base_manager) is TenantManager
    objects = model._default_manager
    for attempt in (
        objects.all,
        objects.count,
        objects.exists,
        objects.first,
        lambda: objects.filter(id=1),
        lambda: objects.get(id=1),
        lambda: objects.raw(f'SELECT * FROM "{model._meta.db_table}"'),
        lambda: objects.bulk_create([]),
        lambda: objects.bulk_update([], ["id"]),
        lambda: objects.update(id=1),
        lambda: objects.create(),
        lambda: objects.get_or_create(id=1),
        lambda: objects.update_or_create(id=1),
        lambda: objects.aggregate(models.Count("id")),
        lambda: objects.in_bulk([1]),
        lambda: objects.select_for_update(),
        lambda: objects.all().delete(),
        model,
    ):
        with pytest.raises(NoTenant):
            attempt()


def test_a_queryset_does_not_leave_its_transaction(two: TwoTenants) -> None:
    with two.ours.transaction():
        rows = Department.objects.all()
        ready = Department.objects.get()
        reference = Assignment(department_id=ready.id)
        raw = Department.objects.raw("SELECT * FROM scheduling_department")
    attempts = (
        lambda: list(rows),
        rows.count,
        rows.exists,
        rows.first,
        lambda: rows.update(name="X"),
        rows.delete,
        lambda: rows[0],
        lambda: list(rows.values_list("id")),
        lambda: list(rows.iterator()),
        lambda: list(rows | rows),
        lambda: list(rows.union(rows)),
        lambda: rows.filter(name="x").explain(),
        lambda: reference.department.name,
        ready.refresh_from_db,
        ready.save,
        ready.delete,
    )
    for attempt in attempts:
        with pytest.raises(NoTenant):
            attempt()
    assert list(raw) == []  # raw SQL has no guard of ours: the policy is the wall
    with two.theirs.transaction():
        for attempt in attempts[:12]:
            with pytest.raises(NoTenant):
                attempt()
        assert Department.objects.get().name == "Emergency"


def test_a_reference_across_organisations_finds_nothing(two: TwoTenants) -> None:
    with two.ours.transaction():
        stray = Assignment(department_id=two.their_department.id)
        with pytest.raises(Department.DoesNotExist):
            _ = stray.department


def test_the_door_does_not_nest(two: TwoTenants) -> None:
    with two.ours.transaction(), pytest.raises(NestedTenant), tenant_transaction(two.theirs.id):
        pass
    with transaction.atomic(), pytest.raises(NestedTenant), tenant_transaction(two.ours.id):
        pass
    with two.ours.transaction():
        assert Department.objects.count() == 1


def test_a_snapshot_reads_one_moment_and_writes_nothing(two: TwoTenants) -> None:
    with pytest.raises(DatabaseError, match="read-only"), tenant_transaction(two.ours.id, snapshot=True):
        Department.objects.update(name="X")


def test_after_an_error_the_next_transaction_is_clean(two: TwoTenants) -> None:
    with pytest.raises(ZeroDivisionError), two.ours.transaction():
        Department.objects.update(name="X")
        _ = 1 / 0
    with two.theirs.transaction():
        assert Department.objects.get().id == two.their_department.id
    with two.ours.transaction():
        assert Department.objects.get().name == "Emergency"


def test_two_organisations_may_hold_the_same_values(two: TwoTenants) -> None:
    for tenant in (two.ours, two.theirs):
        with tenant.transaction():
            Person.objects.create(last_name="Ames", unique_id="007", search_key="ames")
            Account.objects.create(email="a@x.example", name="A", role="viewer", subject="a@x.example", created_at=NOW)
            ApiClient.objects.create(name="A", secret_hash=b"x" * 32, scopes="", created_at=NOW)
            assert (Person.objects.count(), Account.objects.count(), ChangeEntry.objects.count()) == (1, 1, 0)
