"""Layouts to and from JSON, with messages that name the column and say what to write instead."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from exports.layouts.checking import CHOICES, layout_check
from exports.layouts.model import MOST_COLUMNS, Column, Field, Layout, LayoutError

_TEXT_KEYS = ("delimiter", "null", "date_pattern", "time_pattern", "datetime_pattern", *CHOICES)
_FLAG_KEYS = ("header", "bom", "replaces")


def layout_to_json(layout: Layout) -> str:
    """The layout as JSON text, every setting spelled out."""
    return json.dumps(dataclasses.asdict(layout), indent=2, ensure_ascii=False) + "\n"


def layout_from_json(text: str, *, fields: Sequence[Field]) -> Layout:
    """The layout in a JSON text. Raises LayoutError, naming the column where there is one."""
    layout = layout_read(text)
    layout_check(layout, fields=fields)
    return layout


def layout_read(text: str) -> Layout:
    """A layout that is written as one, whether it can be used or not. Raises LayoutError."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise LayoutError(f"The layout is not JSON: {error}.") from None
    except RecursionError:
        raise LayoutError("The layout is not JSON of ours: it is nested too deeply.") from None
    if _has_half_character(raw):
        raise LayoutError(
            "The layout holds half of a character: an escape from \\ud800 to \\udfff without its partner."
        )
    if not isinstance(raw, dict):
        raise LayoutError("The layout must be a JSON object with a name, columns and a file_name.")
    known = {one.name for one in dataclasses.fields(Layout)}
    for key in raw:
        if key not in known:
            raise LayoutError(f"{key!r} is not a part of a layout. Parts are: {', '.join(sorted(known))}.")
    values: dict[str, Any] = {"name": _text(raw, "name"), "file_name": _text(raw, "file_name")}
    for key in _TEXT_KEYS:
        if key in raw:
            values[key] = _text(raw, key, empty=key == "null")
    for key in _FLAG_KEYS:
        if key in raw:
            if not isinstance(raw[key], bool):
                raise LayoutError(f"{key} must be true or false.")
            values[key] = raw[key]
    return Layout(columns=_columns(raw.get("columns")), **values)


def _has_half_character(raw: Any) -> bool:
    try:
        json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _text(raw: Mapping[str, Any], key: str, *, column: str = "", empty: bool = False) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise LayoutError(f"{key} must be a text{'' if empty else ' that is not empty'}.", column=column)
    return value


def _columns(raw: Any) -> tuple[Column, ...]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_COLUMNS:
        raise LayoutError(f"columns must be a list of 1 to {MOST_COLUMNS} columns.")
    return tuple(_column(one, number) for number, one in enumerate(raw, start=1))


def _column(raw: Any, number: int) -> Column:
    if not isinstance(raw, dict) or not isinstance(raw.get("header"), str) or not raw["header"]:
        raise LayoutError(f"Column number {number} needs a header.")
    header = raw["header"]
    for key in raw:
        if key not in ("header", "source", "template", "format", "limit"):
            raise LayoutError(f"{key!r} is not a part of a column.", column=header)
    texts = {key: _text(raw, key, column=header, empty=True) for key in ("source", "template", "format") if key in raw}
    limit = raw.get("limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise LayoutError("limit must be a whole number from 1.", column=header)
    return Column(header=header, limit=limit, **texts)
