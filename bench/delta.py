"""What changed among very many delivered records when one in a hundred did: `python -m bench.delta --rows 1000000`.

Ours is what a run of the shipped New Innovations connector does to know what its next file holds: look, read what the publication
touched on both sides, shape it, compare. The floor is one SELECT of the changed rows by publication number, opened and closed ones,
joined with person, department and assignment, into Python. Both as the application role under row-level security. `whole run` adds
the file, the ledger's intents and their confirmation.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg2

from bench import delta_sql
from bench.bulk import bulk_loading
from bench.connections import connected
from bench.data import HealthSystem, health_system
from bench.environment import application_url, migrator_url
from bench.harness import Bench, Line, alternate, duration, run

KIND = "new_innovations"


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    now = datetime.now(UTC)
    made = health_system(migrator_url(), rows=rows, anchor=now.date(), slug=f"bench-delta-{rows}-{now:%Y%m%d}")
    organization_id, connection_id = connected(
        made, KIND, lambda unit: {"duty_hour_name": "Duty", "location": unit.code}, include_note=True
    )
    since, until = changed(made, connection_id, now)
    _as_delivered(organization_id, connection_id, now, since)
    connection = psycopg2.connect(application_url())
    statement = delta_sql.FLOOR.format(org=organization_id)

    def floor() -> int:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(organization_id)])
            cursor.execute(statement, {"since": since, "until": until})
            return len(cursor.fetchall())

    def ours() -> int:
        return len(planned(organization_id, connection_id, now)[2].operations)

    differing, read = ours(), floor()
    floor_s, ours_s = alternate(floor, ours, repetitions=repetitions)
    connection.close()
    whole = _whole_run(organization_id, connection_id, now)
    told = {"read": f"{read:,}", "differing": f"{differing:,}", "whole run": duration(whole)}
    misses = () if differing == read // 2 else (f"{differing} differ, {read // 2} were changed",)
    return Line(rows, floor_s, ours_s, told, misses)


def planned(organization_id: int, connection_id: int, now: datetime) -> tuple[Any, Any, Any]:
    """What a run would do."""
    from integrations.services.collecting import collector_resting
    from integrations.services.reading import glance, plan_of, read, shape
    from tenancy.tenant import tenant_transaction

    with collector_resting():
        with tenant_transaction(organization_id, snapshot=True):
            reading = read(glance(connection_id=connection_id, now=now), now=now, full=False)
        if not reading.partial:
            raise RuntimeError("The run would compare everything: the connection is not as it was delivered.")
        shaped = shape(reading)
        return reading, shaped, plan_of(reading, shaped, now=now)


def changed(made: HealthSystem, connection_id: int, now: datetime) -> tuple[int, int]:
    """Deliver everything, then publish a change of one shift in a hundred: once. Returns the numbers before and after."""
    connection = psycopg2.connect(migrator_url())
    values = {"org": made.organization_id, "connection": connection_id, "now": now}
    with connection, connection.cursor() as cursor:
        cursor.execute(delta_sql.DELIVERED, values)
        if cursor.fetchone() is None:
            with bulk_loading(cursor, "integrations_ledgerrow"):
                cursor.execute(delta_sql.DELIVER, values)
            cursor.execute(delta_sql.CHANGE, values)
        cursor.execute(
            "SELECT number FROM scheduling_counter WHERE organization_id = %(org)s AND name = 'everyone'", values
        )
        (number,) = cursor.fetchone()
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in ("integrations_ledgerrow", "scheduling_publishedshift"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    connection.close()
    return int(number) - 1, int(number)


def _as_delivered(organization_id: int, connection_id: int, now: datetime, number: int) -> None:
    """The connection as its last run left it, before the change."""
    from integrations.models import Connection
    from integrations.services.reading import glance
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id):
        fingerprint = glance(connection_id=connection_id, now=now).fingerprint
        Connection.objects.filter(id=connection_id).update(
            fingerprint=fingerprint, seen_number=number, in_step_number=number, in_step_at=now, uncertain=False
        )


def _whole_run(organization_id: int, connection_id: int, now: datetime) -> float:
    """Seconds of a run but for its upload; the ledger is left as it was."""
    from integrations.services.ledger import delta_confirmed, intend
    from tenancy.tenant import tenant_rehearsal

    started = time.perf_counter()
    reading, shaped, todo = planned(organization_id, connection_id, now)
    units = {(one.key, one.recipient): one.unit for one in shaped.desired}
    with tempfile.TemporaryDirectory() as folder:
        reading.connector.write_delta(todo.operations, reading.context, sequence=1, spool=Path(folder))
    with tenant_rehearsal(organization_id):
        of = {"connection_id": connection_id, "lane": "live", "run_id": 1, "now": now}
        intend(**of, operations=todo.operations, units=units)  # type: ignore[arg-type]
        delta_confirmed(**of)  # type: ignore[arg-type]
        return time.perf_counter() - started


BENCH = Bench(
    name="delta",
    floor="SELECT of the changed rows by publication number, both versions, into Python",
    ours="what changed, by the shipped New Innovations connector: read, shape, compare",
    target=3,
    measure=measure,
    rows=1_000_000,
)


if __name__ == "__main__":
    django.setup()
    raise SystemExit(run(BENCH))
