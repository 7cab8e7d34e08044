"""The warehouse's schedules file through the shipped connector, against a bare COPY of the same join.

    python -m bench.export --rows 1000000

Ours is `DataWarehouse.write_file`: fifteen columns, all quoted, local times with their zone and in UTC, in a fixed order, with row
count and check sum, CRLF. The floor is psycopg2's `copy_expert` of the same fifteen columns as they stand, unquoted, in no order.
Both write a file on the same disk, as the application role under row-level security. Peak memory is that of a process of its own
which loads the product and writes the file. The whole zip is measured by bench.warehouse.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import django
import psycopg2

from bench.data import BLOCK, BLOCKS, HealthSystem, health_system
from bench.environment import application_url, migrator_url
from bench.harness import Bench, Line, alternate, run

MOST_MEGABYTES = 80
_FLOOR = """
COPY (
    SELECT s.shift_id, h.public_id, s.date, s.start_wall, s.end_wall, s.zone, s.starts_at, s.ends_at, d.public_id, a.public_id,
           p.public_id, s.call_order, s.custom_time, s.note, s.recorded_from
    FROM scheduling_publishedshift s
    JOIN scheduling_department d ON d.organization_id = {org} AND d.id = s.department_id
    JOIN scheduling_assignment a ON a.organization_id = {org} AND a.id = s.assignment_id
    LEFT JOIN scheduling_person p ON p.organization_id = {org} AND p.id = s.person_id
    LEFT JOIN scheduling_schedule h ON h.organization_id = {org} AND h.id = s.schedule_id
    WHERE s.organization_id = {org} AND s.audience = 'everyone' AND s.recorded_to IS NULL
) TO STDOUT WITH (FORMAT csv)
"""


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    made = health_system(migrator_url(), rows=rows, anchor=_anchor())
    connection = psycopg2.connect(application_url())
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder)

        def floor() -> None:
            with connection, connection.cursor() as cursor, (spool / "floor.csv").open("wb") as file:
                cursor.execute("SELECT set_config('app.organization', %s, true)", [str(made.organization_id)])
                cursor.copy_expert(_FLOOR.format(org=made.organization_id), file)

        def ours() -> None:
            written = write_schedules(made, spool)
            if written.rows != rows:
                raise RuntimeError(f"The file has {written.rows} rows instead of {rows}.")

        floor_s, ours_s = alternate(floor, ours, repetitions=repetitions)
        size = (spool / "schedules.csv").stat().st_size
    connection.close()
    told = _child(rows)
    figures = {
        "file": f"{size / 1e6:.1f} MB",
        "rows/s": f"{rows / ours_s:,.0f}",
        "memory at rest": f"{told['rest']:.0f} MB",
        "at its peak": f"{told['peak']:.0f} MB",
    }
    over = told["peak"] >= MOST_MEGABYTES
    misses = (f"{told['peak']:.0f} MB of memory, {MOST_MEGABYTES} MB are allowed",) if over else ()
    return Line(rows, floor_s, ours_s, figures, misses)


def write_schedules(made: HealthSystem, spool: Path) -> Any:
    """The schedules file of the shipped connector."""
    from exports.formats.data_warehouse.connector import CONNECTOR
    from exports.formats.data_warehouse.layout import FILES
    from tenancy.tenant import tenant_transaction

    context = _context()
    layout = CONNECTOR.layout_of(FILES[0], context)
    with tenant_transaction(made.organization_id, snapshot=True), (spool / "schedules.csv").open("wb") as file:
        moment = CONNECTOR.moment(context, {FILES[0].source: layout})
        return CONNECTOR.write_file(FILES[0], context, layout, moment, file=file)


def _context() -> Any:
    from integrations.contract import ShapeContext

    return ShapeContext(
        connection_id=uuid.UUID(int=1),
        organization_name="Generated health system",
        organization_zone="America/Chicago",
        settings={"days_back": BLOCK * BLOCKS, "days_forward": BLOCK * BLOCKS},
        mapping={},
        generated_at=datetime.combine(_anchor(), datetime.min.time(), UTC),
    )


def _anchor() -> date:
    return datetime.now(UTC).date()


def _child(rows: int) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-m", "bench.export", "--child", str(rows)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def _be_child(rows: int) -> int:
    """Write the file in this process and say what it took."""
    made = health_system(migrator_url(), rows=rows, anchor=_anchor())
    rest = _peak_megabytes()
    with tempfile.TemporaryDirectory() as folder:
        write_schedules(made, Path(folder))
    print(json.dumps({"rest": rest, "peak": _peak_megabytes()}))
    return 0


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


BENCH = Bench(
    name="export",
    floor="psycopg2 COPY TO STDOUT of the same join, unformatted and unordered",
    ours="the warehouse's schedules file by the shipped connector, layout compiled to SQL",
    target=1.5,
    measure=measure,
    rows=1_000_000,
    repetitions=5,
)


if __name__ == "__main__":
    django.setup()
    if sys.argv[1:2] == ["--child"]:
        raise SystemExit(_be_child(int(sys.argv[2])))
    raise SystemExit(run(BENCH))
