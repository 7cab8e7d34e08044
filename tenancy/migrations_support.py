"""The one migration helper that turns a table into a tenant's table.

For a model it does, in this order: the physical primary key (organization_id, id); a foreign key of organization_id; a composite
foreign key for each TenantForeignKey; row-level security, enabled and forced, with the one policy; and the grants.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from tenancy.fields import TenantForeignKey

CURRENT = "(SELECT NULLIF(current_setting('app.organization', true), '')::bigint)"
APPLICATION_ROLE = "rotacast_app"
OPERATOR_ROLE = "rotacast_operator"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
APPEND_ONLY = "SELECT, INSERT"


class TenantTable(Operation):
    """Make `model_name` a tenant's table. `grants` is what the application role may do with its rows."""

    reduces_to_sql = True
    reversible = False

    def __init__(self, model_name: str, grants: str = EVERYTHING) -> None:
        self.model_name = model_name
        self.grants = grants

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes in Django's picture of the model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Run the statements."""
        model = to_state.apps.get_model(app_label, self.model_name)
        for statement in tenant_table_sql(model, self.grants):
            schema_editor.execute(statement)

    def describe(self) -> str:
        """For `migrate` and `sqlmigrate`."""
        return f"Secure {self.model_name} as a tenant's table"


class TenantReference(Operation):
    """Add the composite foreign key of a TenantForeignKey that a later migration introduced."""

    reduces_to_sql = True
    reversible = False

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes in Django's picture of the model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Run the statement."""
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(_reference_sql(model, model._meta.get_field(self.field_name)))

    def describe(self) -> str:
        """For `migrate` and `sqlmigrate`."""
        return f"Tie {self.model_name}.{self.field_name} to its organisation"


def tenant_table_sql(model: type[models.Model], grants: str) -> Iterator[str]:
    """The statements for one model, in order."""
    table = model._meta.db_table
    yield f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"'
    yield f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (organization_id, id)'
    yield (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_organization_fk" '
        "FOREIGN KEY (organization_id) REFERENCES tenancy_organization (id)"
    )
    for field in model._meta.local_fields:
        if isinstance(field, TenantForeignKey):
            yield _reference_sql(model, field)
    yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
    yield (
        f'CREATE POLICY "{table}_tenant" ON "{table}" '
        f"USING (organization_id = {CURRENT}) WITH CHECK (organization_id = {CURRENT})"
    )
    yield f'GRANT {grants} ON "{table}" TO {APPLICATION_ROLE}'


def _reference_sql(model: type[models.Model], field: Any) -> str:
    table, column = model._meta.db_table, field.column
    target = field.remote_field.model._meta.db_table
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_tenant_fk" '
        f'FOREIGN KEY (organization_id, "{column}") REFERENCES "{target}" (organization_id, id)'
    )
