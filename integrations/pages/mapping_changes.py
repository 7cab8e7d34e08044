"""Edits of rows in words: what each was and will be, field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.contract import MappingField
from integrations.pages.mapping_table import Thing
from integrations.pages.preview_view import FieldChange
from integrations.types import RowKey

_SIGNS = {"add": "+", "chg": "~", "del": "−"}


@dataclass(frozen=True)
class RowChange:
    """What becomes of a row. `line` is its place in a file, 0 without one."""

    tone: str  # add, chg, del
    name: str
    place: str
    number: int
    fields: tuple[FieldChange, ...]
    problems: tuple[str, ...]
    line: int

    @property
    def sign(self) -> str:
        """+, ~ or −."""
        return _SIGNS[self.tone]


def row_changes(
    fields: Sequence[MappingField],
    things: Mapping[tuple[Any, ...], Thing],
    saved: Mapping[RowKey, Mapping[str, Any]],
    edits: Mapping[RowKey, Mapping[str, Any] | None],
    *,
    lines: Mapping[RowKey, int] | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[RowChange]:
    """The edits that alter something. `problems` are keyed "<row>/<field>"."""
    found = []
    for key, values in edits.items():
        was, thing = saved.get(key), things.get(key.about)
        if was == values:
            continue
        told = [
            FieldChange(one.label, one.text((was or {}).get(one.name)), one.text((values or {}).get(one.name)))
            for one in fields
        ]
        if len(key.about) == 2 and (was is None or values is None):
            told.insert(0, FieldChange("Included", "" if was is None else "yes", "" if values is None else "yes"))
        wrong = [(problems or {}).get(f"{key}/{one.name}", "") for one in fields]
        found.append(
            RowChange(
                tone="add" if was is None else "del" if values is None else "chg",
                name=thing.name if thing else "",
                place=thing.place if thing else "",
                number=key.number,
                fields=tuple(one for one in told if one.was != one.now),
                problems=tuple(one for one in wrong if one),
                line=(lines or {}).get(key, 0),
            )
        )
    return found
