"""Which shift of the draft is which line of the file, person by person and date by date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scheduling.importing.wanted import Wanted
from scheduling.models import Assignment, Shift


@dataclass(slots=True)
class Change:
    """A shift of the draft and what the file makes of it."""

    shift: Shift
    wanted: Wanted
    assignment: Assignment
    times: dict[str, Any]
    note: str


@dataclass
class Pairing:
    """What an import does. ``kept_locked`` are locked shifts that the file would change or remove."""

    added: list[Wanted] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    removed: list[Shift] = field(default_factory=list)
    unchanged: int = 0
    kept_locked: list[tuple[Shift, Wanted | None]] = field(default_factory=list)
    left_alone: list[tuple[Shift, Wanted]] = field(default_factory=list)

    def day(self, held: Sequence[Shift], wanted: Sequence[Wanted], *, only_add: bool) -> None:
        """Compare one person's shifts on one date (or the open ones of a date) with the file's."""
        shifts, lines = list(held), list(wanted)
        for is_match in (_is_equal, _is_same_code):
            for line in list(lines):
                found = next((shift for shift in shifts if is_match(shift, line)), None)
                if found is not None:
                    shifts.remove(found)
                    lines.remove(line)
                    self._pair(found, line, only_add=only_add)
        if only_add:
            while shifts and lines:
                self.left_alone.append((shifts.pop(0), lines.pop(0)))
            self.added.extend(lines)
            return
        for shift in [one for one in shifts if one.locked]:
            shifts.remove(shift)
            self.kept_locked.append((shift, lines.pop(0) if lines else None))
        if len(shifts) == len(lines) == 1 and shifts[0].person_id is not None:
            self._pair(shifts.pop(), lines.pop(), only_add=False)
        self.removed.extend(shifts)
        self.added.extend(lines)

    def _pair(self, shift: Shift, line: Wanted, *, only_add: bool) -> None:
        change = _change(shift, line)
        if not _differs(change):
            self.unchanged += 1
        elif only_add:
            self.left_alone.append((shift, line))
        elif shift.locked:
            self.kept_locked.append((shift, line))
        else:
            self.changed.append(change)


def by_person_and_date(shifts: Sequence[Shift]) -> dict[tuple[int | None, date], list[Shift]]:
    """Shifts in order of their start."""
    found: dict[tuple[int | None, date], list[Shift]] = {}
    for shift in sorted(shifts, key=lambda one: (one.starts_at, one.id)):
        found.setdefault((shift.person_id, shift.date), []).append(shift)
    return found


def _is_equal(shift: Shift, line: Wanted) -> bool:
    """Same code and times; a line without times takes the shift that has the usual ones first."""
    times = line.times
    return (
        shift.assignment_id == line.assignment.id
        and shift.start_wall == times["start_wall"]
        and shift.end_wall == times["end_wall"]
    )


def _is_same_code(shift: Shift, line: Wanted) -> bool:
    return shift.assignment_id == line.assignment.id


def _change(shift: Shift, line: Wanted) -> Change:
    keeps_times = shift.assignment_id == line.assignment.id and not line.has_own_times
    note = shift.note if line.entry.note is None else line.entry.note
    return Change(shift, line, line.assignment, _times(shift) if keeps_times else line.times, note)


def _times(shift: Shift) -> dict[str, Any]:
    names = ("start_wall", "end_wall", "zone", "starts_at", "ends_at", "custom_time")
    return {name: getattr(shift, name) for name in names}


def _differs(change: Change) -> bool:
    shift, times = change.shift, change.times
    return (shift.assignment_id, shift.start_wall, shift.end_wall, shift.note) != (
        change.assignment.id, times["start_wall"], times["end_wall"], change.note,
    )  # fmt: skip
