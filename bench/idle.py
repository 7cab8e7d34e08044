"""A recurrence with nothing changed: `python -m bench.idle --rows 1000000`.

Ours is everything that a due recurrence of an On Call Finder connection costs when nothing changed: the transaction that the worker's
task opens, from its first statement to its commit. The floor is one SELECT of the connection's row by its key, in a transaction of
the same kind, as the application role under row-level security. `rows` are published shifts; the cost must not follow them.
"""

from __future__ import annotations

from datetime import UTC, datetime

import django
import psycopg2

from bench.data import BLOCK, BLOCKS, health_system
from bench.environment import application_url, migrator_url
from bench.harness import Bench, Line, alternate, run
from bench.window import KIND

_NEVER = ("scheduling_publishedshift", "integrations_ledgerrow", "integrations_mappingrow", "tenancy_secretrow")
_INNER = 20


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    now = datetime.now(UTC)
    made = health_system(migrator_url(), rows=max(rows, BLOCK * BLOCKS), anchor=now.date())
    organization_id = made.organization_id
    waiting = _connections(organization_id, (repetitions + 1) * _INNER + 1, now)
    connection = psycopg2.connect(application_url())

    def floor() -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(organization_id)])
            cursor.execute(
                "SELECT * FROM integrations_connection WHERE organization_id = %s AND id = %s",
                [organization_id, waiting[0]],
            )
            cursor.fetchall()

    def ours() -> None:
        recurrence(organization_id, waiting.pop(), now)

    floor_s, ours_s = alternate(floor, ours, repetitions=repetitions, inner=_INNER)
    connection.close()
    statements = _statements(organization_id, waiting.pop(), now)
    touched = [name for name in _NEVER if any(name in one for one in statements)]
    misses = [f"it reads {name}" for name in touched]
    asked = _waiting_runs(organization_id)
    if asked:
        misses.append(f"{asked} runs were asked for although nothing changed")
    return Line(rows, floor_s, ours_s, {"statements": str(len(statements))}, tuple(misses))


def recurrence(organization_id: int, connection_id: int, now: datetime) -> None:
    """The recurrence has come: what the worker's task does."""
    from integrations.services.requests import recurrence_due
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id):
        recurrence_due(connection_id=connection_id, now=now)


def _connections(organization_id: int, count: int, now: datetime) -> list[int]:
    """So many connections in step, all due now, each of them with idle recurrences behind it."""
    from integrations.models import Connection, Run
    from integrations.services.reading import glance_of
    from tenancy.selectors import organization_info
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id):
        Run.objects.filter(connection_id__in=Connection.objects.filter(name="idle").values("id")).delete()
        Connection.objects.filter(name="idle").delete()
        made = Connection.objects.bulk_create(
            [
                Connection(kind=KIND, name="idle", state="live", recurrence={"every_minutes": 5}, created_at=now)
                for _ in range(count)
            ]
        )
        seen = glance_of(made[0], organization_info(), now=now)
        due = {"fingerprint": seen.fingerprint, "seen_number": seen.number, "in_step_number": seen.number}
        Connection.objects.filter(name="idle").update(**due, in_step_at=now, next_due_at=now)
        ids = [one.id for one in made]
    for one in ids:
        recurrence(organization_id, one, now)
    with tenant_transaction(organization_id):
        Connection.objects.filter(name="idle").update(next_due_at=now)
    return ids


def _statements(organization_id: int, connection_id: int, now: datetime) -> list[str]:
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(database) as asked:
        recurrence(organization_id, connection_id, now)
    return [one["sql"] for one in asked.captured_queries]


def _waiting_runs(organization_id: int) -> int:
    from integrations.models import Run
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id):
        return Run.objects.filter(state="waiting").count()


BENCH = Bench(
    name="idle",
    floor="SELECT of one row by its key, in a transaction of its own",
    ours="a due recurrence of a connection when nothing changed, from first statement to commit",
    target=10,
    measure=measure,
    rows=100_000,
    smallest=1092,
)


if __name__ == "__main__":
    django.setup()
    raise SystemExit(run(BENCH))
