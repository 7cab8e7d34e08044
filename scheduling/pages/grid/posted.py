"""What the grid's requests say: the cell, the layout and window on the screen, ids with versions, ranges of cells."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import BadRequest
from django.http import HttpRequest, QueryDict

from scheduling.pages.grid.view import Layout
from scheduling.pages.grid.windows import CellAddress, cell_of, date_or_none, layout_of
from tenancy.types import RefusedError

CELLS = 1000  # the largest range
Versioned = tuple[uuid.UUID, int]


@dataclass(frozen=True)
class Screen:
    """What the reader has before them: an answer draws for it. `panel`: Select shows the cell that is edited."""

    layout: Layout
    show_times: bool
    window: tuple[date, date] | None
    panel: bool


@dataclass(frozen=True)
class RangeCell:
    """A cell of a range with the shifts that the reader saw in it, and what goes into it: sources, or text."""

    address: CellAddress
    seen: tuple[Versioned, ...]
    sources: tuple[Versioned, ...] = ()
    text: str = ""


def screen_of(values: QueryDict) -> Screen:
    """The layout and window that the request names."""
    first, last = date_or_none(values.get("first", "")), date_or_none(values.get("last", ""))
    fits = first is not None and last is not None and 0 <= (last - first).days <= 92
    return Screen(
        layout=layout_of(values.get("rows")),
        show_times=values.get("times") == "1",
        window=(first, last) if fits and first is not None and last is not None else None,
        panel=values.get("panel") == "1",
    )


def cell_or_bad(request: HttpRequest) -> CellAddress:
    """The one cell that the form names."""
    address = cell_of(request.POST.dict())
    if address is None:
        raise BadRequest("No cell is named.")
    return address


def range_or_bad(values: QueryDict) -> list[RangeCell]:
    """The cells of a range: `row/date/id:v,id:v` each, with `from` (sources) or `text` in the same order where there are such."""
    cells, sources, texts = values.getlist("cell"), values.getlist("from"), values.getlist("text")
    if not cells:
        raise BadRequest("No cell is named.")
    if len(cells) > CELLS:
        raise RefusedError(f"At most {CELLS:,} cells at once; these are {len(cells):,}. Take a smaller range.")
    found = []
    for n, cell in enumerate(cells):
        row, _, rest = cell.partition("/")
        day, _, seen = rest.partition("/")
        address = cell_of({"row": row, "date": day})
        if address is None:
            raise BadRequest("A cell is malformed.")
        found.append(
            RangeCell(
                address=address,
                seen=versions_or_bad(seen),
                sources=versions_or_bad(sources[n]) if n < len(sources) else (),
                text=texts[n][:400] if n < len(texts) else "",
            )
        )
    return found


def versions_or_bad(text: str) -> tuple[Versioned, ...]:
    """`id:version`, separated by commas."""
    return tuple(versioned_or_bad(one) for one in text.split(",") if one)


def versioned_or_bad(text: str) -> Versioned:
    """`id:version`."""
    shift, _, version = text.partition(":")
    return uuid_or_bad(shift), version_or_bad(version)


def uuid_or_bad(text: str) -> uuid.UUID:
    """An id."""
    try:
        return uuid.UUID(text)
    except ValueError as wrong:
        raise BadRequest("An id is malformed.") from wrong


def version_or_bad(text: str) -> int:
    """A version."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("A version is missing.")
    return int(text)


def day_text(day: date) -> str:
    """`Mon Mar 2`."""
    return f"{day:%a %b} {day.day}"
