"""What a pasted text may name: people by name or initials, or assignments by code or name."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduling.pages.grid.view import Layout
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import people_of_department
from scheduling.types import ScheduleInfo

_PARTS = re.compile(r"[\n;/]+")
_OPEN = re.compile(r"open( \d+)?")


@dataclass(frozen=True)
class Names:
    """Text, in any case → what it may mean, best reading first: a full name beats a family name, which beats initials."""

    known: tuple[Mapping[str, frozenset[uuid.UUID]], ...]
    labels: Mapping[uuid.UUID, str]
    what: str

    def read(self, text: str) -> tuple[list[uuid.UUID | None], str]:
        """What a cell's text names (None: open), or in one sentence what in it is not known."""
        whole = self._one(text)
        if whole is not None and not isinstance(whole, str):
            return list(whole), ""
        found: list[uuid.UUID | None] = []
        for part in filter(None, (one.strip() for one in _PARTS.split(text))):
            one = self._one(part)
            if one is None:
                return [], f"“{part[:60]}” is no {self.what} here."
            if isinstance(one, str):
                return [], one
            found += one
        return found, ""

    def _one(self, text: str) -> tuple[uuid.UUID | None] | str | None:
        key = " ".join(text.split()).casefold()
        if self.what == "person" and _OPEN.fullmatch(key):
            return (None,)
        for reading in self.known:
            meant = reading.get(key, frozenset())
            if len(meant) == 1:
                return (next(iter(meant)),)
            if meant:
                which = " or ".join(sorted(self.labels[one] for one in meant)[:3])
                return f"“{text[:60]}” may be {which}."
        return None


def names_read(schedule: ScheduleInfo, layout: Layout) -> Names:
    """The people of the department, or by person its assignments."""
    if layout == "person":
        codes = [
            (one.public_id, one.code, one.name)
            for one in assignments_by_id(department_id=schedule.department.id).values()
        ]
        return Names(
            (_index((key, code) for key, code, _ in codes), _index((key, name) for key, _, name in codes)),
            {key: name for key, _, name in codes},
            "assignment",
        )
    people = people_of_department(department_id=schedule.department.id, schedule_id=schedule.id)
    full = [(one.public_id, name) for one in people for name in (one.name, f"{one.first_name} {one.last_name}".strip())]
    short = [(one.public_id, name) for one in people for name in {one.short_name, one.last_name}]
    brief = [
        (one.public_id, name)
        for one in people
        for name in (
            f"{one.last_name} {one.first_name[:1]}".strip(),
            (one.first_name[:1] + one.last_name[:1]),
            one.unique_id,
        )
    ]
    return Names((_index(full), _index(short), _index(brief)), {one.public_id: one.name for one in people}, "person")


def _index(pairs: Iterable[tuple[uuid.UUID, str]]) -> dict[str, frozenset[uuid.UUID]]:
    index: dict[str, frozenset[uuid.UUID]] = {}
    for key, text in pairs:
        if text:
            name = text.casefold()
            index[name] = index.get(name, frozenset()) | {key}
    return index
