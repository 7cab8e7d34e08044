"""What a saved view shows and how, as data that has been checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tenancy.types import RefusedError

LAYOUTS = {"assignment": "By assignment", "person": "By person", "list": "As a list"}
RANGES = {"days": "Days from today", "weeks": "Whole weeks from this one", "fixed": "Weeks from a date"}
COLUMNS = {"times": "Times", "contacts": "Contacts", "notes": "Notes", "order": "Call order"}
PARTS = ("departments", "people", "assignments", "types")
NAME_LIMIT = 80
MOST_DAYS, MOST_WEEKS = 42, 8


@dataclass(frozen=True)
class Shown:
    """Who and what is shown, by ids: assignments of these departments (of these types, when any are named) and these assignments
    besides; of these people only, when any are named."""

    departments: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    assignments: tuple[int, ...] = ()
    types: tuple[int, ...] = ()

    @classmethod
    def checked(cls, data: Mapping[str, Any], *, known: Mapping[str, Collection[int]]) -> Shown:
        """From data of a form or a row, naming only what exists. Raises RefusedError."""
        if set(data) - set(PARTS):
            raise RefusedError("The selection has a part that views do not know.", field="departments")
        parts: dict[str, tuple[int, ...]] = {}
        for name in PARTS:
            values = data.get(name, ())
            if not isinstance(values, list | tuple) or any(value not in known.get(name, ()) for value in values):
                raise RefusedError(f"One of the {name} is not known here. Choose them again.", field=name)
            parts[name] = tuple(sorted(set(values)))
        made = cls(**parts)
        if not any(parts.values()):
            raise RefusedError("Choose at least one department, person, assignment or type.", field="departments")
        return made

    def data(self) -> dict[str, list[int]]:
        """As it is kept."""
        return {name: list(getattr(self, name)) for name in PARTS}


@dataclass(frozen=True)
class Reach:
    """The dates: `count` days from today, whole weeks from this one, or weeks from the week of `first`."""

    kind: str = "weeks"
    count: int = 4
    first: date | None = None

    @classmethod
    def checked(cls, kind: str, count: int, first: date | None) -> Reach:
        """Raises RefusedError."""
        if kind not in RANGES:
            raise RefusedError("Choose which dates are shown.", field="range_kind")
        most = MOST_DAYS if kind == "days" else MOST_WEEKS
        if not 1 <= count <= most:
            what = "days" if kind == "days" else "weeks"
            raise RefusedError(f"A view shows 1 to {most} {what}.", field="range_count")
        if kind == "fixed" and first is None:
            raise RefusedError("Weeks from a date need the date.", field="range_first")
        return cls(kind, count, first if kind == "fixed" else None)

    def dates(self, today: date, week_start: int) -> tuple[date, date]:
        """The first and the last date shown."""
        if self.kind == "days":
            return today, today + timedelta(days=self.count - 1)
        start = self.first if self.kind == "fixed" and self.first else today
        monday = start - timedelta(days=(start.weekday() - week_start) % 7)
        return monday, monday + timedelta(days=7 * self.count - 1)


@dataclass(frozen=True)
class Sight:
    """All that says what a view looks like."""

    shown: Shown
    layout: str = "assignment"
    columns: tuple[str, ...] = ()
    reach: Reach = field(default_factory=Reach)
