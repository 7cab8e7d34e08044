"""Issues that only the database can find, placed in the file like those of the reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduling.roster.types import RosterEntry, RosterIssue, RosterParse, Severity

LIMIT = 500


@dataclass
class Issues:
    """Collects issues; above the limit of each severity they are only counted."""

    parse: RosterParse
    found: list[RosterIssue] = field(default_factory=list)
    beyond: dict[Severity, int] = field(default_factory=dict)
    counted: dict[Severity, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._headers = {column.position: column.header for column in self.parse.columns}

    def error(self, message: str, *, row: int | None = None, column: str | None = None, advice: str = "") -> None:
        self._add("error", message, row, column, advice, "")

    def warning(self, message: str, *, row: int | None = None, column: str | None = None, advice: str = "") -> None:
        self._add("warning", message, row, column, advice, "")

    def error_at(self, entry: RosterEntry, message: str, advice: str = "") -> None:
        """An error about one line or cell of the file."""
        self._add("error", message, entry.row, entry.column, advice, entry.cell_text)

    def all(self) -> Iterable[RosterIssue]:
        """In the order of the file; what concerns the whole file comes first."""
        yield from sorted(self.found, key=place_in_file)
        for severity, count in self.beyond.items():
            yield RosterIssue(severity=severity, message=f"{count:,} more of this kind are not shown.")

    def _add(
        self, severity: Severity, message: str, row: int | None, column: str | None, advice: str, cell_text: str
    ) -> None:
        self.counted[severity] = self.counted.get(severity, 0) + 1
        if self.counted[severity] > LIMIT:
            self.beyond[severity] = self.beyond.get(severity, 0) + 1
            return
        header = self._headers.get(column or "", "")[:60]
        self.found.append(
            RosterIssue(
                severity=severity, message=message, advice=advice, row=row, column=column,
                header=header, cell_text=cell_text[:200],
            )
        )  # fmt: skip


def place_in_file(issue: RosterIssue) -> tuple[int, int, str]:
    """For sorting: what concerns the whole file first, then row by row from left to right."""
    return issue.row or 0, len(issue.column or ""), issue.column or ""
