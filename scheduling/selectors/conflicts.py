"""What the rules find in a draft."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from scheduling.models import ShiftOverride
from scheduling.rules.facts import RuleFact
from scheduling.rules.kinds import conflicts_find
from scheduling.rules.types import Conflict
from scheduling.selectors.rule_facts import Place, facts_read, rules_of
from scheduling.types import ScheduleInfo


def conflicts_of(
    schedule: ScheduleInfo, *, first: date, last: date, person_ids: Collection[int] | None = None
) -> list[Conflict]:
    """Conflicts of a draft on those dates, hard ones first, then by date: of everybody with the cover of each day, or of those people.

    People who work in several departments are checked against what the others have published. With `person_ids` the cost follows the
    people, not the schedule.
    """
    return conflicts_by(rules_of(schedule.department.id), schedule, first=first, last=last, person_ids=person_ids)


def conflicts_by(
    rules: list[RuleFact],
    schedule: ScheduleInfo,
    *,
    first: date,
    last: date,
    person_ids: Collection[int] | None = None,
) -> list[Conflict]:
    """What those rules alone find: also a rule that is only being tried."""
    first, last = max(first, schedule.starts_on), min(last, schedule.ends_on)
    if first > last or (person_ids is not None and not person_ids):
        return []
    facts = facts_read(Place.of(schedule), rules, first=first, last=last, person_ids=person_ids)
    return overrides_applied(conflicts_find(rules, facts))


def overrides_applied(found: list[Conflict]) -> list[Conflict]:
    """The same conflicts with the reasons that somebody gave to keep them, as long as they are the same person's."""
    people = {one.person_id for one in found if one.person_id is not None}
    rows = ShiftOverride.objects.filter(
        shift_id__in={shift for one in found if one.person_id is not None for shift in one.members}, person_id__in=people
    ) if people else []  # fmt: skip
    kept: dict[tuple[str, int], list[ShiftOverride]] = {}
    for row in rows:
        kept.setdefault((row.rule, row.person_id), []).append(row)
    if not kept:
        return found
    return [_overridden(one, kept.get((one.rule, one.person_id or 0), [])) for one in found]


def _overridden(one: Conflict, rows: Iterable[ShiftOverride]) -> Conflict:
    members = set(one.members)
    for row in rows:
        if row.shift_id in members and (row.against in members if one.other is not None else row.against is None):
            return replace(one, override=row.reason, override_by=row.actor)
    return one


def conflicts_of_shift(schedule: ScheduleInfo, *, shift_id: uuid.UUID, on: date, person_id: int) -> list[Conflict]:
    """The conflicts that mark one draft shift."""
    found = conflicts_of(schedule, first=on, last=on, person_ids=[person_id])
    return [one for one in found if shift_id in one.shift_ids]
