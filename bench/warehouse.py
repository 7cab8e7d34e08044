"""The warehouse's whole zip against a bare COPY of the same rows.

    python -m bench.warehouse --rows 1000000

Ours is `DataWarehouse.extract`: twenty files, formatted, quoted, in order, with row counts and check sums, compressed into one zip
with its manifest. The floor is psycopg2's `copy_expert` of the same columns of the same joins as they stand: unquoted, in no order,
each into a file. Both write to the same disk, as the application role under row-level security. Beside the shifts there are a change
log with an entry for each published row, requests, and tallies that are counted for the occasion. Peak memory is that of a process of
its own which loads the product and writes the zip, and then one of what the last publications changed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import django

from bench.data import BLOCK, BLOCKS, HealthSystem, health_system
from bench.environment import migrator_url
from bench.harness import Bench, Line, alternate, run
from bench.warehouse_data import warehouse_data

MOST_MEGABYTES = 80
_KNOWN = 0.94  # of the publications: the zip that changes are counted from


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    made = _system(rows)
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder)
        floor_s, ours_s = alternate(lambda: _floor(made, spool), lambda: _ours(made, spool), repetitions=repetitions)
        size = sum(path.stat().st_size for path in spool.glob("*.floor"))
        zipped = next(spool.glob("*.zip")).stat().st_size
    told = _child(rows)
    figures = {
        "files": f"{size / 1e6:.0f} MB",
        "zip": f"{zipped / 1e6:.0f} MB",
        "rows/s": f"{told['rows'] / ours_s:,.0f}",
        "at rest": f"{told['rest']:.0f} MB",
        "at its peak": f"{told['peak']:.0f} MB",
        "changes only": f"{told['changes']:.1f} s, {told['changed']:,} rows",
    }
    over = told["peak"] >= MOST_MEGABYTES
    misses = (f"{told['peak']:.0f} MB of memory, {MOST_MEGABYTES} MB are allowed",) if over else ()
    return Line(rows, floor_s, ours_s, figures, misses)


def _system(rows: int) -> HealthSystem:
    made = health_system(migrator_url(), rows=rows, anchor=_anchor())
    warehouse_data(migrator_url(), made)
    return made


def _ours(made: HealthSystem, spool: Path) -> Any:
    from exports.formats.data_warehouse.connector import CONNECTOR
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(made.organization_id, snapshot=True):
        return CONNECTOR.extract(_context({}), sequence=1, spool=spool)


def _floor(made: HealthSystem, spool: Path) -> None:
    """COPY what each source joins, the default columns as they stand."""
    from django.db import connection
    from psycopg2 import sql

    from exports.formats.data_warehouse.layout import FILES
    from scheduling.selectors.bulk import BULK_SOURCES, bulk_select
    from tenancy.tenant import tenant_transaction

    with tenant_transaction(made.organization_id, snapshot=True), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'")
        for one in FILES:
            columns = [sql.Identifier(column.source) for column in one.layout.columns]
            ordered = bulk_select(BULK_SOURCES[one.source], columns).as_string(cursor.connection)
            with (spool / f"{one.source}.floor").open("wb") as file:
                cursor.copy_expert(f"COPY ({ordered.rpartition(' ORDER BY ')[0]}) TO STDOUT WITH (FORMAT csv)", file)


def _context(confirmed: dict[str, Any], **settings: Any) -> Any:
    from integrations.contract import ShapeContext

    return ShapeContext(
        connection_id=uuid.UUID(int=1),
        organization_name="Generated health system",
        organization_zone="America/Chicago",
        settings={"days_back": BLOCK * BLOCKS, "days_forward": BLOCK * BLOCKS, "full_day": "never", **settings},
        mapping={},
        generated_at=datetime.combine(_anchor(), datetime.min.time(), UTC),
        confirmed=confirmed,
    )


def _anchor() -> date:
    return datetime.now(UTC).date()


def _child(rows: int) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-m", "bench.warehouse", "--child", str(rows)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def _be_child(rows: int) -> int:
    """Write the zip in this process, then one of changes, and say what it took."""
    from exports.formats.data_warehouse.baseline import Baseline
    from exports.formats.data_warehouse.connector import CONNECTOR
    from tenancy.tenant import tenant_transaction

    made = _system(rows)
    rest = _peak_megabytes()
    with tempfile.TemporaryDirectory() as folder:
        with tenant_transaction(made.organization_id, snapshot=True):
            full = CONNECTOR.extract(_context({}, mode="incremental"), sequence=1, spool=Path(folder))
        reached = Baseline.of(full.keep or {})
        assert reached is not None
        known = replace(reached, publication=int(reached.publication * _KNOWN))
        started = time.perf_counter()
        with tenant_transaction(made.organization_id, snapshot=True):
            context = _context(known.kept(), mode="incremental")
            changes = CONNECTOR.extract(context, sequence=2, spool=Path(folder))
        seconds = time.perf_counter() - started
        assert changes.name.endswith("_incremental.zip")
    told = {"rest": rest, "peak": _peak_megabytes(), "rows": full.rows, "changes": seconds, "changed": changes.rows}
    print(json.dumps(told))
    return 0


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


BENCH = Bench(
    name="warehouse",
    floor="psycopg2 COPY TO STDOUT of the same columns and joins, unformatted, unordered, not compressed",
    ours="the warehouse's whole zip by the shipped connector",
    target=1.5,
    measure=measure,
    rows=1_000_000,
    repetitions=3,
)


if __name__ == "__main__":
    django.setup()
    if sys.argv[1:2] == ["--child"]:
        raise SystemExit(_be_child(int(sys.argv[2])))
    raise SystemExit(run(BENCH))
