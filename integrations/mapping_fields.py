"""Mapping tables as connectors declare them: subjects, fields with their kinds, and what makes a cell valid. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import available_timezones

NO_TYPE = "none"  # stands for "people without a personnel type" in the key of a row
_YES = {"true", "on", "1", "yes", "y", "x"}
_NO = {"false", "off", "0", "no", "n"}
_NAMED = 12  # so many valid values are named in an error


class Subject(StrEnum):
    """What the rows of a mapping table are about."""

    ASSIGNMENT = "assignment"
    PERSON = "person"
    DEPARTMENT = "department"
    TYPE_PAIR = "type_pair"  # personnel type × assignment type


@dataclass(frozen=True)
class MappingField:
    """One column of a mapping table.

    Kinds: text, integer, boolean; choice: one of `choices` (value, label), where labels and `aliases` (other spelling, value) are
    read as well; zone: a name such as America/Chicago; list: texts, typed in one cell with `delimiter` between them and kept as a
    list, at most `most` of them, each as long as `limit`. `choices_from` names a setting whose lines are the valid values;
    `delimiter_from` one that holds the delimiter.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    limit: int = 200
    minimum: int | None = None
    maximum: int | None = None
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    choices_from: str = ""
    most: int | None = None
    delimiter: str = "|"
    delimiter_from: str = ""

    def within(self, settings: Mapping[str, Any]) -> MappingField:
        """The field as a connection's settings make it: its valid values, its delimiter."""
        field = self
        if self.choices_from:
            given = settings.get(self.choices_from) or ""
            lines = [line.strip() for line in (given.splitlines() if isinstance(given, str) else map(str, given))]
            field = replace(field, choices=tuple((line, line) for line in dict.fromkeys(lines) if line))
        if self.delimiter_from:
            field = replace(field, delimiter=str(settings.get(self.delimiter_from) or "") or self.delimiter)
        return field

    @property
    def listed(self) -> bool:
        """True if its valid values can be offered while typing."""
        return self.kind in ("choice", "zone") or bool(self.choices_from)

    @property
    def offered(self) -> tuple[tuple[str, str], ...]:
        """Its valid values as they are typed, and what each stands for."""
        if self.kind == "zone":
            return tuple((one, one) for one in sorted(_zones()))
        return tuple((label, value) for value, label in self.choices)

    def clean(self, raw: Any) -> Any:
        """The value of a cell as a person or a file gives it; None for an empty one. What cannot be read stays as it is."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if self.kind == "list":
            parts = raw.split(self.delimiter) if isinstance(raw, str) else list(raw)
            known = self._spelled()
            return [known.get(part.casefold(), part) for one in parts if (part := str(one).strip())] or None
        if not isinstance(raw, str):
            return True if self.kind == "boolean" and raw == 1 else raw
        text = raw.strip()
        if self.kind == "boolean":
            return True if text.casefold() in _YES else False if text.casefold() in _NO else raw
        if self.kind == "integer":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else raw
        if self.kind == "choice" or (self.choices_from and self.choices):
            return self._spelled().get(text.casefold(), raw)
        return text if self.kind == "zone" else raw

    def text(self, value: Any) -> str:
        """A kept value as it stands in a cell and in a CSV file."""
        if isinstance(value, bool):
            return "yes" if value else ""
        if isinstance(value, list):
            return self.delimiter.join(map(str, value))
        labels = dict(self.choices) if self.kind == "choice" else {}
        return "" if value is None else labels.get(value, str(value))

    def problem(self, value: Any) -> str | None:
        """What is wrong with a kept value, or None."""
        if value in (None, "", []):
            return f"{self.label} is required." if self.required else None
        if self.kind == "boolean":
            return None if isinstance(value, bool) else f"{self.label} must be yes or no."
        if self.kind == "integer":
            low, high = self.minimum or 0, self.maximum or 999_999_999
            if not isinstance(value, int) or not low <= value <= high:
                return f"{self.label} must be a number from {low} to {high}."
            return None
        if self.kind == "list":
            return self._list_problem(value)
        return self._text_problem(str(value))

    def _list_problem(self, value: Any) -> str | None:
        parts = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        if self.most is not None and len(parts) > self.most:
            return f"{self.label} has at most {self.most} values, not {len(parts)}."
        cut = next((one for one in parts if self.delimiter in one), None)
        if cut is not None:
            return f"{self.label}: {cut!r} holds the delimiter {self.delimiter!r}, which parts the values."
        return next((problem for one in parts if (problem := self._text_problem(one))), None)

    def _text_problem(self, text: str) -> str | None:
        if len(text) > self.limit:
            return f"{self.label} has at most {self.limit} characters."
        if "\n" in text or "\r" in text:
            return f"{self.label} must not hold line breaks."
        if self.kind == "zone":
            return (
                None if text in _zones() else f"{self.label}: there is no zone {text!r}. Write it as America/Chicago."
            )
        if (self.kind == "choice" or self.choices_from) and text not in {value for value, _ in self.choices}:
            return self._choice_problem(text)
        return None

    def _choice_problem(self, text: str) -> str:
        labels = [label for _, label in self.choices]
        if not labels:
            return f"{self.label}: there is no valid value yet. List them in the settings of this connection."
        more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        return f"{self.label} must be one of {', '.join(labels[:_NAMED])}{more}, not {text!r}."

    def _spelled(self) -> dict[str, str]:
        known = {spelling.casefold(): value for spelling, value in self.aliases}
        known |= {label.casefold(): value for value, label in self.choices}
        return known | {value.casefold(): value for value, _ in self.choices}


@dataclass(frozen=True)
class MappingTable:
    """A mapping table besides the one of assignments: one row for each subject, with these fields.

    A subject without a row is not mapped. A row of people or departments holds at least one value. A row of a pair of types
    says by its presence that the pair is included, so such a table needs no field for that; its values may all be empty.
    `optional`: going live does not ask for a row.
    """

    subject: Subject
    title: str
    fields: tuple[MappingField, ...]
    help: str = ""
    optional: bool = True


def row_clean(fields: tuple[MappingField, ...], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row to keep: those that are not empty. Fields must be `within` the connection's settings."""
    cleaned = {one.name: one.clean(raw.get(one.name)) for one in fields}
    return {name: value for name, value in cleaned.items() if value is not None and value is not False}


def row_wrong(fields: tuple[MappingField, ...], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a row's values, by field."""
    return {one.name: problem for one in fields if (problem := one.problem(values.get(one.name)))}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
