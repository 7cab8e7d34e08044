"""Gathers what a parse finds, so that the shape readers only say what they see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduling.roster.detect import Layout
from scheduling.roster.text import control_character, quoted
from scheduling.roster.types import Cell, RosterEntry, RosterIgnored, RosterIssue, Severity

ISSUE_LIMIT = 500


@dataclass
class Collector:
    """Entries, issues and the rest, in the order they are met. Issues above the limit are only counted."""

    layout: Layout
    entries: list[RosterEntry] = field(default_factory=list)
    issues: list[RosterIssue] = field(default_factory=list)
    ignored: list[RosterIgnored] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    ignored_codes: Counter[str] = field(default_factory=Counter)
    people_rows: list[tuple[str, str, Cell]] = field(default_factory=list)
    kept: Counter[Severity] = field(default_factory=Counter)
    beyond_limit: Counter[Severity] = field(default_factory=Counter)

    def error(self, message: str, *, at: Cell | None = None, advice: str = "") -> None:
        self._add("error", message, at, advice)

    def warning(self, message: str, *, at: Cell | None = None, advice: str = "") -> None:
        self._add("warning", message, at, advice)

    def row_error(
        self, row: int, message: str, *, column: str | None = None, header: str = "", advice: str = ""
    ) -> None:
        """An error about something that is missing from a row, so that no cell can be named by its text."""
        self._keep(RosterIssue(severity="error", message=message, advice=advice, row=row, column=column, header=header))

    def assume(self, sentence: str) -> None:
        if sentence and sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def leave_out(self, cells: Iterable[Cell], reason: str) -> None:
        """A whole row of the view that is not read."""
        held = list(cells)
        text = " ".join(cell.text for cell in held)[:200]
        transposed = self.layout.transposed
        self.ignored.append(
            RosterIgnored(
                row=None if transposed else held[0].row,
                column=held[0].letter if transposed else None,
                text=text,
                reason=reason,
            )
        )

    def text_is_fine(self, cell: Cell, limit: int, what: str) -> bool:
        """Whether a cell that is read holds no control character and is not too long; says so if not."""
        if found := control_character(cell.text):
            self.error(
                f"{quoted(cell.text)} holds the control character {found}.",
                at=cell,
                advice="Type the cell again without it.",
            )
            return False
        if len(cell.text) > limit:
            self.error(
                f"The {what} has {len(cell.text):,} characters; at most {limit:,} are kept.",
                at=cell,
                advice="Shorten it.",
            )
            return False
        return True

    def header_of(self, cell: Cell) -> str:
        column = cell.row if self.layout.transposed else cell.column
        header = self.layout.header_cell(column)
        return "" if header is None or header is cell else header.text[:60]

    def all_issues(self) -> tuple[RosterIssue, ...]:
        """In the order of the file, errors first where one place has both."""
        ordered = sorted(
            self.issues,
            key=lambda issue: (issue.row or 0, len(issue.column or ""), issue.column or "", issue.severity),
        )
        extra = [
            RosterIssue(severity=severity, message=f"{count:,} more of this kind are not shown.")
            for severity, count in self.beyond_limit.items()
        ]
        return (*ordered, *extra)

    def _add(self, severity: Severity, message: str, at: Cell | None, advice: str) -> None:
        if at is None:
            self._keep(RosterIssue(severity=severity, message=message, advice=advice))
            return
        self._keep(
            RosterIssue(
                severity=severity,
                message=message,
                advice=advice,
                row=at.row,
                column=at.letter,
                header=self.header_of(at),
                cell_text=at.text[:200],
            )
        )

    def _keep(self, issue: RosterIssue) -> None:
        if self.kept[issue.severity] >= ISSUE_LIMIT:
            self.beyond_limit[issue.severity] += 1
        else:
            self.kept[issue.severity] += 1
            self.issues.append(issue)
