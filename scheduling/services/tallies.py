"""Writes of tallies and their targets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from scheduling.models import Assignment, AssignmentType, Department, Person, PersonnelType, Tally, TallyTarget
from scheduling.tallying.types import MEASURES, NAME_LIMIT, PERIODS, SHORT_LIMIT, Selection
from tenancy.changes import change_record, differing
from tenancy.types import Actor, NotFoundError, RefusedError

_MOST = 40  # of one department: a table with more columns is read by nobody
_HIGHEST = Decimal("99999.99")


@dataclass(frozen=True)
class TallyFields:
    """What can be said of a tally. `selection` is the data of Selection, with ids of assignments and types."""

    name: str
    short: str
    measure: str
    selection: Mapping[str, Any]
    beside_grid: bool = True


@dataclass(frozen=True)
class TargetFields:
    """What is aimed at: for a person, a personnel type by name, or (neither) everyone; per 28 days, month, year, or range."""

    value: Decimal
    period: str
    person_id: uuid.UUID | None = None
    personnel_type: str = ""
    first: date | None = None
    last: date | None = None


def selection_checked(data: Mapping[str, Any], *, department_id: int | None) -> Selection:
    """A selection that names only what exists: a department's tally names assignments of that department. Raises RefusedError."""
    assignments = Assignment.objects.all()
    if department_id is not None:
        assignments = assignments.filter(department_id=department_id)
    return Selection.checked(
        data,
        assignments=set(assignments.filter(id__in=_ids(data, "assignments")).values_list("id", flat=True)),
        types=set(AssignmentType.objects.filter(id__in=_ids(data, "types")).values_list("id", flat=True)),
    )


def tally_create(*, department: Department | None, fields: TallyFields, actor: Actor, now: datetime) -> Tally:
    """Define a tally of a department, or (None) of the organisation; it comes last."""
    siblings = _in_use(department.id if department else None)
    if siblings.count() >= _MOST:
        raise RefusedError(f"There are {_MOST} tallies here already. End one that nobody reads.")
    values = _values(fields, department.id if department else None)
    _name_or_refuse(values["name"], department.id if department else None)
    last = siblings.order_by("-order").values_list("order", flat=True).first()
    tally = Tally.objects.create(department=department, order=0 if last is None else last + 1, created_at=now, **values)
    _log(tally, actor, now, "tally.create", None, values)
    return tally


def tally_change(*, tally_id: uuid.UUID, fields: TallyFields, actor: Actor, now: datetime) -> Tally:
    """Change what a tally says. Its numbers follow at once, of the past too: they are never stored."""
    tally = _locked(tally_id)
    values = _values(fields, tally.department_id)
    _name_or_refuse(values["name"], tally.department_id, but=tally.id)
    before, after = differing({name: getattr(tally, name) for name in values}, values)
    if after:
        for name, value in after.items():
            setattr(tally, name, value)
        tally.save()
        _log(tally, actor, now, "tally.change", before, after)
    return tally


def tally_end(*, tally_id: uuid.UUID, ended_on: date | None, actor: Actor, now: datetime) -> None:
    """Take a tally out of use from that date, or (None) back into it. Its definition and targets are kept."""
    tally = _locked(tally_id)
    if tally.ended_on == ended_on:
        return
    if ended_on is None:
        _name_or_refuse(tally.name, tally.department_id, but=tally.id)
    before, tally.ended_on = tally.ended_on, ended_on
    tally.save(update_fields=["ended_on"])
    _log(tally, actor, now, "tally.end" if ended_on else "tally.resume", {"ended_on": before}, {"ended_on": ended_on})


def tallies_reorder(*, tally_ids: Sequence[uuid.UUID], actor: Actor, now: datetime) -> None:
    """Put the tallies of one department (or of the organisation) in this order. All of those in use must be named."""
    rows = {row.public_id: row for row in Tally.objects.select_for_update().filter(public_id__in=tally_ids)}
    if len(rows) != len(tally_ids):
        raise NotFoundError("One of these tallies is not there any more. Reload the page.")
    homes = {row.department_id for row in rows.values()}
    if len(homes) != 1:
        raise RefusedError("Tallies are ordered within one department.")
    there = _in_use(homes.pop()).values_list("public_id", flat=True)
    if not set(there) <= set(rows):
        raise RefusedError("Another tally was added meanwhile. Reload the page.")
    before = [row.name for row in sorted(rows.values(), key=lambda row: (row.order, row.id))]
    wanted = [rows[public_id] for public_id in tally_ids]
    if before == [row.name for row in wanted]:
        return
    for order, row in enumerate(wanted):
        row.order = order
    Tally.objects.bulk_update(wanted, ["order"])
    first = wanted[0]
    change_record(
        actor=actor, now=now, action="tally.reorder", subject_type="tally", subject=", ".join(row.name for row in wanted),
        department_id=first.department_id, before={"order": before}, after={"order": [row.name for row in wanted]},
    )  # fmt: skip


def tally_target_set(*, tally_id: uuid.UUID, fields: TargetFields, actor: Actor, now: datetime) -> TallyTarget:
    """Aim at a value. A target for the same people from the same date is replaced."""
    tally = _locked(tally_id)
    _target_or_refuse(fields)
    person, kind = _person(fields.person_id), _kind(fields.personnel_type)
    row = TallyTarget.objects.filter(
        tally=tally, person=person, personnel_type=kind, from_date=fields.first
    ).first() or TallyTarget(tally=tally, person=person, personnel_type=kind, from_date=fields.first)
    before = _target_told(row) if row.pk else None
    row.value, row.period, row.to_date = fields.value.quantize(Decimal("0.01")), fields.period, fields.last
    row.save()
    after = _target_told(row)
    if before != after:
        _log(tally, actor, now, "tally.target_set", before, after, person)
    return row


def tally_target_remove(*, target_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Aim at this no longer, in the past neither. To let a target run out, give it a last date."""
    row = TallyTarget.objects.select_related("tally", "person", "personnel_type").filter(public_id=target_id).first()
    if row is None:
        raise NotFoundError("There is no such target.")
    _log(row.tally, actor, now, "tally.target_remove", _target_told(row), None, row.person)
    row.delete()


def _values(fields: TallyFields, department_id: int | None) -> dict[str, Any]:
    name, short = " ".join(fields.name.split()), " ".join(fields.short.split())
    if not name or len(name) > NAME_LIMIT:
        raise RefusedError(f"A tally has a name of at most {NAME_LIMIT} characters.", field="name")
    if not short or len(short) > SHORT_LIMIT:
        raise RefusedError(
            f"The short name heads a column beside the grid: 1 to {SHORT_LIMIT} characters.", field="short"
        )
    if fields.measure not in MEASURES:
        raise RefusedError("Choose what is counted: shifts, hours or weighted shifts.", field="measure")
    return {
        "name": name,
        "short": short,
        "measure": fields.measure,
        "selection": selection_checked(fields.selection, department_id=department_id).data(),
        "beside_grid": fields.beside_grid,
    }


def _name_or_refuse(name: str, department_id: int | None, but: int | None = None) -> None:
    if any(row.id != but for row in _in_use(department_id).filter(name=name)):
        raise RefusedError(f"There is a tally named {name!r} already.", field="name")


def _in_use(department_id: int | None) -> QuerySet[Tally]:
    rows = Tally.objects.filter(ended_on=None)
    return rows.filter(department=None) if department_id is None else rows.filter(department_id=department_id)


def _target_or_refuse(fields: TargetFields) -> None:
    if not fields.value.is_finite() or not Decimal(0) <= fields.value <= _HIGHEST:
        raise RefusedError("A target lies between 0 and 99,999.99.", field="value")
    if fields.period not in PERIODS:
        raise RefusedError("Choose what the target is for: 28 days, a month, a year or a range.", field="period")
    if fields.person_id is not None and fields.personnel_type:
        raise RefusedError("Choose one person or one personnel type, not both.", field="whom")
    if fields.period == "range" and (fields.first is None or fields.last is None):
        raise RefusedError("A target for a range needs its first and its last date.", field="first")
    if fields.first and fields.last and fields.last < fields.first:
        raise RefusedError("The last date is before the first.", field="last")


def _ids(data: Mapping[str, Any], name: str) -> list[int]:
    values = data.get(name, ())
    return [value for value in values if isinstance(value, int)] if isinstance(values, list | tuple) else []


def _locked(tally_id: uuid.UUID) -> Tally:
    tally = Tally.objects.select_for_update().filter(public_id=tally_id).first()
    if tally is None:
        raise NotFoundError("There is no such tally.")
    return tally


def _person(person_id: uuid.UUID | None) -> Person | None:
    if person_id is None:
        return None
    found = Person.objects.filter(public_id=person_id).first()
    if found is None:
        raise RefusedError("There is no such person. Choose one of the list.", field="whom")
    return found


def _kind(name: str) -> PersonnelType | None:
    if not name:
        return None
    found = PersonnelType.objects.filter(name=name).first()
    if found is None:
        raise RefusedError(f"There is no personnel type {name!r}.", field="whom")
    return found


def _target_told(row: TallyTarget) -> dict[str, Any]:
    whom = row.person.name if row.person else row.personnel_type.name if row.personnel_type else "Everyone"
    return {
        "whom": whom,
        "value": str(row.value),
        "period": row.period,
        "from": row.from_date.isoformat() if row.from_date else None,
        "to": row.to_date.isoformat() if row.to_date else None,
    }


def _log(
    tally: Tally,
    actor: Actor,
    now: datetime,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    person: Person | None = None,
) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="tally", subject=tally.name, subject_id=tally.public_id,
        department_id=tally.department_id, person_id=person.id if person else None, before=before, after=after,
    )  # fmt: skip
