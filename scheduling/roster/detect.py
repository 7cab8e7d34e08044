"""Finds out what a sheet is (people by days, days by people, lines) and where its headers are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from scheduling.roster.dates import (
    DateShape,
    YearHint,
    day_number_of,
    hint_in_texts,
    is_weekday,
    shape_of,
    shape_of_text,
)
from scheduling.roster.headers import PERSON_MEANINGS, has_person, meaning_of, meanings_of
from scheduling.roster.times import range_in, time_of_text
from scheduling.roster.types import Cell, Shape, Sheet

_SEARCHED_ROWS = 40
_FEWEST_DAY_NUMBERS = 5
_NAME_LIKE = re.compile(r"^[^\W\d_]{2,}[^\d/]*,? [^\W\d_]{2,}")

View = dict[int, dict[int, Cell]]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where things are, in the view's own rows and columns (those of a transposed grid are swapped).

    ``header_rows`` are all rows that form the header, ``columns`` column → meaning, ``dates`` column → date.
    ``hint`` is the month and year that titles above the header mention.
    """

    shape: Shape
    transposed: bool = False
    view: View = field(default_factory=dict)
    header_rows: tuple[int, ...] = ()
    columns: Mapping[int, str] = field(default_factory=dict)
    dates: Mapping[int, DateShape] = field(default_factory=dict)
    hint: YearHint | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def first_data_row(self) -> int:
        return max(self.header_rows, default=0) + 1

    def column_of(self, meaning: str) -> int | None:
        return next((column for column, held in self.columns.items() if held == meaning), None)

    def header_cell(self, column: int) -> Cell | None:
        return next((self.view[row][column] for row in self.header_rows if column in self.view[row]), None)


def layout_of(sheet: Sheet, *, chosen: Mapping[str, str], shape: Shape | None = None) -> Layout:
    """Decide the layout; ``shape`` forces grid or list. An unknown one still points at a likely header."""
    view: View = {number: dict(row) for number, row in sheet.rows.items()}
    if shape in (None, "unknown", "list"):
        found = _list_layout(view, sheet, chosen)
        if found is not None:
            return found
    if shape != "list":
        found = _grid_layout(view, sheet, chosen)
        if found is not None:
            return found
    return _incomplete_layout(view, sheet, chosen)


def _list_layout(view: View, sheet: Sheet, chosen: Mapping[str, str]) -> Layout | None:
    best: tuple[int, int, dict[int, str]] | None = None
    for number in list(view)[:_SEARCHED_ROWS]:
        row = view[number]
        meanings = meanings_of(row, chosen)
        held = set(meanings.values())
        if not {"code", "start", "times"} & held or not ({"date", "start"} & held):
            continue
        if len(_date_shapes(row)) >= 2 or len(held) < 3:
            continue
        if "date" not in held and not _start_has_dates(view, number, meanings):
            continue
        if best is None or len(held) > best[0]:
            best = (len(held), number, meanings)
    if best is None:
        return None
    _, header, meanings = best
    meanings = _without_false_times(view, header, meanings)
    return Layout(shape="list", view=view, header_rows=(header,), columns=meanings, hint=_hint(view, header, sheet))


def _start_has_dates(view: View, header: int, meanings: Mapping[int, str]) -> bool:
    start = next(column for column, meaning in meanings.items() if meaning in {"start", "times"})
    texts = [row[start].text for number, row in view.items() if number > header and start in row]
    return bool(texts) and shape_of_text(texts[0].replace("T", " ").split(" ")[0]) is not None


def _without_false_times(view: View, header: int, meanings: dict[int, str]) -> dict[int, str]:
    """A column called Hours is only taken for times when it holds ranges: usually it holds a number."""
    column = next((column for column, meaning in meanings.items() if meaning == "times"), None)
    if column is None:
        return meanings
    first = next((row[column] for number, row in view.items() if number > header and column in row), None)
    if first is None or range_in(first.text) is None or "start" in meanings.values():
        return {held: meaning for held, meaning in meanings.items() if held != column}
    return meanings


def _grid_layout(view: View, sheet: Sheet, chosen: Mapping[str, str]) -> Layout | None:
    across_row, across = _best_date_row(view)
    turned = _turned(view)
    down_row, down = _best_date_row(turned, searched=8)
    is_headed = len(across) >= 2 or (bool(across) and has_person(meanings_of(view[across_row], chosen)))
    if is_headed and (len(across) >= len(down) or len(across) >= 4):
        return _grid_of(view, across_row, across, sheet, chosen, transposed=False)
    if down and _could_be_days_by_people(turned, down_row, down):
        return _grid_of(turned, down_row, down, sheet, chosen, transposed=True)
    day_row, days = _day_number_row(view)
    if days:
        return _grid_of(view, day_row, days, sheet, chosen, transposed=False)
    return None


def _best_date_row(view: View, *, searched: int = _SEARCHED_ROWS) -> tuple[int, dict[int, DateShape]]:
    found = [(number, _date_shapes(view[number])) for number in list(view)[:searched]]
    # The first of the rows with most dates: titles have fewer, and cells such as 7-15 further down no more.
    number, shapes = max(found, key=lambda pair: len(pair[1]), default=(0, {}))
    return (number, shapes) if shapes else (0, {})


def _date_shapes(row: Mapping[int, Cell]) -> dict[int, DateShape]:
    shapes = {column: shape_of(cell.value, cell.text) for column, cell in row.items()}
    return {column: shape for column, shape in shapes.items() if shape is not None}


def _day_number_row(view: View) -> tuple[int, dict[int, DateShape]]:
    for number in list(view)[:_SEARCHED_ROWS]:
        row = view[number]
        days = {column: day for column, cell in row.items() if (day := day_number_of(cell.text))}
        numbers = [day.second for day in days.values()]
        steps = sum(1 for before, after in pairwise(numbers) if after in {before + 1, 1})
        if len(numbers) >= _FEWEST_DAY_NUMBERS and steps == len(numbers) - 1:
            return number, days
    return 0, {}


def _turned(view: View) -> View:
    turned: View = {}
    for number, row in view.items():
        for column, cell in row.items():
            turned.setdefault(column, {})[number] = cell
    return dict(sorted(turned.items()))


def _could_be_days_by_people(turned: View, header: int, dates: Mapping[int, DateShape]) -> bool:
    """A column of dates is a grid's only if days do not repeat and no other column is one of a list."""
    if len(dates) < 2 or len(set(dates.values())) * 10 < len(dates) * 8:
        return False
    others = [row for number, row in turned.items() if number != header]
    body = [cell for row in others for key, cell in row.items() if key in dates]
    if not body or any(time_of_text(cell.text) and ":" in cell.text for cell in body):
        return False
    if sum(1 for cell in body if _NAME_LIKE.search(cell.text)) * 5 > len(body):
        return False
    tops = [cell for row in others for key, cell in row.items() if key < min(dates)]
    labels = {meaning_of(cell.text) for cell in tops}
    return bool(tops) and not labels & (PERSON_MEANINGS | {"code", "start", "end", "note", "end_date"})


def _grid_of(
    view: View,
    header: int,
    dates: dict[int, DateShape],
    sheet: Sheet,
    chosen: Mapping[str, str],
    *,
    transposed: bool,
) -> Layout:
    header_rows = _header_rows(view, header, dates, chosen)
    labels: dict[int, Cell] = {}
    for number in header_rows:
        for column, cell in view[number].items():
            if column not in dates and not is_weekday(cell.text):
                labels.setdefault(column, cell)
    meanings = {
        column: meaning
        for column, meaning in meanings_of(labels, chosen).items()
        if meaning in PERSON_MEANINGS or meaning == "ignore"
    }
    assumptions: tuple[str, ...] = ()
    if not has_person(meanings):
        meanings, assumptions = _unlabelled_person(view, header_rows, dates, meanings, transposed=transposed)
    hint = _hint_before_column(view, min(dates), sheet) if transposed else _hint(view, min(header_rows), sheet)
    return Layout(
        shape="grid", transposed=transposed, view=view, header_rows=header_rows, columns=meanings,
        dates=dates, hint=hint, assumptions=assumptions,
    )  # fmt: skip


def _header_rows(view: View, header: int, dates: Mapping[int, DateShape], chosen: Mapping[str, str]) -> tuple[int, ...]:
    """The row of dates and the neighbours that belong to it: weekdays, or labels of person columns."""
    numbers = list(view)
    at = numbers.index(header)
    rows = [header]
    for neighbour in (at - 1, at + 1):
        if not 0 <= neighbour < len(numbers):
            continue
        row = view[numbers[neighbour]]
        over_dates = [cell for column, cell in row.items() if column in dates]
        weekdays = [cell for cell in over_dates if is_weekday(cell.text)]
        has_labels = has_person(meanings_of(row, chosen)) and not over_dates
        one_letter = all(len(cell.text) == 1 for cell in weekdays)
        enough = len(weekdays) == len(over_dates) and len(weekdays) * 10 >= len(dates) * 8
        # A person's row may read S M T too; only a row without a person is a row of one-letter weekdays.
        is_person = (
            one_letter and any(column < min(dates) for column in row) and not has_person(meanings_of(row, chosen))
        )
        if has_labels or (enough and weekdays and not is_person):
            rows.append(numbers[neighbour])
    return tuple(sorted(rows))


def _unlabelled_person(
    view: View,
    header_rows: tuple[int, ...],
    dates: Mapping[int, DateShape],
    meanings: dict[int, str],
    *,
    transposed: bool,
) -> tuple[dict[int, str], tuple[str, ...]]:
    """Without a known label, the text left of the dates is the name, and numbers beside it are the id."""
    below = [row for number, row in view.items() if number > max(header_rows)]
    found = dict(meanings)
    heads = [cell for row in header_rows for cell in view[row].items()]
    other = {column for column, cell in heads if meaning_of(cell.text) in {"code", "note", "start", "end"}}
    said: list[str] = []
    for column in sorted({column for row in below for column in row if column < min(dates)}):
        # A column headed Shift or Note is no person; a line of titles is filled for few of the people.
        if column in found or column in other:
            continue
        texts = [row[column].text for row in below if column in row]
        meaning = "id" if sum(any(c.isdigit() for c in text) for text in texts) * 2 > len(texts) else "name"
        if meaning not in found.values() and texts and len(texts) * 2 > len(below):
            found[column] = meaning
            cell = next(row[column] for row in below if column in row)
            place = f"Row {cell.row}" if transposed else f"Column {cell.letter}"
            said.append(f"{place} has no known header and is read as the {'staff id' if meaning == 'id' else 'name'}.")
    return found, tuple(said)


def _hint(view: View, header: int, sheet: Sheet) -> YearHint | None:
    titles = [cell.text for number, row in view.items() if number < header for cell in row.values()]
    return hint_in_texts([*titles[:200], sheet.name])


def _hint_before_column(turned: View, first_date: int, sheet: Sheet) -> YearHint | None:
    titles = [cell.text for row in turned.values() for column, cell in row.items() if column < first_date]
    return hint_in_texts([*titles[:200], sheet.name])


def _incomplete_layout(view: View, sheet: Sheet, chosen: Mapping[str, str]) -> Layout:
    """Neither shape fits: point at the row that looks most like a header, and what of it is understood."""
    best = (0, 0, 0)
    for number in list(view)[:_SEARCHED_ROWS]:
        known = len(set(meanings_of(view[number], chosen).values()) - {"ignore"})
        if (known, len(view[number])) > best[:2]:
            best = (known, len(view[number]), number)
    header = best[2] or next(iter(view), 0)
    meanings = meanings_of(view[header], chosen) if header else {}
    shape: Shape = "list" if {"date", "code", "start", "end"} & set(meanings.values()) else "unknown"
    return Layout(
        shape=shape,
        view=view,
        header_rows=(header,) if header else (),
        columns=meanings,
        hint=_hint(view, header, sheet),
    )
