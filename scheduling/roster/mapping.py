"""What is remembered about a department's roster file, so that the next import asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from scheduling.roster.types import DateOrder

PersonMatch = Literal[
    "unique_id", "employee_id", "npi", "upn", "email", "name", "custom1", "custom2", "custom3", "custom4"
]
DEFAULT_IGNORED_CODES: tuple[str, ...] = ("OFF", "X", "-", "--", "–", "—", ".", "/")

MEANINGS: tuple[str, ...] = (
    "date", "end_date", "code", "start", "end", "times", "note",
    "id", "name", "last", "first", "email", "npi", "ignore",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RosterMapping:
    """How to understand one roster file.

    ``columns``: header text → one of ``MEANINGS``; beats our own recognition of headers.
    ``codes``: code in the file → the caller's reference to an assignment; such codes are known, and beat
    ``ignored_codes``. ``person_match``: the field of a person that the identifier in the file stands for.
    ``date_order``: what 03/02 means when no other date in the file decides it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    ignored_codes: tuple[str, ...] = DEFAULT_IGNORED_CODES
    person_match: PersonMatch = "unique_id"
    date_order: DateOrder | None = None

    def to_json(self) -> dict[str, object]:
        """A value of plain JSON types that ``from_json`` turns back into an equal mapping."""
        return {
            "columns": dict(self.columns),
            "codes": dict(self.codes),
            "ignored_codes": list(self.ignored_codes),
            "person_match": self.person_match,
            "date_order": self.date_order,
        }

    @classmethod
    def from_json(cls, data: object) -> RosterMapping:
        """Raises ValueError, naming the key, when ``data`` is not what ``to_json`` makes."""
        if not isinstance(data, dict):
            raise ValueError("A roster mapping must be a JSON object.")
        unknown = sorted(set(map(str, data)) - {"columns", "codes", "ignored_codes", "person_match", "date_order"})
        if unknown:
            raise ValueError(f"A roster mapping has no key “{unknown[0]}”.")
        columns = _texts_by_text(data.get("columns", {}), "columns")
        for header, meaning in columns.items():
            if meaning not in MEANINGS:
                raise ValueError(f"columns: “{header}” means “{meaning}”, which is none of {', '.join(MEANINGS)}.")
        ignored = data.get("ignored_codes", list(DEFAULT_IGNORED_CODES))
        if not isinstance(ignored, list) or not all(isinstance(code, str) for code in ignored):
            raise ValueError("ignored_codes must be a list of texts.")
        match = data.get("person_match", "unique_id")
        if match not in get_args(PersonMatch):
            raise ValueError(f"person_match must be one of {', '.join(get_args(PersonMatch))}.")
        order = data.get("date_order")
        if order is not None and order not in get_args(DateOrder):
            raise ValueError(f"date_order must be null or one of {', '.join(get_args(DateOrder))}.")
        return cls(
            columns=columns,
            codes=_texts_by_text(data.get("codes", {}), "codes"),
            ignored_codes=tuple(ignored),
            person_match=cast(PersonMatch, match),
            date_order=cast("DateOrder | None", order),
        )


def _texts_by_text(value: object, key: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(text, str) for name, text in value.items()
    ):
        raise ValueError(f"{key} must be an object of texts.")
    return dict(value)
