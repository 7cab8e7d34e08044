"""Writes small rosters as CSV and Excel files for the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from scheduling.roster.parse import parse_roster
from scheduling.roster.read import roster_read
from scheduling.roster.types import RosterParse

ROSTERS = Path(__file__).parents[2] / "data" / "rosters"


def csv_bytes(rows: Iterable[Sequence[object]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[Any]], *, title: str = "Roster") -> bytes:
    book = Workbook()
    book.active.title = title
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value not in (None, ""):
                book.active.cell(number, column).value = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parse_rows(rows: Iterable[Sequence[Any]], *args: Any, **options: Any) -> RosterParse:
    return parse_roster(roster_read(csv_bytes(rows)), *args, **options)


def parse_book(data: bytes, *args: Any, **options: Any) -> RosterParse:
    return parse_roster(roster_read(data), *args, **options)


def seen(parse: RosterParse) -> list[tuple[str, str, str]]:
    """Every entry as (person key, ISO date, code), in the file's order; there must be no error."""
    assert [str(issue) for issue in parse.errors] == []
    return [(entry.person_key, entry.date.isoformat(), entry.code) for entry in parse.entries]
