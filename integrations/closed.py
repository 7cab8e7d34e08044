"""What a closed period or a lock day keeps from being sent: listed with what would have changed, for a person to see to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from integrations.contract import Desired, Operation, Skipped, Unit
from integrations.diff import Held
from scheduling.types import PersonInfo

CAUSE = "closed_period"
_MOST_SUBJECTS = 500  # of which each gets a line; a mapping edit may differ in years of closed records
_FIELDS = 6
_UNNAMED = UUID("9b0f6f3e-6a3c-4c3f-9a53-6f2d8f1c7a10")


def held_listed(held: Sequence[Held], desired: Iterable[Desired], units: Iterable[Unit]) -> list[Skipped]:
    """The differences that are held, as rows of what is left out: one subject for each person or, without one, each record."""
    unit_of = {(one.key, one.recipient): one.unit for one in desired}
    people: dict[str, PersonInfo] = {}
    for unit in units:
        person = next((row.person for row in unit.rows if row.person is not None), None)
        if person is not None:
            people[unit.key] = person
    subjects: set[str] = set()
    found = []
    for one in reversed(held):  # the latest first: what can still be mended by hand
        operation = one.operation
        key = unit_of.get((operation.key, operation.recipient), operation.key)
        skipped = _listed(one, key, people.get(key))
        if skipped.subject not in subjects and len(subjects) >= _MOST_SUBJECTS:
            skipped = _further(one, key)
        subjects.add(skipped.subject)
        found.append(skipped)
    return found[::-1]


def would_have(operation: Operation) -> str:
    """What would have become of the record, in words."""
    if operation.kind == "create":
        return "would have been added"
    if operation.kind == "remove":
        return "would have been removed"
    if operation.before is None:
        return "would have been changed"
    differing = [
        f"{name.replace('_', ' ')} {_short(operation.before.get(name))} → {_short(operation.payload.get(name))}"
        for name in dict.fromkeys([*operation.payload, *operation.before])
        if operation.before.get(name) != operation.payload.get(name)
    ]
    more = f" and {len(differing) - _FIELDS} more" if len(differing) > _FIELDS else ""
    return f"would have been changed: {', '.join(differing[:_FIELDS])}{more}"


def _listed(one: Held, unit: str, person: PersonInfo | None) -> Skipped:
    operation = one.operation
    label = f"{operation.label} {would_have(operation)}"
    if person is not None and operation.kind != "remove":
        return Skipped(unit, CAUSE, one.reason, "person", person.public_id, person.name, label)
    return Skipped(unit, CAUSE, one.reason, "record", _id_of(unit), operation.label, label)


def _further(one: Held, unit: str) -> Skipped:
    label = f"{one.operation.label} {would_have(one.operation)}"
    return Skipped(unit, CAUSE, one.reason, "record", _id_of("further"), "Further closed records", label)


def _id_of(unit: str) -> UUID:
    try:
        return UUID(unit)
    except ValueError:
        return uuid5(_UNNAMED, unit)


def _short(value: Any) -> str:
    text = "–" if value in (None, "") else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
