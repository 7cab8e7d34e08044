"""The one door to data: `tenant_transaction`.

Every query of a tenant's rows happens inside it. Outside, managers raise; and should a query get past them, row-level security
answers as if the tables were empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_current: ContextVar[int | None] = ContextVar("organization", default=None)


class TenantError(RuntimeError):
    """The door to data was used wrongly: a bug of ours, never the user's."""


class NoTenant(TenantError):
    """A tenant's rows were asked for outside tenant_transaction."""


class NestedTenant(TenantError):
    """tenant_transaction was entered inside itself or inside somebody else's transaction."""


@contextmanager
def tenant_transaction(organization_id: int, *, snapshot: bool = False) -> Iterator[int]:
    """Open a transaction in which exactly one organisation's rows exist.

    `snapshot` makes it repeatable-read and read-only: everything read inside belongs to one moment. Results must be turned into
    plain values before the block ends: a queryset that is evaluated later raises NoTenant. Yields the organisation's id.
    """
    with _opened(organization_id, "REPEATABLE READ, READ ONLY" if snapshot else "") as opened:
        yield opened


@contextmanager
def tenant_rehearsal(organization_id: int) -> Iterator[int]:
    """Open a transaction that is always rolled back: what would be, had this been written. Everything read belongs to one moment.

    Nothing that waits for the commit happens. Results must be turned into plain values before the block ends.
    """
    with _opened(organization_id, "REPEATABLE READ") as opened:
        try:
            yield opened
        finally:
            transaction.set_rollback(True)


@contextmanager
def _opened(organization_id: int, isolation: str) -> Iterator[int]:
    if _current.get() is not None:
        raise NestedTenant("tenant_transaction does not nest: pass the data, or call the inner service outside.")
    if connection.in_atomic_block:
        raise NestedTenant("tenant_transaction opens its own transaction: it cannot live inside another atomic block.")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            if isolation:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(int(organization_id))])
        token = _current.set(int(organization_id))
        try:
            yield int(organization_id)
        finally:
            _current.reset(token)


def current_organization_id() -> int:
    """The organisation of the open tenant_transaction. Raises NoTenant outside one."""
    organization_id = _current.get()
    if organization_id is None:
        raise NoTenant("This needs a tenant_transaction: no organisation is set.")
    return organization_id


def statements_limited(seconds: int) -> None:
    """Let no statement of the open tenant_transaction take longer: then OperationalError is raised."""
    current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{int(seconds)}s"])


def in_tenant_transaction() -> bool:
    """True inside tenant_transaction."""
    return _current.get() is not None
