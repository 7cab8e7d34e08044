"""Bars as numbers for SVG attributes. Pure: the template draws them, and a table beside them says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scheduling.pages.tallies.table import Figure, Line

WIDE = 1000  # the user units of a bar that is as wide as the drawing
_TALL, _STEP, _GAP = 120, 40, 6


@dataclass(frozen=True)
class Bar:
    """One person's bar. `mark` is where the target stands, None where nothing is aimed at."""

    line: Line
    figure: Figure
    width: int
    mark: int | None


@dataclass(frozen=True)
class Column:
    """One month's column, `x` from the left; `top` and `mark` count down from the upper edge."""

    label: str
    year: str
    name: str
    figure: Figure
    x: int
    top: int
    height: int
    mark: int | None

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return self.x + _STEP // 2

    @property
    def bar_x(self) -> int:
        """The left edge of its bar."""
        return self.x + _GAP

    @property
    def bar_width(self) -> int:
        """The width of its bar."""
        return _STEP - 2 * _GAP

    @property
    def end(self) -> int:
        """Where its target's line ends."""
        return self.x + _STEP


def bars_of(lines: Sequence[Line], n: int) -> list[Bar]:
    """Everybody's bar of the n-th tally, on one scale."""
    scale = _scale([line.figures[n] for line in lines])
    return [
        Bar(line, figure := line.figures[n], _part(figure.value, scale, WIDE), _mark(figure, scale, WIDE))
        for line in lines
    ]


def columns_of(months: Sequence[tuple[date, Decimal, Decimal | None]]) -> tuple[list[Column], int]:
    """A column for each month, and how wide the drawing is."""
    figures = [Figure(value, target) for _, value, target in months]
    scale = _scale(figures)
    columns = []
    for place, ((month, _, _), figure) in enumerate(zip(months, figures, strict=True)):
        height = _part(figure.value, scale, _TALL)
        mark = _mark(figure, scale, _TALL)
        year = str(month.year) if month.month == 1 or place == 0 else ""
        columns.append(
            Column(
                label=f"{month:%b}", year=year, name=f"{month:%B %Y}", figure=figure,
                x=place * _STEP, top=_TALL - height, height=height,
                mark=None if mark is None else _TALL - mark,
            )
        )  # fmt: skip
    return columns, max(1, len(columns)) * _STEP


def _scale(figures: Sequence[Figure]) -> Decimal:
    return max(
        [figure.value for figure in figures] + [figure.target or Decimal(0) for figure in figures] + [Decimal(1)]
    )


def _part(value: Decimal, scale: Decimal, whole: int) -> int:
    return max(0, int(value / scale * whole))


def _mark(figure: Figure, scale: Decimal, whole: int) -> int | None:
    return None if figure.target is None else _part(figure.target, scale, whole)
