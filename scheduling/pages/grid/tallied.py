"""Tallies beside the grid: the columns that a department shows, by person, over the dates on the page."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scheduling.selectors.tallies import TallyInfo, TallyValue, tallies_beside_grid, tally_values
from scheduling.types import PersonInfo, ScheduleInfo


@dataclass(frozen=True)
class Tallied:
    """The values of some tallies by person."""

    tallies: tuple[TallyInfo, ...] = ()
    values: Mapping[tuple[uuid.UUID, int], TallyValue] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[tuple[str, str], ...]:
        """(short, name) of each column."""
        return tuple((one.short, one.name) for one in self.tallies)

    def texts(self, person_id: int) -> tuple[str, ...]:
        """A person's figures as columns show them: "3 / 5" where something is aimed at."""
        return tuple(_text(self.values.get((one.public_id, person_id))) for one in self.tallies)

    def load(self, person_id: int) -> Decimal:
        """How much a person has, against what is aimed at where something is: who has least comes first."""
        found = [self.values.get((one.public_id, person_id)) for one in self.tallies[:1]]
        return sum((one.value if one.delta is None else one.delta for one in found if one), Decimal(0))


def tallied_read(schedule: ScheduleInfo, first: date, last: date, person_ids: Collection[int] | None = None) -> Tallied:
    """The department's tallies over those dates of a draft."""
    tallies = tuple(tallies_beside_grid(department_id=schedule.department.id))
    if not tallies:
        return Tallied()
    values = tally_values(
        tally_ids=[one.public_id for one in tallies],
        first=first,
        last=last,
        person_ids=person_ids,
        schedule_id=schedule.id,
    )
    return Tallied(tallies, {(one.tally_id, one.person_id): one for one in values})


def tally_table(tallied: Tallied, people: Collection[PersonInfo]) -> list[tuple[str, tuple[str, ...]]]:
    """(name, figures) of everybody, placeholders aside."""
    return [(one.name, tallied.texts(one.id)) for one in people if not one.is_placeholder]


def _text(value: TallyValue | None) -> str:
    if value is None:
        return "0"
    text = plain(value.value)
    return text if value.target is None else f"{text} / {plain(value.target)}"


def plain(number: Decimal) -> str:
    """Without zeros that say nothing."""
    text = f"{number:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
