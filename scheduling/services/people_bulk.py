"""Changing the fields of many people at once, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduling.models import Department, Person, PersonnelType
from scheduling.naming import search_key
from scheduling.npi import npi_problem
from scheduling.selectors.records import RECORD_FIELDS
from scheduling.services.outbox import data_changed
from tenancy.bulk import rows_update
from tenancy.changes import change_entry, changes_record, differing
from tenancy.types import Actor, RefusedError

_REFERENCES = ("department_id", "personnel_type_id")


@dataclass(frozen=True, slots=True)
class PersonUpdate:
    """New values of one person's fields: texts, `department_id` and `personnel_type_id`. `revision` is the one they were read at."""

    person_id: int
    revision: int
    fields: Mapping[str, Any]


class PeopleChanged(RefusedError):
    """Somebody was changed, or has gone, since they were read: read again and decide again."""


def people_update(*, updates: Sequence[PersonUpdate], actor: Actor, now: datetime, reason: str = "") -> int:
    """Change all of these people, or raise and change nobody. Returns how many differ; those who do not are left alone.

    Every changed field stands in the change log, one entry a person, with `reason` (the name of a file). Raises PeopleChanged when
    a revision is no longer the one that was read, RefusedError for a value that nobody may have.
    """
    wanted = {one.person_id: one for one in updates}
    if len(wanted) != len(updates):
        raise RefusedError("A person is named twice.", code="twice")
    _check(updates)
    people = {row.id: row for row in Person.objects.select_for_update().filter(id__in=list(wanted)).order_by("id")}
    _as_read(wanted, people)
    told = _Words(updates, people.values())
    touched: list[Person] = []
    entries = []
    for id_, update in wanted.items():
        person = people[id_]
        before, after = differing({name: getattr(person, name) for name in update.fields}, update.fields)
        if not after:
            continue
        for name, value in after.items():
            setattr(person, name, value)
        person.search_key = search_key(person.name, person.unique_id)
        person.revision += 1
        touched.append(person)
        entries.append(
            change_entry(
                actor=actor, now=now, action="person.change", subject_type="person", subject=person.name,
                subject_id=person.public_id, person_id=person.id, before=told.of(before), after=told.of(after),
                reason=reason,
            )
        )  # fmt: skip
    if not touched:
        return 0
    _write(touched, {name for one in updates for name in one.fields})
    changes_record(entries)
    data_changed(kind="people", now=now)
    return len(touched)


def _check(updates: Iterable[PersonUpdate]) -> None:
    """What the form of one person refuses is refused here as well."""
    known = {*RECORD_FIELDS, *_REFERENCES}
    for one in updates:
        for name, value in one.fields.items():
            if name not in known:
                raise RefusedError(f"A person has no field {name!r}.", field=name)
            if isinstance(value, str) and any(ord(c) < 32 for c in value):
                raise RefusedError("Line breaks and control characters are not allowed here.", field=name)
        if one.fields.get("last_name", "kept") == "":
            raise RefusedError("A last name (or the placeholder's label) is needed.", field="last_name")
        problem = npi_problem(str(one.fields.get("npi", "")))
        if problem:
            raise RefusedError(problem, field="npi")


def _as_read(wanted: Mapping[int, PersonUpdate], people: Mapping[int, Person]) -> None:
    changed = [id_ for id_, one in wanted.items() if id_ not in people or people[id_].revision != one.revision]
    if changed:
        raise PeopleChanged(f"{len(changed)} of {len(wanted)} people were changed meanwhile.", code="people_changed")


def _write(touched: Sequence[Person], names: set[str]) -> None:
    """One statement for each few thousand people. Unique ids that people swap are taken away first, then given."""
    columns = sorted({*names, "search_key", "revision"})
    if "unique_id" in names:
        _unique_ids_free(touched)
        given = {row.id: row.unique_id for row in touched}
        for row in touched:
            row.unique_id = ""
        rows_update(touched, ["unique_id"])
        for row in touched:
            row.unique_id = given[row.id]
    rows_update(touched, columns)


def _unique_ids_free(touched: Sequence[Person]) -> None:
    counts = Counter(row.unique_id for row in touched if row.unique_id)
    twice = next((one for one, count in counts.items() if count > 1), None)
    others = Person.objects.filter(unique_id__in=list(counts)).exclude(id__in=[row.id for row in touched])
    other = None if twice else others.first()
    if twice or other:
        taken = twice or (other.unique_id if other else "")
        raise PeopleChanged(f"The unique id {taken!r} would belong to two people.", field="unique_id")


class _Words:
    """References by name, as the change log tells them."""

    def __init__(self, updates: Iterable[PersonUpdate], people: Iterable[Person]) -> None:
        ids: dict[str, set[int]] = {name: set() for name in _REFERENCES}
        for name, found in ids.items():
            found |= {one.fields[name] for one in updates if one.fields.get(name)}
            found |= {getattr(person, name) for person in people if getattr(person, name)}
        departments = Department.objects.filter(id__in=ids["department_id"])
        types = PersonnelType.objects.filter(id__in=ids["personnel_type_id"])
        self._names: dict[str, dict[int, str]] = {
            "department_id": dict(departments.values_list("id", "name")),
            "personnel_type_id": dict(types.values_list("id", "name")),
        }
        missing = [
            name for one in updates for name in _REFERENCES
            if one.fields.get(name) and one.fields[name] not in self._names[name]
        ]  # fmt: skip
        if missing:
            raise PeopleChanged("A department or personnel type is no longer there.", field=missing[0])

    def of(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: value for name, value in fields.items() if name not in _REFERENCES}
        if "department_id" in fields:
            told["home department"] = self._name("department_id", fields) or "none"
        if "personnel_type_id" in fields:
            told["personnel_type"] = self._name("personnel_type_id", fields) or None
        return told

    def _name(self, name: str, fields: Mapping[str, Any]) -> str:
        return str(self._names[name].get(fields[name], ""))
