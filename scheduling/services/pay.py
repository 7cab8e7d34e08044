"""Writes of pay calendars: when a group of people is paid. Work of a type of people in a department has at most one."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scheduling.models import Department, PayCalendar, PayCalendarScope, PersonnelType
from scheduling.selectors.pay import pay_calendar_info
from scheduling.services.outbox import data_changed
from tenancy.changes import change_record, differing
from tenancy.types import Actor, NotFoundError, RefusedError

LONGEST = 366
NAME_LIMIT = 80


@dataclass(frozen=True)
class PayCalendarFields:
    """What can be said of a pay calendar. No department means all of them, and no personnel type everybody."""

    name: str
    anchor: date
    days: int
    departments: Collection[uuid.UUID] = ()
    personnel_types: Collection[uuid.UUID] = ()


def pay_calendar_create(*, fields: PayCalendarFields, actor: Actor, now: datetime) -> PayCalendar:
    """Make a pay calendar. Raises RefusedError where another one governs the same work."""
    name = _checked(fields)
    departments, kinds = _scope(fields)
    if PayCalendar.objects.filter(name=name).exists():
        raise RefusedError(f"There is a pay calendar called {name!r} already.", field="name")
    calendar = PayCalendar.objects.create(name=name, anchor=fields.anchor, days=fields.days, changed_at=now)
    _scope_write(calendar, departments, kinds)
    _overlap_refuse(calendar)
    _log(calendar, actor, now, "pay_calendar.create", None, _told(calendar, departments, kinds))
    return calendar


def pay_calendar_change(
    *,
    pay_calendar_id: uuid.UUID,
    fields: PayCalendarFields,
    actor: Actor,
    now: datetime,
    revision: int | None = None,
) -> PayCalendar:
    """Change a pay calendar and what it governs. `revision` is the one that was looked at: a newer one is refused."""
    calendar = _locked(pay_calendar_id, revision)
    name = _checked(fields)
    departments, kinds = _scope(fields)
    if PayCalendar.objects.filter(name=name).exclude(id=calendar.id).exists():
        raise RefusedError(f"Another pay calendar is called {name!r}.", field="name")
    old = _told(calendar, *_scope_read(calendar))
    calendar.name, calendar.anchor, calendar.days = name, fields.anchor, fields.days
    before, after = differing(old, _told(calendar, departments, kinds))
    if not after:
        return calendar
    PayCalendarScope.objects.filter(calendar=calendar).delete()
    _scope_write(calendar, departments, kinds)
    calendar.revision += 1
    calendar.changed_at = now
    calendar.save()
    _overlap_refuse(calendar)
    _log(calendar, actor, now, "pay_calendar.change", before, after)
    return calendar


def pay_calendar_remove(
    *, pay_calendar_id: uuid.UUID, actor: Actor, now: datetime, revision: int | None = None
) -> None:
    """Take a pay calendar away: what it governed has none from now on, and destinations that need one say so."""
    calendar = _locked(pay_calendar_id, revision)
    old = _told(calendar, *_scope_read(calendar))
    _log(calendar, actor, now, "pay_calendar.remove", old, None)
    PayCalendarScope.objects.filter(calendar=calendar).delete()
    calendar.delete()


def _locked(pay_calendar_id: uuid.UUID, revision: int | None) -> PayCalendar:
    calendar = PayCalendar.objects.select_for_update().filter(public_id=pay_calendar_id).first()
    if calendar is None:
        raise NotFoundError("There is no such pay calendar.")
    if revision is not None and revision != calendar.revision:
        raise RefusedError(
            "Somebody else changed this pay calendar meanwhile. Look at it as it is now, and change it again.",
            code="stale",
        )
    return calendar


def _checked(fields: PayCalendarFields) -> str:
    name = " ".join(fields.name.split())
    if not name or len(name) > NAME_LIMIT:
        raise RefusedError(f"A pay calendar has a name of at most {NAME_LIMIT} characters.", field="name")
    if not 1 <= fields.days <= LONGEST:
        raise RefusedError(f"A pay period has from 1 to {LONGEST} days, not {fields.days}.", field="days")
    return name


def _scope(fields: PayCalendarFields) -> tuple[list[Department], list[PersonnelType]]:
    departments = list(Department.objects.filter(public_id__in=fields.departments).order_by("order", "name"))
    kinds = list(PersonnelType.objects.filter(public_id__in=fields.personnel_types).order_by("name"))
    if len(departments) != len(set(fields.departments)):
        raise RefusedError("One of the departments is not known. Choose them again.", field="departments")
    if len(kinds) != len(set(fields.personnel_types)):
        raise RefusedError("One of the personnel types is not known. Choose them again.", field="personnel_types")
    return departments, kinds


def _scope_write(calendar: PayCalendar, departments: list[Department], kinds: list[PersonnelType]) -> None:
    PayCalendarScope.objects.bulk_create(
        [PayCalendarScope(calendar=calendar, department=one) for one in departments]
        + [PayCalendarScope(calendar=calendar, personnel_type=one) for one in kinds]
    )


def _scope_read(calendar: PayCalendar) -> tuple[list[Department], list[PersonnelType]]:
    rows = list(PayCalendarScope.objects.filter(calendar=calendar).select_related("department", "personnel_type"))
    departments = sorted((one.department for one in rows if one.department), key=lambda one: (one.order, one.name))
    return departments, sorted((one.personnel_type for one in rows if one.personnel_type), key=lambda one: one.name)


def _overlap_refuse(calendar: PayCalendar) -> None:
    """Locks the calendars first: two that are made at once could not see each other."""
    others = list(PayCalendar.objects.select_for_update().order_by("id"))
    own = pay_calendar_info(calendar)
    names = dict(Department.objects.values_list("id", "name"))
    kinds = dict(PersonnelType.objects.values_list("id", "name"))
    for row in others:
        if row.id == calendar.id:
            continue
        other = pay_calendar_info(row)
        both = _shared(own.department_ids, other.department_ids, names, "all departments")
        whom = _shared(own.personnel_type_ids, other.personnel_type_ids, kinds, "everybody")
        if both and whom:
            raise RefusedError(
                f"{row.name} governs {whom} in {both} already. Narrow one of the two: the same work cannot be paid by both.",
                field="departments",
            )


def _shared(mine: frozenset[int], theirs: frozenset[int], names: dict[int, str], everything: str) -> str:
    """What two parts of a scope have in common, in words; an empty part is all there is, and empty words are nothing."""
    if not mine and not theirs:
        return everything
    common = mine & theirs if mine and theirs else mine or theirs
    return ", ".join(sorted(names[one] for one in common))


def _told(calendar: PayCalendar, departments: list[Department], kinds: list[PersonnelType]) -> dict[str, Any]:
    return {
        "name": calendar.name,
        "anchor": calendar.anchor.isoformat(),
        "days": calendar.days,
        "departments": [one.name for one in departments],
        "personnel_types": [one.name for one in kinds],
    }


def _log(
    calendar: PayCalendar,
    actor: Actor,
    now: datetime,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="pay_calendar", subject=calendar.name,
        subject_id=calendar.public_id, before=before, after=after,
    )  # fmt: skip
    data_changed(kind="pay_calendars", now=now, subject_id=calendar.id)
