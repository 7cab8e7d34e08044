"""The two reports of a feed: every row of it stands in one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from exports.writers.csv import CsvDialect, csv_bytes
from integrations.contract import FilePlan, Report, Reports
from tenancy.lists import safe_cell

ACCEPTED = ("Row", "Key", "Person", "Result", "Field", "Was", "Now")
REJECTED = ("Row", "Key", "Reason", "What is wrong", "What mends it")
_DIALECT = CsvDialect(bom=True)


def reports_of(plan: FilePlan, file_name: str) -> Reports:
    """By row. What a spreadsheet would run as a formula gets an apostrophe in front, as in every table that we hand out."""
    lines = [
        (one.row, index, [str(one.row), one.key, one.subject, "changed", change.name, change.was, change.now])
        for one in plan.changes
        for index, change in enumerate(one.fields)
    ]
    lines += [(one.row, 0, [str(one.row), one.key, one.subject, "as known", "", "", ""]) for one in plan.kept]
    accepted = [cells for _, _, cells in sorted(lines, key=lambda one: one[:2])]
    rejected = [[str(one.row), one.key, one.cause, one.text, one.fix] for one in plan.rejected]
    stem = PurePosixPath(file_name).stem[:150]
    return Reports(
        Report(f"{stem}.accepted.csv", _bytes(ACCEPTED, accepted), len(plan.changes) + len(plan.kept)),
        Report(f"{stem}.rejected.csv", _bytes(REJECTED, rejected), len(rejected)),
    )


def _bytes(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    return b"".join(csv_bytes([head, *([safe_cell(cell) or None for cell in row] for row in rows)], _DIALECT))
