"""Conflicts as the Issues panel and the Select panel list them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scheduling.pages.grid.marks import severity_of
from scheduling.pages.grid.panel import Issue
from scheduling.pages.grid.read import Workspace
from scheduling.pages.grid.view import OPEN_ROW, Layout
from scheduling.rules.types import Conflict
from scheduling.selectors.workspace import ShiftPlace, places_of


@dataclass(frozen=True)
class IssueNames:
    """What a list of conflicts needs to name places: the shifts they mark, the assignments and people."""

    places: dict[uuid.UUID, ShiftPlace]
    assignments: dict[int, tuple[str, uuid.UUID]]
    people: dict[int, tuple[str, uuid.UUID]]
    layout: Layout

    @classmethod
    def of(cls, workspace: Workspace, conflicts: Sequence[Conflict], layout: Layout) -> IssueNames:
        """Read the names of the shifts that the conflicts mark or point to."""
        ids = {one for conflict in conflicts for one in (*conflict.shift_ids, conflict.other) if one is not None}
        return cls(
            places=places_of(schedule_id=workspace.schedule.id, shift_ids=ids) if ids else {},
            assignments={one.id: (one.name, one.public_id) for one in workspace.assignments.values()},
            people={one.id: (one.last_name, one.public_id) for one in workspace.people},
            layout=layout,
        )


def issues_of(conflicts: Sequence[Conflict], names: IssueNames, shift_id: uuid.UUID | None = None) -> tuple[Issue, ...]:
    """The conflicts in words: all of them, or those of one shift."""
    found = []
    for one in conflicts:
        if shift_id is not None and shift_id not in one.shift_ids:
            continue
        marked = shift_id or (one.shift_ids[0] if one.shift_ids else None)
        place = names.places.get(marked) if marked is not None else None
        other = names.places.get(one.other) if one.other is not None else None
        found.append(
            Issue(
                rule=one.rule,
                severity=severity_of(one),
                label=one.label,
                text=one.text,
                kept=one.override,
                who=names.people.get(one.person_id or 0, ("",))[0],
                place=_where(one, place, names),
                date=place.date if place else one.date,
                shift_id=marked,
                row=_row(one, place, names),
                other=one.other if other and other.shift_id != marked else None,
                other_name=other.assignment_name if other else "",
            )
        )
    return tuple(found)


def _where(conflict: Conflict, place: ShiftPlace | None, names: IssueNames) -> str:
    day: date = place.date if place else conflict.date
    name = place.assignment_name if place else names.assignments.get(conflict.assignment_id or 0, ("", None))[0]
    when = f"{day:%a %b} {day.day}"
    return f"{name}, {when}" if name else when


def _row(conflict: Conflict, place: ShiftPlace | None, names: IssueNames) -> uuid.UUID | None:
    """The row of the cell to jump to."""
    if names.layout == "person":
        if place is not None:
            return place.person_id or OPEN_ROW
        person = names.people.get(conflict.person_id or 0)
        return person[1] if person else OPEN_ROW
    if place is not None:
        return place.assignment_id
    known = names.assignments.get(conflict.assignment_id or 0)
    return known[1] if known else None
