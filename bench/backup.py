"""The backup workbook of a whole health system through the shipped connector, against xlsxwriter alone on the same cells.

`--rows` counts people; each has a shift on every one of the four days, in departments of 25.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import xlsxwriter

from bench.harness import Bench, Line, alternate, run
from exports.formats.schedule_backup.connector import CONNECTOR
from exports.formats.schedule_backup.workbook import DAYS, Made, sheets_of
from integrations.contract import Desired, ShapeContext

_AT = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
_ZONE = "America/Chicago"
_PER_DEPARTMENT = 25


def measure(rows: int, repetitions: int) -> Line:
    """One size: the connector's `write` from records, and the same cells written by xlsxwriter and nothing else."""
    desired = [_record(person, day) for day in range(DAYS) for person in range(rows)]
    context = ShapeContext(
        connection_id=UUID(int=1),
        organization_name="Lakeshore Health",
        organization_zone=_ZONE,
        settings={},
        mapping={},
        generated_at=_AT,
        publication=1,
    )
    made = Made("Lakeshore Health", _ZONE, _AT, 1)
    cells = [[tuple(line.cells) for line in sheet.lines] for sheet in sheets_of([one.payload for one in desired], made)]
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder)
        floor, ours = alternate(
            lambda: _alone(spool / "floor.xlsx", cells),
            lambda: CONNECTOR.write(desired, context, sequence=1, spool=spool),
            repetitions=repetitions,
        )
    return Line(rows, floor, ours, {"cells": f"{sum(len(line) for sheet in cells for line in sheet):,}"})


def _alone(path: Path, cells: list[list[tuple[str, ...]]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    plain = book.add_format({"font_name": "Arial", "text_wrap": True})
    for sheet in cells:
        page = book.add_worksheet()
        for row, line in enumerate(sheet):
            for index, text in enumerate(line):
                page.write_string(row, index, text, plain)
    book.close()


def _record(person: int, day: int) -> Desired:
    night = person % 3 == 0
    start = datetime(2026, 6, 1, 0, 0, tzinfo=UTC) + timedelta(days=day, hours=24 if night else 12)
    end = start + timedelta(hours=12)
    department = person // _PER_DEPARTMENT
    payload = {
        "date": (date(2026, 6, 1) + timedelta(days=day)).isoformat(),
        "department": f"Department {department}",
        "department_code": f"D{department}",
        "department_order": department,
        "assignment": f"Assignment {person % _PER_DEPARTMENT}",
        "assignment_code": f"A{person % _PER_DEPARTMENT}",
        "assignment_type": "Working",
        "assignment_order": person % _PER_DEPARTMENT,
        "person": f"Lastname{person}, Firstname",
        "start": start.isoformat(),
        "end": end.isoformat(),
        "zone": _ZONE,
        "call_order": None,
        "phone": f"312-555-{person % 10_000:04d}",
        "pager": f"{person:05d}",
        "cell": "",
        "office_phone": "",
        "note": "Ring the desk first, then the cell phone" if person % 10 == 0 else "",
        "source_record_id": str(UUID(int=person * 10 + day)),
    }
    return Desired(str(UUID(int=person * 10 + day)), str(person), payload, "shift", start, end)


BENCH = Bench(
    name="backup",
    floor="xlsxwriter alone on the same cells",
    ours="the shipped connector's workbook, from records to the closed file",
    target=1.5,
    measure=measure,
    rows=10_000,
    repetitions=3,
)


if __name__ == "__main__":
    sys.exit(run(BENCH, sys.argv[1:]))
