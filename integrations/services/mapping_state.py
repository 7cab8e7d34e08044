"""The state of a connection's mapping tables: what is missing, and which rows its settings no longer allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.contract import Connector, Subject
from integrations.models import Connection, MappingRow, SubjectRow


def mapping_gaps(row: Connection, declared: Connector) -> list[str]:
    """What the mapping tables still lack before a connection can go live, in sentences."""
    gaps = []
    if declared.mapping and not declared.all_assignments and not MappingRow.objects.filter(connection=row).exists():
        gaps.append("No assignment is mapped: nothing would be sent.")
    there = set(SubjectRow.objects.filter(connection=row).values_list("subject", flat=True).distinct())
    for table in declared.tables:
        if not table.optional and table.subject.value not in there:
            gaps.append(f"The mapping table “{table.title}” is empty: nothing would be sent.")
    for title, count in mapping_invalid(row, declared).items():
        rows = "row is" if count == 1 else "rows are"
        gaps.append(f"{count} {rows} invalid in the mapping table “{title}”. Mend them there.")
    return gaps


def mapping_invalid(row: Connection, declared: Connector) -> dict[str, int]:
    """How many rows of each table are not valid under the connection's settings: title → count, only where there are any."""
    titles = {Subject.ASSIGNMENT: "Assignments"} | {one.subject: one.title for one in declared.tables}
    counts: dict[str, int] = {}
    for subject, values in _rows(row, declared):
        if declared.row_problems(subject, values, row.settings):
            counts[titles[subject]] = counts.get(titles[subject], 0) + 1
    return counts


def _rows(row: Connection, declared: Connector) -> Iterator[tuple[Subject, Mapping[str, Any]]]:
    for values in MappingRow.objects.filter(connection=row).values_list("values", flat=True).iterator(chunk_size=2000):
        yield Subject.ASSIGNMENT, values
    known = [one.subject.value for one in declared.tables]
    rows = SubjectRow.objects.filter(connection=row, subject__in=known).values_list("subject", "values")
    for subject, values in rows.iterator(chunk_size=2000):
        yield Subject(subject), values
