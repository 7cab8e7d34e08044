"""Writes of holidays."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import Department, Holiday
from tenancy.changes import change_entry, change_record, changes_record, differing
from tenancy.types import Actor, NotFoundError, RefusedError

_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True, slots=True)
class HolidayWanted:
    """A holiday that somebody wants to have; `department` None is the whole organisation."""

    date: date
    name: str
    department: Department | None = None


def holiday_create(
    *, day: date, name: str, actor: Actor, now: datetime, department: Department | None = None
) -> Holiday:
    """Add a holiday. Raises RefusedError when that date has one in the same scope."""
    name = _name_or_refuse(name)
    _date_or_refuse(day)
    _free_or_refuse(day, department)
    holiday = Holiday.objects.create(date=day, name=name, department=department)
    change_record(
        actor=actor, now=now, action="holiday.create", subject_type="holiday", subject=f"{name}, {day}",
        subject_id=holiday.public_id, department_id=department.id if department else None, on_date=day,
        after={"name": name, "date": day, "department": department.name if department else "everywhere"},
    )  # fmt: skip
    return holiday


def holiday_change(
    *, holiday_id: uuid.UUID, day: date, name: str, actor: Actor, now: datetime, department: Department | None = None
) -> Holiday:
    """Rename or move a holiday, or change whose it is. Nothing is written when nothing differs."""
    holiday = _held(holiday_id)
    name = _name_or_refuse(name)
    _date_or_refuse(day)
    _free_or_refuse(day, department, but=holiday)
    before, after = differing(
        {"name": holiday.name, "date": holiday.date, "department": _scope(holiday.department)},
        {"name": name, "date": day, "department": _scope(department)},
    )
    if not after:
        return holiday
    holiday.name, holiday.date, holiday.department = name, day, department
    holiday.save()
    change_record(
        actor=actor, now=now, action="holiday.change", subject_type="holiday", subject=f"{name}, {day}",
        subject_id=holiday.public_id, department_id=holiday.department_id, on_date=day, before=before, after=after,
    )  # fmt: skip
    return holiday


def holiday_remove(*, holiday_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Take a holiday away. Shifts stay as they are."""
    holiday = _held(holiday_id)
    change_record(
        actor=actor, now=now, action="holiday.remove", subject_type="holiday",
        subject=f"{holiday.name}, {holiday.date}", subject_id=holiday.public_id, department_id=holiday.department_id,
        on_date=holiday.date,
        before={"name": holiday.name, "date": holiday.date, "department": _scope(holiday.department)},
    )  # fmt: skip
    holiday.delete()


def holidays_add(*, wanted: Sequence[HolidayWanted], actor: Actor, now: datetime) -> tuple[int, int, int]:
    """Add many at once: (added, renamed, already there). A date that has another name in the same scope is renamed."""
    dates = [one.date for one in wanted]
    held = {
        (row.date, row.department_id): row
        for row in Holiday.objects.select_for_update(of=("self",)).filter(date__in=dates)
    }
    added, renamed, same, entries = [], [], 0, []
    for one in wanted:
        name = _name_or_refuse(one.name)
        _date_or_refuse(one.date)
        department_id = one.department.id if one.department else None
        row = held.get((one.date, department_id))
        if row is not None and row.name == name:
            same += 1
            continue
        before = None
        if row is None:
            row = Holiday(date=one.date, name=name, department=one.department)
            added.append(row)
            held[one.date, department_id] = row
        else:
            before = {"name": row.name}
            row.name = name
            renamed.append(row)
        entries.append(
            change_entry(
                actor=actor, now=now, action="holiday.change" if before else "holiday.create", subject_type="holiday",
                subject=f"{name}, {one.date}", subject_id=row.public_id, department_id=department_id, on_date=one.date,
                before=before,
                after={"name": name} if before else {"name": name, "date": one.date, "department": _scope(one.department)},
            )
        )  # fmt: skip
    Holiday.objects.bulk_create(added)
    Holiday.objects.bulk_update([row for row in renamed if row.pk], ["name"])
    changes_record(entries)
    return len(added), len(renamed), same


def _held(holiday_id: uuid.UUID) -> Holiday:
    row = (
        Holiday.objects.select_for_update(of=("self",))
        .select_related("department")
        .filter(public_id=holiday_id)
        .first()
    )
    if row is None:
        raise NotFoundError("There is no such holiday.")
    return row


def _name_or_refuse(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise RefusedError("A holiday needs a name.", field="name")
    if len(name) > 80:
        raise RefusedError(f"A holiday's name has at most 80 characters; this one has {len(name)}.", field="name")
    return name


def _date_or_refuse(day: date) -> None:
    if not _EARLIEST <= day <= _LATEST:
        raise RefusedError(f"{day} is not a date of this age: use {_EARLIEST.year} to {_LATEST.year}.", field="date")


def _free_or_refuse(day: date, department: Department | None, but: Holiday | None = None) -> None:
    rows = Holiday.objects.filter(date=day, department=department)
    other = (rows.exclude(id=but.id) if but else rows).first()
    if other is not None:
        raise RefusedError(f"{day} is {other.name} already {_scope_text(department)}: change that one.", field="date")


def _scope(department: Department | None) -> str:
    return department.name if department else "everywhere"


def _scope_text(department: Department | None) -> str:
    return f"in {department.name}" if department else "everywhere"
