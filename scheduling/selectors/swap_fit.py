"""Whether a swap would do: who may be asked for a shift, who may give which in return, and what it would break."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.rules.types import Conflict, Severity
from scheduling.selectors.candidates import Candidate, Candidates, Slot, candidates_for
from scheduling.selectors.published import published_rows
from scheduling.types import PersonInfo, PublishedRow

_AHEAD = timedelta(days=120)  # how far ahead a shift may lie that is given in return


@dataclass(frozen=True)
class Fit:
    """What an agreed swap would break. `refused` says why it cannot be done at all, empty when it can."""

    conflicts: tuple[Conflict, ...] = ()
    refused: str = ""

    @property
    def hard(self) -> tuple[Conflict, ...]:
        """Hard conflicts that nobody has overridden: somebody has to approve, and say why."""
        return tuple(one for one in self.conflicts if one.severity is Severity.HARD and one.stands)


def slot_of(row: PublishedRow, *, replacing: Collection[uuid.UUID] = ()) -> Slot:
    """The place that a published shift fills."""
    return Slot(
        assignment=row.assignment,
        date=row.date,
        start=row.start_wall,
        end=row.end_wall,
        zone=row.zone,
        replacing=(row.shift_id, *replacing),
    )


def people_to_ask(row: PublishedRow) -> Candidates:
    """Who could take a shift, weighed against what is published, and why not the others. Placeholders answer no mail."""
    found = candidates_for(slot_of(row))
    holder = row.person.id if row.person else None
    return Candidates(
        tuple(one for one in found.eligible if one.person.id != holder and not one.person.is_placeholder),
        tuple(one for one in found.others if one.person.id != holder and not one.person.is_placeholder),
    )


def free_of_hard(candidate: Candidate) -> bool:
    """True if taking the shift would break no hard rule: they are asked when everybody is."""
    return not any(one.severity is Severity.HARD and one.stands for one in candidate.conflicts)


def swap_fit(row: PublishedRow, *, taker: PersonInfo, giver: PersonInfo, given_back: PublishedRow | None) -> Fit:
    """The swap weighed as a whole: the taker without the shift they give, and the giver without the one they gave."""
    replacing = (given_back.shift_id,) if given_back else ()
    fits = [_one(row, taker, replacing)]
    if given_back is not None:
        fits.append(_one(given_back, giver, (row.shift_id,)))
    return Fit(
        conflicts=tuple(conflict for fit in fits for conflict in fit.conflicts),
        refused=" ".join(fit.refused for fit in fits if fit.refused),
    )


def shifts_to_give(person: PersonInfo, *, now: datetime) -> list[PublishedRow]:
    """The published shifts of somebody that could be given in return: work of the coming months."""
    rows = published_rows(person_ids=[person.id], starts_from=now, starts_before=now + _AHEAD)
    return [row for row in rows if not row.assignment.is_off and row.starts_at > now]


def _one(row: PublishedRow, person: PersonInfo, replacing: Collection[uuid.UUID]) -> Fit:
    found = candidates_for(slot_of(row, replacing=replacing), person_ids=[person.id])
    for candidate in found.eligible:
        if candidate.person.id == person.id:
            return Fit(conflicts=candidate.conflicts)
    why = next((one.why for one in found.others if one.person.id == person.id), "not known in this department")
    return Fit(refused=f"{person.name} cannot take {row.assignment.name} on {row.date:%b} {row.date.day}: {why}.")
