"""What is looked at once the shape readers are through: formulas, merged and hidden cells, doubled lines."""

from __future__ import annotations

from scheduling.roster.collector import Collector
from scheduling.roster.text import quoted
from scheduling.roster.types import MergedRange, RosterEntry, Severity, Sheet


def say_formulas(collector: Collector, sheet: Sheet, used_rows: set[int], elsewhere: Severity) -> None:
    layout = collector.layout
    used_columns = layout.columns.keys() | layout.dates.keys()
    for number, row in sheet.rows.items():
        for column, cell in row.items():
            if not cell.formula:
                continue
            in_row, in_column = (column, number) if layout.transposed else (number, column)
            is_read = (in_row in used_rows or in_row in layout.header_rows) and in_column in used_columns
            say = collector.error if is_read or elsewhere == "error" else collector.warning
            say(
                f"{quoted(cell.text)} is a formula.",
                at=cell,
                advice="Copy the cells and paste them as values, then save and import again.",
            )


def say_merged(collector: Collector, sheet: Sheet, used_rows: set[int]) -> None:
    layout = collector.layout
    used_columns = layout.columns.keys() | layout.dates.keys()
    for block in sheet.merged:
        cell = sheet.rows.get(block.first_row, {}).get(block.first_column)
        rows, columns = _spans(block)
        if layout.transposed:
            rows, columns = columns, rows
        touched = sum(1 for row in used_rows if row in rows) * sum(1 for column in used_columns if column in columns)
        if cell is not None and touched > 1:
            collector.error(
                f"The cells {block} are merged, so it is not clear for which of them {quoted(cell.text)} is.",
                at=cell,
                advice="Unmerge them and fill in each cell.",
            )


def _spans(block: MergedRange) -> tuple[range, range]:
    return range(block.first_row, block.last_row + 1), range(block.first_column, block.last_column + 1)


def say_hidden(collector: Collector, sheet: Sheet, used_rows: set[int]) -> None:
    hidden = sorted(sheet.hidden_rows if collector.layout.transposed else sheet.hidden_rows & used_rows)
    if hidden:
        shown = ", ".join(map(str, hidden[:10])) + (" …" if len(hidden) > 10 else "")
        collector.warning(
            f"{len(hidden)} hidden rows are read like the others: {shown}.",
            advice="Delete them in Excel if they should not be imported.",
        )


def say_duplicates(collector: Collector) -> None:
    """The same person, date, code and times twice. Open shifts may well be wanted twice."""
    first: dict[tuple[object, ...], RosterEntry] = {}
    for entry in collector.entries:
        if entry.is_open:
            continue
        key = (
            entry.person_key,
            entry.date,
            entry.code.casefold(),
            entry.start,
            entry.end,
            entry.end_day_offset,
        )
        before = first.setdefault(key, entry)
        if before is not entry:
            who = quoted(entry.person_name or entry.person_key)
            collector.row_error(
                entry.row,
                f"{who} has {quoted(entry.code)} on {entry.date.isoformat()} twice: in row {before.row} "
                f"(cell {before.column}{before.row}) and in row {entry.row} "
                f"(cell {entry.column}{entry.row}).",
                column=entry.column,
                advice="Remove one of the two.",
            )
