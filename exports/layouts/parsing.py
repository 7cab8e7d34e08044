"""Layouts to and from JSON, with messages that name the column and say what to write instead."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from exports.layouts import model
from exports.layouts.model import Column, Field, Layout, LayoutError
from exports.layouts.overnight import roles_of
from exports.layouts.patterns import DATE_TOKENS, TIME_TOKENS, PatternError, tokens_of, uses
from exports.layouts.template import TemplateError, fields_of

FILE_NAME_PARTS = ("kind", "organization", "date", "time", "sequence")
_MOST_COLUMNS = 200
_CHOICES = {
    "quoting": model.QUOTING,
    "zone": model.ZONES,
    "overnight": model.OVERNIGHT,
    "over_long": model.OVER_LONG,
    "line_breaks": model.LINE_BREAKS,
    "line_ending": tuple(model.LINE_ENDINGS),
    "encoding": model.ENCODINGS,
}
_TEXT_KEYS = ("delimiter", "null", "date_pattern", "time_pattern", "datetime_pattern", *_CHOICES)
_FLAG_KEYS = ("header", "bom", "replaces")


def layout_to_json(layout: Layout) -> str:
    """The layout as JSON text, every setting spelled out."""
    return json.dumps(dataclasses.asdict(layout), indent=2, ensure_ascii=False) + "\n"


def layout_from_json(text: str, *, fields: Sequence[Field]) -> Layout:
    """The layout in a JSON text. Raises LayoutError, naming the column where there is one."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise LayoutError(f"The layout is not JSON: {error}.") from None
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
    layout = Layout(columns=_columns(raw.get("columns")), **values)
    layout_check(layout, fields=fields)
    return layout


def _text(raw: Mapping[str, Any], key: str, *, column: str = "", empty: bool = False) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise LayoutError(f"{key} must be a text{'' if empty else ' that is not empty'}.", column=column)
    return value


def _columns(raw: Any) -> tuple[Column, ...]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= _MOST_COLUMNS:
        raise LayoutError(f"columns must be a list of 1 to {_MOST_COLUMNS} columns.")
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


def layout_check(layout: Layout, *, fields: Sequence[Field]) -> None:
    """Raise LayoutError for the first thing that is wrong."""
    for key, choices in _CHOICES.items():
        if getattr(layout, key) not in choices:
            raise LayoutError(f"{key} is {getattr(layout, key)!r}; it must be one of: {', '.join(choices)}.")
    if layout.overnight == "split":
        roles_of(fields)
    if len(layout.delimiter) != 1 or layout.delimiter in '"\r\n' or not layout.delimiter.isascii():
        raise LayoutError("delimiter must be one character, such as a comma, semicolon, tab or |, and not a quote.")
    if any(character in layout.null for character in f'"\r\n{layout.delimiter}'):
        raise LayoutError("null must not hold the delimiter, a quote or a line break.")
    if layout.bom and not layout.encoding.startswith("utf"):
        raise LayoutError(f"A byte order mark belongs to UTF-8 and UTF-16 only; the encoding is {layout.encoding}.")
    _check_file_name(layout)
    _check_patterns(layout)
    seen: set[str] = set()
    kinds = {one.name: one.kind for one in fields}
    for column in layout.columns:
        if column.header in seen:
            raise LayoutError("there are two columns with this header.", column=column.header)
        seen.add(column.header)
        _check_header(layout, column)
        _check_column(layout, column, kinds)


def _check_patterns(layout: Layout) -> None:
    for key in ("date_pattern", "time_pattern", "datetime_pattern"):
        try:
            tokens_of(getattr(layout, key))
        except PatternError as error:
            raise LayoutError(f"{key}: {error}") from None


def _check_header(layout: Layout, column: Column) -> None:
    """A header that the file could not hold would stop every run, so it stops the layout."""
    if not layout.header:
        return
    if layout.quoting == "none" and any(one in column.header for one in f'"\r\n{layout.delimiter}'):
        raise LayoutError("the header needs quotes, and this layout does not quote.", column=column.header)
    try:
        column.header.encode(layout.encoding)
    except UnicodeEncodeError as error:
        bad = column.header[error.start]
        raise LayoutError(
            f"the header has the character {bad!r}, which does not exist in {layout.encoding}.", column=column.header
        ) from None


def _check_column(layout: Layout, column: Column, kinds: Mapping[str, str]) -> None:
    if column.source and column.template:
        raise LayoutError("give it a source or a template, not both.", column=column.header)
    try:
        names = (column.source,) if column.source else fields_of(column.template)
        pattern = layout.pattern(column)
        if pattern:
            tokens_of(pattern)
    except (TemplateError, PatternError) as error:
        raise LayoutError(str(error), column=column.header) from None
    if layout.overnight == "split" and kinds.get(column.source) == "wall":
        raise LayoutError(f"{column.source} is a wall time, which does not follow a split.", column=column.header)
    for name in names:
        if name not in kinds:
            raise LayoutError(
                f"there is no field {name!r}. Fields are: {', '.join(sorted(kinds))}.", column=column.header
            )
        if column.template and kinds[name] in ("wall", "instant"):
            raise LayoutError(f"{name} is a time and needs a column of its own, as its source.", column=column.header)
    _check_format(column, pattern, kinds.get(column.source, "text"))


def _check_format(column: Column, pattern: str, kind: str) -> None:
    if kind in ("wall", "instant"):
        if not pattern:
            raise LayoutError(
                f"{column.source} is a time: set format to date, time, datetime or a pattern such as HHmm.",
                column=column.header,
            )
        if kind == "wall" and uses(pattern, frozenset({"Z"})):
            raise LayoutError(f"{column.source} is a wall time and has no offset (Z).", column=column.header)
    elif kind == "date":
        if pattern and (uses(pattern, TIME_TOKENS) or not uses(pattern, DATE_TOKENS)):
            raise LayoutError(f"{column.source} is a date; its pattern must not ask for a time.", column=column.header)
    elif pattern:
        raise LayoutError("a format is for dates and times only.", column=column.header)


def _check_file_name(layout: Layout) -> None:
    try:
        parts = fields_of(layout.file_name)
    except TemplateError as error:
        raise LayoutError(f"file_name: {error}") from None
    for part in parts:
        if part not in FILE_NAME_PARTS:
            raise LayoutError(f"file_name: {{{part}}} is not known. Use {', '.join(FILE_NAME_PARTS)}.")
    if any(character in layout.file_name for character in "/\\") or not layout.file_name.isprintable():
        raise LayoutError("file_name must be a plain name without slashes; the directory is a setting.")
    if layout.file_name.startswith("."):
        raise LayoutError("file_name must not begin with a dot: readers overlook such files.")
    if "sequence" not in parts and not layout.replaces:
        raise LayoutError("file_name needs {sequence}, so that every file has a new name; or set replaces to true.")
