"""Many organisations' recurrences with two workers: `python -m bench.tenants --rows 1000`.

`rows` organisations have ten connections each, every five or ten minutes. Two worker processes and the clock process run as they are
deployed. Measured is how long after it was due each recurrence was answered, first with nothing else to do (`quiet`), then while
one more organisation has a thousand runs waiting, all of them due for longer than anybody's. There is no floor but the second: ours
is the 99th percentile of the second part, in seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import psycopg2

from bench import tenants_sql
from bench.environment import migrator_url
from bench.harness import Bench, Line, run
from bench.window import KIND

EACH = 10
CROWD = 1000
SECONDS = 40
_SETTLE = timedelta(seconds=8)  # what becomes due so shortly before the end is not waited for


def measure(rows: int, repetitions: int) -> Line:
    """One size. There is nothing to repeat: each second has recurrences of its own."""
    slug = f"bench-tenants-{uuid.uuid4().hex[:8]}"
    connection = psycopg2.connect(migrator_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        try:
            _make(cursor, slug, rows)
            with _workers():
                _caught_up(cursor, slug)
                quiet = _lateness(cursor, slug)
                crowd = _crowd(cursor, slug)
                busy = _lateness(cursor, slug)
                done = _done(cursor, crowd)
        finally:
            cursor.execute(tenants_sql.REMOVE_WAKES, {"slug": slug + "%"})
    connection.close()
    figures = {
        "due": f"{len(quiet)} + {len(busy)}",
        "quiet median": f"{_percentile(quiet, 50):.2f} s",
        "quiet p99": f"{_percentile(quiet, 99):.2f} s",
        "busy median": f"{_percentile(busy, 50):.2f} s",
        "of the crowd done": f"{done:,}",
    }
    late = _percentile(quiet, 99)
    misses = (f"{late:.2f} s at p99 with nothing else to do",) if late > BENCH.target else ()
    return Line(rows, 1.0, _percentile(busy, 99), figures, misses)


def _make(cursor: Any, slug: str, organizations: int) -> None:
    """The organisations and their connections, in step and each due at its place of the next minutes."""
    now = datetime.now(UTC)
    cursor.execute(tenants_sql.ORGANIZATIONS, {"slug": slug, "count": organizations, "now": now})
    cursor.execute(tenants_sql.CONNECTIONS, {"slug": slug + "-%", "each": EACH, "kind": KIND, "now": now})
    cursor.execute(tenants_sql.FIRST, {"slug": slug + "-%"})
    cursor.execute(
        tenants_sql.IN_STEP,
        {"slug": slug + "-%", "fingerprint": _fingerprint(*cursor.fetchone(), now), "now": now},
    )
    cursor.execute(tenants_sql.ALL, {"slug": slug + "-%"})
    due = [(org, id, _due(minutes, id, now)) for org, id, minutes in cursor.fetchall()]
    columns = [list(one) for one in zip(*due, strict=True)]
    cursor.execute(tenants_sql.DUE, columns)
    cursor.execute(tenants_sql.WAKES, columns)
    cursor.execute("ANALYZE integrations_connection")
    cursor.execute("ANALYZE tenancy_dispatch")


def _due(minutes: int, id: int, now: datetime) -> datetime:
    from integrations.recurrence import next_due

    return next_due({"every_minutes": minutes}, "America/Chicago", now, spread=id)


def _fingerprint(organization_id: int, connection_id: int, now: datetime) -> str:
    """Of any of them: they differ in nothing that counts."""
    from integrations.services.reading import glance
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(organization_id, snapshot=True):
        return glance(connection_id=connection_id, now=now).fingerprint


def _caught_up(cursor: Any, slug: str) -> None:
    """Until the workers have started and done what became due meanwhile."""
    for _ in range(60):
        time.sleep(1)
        cursor.execute(tenants_sql.OVERDUE, {"slug": slug + "-%", "now": datetime.now(UTC) - timedelta(seconds=2)})
        if cursor.fetchone()[0] == 0:
            return
    raise RuntimeError("The workers do not catch up within a minute.")


def _crowd(cursor: Any, slug: str) -> int:
    """One more organisation, whose runs have waited for an hour. They find no server to send to, and stop."""
    before = datetime.now(UTC) - timedelta(hours=1)
    cursor.execute(tenants_sql.ORGANIZATIONS, {"slug": f"{slug}x", "count": 1, "now": before})
    cursor.execute(tenants_sql.CONNECTIONS, {"slug": f"{slug}x-%", "each": CROWD, "kind": KIND, "now": before})
    cursor.execute(tenants_sql.WAITING, {"slug": f"{slug}x-%", "now": before})
    cursor.execute(tenants_sql.FIRST, {"slug": f"{slug}x-%"})
    return int(cursor.fetchone()[0])


def _done(cursor: Any, organization_id: int) -> int:
    cursor.execute(tenants_sql.DONE, [organization_id])
    return int(cursor.fetchone()[0])


def _lateness(cursor: Any, slug: str) -> list[float]:
    """Seconds from when a recurrence was due to when it was answered, for those due in the next while; unanswered ones count whole."""
    begin = datetime.now(UTC)
    end = begin + timedelta(seconds=SECONDS)
    cursor.execute(tenants_sql.DUE_BETWEEN, {"slug": slug + "-%", "from": begin, "to": end - _SETTLE})
    due = dict(cursor.fetchall())
    time.sleep(SECONDS)
    cursor.execute(tenants_sql.ANSWERED, {"ids": list(due), "from": begin})
    answered = dict(cursor.fetchall())
    late = timedelta(seconds=SECONDS)
    return [(answered.get(id, at + late) - at).total_seconds() for id, at in due.items()]


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


@contextmanager
def _workers() -> Iterator[None]:
    """Two workers of one process each and the clock, on a broker that holds nothing old."""
    from config.celery import app

    app.control.purge()
    with tempfile.TemporaryDirectory() as folder:
        celery = [sys.executable, "-m", "celery", "-A", "config"]
        worker = [*celery, "worker", "--pool", "solo", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        commands = [
            [*worker, "--hostname", "one@bench"],
            [*worker, "--hostname", "two@bench"],
            [*celery, "beat", "--schedule", str(Path(folder) / "schedule"), "--pidfile=", "--loglevel", "WARNING"],
        ]
        running = [subprocess.Popen(one, env=os.environ.copy(), stderr=subprocess.DEVNULL) for one in commands]
        try:
            yield
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(timeout=30)
            app.control.purge()


BENCH = Bench(
    name="tenants",
    floor="one second",
    ours="lateness of due recurrences at p99, two workers, while one organisation has 1,000 runs waiting",
    target=5,
    measure=measure,
    rows=1_000,
    steps=(10, 1),
)


if __name__ == "__main__":
    django.setup()
    raise SystemExit(run(BENCH))
