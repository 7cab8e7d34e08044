"""People × tallies as a table: figures as words, sums at its foot, an order. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from scheduling.pages.grid.tallied import plain
from scheduling.selectors.tallies import TallyDefinition, TallyValue
from scheduling.tallying.types import HOLIDAYS, WEEKDAYS
from scheduling.types import AssignmentInfo, PersonInfo

_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Figure:
    """One number with what it was to be. `side` is over, under, even or nothing: colour beside the sign, never instead of it."""

    value: Decimal
    target: Decimal | None

    @property
    def delta(self) -> Decimal | None:
        """Above (+) or below (−) the target."""
        return None if self.target is None else self.value - self.target

    @property
    def text(self) -> str:
        """The value."""
        return plain(self.value)

    @property
    def target_text(self) -> str:
        """The target, or nothing."""
        return "" if self.target is None else plain(self.target)

    @property
    def delta_text(self) -> str:
        """With its sign: +1.5, −2, 0."""
        return "" if self.delta is None else signed(self.delta)

    @property
    def side(self) -> str:
        """Which way it differs."""
        if self.delta is None:
            return ""
        return "over" if self.delta > 0 else "under" if self.delta < 0 else "even"


@dataclass(frozen=True)
class Line:
    """A person with a figure for each tally."""

    person_id: uuid.UUID
    name: str
    type: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Foot:
    """What a column says of everybody shown: the sum, the mean, and how far the highest is from the lowest."""

    total: str
    mean: str
    spread: str
    target: str


def lines_of(
    people: Iterable[PersonInfo], tallies: Sequence[TallyDefinition], values: Iterable[TallyValue]
) -> list[Line]:
    """A line for each person, in the order given."""
    found: Mapping[tuple[uuid.UUID, int], TallyValue] = {(one.tally_id, one.person_id): one for one in values}
    lines = []
    for person in people:
        held = [found.get((tally.public_id, person.id)) for tally in tallies]
        figures = tuple(Figure(one.value, one.target) if one else Figure(Decimal(0), None) for one in held)
        lines.append(Line(person.public_id, person.name, person.personnel_type, figures))
    return lines


def sorts_of(tallies: Sequence[TallyDefinition]) -> dict[str, Callable[[Line], Any]]:
    """The orders of the table: by name, by type, by each tally's value and by its difference."""
    sorts: dict[str, Callable[[Line], Any]] = {
        "name": lambda line: line.name.casefold(),
        "type": lambda line: (line.type.casefold(), line.name.casefold()),
    }
    for n, tally in enumerate(tallies):
        sorts[f"v{tally.public_id}"] = lambda line, n=n: line.figures[n].value  # type: ignore[misc]
        sorts[f"d{tally.public_id}"] = lambda line, n=n: _difference(line.figures[n])  # type: ignore[misc]
    return sorts


def foots_of(lines: Sequence[Line], count: int) -> list[Foot]:
    """The feet of the columns, over all lines, whatever the page shows."""
    if not lines:
        return []
    feet = []
    for n in range(count):
        values = [line.figures[n].value for line in lines]
        targets = [line.figures[n].target for line in lines]
        aimed = [one for one in targets if one is not None]
        total = sum(values, Decimal(0))
        feet.append(
            Foot(
                total=plain(total),
                mean=plain((total / len(values)).quantize(_TENTH, ROUND_HALF_UP)),
                spread=plain(max(values) - min(values)),
                target=plain(sum(aimed, Decimal(0))) if aimed else "",
            )
        )
    return feet


def signed(number: Decimal) -> str:
    """+1.5, −2, 0: with a true minus."""
    return "0" if number == 0 else f"+{plain(number)}" if number > 0 else f"−{plain(-number)}"


def told(tally: TallyDefinition, assignments: Mapping[int, AssignmentInfo], types: Mapping[int, str]) -> str:
    """What a tally counts, in one line: "Call; Sat, Sun; holidays too"."""
    chosen = tally.selection
    what = [types[one] for one in chosen.types if one in types]
    what += [assignments[one].code for one in chosen.assignments if one in assignments]
    parts = [", ".join(what) or "All work"]
    if chosen.weekdays:
        parts.append(", ".join(WEEKDAYS[one] for one in chosen.weekdays))
    if chosen.holidays != "alike":
        parts.append(HOLIDAYS[chosen.holidays][0].lower() + HOLIDAYS[chosen.holidays][1:])
    return "; ".join(parts)


def _difference(figure: Figure) -> tuple[bool, Decimal]:
    return figure.delta is not None, figure.delta if figure.delta is not None else Decimal(0)
