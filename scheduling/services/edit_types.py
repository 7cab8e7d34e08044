"""What edits of a draft are, and what becomes of them, as values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scheduling.types import ShiftInfo, StaleShift
from tenancy.types import NotFoundError, RefusedError


@dataclass(frozen=True, slots=True)
class Place:
    """Put somebody, or nobody yet, on an assignment and date. `public_id` and `version` bring a shift back that was removed."""

    assignment_id: uuid.UUID
    day: date
    person_id: uuid.UUID | None = None
    more: Mapping[str, Any] = field(default_factory=dict)  # start, end, note, private_note, call_order, locked
    public_id: uuid.UUID | None = None
    version: int = 1
    override: str = ""  # why somebody who is not on the list, or on approved leave, is placed all the same


@dataclass(frozen=True, slots=True)
class Change:
    """Change named fields of a shift, also its date, assignment or person: a move keeps the shift."""

    shift_id: uuid.UUID
    version: int
    fields: Mapping[str, Any]
    override: str = ""  # as with Place


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a shift out of the draft."""

    shift_id: uuid.UUID
    version: int


Edit = Place | Change | Remove


@dataclass(frozen=True, slots=True)
class Done:
    """An edit that changed something: the shift as it was (None: it was not there) and as it is (None: it is gone)."""

    edit: Edit
    before: ShiftInfo | None
    after: ShiftInfo | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An edit that was not done. `code` is locked, stale, missing, or that of the refusal; `subject` names the cell."""

    edit: Edit
    code: str
    subject: str
    text: str
    current: ShiftInfo | None = None

    def error(self) -> RefusedError:
        """The same as an exception: what somebody who made just this one edit is told."""
        if self.code == "stale":
            return StaleShift(self.text, self.current)
        kind = NotFoundError if self.code == "missing" else RefusedError
        return kind(self.text, code=self.code)


@dataclass(frozen=True)
class EditsOutcome:
    """What became of every edit."""

    done: tuple[Done, ...]
    skipped: tuple[Skipped, ...]

    @property
    def states(self) -> list[ShiftInfo]:
        """All shifts as they were and as they are: every cell that has to be drawn again."""
        return [info for one in self.done for info in (one.before, one.after) if info is not None]

    @property
    def days(self) -> frozenset[date]:
        """The dates that were touched."""
        return frozenset(info.date for info in self.states)

    @property
    def person_ids(self) -> frozenset[int]:
        """The people (row ids) whose work was touched."""
        return frozenset(info.person.id for info in self.states if info.person)
