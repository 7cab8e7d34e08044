"""Where an import goes: the department, its schedule, or the schedule that is to be made."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scheduling.importing.issues import Issues
from scheduling.importing.types import RosterRequest
from scheduling.models import Assignment, Department, RosterFormat, Schedule
from scheduling.roster.text import quoted
from scheduling.roster.types import RosterParse
from tenancy.types import NotFoundError, RefusedError

LONGEST_DAYS = 400


@dataclass(frozen=True, kw_only=True)
class Place:
    """The department with its assignments and the format remembered for it; the schedule when the caller named one."""

    department: Department
    assignments: tuple[Assignment, ...]
    schedule: Schedule | None
    remembered: object | None


@dataclass(frozen=True, kw_only=True)
class Target:
    """The schedule of the import; ``schedule`` None means that it is to be made."""

    schedule: Schedule | None
    name: str
    first: date
    last: date


def place_of(*, schedule_id: uuid.UUID | None, department_id: uuid.UUID | None, lock: bool) -> Place:
    """Read where it goes. ``lock`` keeps others from placing shifts there until the transaction ends."""
    schedule = None
    if schedule_id is not None:
        rows = Schedule.objects.select_related("department").filter(public_id=schedule_id)
        schedule = (rows.select_for_update(of=("self",)) if lock else rows).first()
        if schedule is None or department_id not in (None, schedule.department.public_id):
            raise NotFoundError("There is no such schedule in this department.")
        department: Department | None = schedule.department
    elif department_id is None:
        raise RefusedError("An import needs a schedule or a department.", field="schedule")
    else:
        department = Department.objects.filter(public_id=department_id).first()
    if department is None:
        raise NotFoundError("There is no such department.")
    assignments = Assignment.objects.select_related("type").filter(department=department).order_by("order", "code")
    held = RosterFormat.objects.filter(department=department).first()
    return Place(
        department=department, assignments=tuple(assignments), schedule=schedule,
        remembered=held.mapping if held else None,
    )  # fmt: skip


def target_of(place: Place, request: RosterRequest, parse: RosterParse, issues: Issues, *, lock: bool) -> Target | None:
    """The schedule for the file's dates, or None after saying why there is none."""
    if place.schedule is not None:
        return _existing(place.schedule)
    dates = file_dates(parse)
    if not dates:
        return None
    first, last = min(dates), max(dates)
    if request.new_schedule is not None:
        if (last - first).days > LONGEST_DAYS:
            issues.error(
                f"The file runs from {first} to {last}; a schedule spans at most {LONGEST_DAYS} days.",
                advice="Import it in several parts.",
            )
            return None
        name = request.new_schedule.strip() or f"{place.department.name} {first}"
        return Target(schedule=None, name=name[:120], first=first, last=last)
    rows = Schedule.objects.filter(department=place.department, starts_on__lte=last, ends_on__gte=first)
    touching = list((rows.select_for_update() if lock else rows).order_by("starts_on", "id"))
    covering = [one for one in touching if one.starts_on <= first and last <= one.ends_on]
    if len(covering) == 1:
        return _existing(covering[0])
    _say_no_target(covering, touching, first, last, issues)
    return None


def file_dates(parse: RosterParse) -> frozenset[date]:
    """The dates that the file speaks for: a grid's columns; every day from a list's first to its last."""
    if parse.shape == "grid":
        return frozenset(column.date for column in parse.columns if column.date is not None)
    if parse.first_date is None or parse.last_date is None:
        return frozenset()
    days = range(parse.first_date.toordinal(), parse.last_date.toordinal() + 1)
    return frozenset(date.fromordinal(day) for day in days)


def _existing(schedule: Schedule) -> Target:
    return Target(schedule=schedule, name=schedule.name, first=schedule.starts_on, last=schedule.ends_on)


def _say_no_target(
    covering: Sequence[Schedule], touching: Sequence[Schedule], first: date, last: date, issues: Issues
) -> None:
    if covering:
        names = ", ".join(quoted(one.name) for one in covering[:5])
        issues.error(f"Several schedules cover {first} to {last}: {names}.", advice="Say which one is meant.")
        return
    near = ", ".join(f"{quoted(one.name)} ({one.starts_on} to {one.ends_on})" for one in touching[:5])
    issues.error(
        f"No schedule covers {first} to {last}" + (f"; {near} has some of these dates." if near else "."),
        advice="Make one for the file's dates, or choose a schedule.",
    )
