"""Writes of mapping tables: rows that are applied together, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.contract import Connector, Subject
from integrations.mapping_fields import row_clean
from integrations.models import Connection, MappingRow, SubjectRow
from integrations.registry import connector
from integrations.selectors import refs_of
from integrations.services.connections import FormRefused, connection_find, connection_log, connection_look_again
from integrations.services.mapping_keys import RowKey, Subjects, subjects_read
from tenancy.types import Actor, NotFoundError, RefusedError

_BATCH = 2000


@dataclass(frozen=True)
class MappingInput:
    """One row of the mapping table of assignments as a person or a file gives it; empty `values` take the row away."""

    assignment_id: uuid.UUID
    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class SubjectInput:
    """One row of a table of another subject: what it is about, and its values; None takes the row away.

    `about` is (person,), (department,) or (personnel type or None for people without one, assignment type). Without any value
    the row of a person or department is taken away too; that of a pair stays and says that the pair is included.
    """

    about: tuple[uuid.UUID | None, ...]
    values: Mapping[str, Any] | None


Rows = Mapping[RowKey, Mapping[str, Any] | None]  # what each row is to hold; None: no row
Edits = Mapping[Subject, Rows]


def mapping_save(*, connection_id: uuid.UUID, rows: Sequence[MappingInput], actor: Actor, now: datetime) -> int:
    """Apply rows of assignments together, or none of them. Returns how many rows changed. Raises FormRefused naming the cells.

    Keys of FormRefused.problems are "<assignment public id>/<number>/<field>".
    """
    edit: Rows = {RowKey((row.assignment_id,), row.number): row.values for row in rows}
    return mapping_apply(connection_id=connection_id, edits={Subject.ASSIGNMENT: edit}, actor=actor, now=now)


def subject_mapping_save(
    *, connection_id: uuid.UUID, subject: Subject, rows: Sequence[SubjectInput], actor: Actor, now: datetime
) -> int:
    """The same for the table of another subject. Keys of FormRefused.problems are "<what it is about>/1/<field>"."""
    edit: Rows = {RowKey(row.about, 1): row.values for row in rows}
    return mapping_apply(connection_id=connection_id, edits={subject: edit}, actor=actor, now=now)


def mapping_apply(
    *, connection_id: uuid.UUID, edits: Edits, actor: Actor, now: datetime, confirmed_removals: str = ""
) -> int:
    """Apply edits of any tables of a connection together, or none. Returns how many rows changed. Raises FormRefused.

    `confirmed_removals`: the digest of the removals that a person saw and agreed to; it travels with the run that follows.
    """
    connection = connection_find(connection_id, lock=True)
    declared = connector(connection.kind)
    clean, problems = edits_clean(declared, edits, connection.settings)
    if problems:
        raise FormRefused(problems)
    before, after = edits_write(connection, declared, clean)
    if not after:
        return 0
    connection.revision += 1
    connection.save(update_fields=["revision"])
    connection_log(connection, actor, now, "mapping.change", before, after)
    connection_look_again(connection, now, confirmed_removals=confirmed_removals)
    return len(after)


def edits_clean(
    declared: Connector, edits: Edits, settings: Mapping[str, Any]
) -> tuple[dict[Subject, dict[RowKey, dict[str, Any] | None]], dict[str, str]]:
    """Typed values of each row, and what is wrong: "<row>/<field>" → a sentence. Raises RefusedError for unknown columns."""
    clean: dict[Subject, dict[RowKey, dict[str, Any] | None]] = {}
    problems: dict[str, str] = {}
    for subject, rows in edits.items():
        fields = declared.fields_of(subject, settings)
        if not fields and subject not in {one.subject for one in declared.tables}:
            raise NotFoundError("This integration has no such mapping table.")
        names = {one.name for one in fields}
        for key, raw in rows.items():
            unknown = set(raw or {}) - names
            if unknown:
                raise RefusedError(f"The mapping has no column {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
            values = None if raw is None else row_clean(fields, raw)
            if not values and subject is not Subject.TYPE_PAIR:
                values = None
            if values is not None:
                wrong = declared.row_problems(subject, values, settings)
                problems |= {f"{key}/{field}": text for field, text in wrong.items()}
            clean.setdefault(subject, {})[key] = values
    return clean, problems


def edits_write(connection: Connection, declared: Connector, edits: Edits) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write clean rows, nothing else. Returns the rows that differ, before and after, named as the change log names them."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for subject, rows in edits.items():
        known = subjects_read(subject, rows)
        there = _there(connection, subject)
        title = next((one.title for one in declared.tables if one.subject is subject), "")
        made, altered, gone = [], [], []
        for key, values in rows.items():
            identity = known.identity(key)
            old = there.get((*identity, key.number))
            if (None if old is None else old.values) == values:
                continue
            label = _label(title, known, key, subject)
            if label in after:  # two of one name
                label = f"{label} ({key.about[-1]})"
            before[label] = None if old is None else _logged(subject, old.values)
            after[label] = None if values is None else _logged(subject, values)
            if values is None:
                gone.append(old.id if old else 0)
            elif old is not None:
                old.values = values
                altered.append(old)
            else:
                made.append(_new(connection, subject, identity, key.number, values))
        model = MappingRow if subject is Subject.ASSIGNMENT else SubjectRow
        model.objects.filter(id__in=gone).delete()
        model.objects.bulk_create(made, batch_size=_BATCH)  # type: ignore[arg-type]
        model.objects.bulk_update(altered, ["values"], batch_size=_BATCH)  # type: ignore[arg-type]
    return before, after


def rows_saved(connection: Connection, subject: Subject, keys: Iterable[RowKey]) -> dict[RowKey, Mapping[str, Any]]:
    """What these rows hold in the table as it is; rows that are not there are left out. Raises NotFoundError."""
    keys = list(keys)
    known, there = subjects_read(subject, keys), _there(connection, subject)
    found = {key: there.get((*known.identity(key), key.number)) for key in keys}
    return {key: row.values for key, row in found.items() if row is not None}


def _there(connection: Connection, subject: Subject) -> dict[tuple[int | None, ...], MappingRow | SubjectRow]:
    if subject is Subject.ASSIGNMENT:
        rows: Iterable[MappingRow] = MappingRow.objects.filter(connection=connection)
        return {(one.assignment_id, one.number): one for one in rows}
    found = SubjectRow.objects.filter(connection=connection, subject=subject)
    return {(*refs_of(one), 1): one for one in found}


def _new(
    connection: Connection, subject: Subject, identity: tuple[int | None, ...], number: int, values: Mapping[str, Any]
) -> MappingRow | SubjectRow:
    if subject is Subject.ASSIGNMENT:
        refs = {"assignment_id": identity[0], "number": number}
        return MappingRow(connection=connection, values=values, **refs)
    names = {
        Subject.PERSON: ("person_id",),
        Subject.DEPARTMENT: ("department_id",),
        Subject.TYPE_PAIR: ("personnel_type_id", "assignment_type_id"),
    }[subject]
    refs = dict(zip(names, identity, strict=True))
    return SubjectRow(connection=connection, subject=subject.value, values=values, **refs)


def _label(title: str, known: Subjects, key: RowKey, subject: Subject) -> str:
    name = known.name(key)
    return f"{name} #{key.number}" if subject is Subject.ASSIGNMENT else f"{title}: {name}"


def _logged(subject: Subject, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"included": True, **values} if subject is Subject.TYPE_PAIR else dict(values)
