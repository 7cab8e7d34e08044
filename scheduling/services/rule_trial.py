"""Trying rules before they hold: they are written, asked, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from scheduling.models import Rule, Schedule
from scheduling.rules.types import Conflict
from scheduling.selectors.conflicts import conflicts_by
from scheduling.selectors.rows import people_by_id, schedule_info
from scheduling.selectors.rule_facts import rule_fact, scopes_of
from scheduling.types import ScheduleInfo

SCHEDULES = 16  # the newest of them, so that a trial stays a matter of seconds
WEEKS = timedelta(weeks=13)
_BACK = timedelta(weeks=4)
EXAMPLES = 8


@dataclass(frozen=True)
class Found:
    """What rules find in one schedule's dates: the conflicts, and names for those shown."""

    schedule: ScheduleInfo
    first: date
    last: date
    conflicts: tuple[Conflict, ...]
    names: dict[int, str]

    @property
    def shown(self) -> list[tuple[Conflict, str]]:
        """The first ones, each with whom it is about."""
        return [(one, self.names.get(one.person_id or 0, "")) for one in self.conflicts[:EXAMPLES]]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, len(self.conflicts) - EXAMPLES)


@dataclass(frozen=True)
class Trial:
    """The schedules that were looked at."""

    found: tuple[Found, ...]

    @property
    def telling(self) -> list[Found]:
        """Those in which something was found."""
        return [one for one in self.found if one.conflicts]

    @property
    def silent(self) -> list[Found]:
        """The others."""
        return [one for one in self.found if not one.conflicts]

    @property
    def count(self) -> int:
        """All conflicts."""
        return sum(len(one.conflicts) for one in self.found)


class _TakenBackError(Exception):
    """Ends a trial."""


def rules_tried(
    write: Callable[[], Iterable[Rule]], *, today: date, departments: Collection[int] | None = None
) -> Trial:
    """What rules would find in the schedules of the present and future, of those departments or all. Nothing is kept.

    `write` makes or changes the rules and returns them; what it refuses is refused here.
    """
    made: Trial | None = None
    try:
        with transaction.atomic():
            made = rules_asked(list(write()), today=today, departments=departments)
            raise _TakenBackError
    except _TakenBackError:
        pass
    assert made is not None  # only the trial's own end is swallowed
    return made


def rules_asked(rules: list[Rule], *, today: date, departments: Collection[int] | None = None) -> Trial:
    """What rules that stand find now."""
    scopes = scopes_of([row.id for row in rules])
    facts = [rule_fact(row, scopes.get(row.id, {})) for row in rules]
    own = {row.department_id for row in rules}
    schedules = Schedule.objects.select_related("department").filter(ends_on__gte=today)
    if None not in own:
        schedules = schedules.filter(department_id__in=[one for one in own if one is not None])
    if departments is not None:
        schedules = schedules.filter(department_id__in=departments)
    found = []
    for row in schedules.order_by("-starts_on", "id")[:SCHEDULES]:
        info = schedule_info(row)
        first = max(info.starts_on, today - _BACK)
        last = min(info.ends_on, first + WEEKS)
        conflicts = tuple(conflicts_by(facts, info, first=first, last=last)) if facts else ()
        people = people_by_id({one.person_id for one in conflicts[:EXAMPLES] if one.person_id is not None})
        found.append(Found(info, first, last, conflicts, {key: one.name for key, one in people.items()}))
    return Trial(
        tuple(sorted(found, key=lambda one: (one.schedule.department.order, one.schedule.department.name, one.first)))
    )
