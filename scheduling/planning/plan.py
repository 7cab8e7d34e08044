"""From wanted shifts to the edits that a draft needs, cell by cell. A cell is an assignment on a date."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from scheduling.planning.placing import ABOUT_THE_PERSON, Placing, walls
from scheduling.planning.types import Filled, Left, Pairing, Plan, Unplaceable, Wanted
from scheduling.selectors.workspace import draft_shifts
from scheduling.types import ScheduleInfo, ShiftInfo

_Cell = tuple[int, date]


@dataclass
class _Sorted:
    """Where every wanted shift has gone so far."""

    places: list[Wanted] = field(default_factory=list)
    changes: list[Pairing] = field(default_factory=list)
    removes: list[ShiftInfo] = field(default_factory=list)
    same: int = 0
    left: list[Left] = field(default_factory=list)
    robbed: dict[int, Left] = field(default_factory=dict)  # id() of a shift that lost its person → why


def plan_make(schedule: ScheduleInfo, wanted: Sequence[Wanted], *, filled: Filled, unplaceable: Unplaceable) -> Plan:
    """What the draft needs. What stands in a replaced cell keeps its id where the new shift takes its place.

    A cell that holds only open shifts is not filled: the wanted people take them. A locked shift keeps its whole cell.
    """
    got = _Sorted()
    cells = _placeable(schedule, wanted, unplaceable, got)
    held = _held(schedule, cells)
    for cell in sorted(cells, key=lambda one: (one[1], one[0])):
        _cell(cells[cell], held.get(cell, []), filled, got)
    kept = (*got.places, *(one.wanted for one in got.changes))
    return Plan(
        schedule=schedule,
        places=tuple(got.places),
        changes=tuple(got.changes),
        removes=tuple(got.removes),
        same=got.same,
        left=tuple(sorted(got.left, key=lambda one: (one.date, one.assignment, one.who))),
        opened=tuple(got.robbed[id(one)] for one in sorted(kept, key=_place) if id(one) in got.robbed),
    )


def digest_of(plan: Plan, *more: object) -> str:
    """Equal for two plans that would do the same to the same versions."""
    said = [
        str(plan.schedule.public_id),
        [_told(one) for one in plan.places],
        [[*_version(one.shift), _told(one.wanted)] for one in plan.changes],
        [_version(one) for one in plan.removes],
        [[str(one.date), one.assignment, one.who, one.code] for one in (*plan.left, *plan.opened)],
        [str(one) for one in more],
    ]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _placeable(
    schedule: ScheduleInfo, wanted: Sequence[Wanted], unplaceable: Unplaceable, got: _Sorted
) -> dict[_Cell, list[Wanted]]:
    cells: dict[_Cell, list[Wanted]] = defaultdict(list)
    if not wanted:
        return cells
    placing = Placing(
        assignments={one.assignment.id: one.assignment for one in wanted}.values(),
        person_ids={one.person.id for one in wanted if one.person},
        first=min(one.date for one in wanted),
        last=max(one.date for one in wanted),
    )
    for one in wanted:
        problem = placing.problem(schedule, one)
        if problem is not None:
            code, text = problem
            said = Left(one.date, one.assignment.name, one.who, code, text)
            if code not in ABOUT_THE_PERSON or unplaceable is Unplaceable.SKIP:
                got.left.append(said)
                continue
            one = replace(one, person=None)
            got.robbed[id(one)] = said
        cells[one.assignment.id, one.date].append(one)
    return cells


def _held(schedule: ScheduleInfo, cells: dict[_Cell, list[Wanted]]) -> dict[_Cell, list[ShiftInfo]]:
    held: dict[_Cell, list[ShiftInfo]] = defaultdict(list)
    if cells:
        days = [day for _, day in cells]
        for shift in draft_shifts(schedule_id=schedule.id, first=min(days), last=max(days)):
            held[shift.assignment.id, shift.date].append(shift)
    return held


def _cell(wanted: list[Wanted], held: list[ShiftInfo], filled: Filled, got: _Sorted) -> None:
    lines, shifts = list(wanted), list(held)
    for line in list(lines):
        twin = next((shift for shift in shifts if not _fields(shift, line)), None)
        if twin is not None:
            lines.remove(line)
            shifts.remove(twin)
            got.same += 1
    if not lines and (not shifts or filled is Filled.SKIP):
        return
    locked = [shift for shift in shifts if shift.locked]
    standing = [shift for shift in held if shift.person is not None]
    if locked:
        got.left += [_kept(line, "locked", f"{_name(locked[0])} is locked there") for line in lines]
        return
    if standing and filled is Filled.SKIP:
        got.left += [_kept(line, "filled", f"{_name(standing[0])} stands there") for line in lines]
        return
    _pair(lines, shifts, filled, got)


def _pair(lines: list[Wanted], shifts: list[ShiftInfo], filled: Filled, got: _Sorted) -> None:
    """The same person first, then in order; what is over is added, or removed where cells are replaced."""
    for by_person in (True, False):
        for line in list(lines):
            found = next((one for one in shifts if not by_person or _who(one) == _who(line)), None)
            if found is not None:
                lines.remove(line)
                shifts.remove(found)
                got.changes.append(Pairing(found, line, _fields(found, line)))
    got.places += lines
    if filled is Filled.REPLACE:
        got.removes += shifts


def _fields(shift: ShiftInfo, wanted: Wanted) -> dict[str, object]:
    """The fields, as an edit names them, in which the shift is not what is wanted."""
    fields: dict[str, object] = {}
    if _who(shift) != _who(wanted):
        fields["person_id"] = wanted.person.public_id if wanted.person else None
    if (shift.start_wall, shift.end_wall) != walls(wanted):
        fields |= {"start": wanted.start, "end": wanted.end}
    note = wanted.note if wanted.note is not None else "" if "person_id" in fields and shift.person else shift.note
    if shift.note != note:
        fields["note"] = note
    if shift.call_order != wanted.call_order:
        fields["call_order"] = wanted.call_order
    return fields


def _who(one: ShiftInfo | Wanted) -> int | None:
    return one.person.id if one.person else None


def _name(shift: ShiftInfo) -> str:
    return shift.person.name if shift.person else "An open shift"


def _place(one: Wanted) -> tuple[date, str]:
    return one.date, one.assignment.name


def _kept(line: Wanted, code: str, text: str) -> Left:
    return Left(line.date, line.assignment.name, line.who, code, text)


def _told(one: Wanted) -> list[str]:
    who = str(one.person.public_id) if one.person else ""
    return [
        str(one.assignment.public_id),
        str(one.date),
        who,
        *map(str, walls(one)),
        str(one.note),
        str(one.call_order),
    ]


def _version(shift: ShiftInfo) -> list[str]:
    return [str(shift.public_id), str(shift.version)]
