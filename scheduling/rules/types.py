"""What a rule finds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """Hard must be mended or overridden with a reason; soft is worth a look."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that a rule finds wrong.

    `rule` is stable ("overlap", "rest:<rule's public id>"): an override names it. `text` is one sentence with figures: what is wrong,
    against what, and what the rule asks. `shift_ids` are the draft shifts it marks, the one to look at first; none for a day that
    lacks cover. `other` is the shift to go to. `override` is the reason somebody gave to keep it, empty while it stands. `members` are
    all shifts it is made of, also those of other dates and departments that it does not mark.
    """

    rule: str
    label: str  # "Rest", "Cover", "Leave": the word in front of the text
    severity: Severity
    text: str
    date: date
    shift_ids: tuple[uuid.UUID, ...] = ()
    person_id: int | None = None
    assignment_id: int | None = None
    other: uuid.UUID | None = None
    override: str = ""
    override_by: str = ""
    members: tuple[uuid.UUID, ...] = ()

    @property
    def stands(self) -> bool:
        """True while nobody has overridden it."""
        return not self.override
