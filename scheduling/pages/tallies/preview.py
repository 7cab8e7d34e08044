"""What a definition would count, before it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from scheduling.pages.grid.windows import date_or_none, range_text
from scheduling.pages.tallies.asked import LONGEST, presets_of
from scheduling.pages.tallies.table import Foot, Line, foots_of, lines_of
from scheduling.selectors.rows import people_by_id
from scheduling.selectors.tallies import TallyDefinition, TargetInfo, people_counted, values_of
from scheduling.selectors.tally_sql import Span, counted_by_person
from scheduling.services.tallies import selection_checked
from scheduling.tallying.types import MEASURES

_SHOWN = 60
_UNSAVED = uuid.UUID(int=0)


@dataclass(frozen=True)
class Preview:
    """Everybody's figure, most first. `problem` says why there is none."""

    first: date
    last: date
    lines: tuple[Line, ...] = ()
    foot: Foot | None = None
    people: int = 0
    measure: str = ""
    problem: str = ""

    @property
    def range_text(self) -> str:
        """The dates counted."""
        return range_text(self.first, self.last)

    @property
    def not_shown(self) -> int:
        """How many people the list leaves out."""
        return self.people - len(self.lines)


def preview_of(
    *,
    home_id: int | None,
    measure: str,
    selection: Mapping[str, Any] | None,
    targets: Sequence[TargetInfo],
    given: QueryDict,
    today: date,
) -> Preview:
    """Count what is published in the dates given, this month unless they are named, as the definition stands in the form."""
    usual = presets_of(today, None)[0]
    first = date_or_none(given.get("first", "")) or usual.first
    last = date_or_none(given.get("last", "")) or usual.last
    if last < first or (last - first).days >= LONGEST:
        return Preview(
            usual.first, usual.last, problem="Choose a first and a later last date, three years apart at most."
        )
    if selection is None:
        return Preview(first, last, problem="Choose a measure, and what counts.")
    tally = TallyDefinition(
        public_id=_UNSAVED, name="", short="", measure=measure, id=0, department_id=home_id,
        selection=selection_checked(selection, department_id=home_id), beside_grid=False, order=0, ended_on=None,
        targets=tuple(targets),
    )  # fmt: skip
    counted = {person for _, person, _ in counted_by_person([tally.counted()], Span(first, last))}
    listed = counted
    if home_id is not None:
        listed = set(people_counted(department_id=home_id, first=first, last=last, also=counted))
    people = [one for one in people_by_id(listed).values() if not one.is_placeholder]
    values = values_of([tally], Span(first, last, [one.id for one in people]))
    lines = lines_of(sorted(people, key=lambda one: one.name.casefold()), [tally], values)
    lines.sort(key=lambda line: -line.figures[0].value)
    feet = foots_of(lines, 1)
    return Preview(first, last, tuple(lines[:_SHOWN]), feet[0] if feet else None, len(lines), MEASURES[measure])
