"""Two readings of a past moment, side by side: what was known then, and what the schedule says now."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduling.selectors.board import BoardShift

Clock = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A shift as one reading has it, with how the other has it. `gone`: only the other reading has it."""

    shown: BoardShift
    then: BoardShift | None
    now: BoardShift | None
    compared: bool
    gone: bool = False

    @property
    def differs(self) -> bool:
        """True if a reader of the moment was told something else."""
        if not self.compared:
            return False
        return self.then is None or self.now is None or _seen(self.then) != _seen(self.now)

    def told(self, at: Clock) -> str:
        """One sentence: then what, corrected when, to what."""
        if self.then is None and self.now is not None:
            return f"not known then; added at {at(self.now.recorded_from_at)}"
        if self.now is None and self.then is not None and self.then.recorded_to_at is not None:
            return f"then: {_name(self.then)}; taken off at {at(self.then.recorded_to_at)}"
        assert self.then is not None and self.now is not None, "a pair has two sides here"
        was, now = _parts(self.then, self.now, at)
        return f"then: {was}; corrected at {at(self.now.recorded_from_at)} to {now}"


def pairs_of(shifts: Iterable[BoardShift], *, compare: bool, known_then: bool) -> list[Pair]:
    """Bring both readings of every shift together. Without `compare` there is only the one that stands."""
    if not compare:
        return [Pair(one, None, one, compared=False) for one in shifts if one.stands]
    then: dict[uuid.UUID, BoardShift] = {}
    now: dict[uuid.UUID, BoardShift] = {}
    for one in shifts:
        if one.known:
            then[one.shift_id] = one
        if one.stands:
            now[one.shift_id] = one
    reading, other = (then, now) if known_then else (now, then)
    found = []
    for shift_id in dict.fromkeys([*reading, *other]):
        shown = reading.get(shift_id) or other[shift_id]
        gone = shift_id not in reading
        found.append(Pair(shown, then.get(shift_id), now.get(shift_id), compared=True, gone=gone))
    return found


def _seen(shift: BoardShift) -> tuple[object, ...]:
    person = shift.person.id if shift.person else None
    return (person, shift.starts_at, shift.ends_at, shift.note, shift.call_order)


def _name(shift: BoardShift) -> str:
    return shift.person.name if shift.person else "open"


def _parts(then: BoardShift, now: BoardShift, at: Clock) -> tuple[str, str]:
    """Both sides reduced to what differs."""
    was, new = [], []
    if _name(then) != _name(now) or (then.person and then.person.id) != (now.person and now.person.id):
        was.append(_name(then))
        new.append(_name(now))
    if (then.starts_at, then.ends_at) != (now.starts_at, now.ends_at):
        was.append(f"{at(then.starts_at)}–{at(then.ends_at)}")
        new.append(f"{at(now.starts_at)}–{at(now.ends_at)}")
    if then.call_order != now.call_order:
        was.append(f"call order {then.call_order or 'none'}")
        new.append(f"call order {now.call_order or 'none'}")
    if then.note != now.note:
        was.append(f"note “{then.note}”" if then.note else "no note")
        new.append(f"note “{now.note}”" if now.note else "no note")
    return ", ".join(was), ", ".join(new)
