"""An On Call Finder file of a whole window through the shipped connector and layout: `python -m bench.window --rows 12000`.

Ours is what a run that must send although nothing changed does before it sends: look, take the records as they were delivered, and
write the file. `anew` is the same file by a run after a change of data: read the window, shape every record, compare each with what
was delivered, write. The floor is psycopg2's COPY of the same rows and as many columns as they stand, to a file on the same
disk. Both as the application role under row-level security.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg2

from bench.connections import connected
from bench.data import BLOCK, BLOCKS, HealthSystem, health_system
from bench.environment import application_url, migrator_url
from bench.harness import Bench, Line, alternate, duration, run

DAYS = 32  # one back, thirty forward and today
KIND = "epic_on_call_finder"
_FLOOR = """
COPY (
    SELECT m.values ->> 'team_id', m.values ->> 'team_name', p.unique_id, p.last_name || ', ' || p.first_name,
           m.values ->> 'role', s.call_order, s.starts_at, s.start_wall, s.ends_at, s.end_wall, s.note,
           m.values ->> 'team_comment', p.cell
    FROM scheduling_publishedshift s
    JOIN integrations_mappingrow m
      ON m.organization_id = {org} AND m.connection_id = {connection} AND m.assignment_id = s.assignment_id
    JOIN scheduling_person p ON p.organization_id = {org} AND p.id = s.person_id
    WHERE s.organization_id = {org} AND s.audience = 'everyone' AND s.recorded_to IS NULL
      AND s.starts_at >= '{start}' AND s.starts_at < '{end}'
    ORDER BY s.starts_at, s.shift_id
) TO STDOUT WITH (FORMAT csv)
"""


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    now = datetime.now(UTC)
    published = round(rows / DAYS / 0.98) * BLOCK * BLOCKS  # one shift in fifty is open
    made = health_system(migrator_url(), rows=max(published, BLOCK * BLOCKS), anchor=now.date())
    organization_id, connection_id = connected(
        made, KIND, lambda unit: {"team_id": unit.code, "team_name": f"Team {unit.code}", "role": "On call"}
    )
    timings: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder)
        deliver(organization_id, connection_id, now, spool)

        def ours() -> int:
            return render(organization_id, connection_id, now, spool, {}, full=False)

        count = ours()
        floor = _floor(made, connection_id, _window(organization_id, connection_id, now), spool, count)
        floor_s, ours_s = alternate(floor, ours, repetitions=repetitions)
        floor_again, anew = alternate(
            floor,
            lambda: render(organization_id, connection_id, now, spool, timings, full=True),
            repetitions=max(repetitions // 3, 1),
        )
        size = max(path.stat().st_size for path in spool.iterdir())
    figures = {name: duration(sorted(took)[len(took) // 2]) for name, took in timings.items()}
    told = {"anew": f"{anew / floor_again:.1f} x", **figures, "file": f"{size / 1e6:.2f} MB"}
    return Line(count, floor_s, ours_s, told)


def render(
    organization_id: int, connection_id: int, now: datetime, spool: Path, timings: dict[str, list[float]], *, full: bool
) -> int:
    """What a run that is asked for does up to the file on the spool. Returns its rows."""
    from integrations.services.collecting import collector_resting
    from integrations.services.reading import glance, plan_of, read, shape
    from tenancy.tenant import tenant_transaction

    def step(name: str, action: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        done = action()
        timings.setdefault(name, []).append(time.perf_counter() - started)
        return done

    with collector_resting():
        with tenant_transaction(organization_id, snapshot=True):
            reading = step("read", lambda: read(glance(connection_id=connection_id, now=now), now=now, full=full))
        shaped = step("shape", lambda: shape(reading))
        todo = step("compare", lambda: plan_of(reading, shaped, now=now))
    if todo.operations:
        raise RuntimeError(f"{len(todo.operations)} records differ although nothing changed.")
    with collector_resting():
        written = step(
            "write", lambda: reading.connector.write(shaped.desired, reading.context, sequence=1, spool=spool)
        )
    return int(written.rows)


def deliver(organization_id: int, connection_id: int, now: datetime, spool: Path) -> None:
    """Make the ledger what the destination would have."""
    from integrations.models import Connection
    from integrations.services.ledger import file_confirmed
    from integrations.services.reading import glance, plan_of, read, shape
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id, snapshot=True):
        reading = read(glance(connection_id=connection_id, now=now), now=now, full=True)
    shaped = shape(reading)
    todo = plan_of(reading, shaped, now=now)
    with tenant_transaction(organization_id):
        file_confirmed(
            connection_id=connection_id, lane="live", run_id=0, plan=todo, desired=shaped.desired,
            window_start=reading.window_start, now=now,
        )  # fmt: skip
        Connection.objects.filter(id=connection_id).update(
            fingerprint=reading.fingerprint, seen_number=reading.number, in_step_number=reading.number, in_step_at=now
        )


def _window(organization_id: int, connection_id: int, now: datetime) -> Any:
    from integrations.services.reading import glance, span_of
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id, snapshot=True):
        return span_of(glance(connection_id=connection_id, now=now), now=now)


def _floor(made: HealthSystem, connection_id: int, span: Any, spool: Path, count: int) -> Callable[[], None]:
    connection = psycopg2.connect(application_url())
    statement = _FLOOR.format(org=made.organization_id, connection=connection_id, start=span.start, end=span.end)

    def floor() -> None:
        with connection, connection.cursor() as cursor, (spool / "floor.csv").open("wb") as file:
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(made.organization_id)])
            cursor.copy_expert(statement, file)
            if cursor.rowcount != count:
                raise RuntimeError(f"The floor has {cursor.rowcount} rows, the file {count}.")

    return floor


BENCH = Bench(
    name="window",
    floor="psycopg2 COPY TO STDOUT of the same rows, unformatted",
    ours="an On Call Finder file: read, shape, compare, write, by the shipped connector",
    target=8,
    measure=measure,
    rows=12_000,
)


if __name__ == "__main__":
    django.setup()
    raise SystemExit(run(BENCH))
