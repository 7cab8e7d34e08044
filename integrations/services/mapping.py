"""Writes of mapping tables: rows that are applied together, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.contract import MappingField
from integrations.models import Connection, MappingRow
from integrations.registry import connector
from integrations.services.connections import FormRefused, connection_find, connection_log, connection_look_again
from scheduling import selectors
from tenancy.types import Actor, NotFoundError, RefusedError


@dataclass(frozen=True)
class MappingInput:
    """One row of a mapping table as a person or a file gives it; an empty `values` takes the row away."""

    assignment_id: uuid.UUID
    number: int
    values: Mapping[str, Any]


def mapping_save(*, connection_id: uuid.UUID, rows: Sequence[MappingInput], actor: Actor, now: datetime) -> int:
    """Apply mapping rows together, or none of them. Returns how many rows changed. Raises FormRefused naming the cells.

    Keys of FormRefused.problems are "<assignment public id>/<number>/<field>".
    """
    connection = connection_find(connection_id, lock=True)
    declared = connector(connection.kind)
    assignments = {one.public_id: one for one in selectors.assignments_by_id().values()}
    problems: dict[str, str] = {}
    clean: dict[tuple[int, int], dict[str, Any]] = {}
    for row in rows:
        assignment = assignments.get(row.assignment_id)
        if assignment is None:
            raise NotFoundError("There is no such assignment.")
        values, wrong = mapping_clean(declared.mapping, row.values)
        problems |= {f"{row.assignment_id}/{row.number}/{field}": text for field, text in wrong.items()}
        clean[(assignment.id, row.number)] = values
    if problems:
        raise FormRefused(problems)
    names = {one.id: one.name for one in assignments.values()}
    return _mapping_apply(connection, clean, names, actor, now)


def mapping_clean(fields: Sequence[MappingField], raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Typed values of a mapping row, and what is wrong by field. A row without any value is no row."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    unknown = set(raw) - {one.name for one in fields}
    if unknown:
        raise RefusedError(f"The mapping has no column {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
    for one in fields:
        given = raw.get(one.name)
        value: Any = given
        if one.kind == "boolean":
            value = given in (True, "true", "on", "1", "yes", "Yes", "TRUE", "x", "X")
        elif isinstance(given, str) and one.kind == "integer" and given.strip().isdigit():
            value = int(given)
        elif isinstance(given, str) and not given.strip():
            value = None
        if value is not None and value is not False:
            values[one.name] = value
    if values:
        for one in fields:
            problem = one.problem(values.get(one.name))
            if problem:
                wrong[one.name] = problem
    return values, wrong


def _mapping_apply(
    connection: Connection,
    clean: Mapping[tuple[int, int], dict[str, Any]],
    names: Mapping[int, str],
    actor: Actor,
    now: datetime,
) -> int:
    there = {(one.assignment_id, one.number): one for one in MappingRow.objects.filter(connection=connection)}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for identity, values in clean.items():
        old = there.get(identity)
        if (old.values if old else {}) == values:
            continue
        label = f"{names[identity[0]]} #{identity[1]}"
        before[label], after[label] = (old.values if old else None), values or None
        if not values and old is not None:
            MappingRow.objects.filter(id=old.id).delete()
        elif old is not None:
            MappingRow.objects.filter(id=old.id).update(values=values)
        else:
            MappingRow.objects.create(
                connection=connection, assignment_id=identity[0], number=identity[1], values=values
            )
    if not after:
        return 0
    connection.revision += 1
    connection.save(update_fields=["revision"])
    connection_log(connection, actor, now, "mapping.change", before, after)
    connection_look_again(connection, now)
    return len(after)
