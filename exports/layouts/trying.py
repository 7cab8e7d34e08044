"""Every value that a layout cannot write, where rendering stops at the first: for whoever edits the layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from exports.layouts.model import Field, Layout, LayoutError
from exports.layouts.render import Record, render


def value_problems(
    layout: Layout, records: Iterable[Record], *, fields: Sequence[Field], organization_zone: str, most: int = 40
) -> list[LayoutError]:
    """The values that cannot be written, by record and column, each told once; records are few. Each column is rendered by itself."""
    alone = [replace(layout, columns=(column,), header=False, bom=False) for column in layout.columns]
    found: list[LayoutError] = []
    told: set[tuple[int, str]] = set()
    for row, record in enumerate(records, start=1):
        for index, one in enumerate(alone):
            try:
                for _ in render(one, (record,), fields=fields, organization_zone=organization_zone):
                    pass
            except LayoutError as error:
                if (row, error.text) not in told:
                    found.append(error.at(index=index, row=row))
                told.add((row, error.text))
            if len(found) >= most:
                return found
    return found
