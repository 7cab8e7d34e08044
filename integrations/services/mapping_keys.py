"""What rows of mapping tables are about: public ids in, rows of the domain out, and the texts that name them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from integrations.contract import Subject
from integrations.mapping_fields import NO_TYPE
from integrations.types import RowKey as RowKey
from scheduling import selectors
from tenancy.types import NotFoundError

MOST_ROWS_OF_ONE = 99
_LENGTH = {Subject.ASSIGNMENT: 1, Subject.PERSON: 1, Subject.DEPARTMENT: 1, Subject.TYPE_PAIR: 2}
_NOUNS = {
    Subject.ASSIGNMENT: "assignment",
    Subject.PERSON: "person",
    Subject.DEPARTMENT: "department",
    Subject.TYPE_PAIR: "personnel type or assignment type",
}


def row_key(subject: Subject, text: str) -> RowKey:
    """The key that a text stands for. Raises NotFoundError for one that cannot be."""
    about, _, number = text.partition("/")
    parts = about.split(".")
    most = MOST_ROWS_OF_ONE if subject is Subject.ASSIGNMENT else 1
    if len(parts) != _LENGTH[subject] or not (number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= most):
        raise NotFoundError("There is no such row.")
    ids: list[uuid.UUID | None] = []
    for place, part in enumerate(parts):
        if part == NO_TYPE and subject is Subject.TYPE_PAIR and place == 0:
            ids.append(None)
            continue
        try:
            ids.append(uuid.UUID(part))
        except ValueError:
            raise NotFoundError(f"There is no such {_NOUNS[subject]}.") from None
    return RowKey(tuple(ids), int(number))


@dataclass(frozen=True)
class Subjects:
    """The things that keys name: public id → (row id, name), one mapping for each part of a key."""

    subject: Subject
    parts: tuple[Mapping[uuid.UUID | None, tuple[int | None, str]], ...]

    def identity(self, key: RowKey) -> tuple[int | None, ...]:
        """The row ids that a key is about. Raises NotFoundError."""
        return tuple(one[0] for one in self._found(key))

    def name(self, key: RowKey) -> str:
        """What a key is about, in words."""
        return " × ".join(one[1] for one in self._found(key))

    def _found(self, key: RowKey) -> list[tuple[int | None, str]]:
        most = MOST_ROWS_OF_ONE if self.subject is Subject.ASSIGNMENT else 1
        if len(key.about) != len(self.parts) or not 1 <= key.number <= most:
            raise NotFoundError("There is no such row.")
        found = [part.get(one) for part, one in zip(self.parts, key.about, strict=True)]
        if any(one is None for one in found):
            raise NotFoundError(f"There is no such {_NOUNS[self.subject]}.")
        return [one for one in found if one is not None]


def subjects_read(subject: Subject, keys: Iterable[RowKey] | None = None) -> Subjects:
    """Everything that rows of the subject can be about, or what these keys need of it."""
    if subject is Subject.ASSIGNMENT:
        return Subjects(subject, ({a.public_id: (a.id, a.name) for a in selectors.assignments_by_id().values()},))
    if subject is Subject.PERSON:
        wanted = None if keys is None else {one for key in keys for one in key.about if one is not None}
        return Subjects(subject, (selectors.people_named(wanted),))
    if subject is Subject.DEPARTMENT:
        return Subjects(subject, ({d.public_id: (d.id, d.name) for d in selectors.departments_by_id().values()},))
    kinds: dict[uuid.UUID | None, tuple[int | None, str]] = {None: (None, "No personnel type")}
    kinds |= {one.public_id: (one.id, one.name) for one in selectors.personnel_types()}
    return Subjects(subject, (kinds, {one.public_id: (one.id, one.name) for one in selectors.assignment_kinds()}))
