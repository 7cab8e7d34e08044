"""What the publish and recall pages show besides the differences: how the schedule stands, and what conflicts, by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from scheduling.models import Person, PublishedDay, Schedule
from scheduling.pages.grid.issues import IssueNames, issues_of
from scheduling.pages.grid.page import grid_address
from scheduling.rules.types import Conflict, Severity
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.difference import raw_differences
from scheduling.selectors.rows import assignments_by_id, people_by_id
from scheduling.selectors.workspace import places_of
from scheduling.types import Audience, Difference, ScheduleInfo
from tenancy.rights import Right

ISSUES_SHOWN = 8  # of a kind; the Issues panel lists the others


@dataclass(frozen=True)
class Reach:
    """What an audience has of a schedule: on how many of its dates, from when to when, and how many shifts differ there."""

    audience: str
    days: int
    first: date | None
    last: date | None
    unpublished: int


@dataclass(frozen=True)
class IssueLine:
    """A conflict with the address of its cell."""

    place: str
    text: str
    kept: str
    url: str


@dataclass(frozen=True)
class IssueGroup:
    """Conflicts of one kind."""

    label: str
    severity: str
    lines: tuple[IssueLine, ...]
    more: int

    @property
    def total(self) -> int:
        """How many there are, those that are not listed included."""
        return len(self.lines) + self.more


def reach_of(schedule: ScheduleInfo, audience: Audience) -> Reach:
    """What an audience has of the schedule, and what differs on the dates it has."""
    days = sorted(
        PublishedDay.objects.filter(audience=audience.value, schedule_id=schedule.id).values_list("date", flat=True)
    )
    if not days:
        return Reach(audience.value, 0, None, None, 0)
    row = Schedule.objects.get(id=schedule.id)
    raw = raw_differences(schedule=row, first=days[0], last=days[-1], audience=audience)
    known = set(days)
    differing = [one for one in raw if not one.alike and (one.draft or one.published or {})["date"] in known]
    return Reach(audience.value, len(days), days[0], days[-1], len(differing))


def differing_in(schedule: ScheduleInfo, audience: Audience, first: date, last: date) -> int:
    """How many shifts publishing a range would touch."""
    row = Schedule.objects.get(id=schedule.id)
    raw = raw_differences(schedule=row, first=first, last=last, audience=audience)
    return sum(1 for one in raw if not one.alike)


def issue_groups(schedule: ScheduleInfo, found: Sequence[Conflict]) -> list[IssueGroup]:
    """What conflicts, hard first, by kind; each with a way to its cell."""
    names = _names(schedule, found)
    issues = list(zip(found, issues_of(found, names), strict=True))
    order = {"hard": 0, "soft": 1, "kept": 2}
    issues.sort(key=lambda pair: (order[pair[1].severity], pair[1].label))
    groups = []
    for (severity, label), pairs in groupby(issues, key=lambda pair: (pair[1].severity, pair[1].label)):
        some = [issue for _, issue in pairs]
        lines = tuple(
            IssueLine(
                one.place,
                one.text,
                one.kept,
                grid_address(
                    schedule, start=one.date.isoformat(), rows="assignment", row=one.row, date=one.date.isoformat()
                ),
            )
            for one in some[:ISSUES_SHOWN]
        )
        groups.append(IssueGroup(label, severity, lines, len(some) - len(lines)))
    return groups


def hard_concerned(found: Sequence[Conflict], differences: Sequence[Difference]) -> int:
    """How many hard conflicts without a reason to keep them lie in what changes: its shifts, or the cover of its dates."""
    shifts, days = {one.shift_id for one in differences}, {one.date for one in differences}
    return sum(
        1
        for one in found
        if one.stands
        and one.severity is Severity.HARD
        and (shifts & {*one.shift_ids, one.other} if one.shift_ids else one.date in days)
    )


def _names(schedule: ScheduleInfo, found: Sequence[Conflict]) -> IssueNames:
    ids = {one for conflict in found for one in (*conflict.shift_ids, conflict.other) if one is not None}
    assignments = assignments_by_id({one.assignment_id for one in found if one.assignment_id is not None})
    people = people_by_id({one.person_id for one in found if one.person_id is not None})
    return IssueNames(
        places=places_of(schedule_id=schedule.id, shift_ids=ids) if ids else {},
        assignments={one.id: (one.name, one.public_id) for one in assignments.values()},
        people={one.id: (one.name, one.public_id) for one in people.values()},
        layout="assignment",
    )


def tell_counts(schedule: ScheduleInfo, account_id: int) -> dict[str, Any]:
    """How many would be told, for the choices that name no shift."""
    schedulers = [one for one in accounts_deciding(Right.PUBLISH, schedule.department.id) if one != account_id]
    people = Person.objects.filter(department_id=schedule.department.id, is_placeholder=False)
    return {"schedulers": len(schedulers), "department": people.count()}
