"""What the address of a tallies page asks for: a department, dates, people, and whether a draft or what is published is counted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.http import QueryDict

from scheduling.pages.grid.windows import date_or_none
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.tallies import TallyDefinition
from scheduling.selectors.workspace import Access, schedules_visible
from scheduling.types import DepartmentInfo, ScheduleInfo
from tenancy.rights import Right
from tenancy.types import NotFoundError

T = TypeVar("T", DepartmentInfo, ScheduleInfo)
LONGEST = 1100  # days: three years side by side, and a statement that stays short


@dataclass(frozen=True)
class Preset:
    """A range with a name."""

    label: str
    first: date
    last: date


@dataclass(frozen=True)
class Asked:
    """The question. `over` is the draft that is counted instead of what is published on its dates."""

    department: DepartmentInfo
    departments: tuple[DepartmentInfo, ...]
    schedules: tuple[ScheduleInfo, ...]
    over: ScheduleInfo | None
    first: date
    last: date
    presets: tuple[Preset, ...]
    personnel_type: str
    text: str
    problem: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """What a link to another page about the same rows carries."""
        return {
            "department": str(self.department.public_id),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            **({"over": str(self.over.public_id)} if self.over else {}),
        }


def departments_with(access: Access, right: Right) -> list[DepartmentInfo]:
    """The departments in which the account holds the right, in order; former ones are left out."""
    rows = sorted(departments_by_id().values(), key=lambda one: (one.ended_on is not None, one.order, one.name))
    return [one for one in rows if one.ended_on is None and access.may(right, one.id)]


def may_see(access: Access, tally: TallyDefinition) -> bool:
    """True if the account may read this tally: a department's where it may, the organization's wherever it reads any."""
    if tally.department_id is not None:
        return access.may(Right.VIEW_TALLIES, tally.department_id)
    return access.account.may(Right.VIEW_TALLIES)


def asked_of(access: Access, given: QueryDict, today: date) -> Asked | None:
    """The question of an address; what it does not say, or says wrongly, comes from today. None: no department to ask about.

    Raises NotFoundError for a department or draft that the account may not know of.
    """
    departments = departments_with(access, Right.VIEW_TALLIES)
    if not departments:
        return None
    department = _named(departments, given.get("department", "")) or departments[0]
    schedules = [
        one
        for one in schedules_visible(access)
        if one.department.id == department.id and access.may(Right.VIEW_DRAFT, department.id)
    ]
    over = _named(schedules, given.get("over", ""))
    here = over or next((one for one in schedules if one.starts_on <= today <= one.ends_on), None)
    presets = presets_of(today, here)
    first, last, problem = _range(given, presets[0])
    return Asked(
        department=department,
        departments=tuple(departments),
        schedules=tuple(schedules),
        over=over,
        first=first,
        last=last,
        presets=presets,
        personnel_type=given.get("type", ""),
        text=given.get("q", "").strip()[:120],
        problem=problem,
    )


def presets_of(today: date, schedule: ScheduleInfo | None) -> tuple[Preset, ...]:
    """The named ranges around today, the one that a page opens with first."""
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    named = [
        Preset("This month", month, months_later(month, 1) - timedelta(days=1)),
        Preset("This quarter", quarter, months_later(quarter, 3) - timedelta(days=1)),
        Preset("This year", date(today.year, 1, 1), date(today.year, 12, 31)),
    ]
    if schedule is not None:
        named.insert(0, Preset("This schedule", schedule.starts_on, schedule.ends_on))
    return tuple(named)


def months_later(month: date, count: int) -> date:
    """The first of a month, `count` months on."""
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _range(given: QueryDict, usual: Preset) -> tuple[date, date, str]:
    first, last = date_or_none(given.get("first", "")), date_or_none(given.get("last", ""))
    wrong = next(
        (name for name in ("first", "last") if given.get(name) and date_or_none(given.get(name, "")) is None), ""
    )
    if wrong:
        return usual.first, usual.last, f"{given.get(wrong, '')[:20]!r} is not a date. {usual.label} is shown."
    if first is None and last is None:
        return usual.first, usual.last, ""
    first, last = first or last or usual.first, last or first or usual.last
    if last < first:
        return usual.first, usual.last, f"The last date is before the first. {usual.label} is shown."
    if (last - first).days >= LONGEST:
        return usual.first, usual.last, f"Ask for three years at most. {usual.label} is shown."
    return first, last, ""


def _named(rows: list[T], text: str) -> T | None:
    """The row with that public id; None when the text is empty. Raises NotFoundError when there is none."""
    if not text:
        return None
    try:
        wanted = uuid.UUID(text)
    except ValueError as wrong:
        raise NotFoundError("There is no such department or schedule.") from wrong
    found = next((row for row in rows if row.public_id == wanted), None)
    if found is None:
        raise NotFoundError("There is no such department or schedule, or it is not yours to see.")
    return found
