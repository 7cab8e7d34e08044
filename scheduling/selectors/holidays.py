"""Holidays of the organisation and of its departments."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from scheduling.models import Holiday
from tenancy.types import NotFoundError


@dataclass(frozen=True, slots=True)
class HolidayInfo:
    """A holiday; without a department it is the whole organisation's."""

    public_id: uuid.UUID
    date: date
    name: str
    department_id: int | None
    department_name: str
    department_code: str
    department_public_id: uuid.UUID | None


def holidays_between(first: date, last: date, *, department_id: int | None = None) -> dict[date, str]:
    """Date → the holiday's name: the organisation's, and those of the department when one is named."""
    scope = Q(department=None)
    if department_id is not None:
        scope |= Q(department_id=department_id)
    found: dict[date, str] = {}
    rows = Holiday.objects.filter(scope, date__gte=first, date__lte=last).order_by("date", "department_id")
    # The organisation's name stands first: NULLs sort last, so it is put in front of a department's.
    for day, name, department in rows.values_list("date", "name", "department_id"):
        if day not in found:
            found[day] = name
        elif name != found[day]:
            found[day] = f"{name} / {found[day]}" if department is None else f"{found[day]} / {name}"
    return found


def holidays_listed(*, first: date, last: date) -> list[HolidayInfo]:
    """All of them on those dates, by date; the organisation's before the departments'."""
    rows = Holiday.objects.select_related("department").filter(date__gte=first, date__lte=last)
    return sorted(map(_info, rows), key=lambda one: (one.date, one.department_name))


def holiday_find(holiday_id: uuid.UUID) -> HolidayInfo:
    """One holiday. Raises NotFoundError."""
    row = Holiday.objects.select_related("department").filter(public_id=holiday_id).first()
    if row is None:
        raise NotFoundError("There is no such holiday.")
    return _info(row)


def holiday_years() -> list[int]:
    """The years that have holidays."""
    return sorted({day.year for day in Holiday.objects.values_list("date", flat=True)})


def _info(row: Holiday) -> HolidayInfo:
    department = row.department
    return HolidayInfo(
        public_id=row.public_id,
        date=row.date,
        name=row.name,
        department_id=row.department_id,
        department_name=department.name if department else "",
        department_code=department.code if department else "",
        department_public_id=department.public_id if department else None,
    )
