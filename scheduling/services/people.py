"""Writes of people, personnel types, and the links between accounts and people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from scheduling.models import AccountDepartment, AccountPerson, Department, Person, PersonnelType
from scheduling.naming import search_key
from scheduling.npi import npi_problem
from scheduling.services.outbox import data_changed
from tenancy.changes import change_record, differing
from tenancy.models import Account
from tenancy.types import Actor, NotFoundError, RefusedError

FIELDS = (
    "unique_id", "custom1", "custom2", "custom3", "custom4", "employee_id", "npi", "upn", "last_name", "first_name",
    "short_name", "email", "cell", "pager", "office_phone", "is_placeholder", "active_from", "active_to",
)  # fmt: skip


class Keep(Enum):
    """Says of an argument that nothing is said: None means none."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


def person_create(
    *,
    actor: Actor,
    now: datetime,
    fields: Mapping[str, Any],
    personnel_type: str = "",
    department_id: int | None = None,
) -> Person:
    """Make a person. `fields` are names of FIELDS. Raises RefusedError naming the field."""
    values = _clean(fields)
    if not values.get("last_name"):
        raise RefusedError("A last name (or the placeholder's label) is needed.", field="last_name")
    _check(values, None)
    person = Person(**values, department_id=department_id, personnel_type=personnel_type_named(personnel_type))
    person.search_key = search_key(person.name, person.unique_id)
    person.save(force_insert=True)
    change_record(
        actor=actor, now=now, action="person.create", subject_type="person", subject=person.name,
        subject_id=person.public_id, person_id=person.id, after={k: v for k, v in values.items() if v},
    )  # fmt: skip
    data_changed(kind="people", now=now, subject_id=person.id)
    return person


def person_change(
    *,
    person_id: uuid.UUID,
    actor: Actor,
    now: datetime,
    fields: Mapping[str, Any],
    personnel_type: str | None = None,
    department_id: int | Keep | None = KEEP,
) -> Person:
    """Change named fields; `personnel_type` None leaves the type alone, `department_id` None clears the home department.

    Nothing is written when nothing differs.
    """
    person = Person.objects.select_for_update().filter(public_id=person_id).first()
    if person is None:
        raise NotFoundError("There is no such person.")
    values: dict[str, Any] = dict(_clean(fields))
    if "last_name" in values and not values["last_name"]:
        raise RefusedError("A last name (or the placeholder's label) is needed.", field="last_name")
    _check(values, person)
    if personnel_type is not None:
        values["personnel_type"] = personnel_type_named(personnel_type)
    if not isinstance(department_id, Keep):
        values["department_id"] = department_id
    before, after = differing({name: getattr(person, name) for name in values}, values)
    if not after:
        return person
    for name, value in after.items():
        setattr(person, name, value)
    person.search_key = search_key(person.name, person.unique_id)
    person.revision += 1
    person.save()
    change_record(
        actor=actor, now=now, action="person.change", subject_type="person", subject=person.name,
        subject_id=person.public_id, person_id=person.id, before=_told(before), after=_told(after),
    )  # fmt: skip
    data_changed(kind="people", now=now, subject_id=person.id)
    return person


def personnel_type_named(name: str) -> PersonnelType | None:
    """The personnel type of that name, made when it is new; None for an empty name."""
    name = name.strip()
    return PersonnelType.objects.get_or_create(name=name)[0] if name else None


def account_link_person(*, account: Account, person: Person, actor: Actor, now: datetime) -> None:
    """Say which person an account stands for."""
    AccountPerson.objects.update_or_create(account=account, defaults={"person": person})
    change_record(
        actor=actor, now=now, action="account.link", subject_type="account", subject=f"{account.email}: {person.name}",
        subject_id=account.public_id, person_id=person.id,
    )  # fmt: skip


def account_grant_department(*, account: Account, department: Department, actor: Actor, now: datetime) -> None:
    """Let a scheduler schedule in a department."""
    _, made = AccountDepartment.objects.get_or_create(account=account, department=department)
    if made:
        change_record(
            actor=actor, now=now, action="account.grant", subject_type="account",
            subject=f"{account.email}: {department.name}", subject_id=account.public_id, department_id=department.id,
        )  # fmt: skip


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise RefusedError(f"A person has no field {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
    # Identifiers are opaque: only line breaks and tabs are refused, spaces survive.
    for name, value in fields.items():
        if isinstance(value, str) and any(ord(c) < 32 for c in value):
            raise RefusedError("Line breaks and control characters are not allowed here.", field=name)
    return dict(fields)


def _check(values: Mapping[str, Any], person: Person | None) -> None:
    problem = npi_problem(values.get("npi", ""))
    if problem:
        raise RefusedError(problem, field="npi")
    unique_id = values.get("unique_id", "")
    if unique_id:
        others = Person.objects.filter(unique_id=unique_id)
        other = (others.exclude(id=person.id) if person else others).first()
        if other is not None:
            raise RefusedError(f"The unique id {unique_id!r} belongs to {other.name} already.", field="unique_id")
    start = values.get("active_from", person.active_from if person else None)
    end = values.get("active_to", person.active_to if person else None)
    if start and end and end < start:
        raise RefusedError("The last active date is before the first.", field="active_to")


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: (value.name if isinstance(value, PersonnelType) else value) for name, value in fields.items()}
    if "department_id" in told:
        home = Department.objects.filter(id=told.pop("department_id")).values_list("name", flat=True).first()
        told["home department"] = home or "none"
    return told
