"""Domain values as the facts that the grid draws from."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from scheduling.pages.grid.view import (
    OPEN_ROW,
    AssignmentFact,
    Layout,
    PersonFact,
    ShiftFact,
    hours_text,
    short_names,
)
from scheduling.selectors.workspace import DraftState
from scheduling.types import AssignmentInfo, PersonInfo, PublishedRow, ShiftInfo


def assignment_fact(one: AssignmentInfo) -> AssignmentFact:
    """An assignment as the grid names it."""
    return AssignmentFact(
        id=one.public_id,
        code=one.code,
        name=one.name,
        hue="" if one.is_off else one.hue,
        group=one.type_name,
        is_off=one.is_off,
        hours=hours_text(datetime.combine(date.min, one.start_time), datetime.combine(date.min, one.end_time)),
    )


def assignments_facts(
    assignments: Iterable[AssignmentInfo], *, used: Collection[int], first: date
) -> dict[uuid.UUID, AssignmentFact]:
    """Rows of one assignment type together, the types in the order of their first assignment, Off last; ended ones only where used."""
    rows = [one for one in assignments if one.id in used or one.ended_on is None or one.ended_on >= first]
    firsts: dict[str, tuple[bool, int, str]] = {}
    for one in rows:
        place = (one.is_off, one.order, one.code)
        firsts[one.type_name] = min(firsts.get(one.type_name, place), place)
    rows.sort(key=lambda one: (firsts[one.type_name], one.type_name, one.order, one.code))
    return {one.public_id: assignment_fact(one) for one in rows}


def people_facts(
    people: Sequence[PersonInfo], layout: Layout, known: Iterable[tuple[uuid.UUID, str, str, str]] | None = None
) -> dict[uuid.UUID, PersonFact]:
    """People as the grid names them. `known` are all those among whom a short name must be clear, where `people` are only some."""
    short = short_names(known if known is not None else [name_parts(one) for one in people])
    facts = {
        one.public_id: PersonFact(
            one.public_id, one.name, short.get(one.public_id, one.short_name), one.personnel_type, one.is_placeholder
        )
        for one in people
    }
    if layout == "person":
        facts[OPEN_ROW] = PersonFact(OPEN_ROW, "Open shifts", "OPEN", "", True)
    return facts


def name_parts(one: PersonInfo) -> tuple[uuid.UUID, str, str, str]:
    """What a short name is made of."""
    return one.public_id, one.last_name, one.first_name, one.short_name if one.short_name != one.last_name else ""


def shift_fact(shift: ShiftInfo | PublishedRow, state: DraftState) -> ShiftFact:
    """A shift as the grid draws it."""
    draft = shift if isinstance(shift, ShiftInfo) else None
    shift_id = shift.public_id if isinstance(shift, ShiftInfo) else shift.shift_id
    return ShiftFact(
        id=shift_id,
        version=draft.version if draft else 0,
        assignment_id=shift.assignment.public_id,
        person_id=shift.person.public_id if shift.person else None,
        date=shift.date,
        start=shift.start_wall,
        end=shift.end_wall,
        custom_time=shift.custom_time,
        note=shift.note,
        call_order=shift.call_order,
        locked=bool(draft and draft.locked),
        changed=shift_id in state.changed,
        private=bool(draft and draft.private_note),
    )


def initials_of(name: str) -> str:
    """`Quintero, Elena` → EQ; one word → its first two letters."""
    last, _, first = name.partition(", ")
    return (first[:1] + last[:1]).upper() if first else last[:2].upper()
