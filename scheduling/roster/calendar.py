"""Turns the date shapes of a whole file into dates, with one decision for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from scheduling.roster.collector import Collector
from scheduling.roster.dates import DateShape, YearHint, date_of, months_over_new_year, order_of
from scheduling.roster.text import quoted
from scheduling.roster.types import Cell, DateOrder

_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class FileCalendar:
    """Reads dates the way the file as a whole means them; says what was assumed and what is wrong."""

    def __init__(
        self,
        shapes: Sequence[DateShape],
        *,
        collector: Collector,
        date_order: DateOrder | None,
        year_hint: int | None,
        month_hint: int | None,
        in_sequence: bool,
    ) -> None:
        self._collector = collector
        self._order, said = order_of(shapes, setting=date_order, in_sequence=in_sequence)
        collector.assume(said)
        title: YearHint | None = collector.layout.hint
        self._year = year_hint if year_hint is not None else title.year if title else None
        self._month = month_hint if month_hint is not None else title.month if title else None
        self._said_no_year = False
        without_year = [shape for shape in shapes if shape.year is None and shape.kind != "day"]
        months = [shape.second if self._is_day_first(shape) else shape.first for shape in without_year]
        self._over_new_year = months_over_new_year(months)
        if without_year and self._year is not None:
            source = "as asked" if year_hint is not None else f"from {quoted(title.source)}" if title else ""
            collector.assume(f"Dates without a year are read as {self._year}, {source}.")
            if self._over_new_year:
                collector.assume(f"The months after the new year are read as {self._year + 1}.")

    def _is_day_first(self, shape: DateShape) -> bool:
        return shape.kind == "numeric" and self._order == "day_first"

    def date(self, shape: DateShape, cell: Cell, *, month_steps: int = 0) -> date | None:
        """The date, or None after saying what is wrong. ``month_steps``: months since the title's."""
        year, month = self._year, None
        if shape.kind == "day":
            if self._year is None or self._month is None:
                self._say_no_year(cell, "month and year")
                return None
            months = self._year * 12 + self._month - 1 + month_steps
            year, month = months // 12, months % 12 + 1
        elif shape.year is None and self._year is None:
            self._say_no_year(cell, "year")
            return None
        elif shape.year is None and self._over_new_year and self._year is not None:
            in_month = shape.second if self._is_day_first(shape) else shape.first
            year = self._year + 1 if in_month <= 6 else self._year
        found = date_of(shape, order=self._order, year=year, month=month)
        if found is None:
            self._say_impossible(shape, cell)
        elif shape.weekday is not None and found.weekday() != shape.weekday:
            self._collector.warning(
                f"{quoted(cell.text)} is read as {found.isoformat()}, which is a {_WEEKDAY_NAMES[found.weekday()]}.",
                at=cell,
                advice="Check the year and the order of day and month.",
            )
        return found

    def _say_no_year(self, cell: Cell, what: str) -> None:
        if not self._said_no_year:
            self._said_no_year = True
            self._collector.error(
                f"The date {quoted(cell.text)} does not say its {what}.",
                at=cell,
                advice=f"Choose the {what} of the first date, or write it in a line above the table.",
            )

    def _say_impossible(self, shape: DateShape, cell: Cell) -> None:
        other: DateOrder = "month_first" if self._order == "day_first" else "day_first"
        if shape.kind == "numeric" and date_of(shape, order=other, year=shape.year or self._year):
            order = "day/month" if self._order == "day_first" else "month/day"
            self._collector.error(
                f"{quoted(cell.text)} is not a date when read as {order} like the other dates.",
                at=cell,
                advice="Write all dates in the same order.",
            )
            return
        self._collector.error(f"{quoted(cell.text)} is not a date that exists.", at=cell, advice="Correct the date.")
