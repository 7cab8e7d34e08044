"""Everything that is wrong with a layout, found before any row is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exports.layouts import model
from exports.layouts.model import Column, Field, Layout, LayoutError
from exports.layouts.overnight import roles_of
from exports.layouts.patterns import DATE_TOKENS, TIME_TOKENS, PatternError, tokens_of, uses
from exports.layouts.template import TemplateError, fields_of

FILE_NAME_PARTS = ("kind", "organization", "date", "time", "sequence")
CHOICES = {
    "quoting": model.QUOTING,
    "zone": model.ZONES,
    "overnight": model.OVERNIGHT,
    "over_long": model.OVER_LONG,
    "line_breaks": model.LINE_BREAKS,
    "line_ending": tuple(model.LINE_ENDINGS),
    "encoding": model.ENCODINGS,
}
_PATTERNS = ("date_pattern", "time_pattern", "datetime_pattern")


def layout_check(layout: Layout, *, fields: Sequence[Field]) -> None:
    """Raise LayoutError for the first thing that is wrong."""
    for problem in layout_problems(layout, fields=fields):
        raise problem


def layout_problems(layout: Layout, *, fields: Sequence[Field]) -> Iterator[LayoutError]:
    """Everything that is wrong, in the order of the layout's parts and columns; each names its part, and its column."""
    yield from _choice_problems(layout)
    if layout.overnight == "split":
        try:
            roles_of(fields)
        except LayoutError as error:
            yield error.at(part="overnight")
    yield from _text_problems(layout)
    yield from _file_name_problems(layout)
    yield from _pattern_problems(layout)
    seen: set[str] = set()
    kinds = {one.name: one.kind for one in fields}
    for number, column in enumerate(layout.columns):
        if column.header and column.header in seen:
            yield LayoutError(
                "there are two columns with this header.", column=column.header, part="header", index=number
            )
        seen.add(column.header)
        for problem in (*_header_problems(layout, column), *_column_problems(layout, column, kinds)):
            yield problem.at(index=number)


def _choice_problems(layout: Layout) -> Iterator[LayoutError]:
    for key, choices in CHOICES.items():
        if getattr(layout, key) not in choices:
            yield LayoutError(f"{key} is {getattr(layout, key)!r}; it must be one of: {', '.join(choices)}.", part=key)


def _text_problems(layout: Layout) -> Iterator[LayoutError]:
    if len(layout.delimiter) != 1 or layout.delimiter in '"\r\n' or not layout.delimiter.isascii():
        text = "delimiter must be one character, such as a comma, semicolon, tab or |, and not a quote."
        yield LayoutError(text, part="delimiter")
    elif _unwritable(layout.delimiter.replace("\t", "")):
        yield LayoutError("delimiter must be a character that can be seen, or a tab.", part="delimiter")
    if any(character in layout.null for character in f'"\r\n{layout.delimiter}'):
        yield LayoutError("null must not hold the delimiter, a quote or a line break.", part="null")
    elif _unwritable(layout.null):
        yield LayoutError("null holds a character that no file can hold.", part="null")
    if not 1 <= len(layout.columns) <= model.MOST_COLUMNS:
        yield LayoutError(f"A layout has 1 to {model.MOST_COLUMNS} columns.", part="columns")
    if not 1 <= len(layout.name.strip()) <= model.LONGEST_NAME:
        yield LayoutError(f"name must be a text of at most {model.LONGEST_NAME} characters.", part="name")
    if _unwritable(layout.name):
        yield LayoutError("name holds a character that cannot be shown.", part="name")
    if layout.bom and not layout.encoding.startswith("utf"):
        text = f"A byte order mark belongs to UTF-8 and UTF-16 only; the encoding is {layout.encoding}."
        yield LayoutError(text, part="bom")


def _pattern_problems(layout: Layout) -> Iterator[LayoutError]:
    for key in _PATTERNS:
        try:
            tokens_of(getattr(layout, key))
        except PatternError as error:
            yield LayoutError(f"{key}: {error}", part=key)
        else:
            if _unwritable(getattr(layout, key)):
                yield LayoutError(f"{key} holds a character that no file can hold.", part=key)


def _unwritable(text: str) -> bool:
    """Whether a line break, another control character, or half of a character is in it."""
    return any(one < " " or one == "\x7f" or "\ud800" <= one <= "\udfff" for one in text)


def _header_problems(layout: Layout, column: Column) -> Iterator[LayoutError]:
    """A header that the file could not hold would stop every run, so it stops the layout."""
    if not column.header:
        yield LayoutError("the column needs a header.", part="header")
    elif _unwritable(column.header):
        yield _about(column, "header", "the header holds a line break, or a character that no file can hold.")
    elif layout.header and layout.encoding in model.ENCODINGS:
        yield from _header_written(layout, column)


def _header_written(layout: Layout, column: Column) -> Iterator[LayoutError]:
    if layout.quoting == "none" and any(one in column.header for one in f'"\r\n{layout.delimiter}'):
        yield _about(column, "header", "the header needs quotes, and this layout does not quote.")
    try:
        column.header.encode(layout.encoding)
    except UnicodeEncodeError as error:
        bad = column.header[error.start]
        yield _about(
            column, "header", f"the header has the character {bad!r}, which does not exist in {layout.encoding}."
        )


def _column_problems(layout: Layout, column: Column, kinds: Mapping[str, str]) -> Iterator[LayoutError]:
    if column.source and column.template:
        yield _about(column, "template", "give it a source or a template, not both.")
        return
    for part, text in (("template", column.template), ("format", column.format), ("source", column.source)):
        if _unwritable(text):
            yield _about(column, part, f"the {part} holds a line break, or a character that no file can hold.")
            return
    if column.limit is not None and column.limit < 1:
        yield _about(column, "limit", "limit must be a whole number from 1.")
    if layout.overnight == "split" and kinds.get(column.source) == "wall":
        yield _about(column, "source", f"{column.source} is a wall time, which does not follow a split.")
    try:
        names = (column.source,) if column.source else fields_of(column.template)
    except TemplateError as error:
        yield _about(column, "template", str(error))
        return
    part = "source" if column.source else "template"
    for name in names:
        if name not in kinds:
            known = ", ".join(sorted(kinds))
            yield _about(column, part, f"there is no field {name!r}. Fields are: {known}.")
            return
        if column.template and kinds[name] in ("wall", "instant"):
            yield _about(column, part, f"{name} is a time and needs a column of its own, as its source.")
    yield from _format_problems(layout, column, kinds.get(column.source, "text"))


def _format_problems(layout: Layout, column: Column, kind: str) -> Iterator[LayoutError]:
    pattern = layout.pattern(column)
    try:
        if pattern:
            tokens_of(pattern)
    except PatternError as error:
        if column.format == pattern:  # else the layout's own pattern is wrong, which is told there
            yield _about(column, "format", str(error))
        return
    if kind in ("wall", "instant"):
        if not pattern:
            text = f"{column.source} is a time: set format to date, time, datetime or a pattern such as HHmm."
            yield _about(column, "format", text)
        elif kind == "wall" and uses(pattern, frozenset({"Z"})):
            yield _about(column, "format", f"{column.source} is a wall time and has no offset (Z).")
    elif kind == "date":
        if pattern and (uses(pattern, TIME_TOKENS) or not uses(pattern, DATE_TOKENS)):
            yield _about(column, "format", f"{column.source} is a date; its pattern must not ask for a time.")
    elif pattern:
        yield _about(column, "format", "a format is for dates and times only.")


def _about(column: Column, part: str, text: str) -> LayoutError:
    return LayoutError(text, column=column.header, part=part)


def _file_name_problems(layout: Layout) -> Iterator[LayoutError]:
    for text in _file_name_wrong(layout):
        yield LayoutError(text, part="file_name")


def _file_name_wrong(layout: Layout) -> Iterator[str]:
    try:
        parts = fields_of(layout.file_name)
    except TemplateError as error:
        yield f"file_name: {error}"
        return
    for part in parts:
        if part not in FILE_NAME_PARTS:
            yield f"file_name: {{{part}}} is not known. Use {', '.join(FILE_NAME_PARTS)}."
    if not layout.file_name:
        yield "file_name must be a text that is not empty."
    elif any(character in layout.file_name for character in "/\\") or not layout.file_name.isprintable():
        yield "file_name must be a plain name without slashes; the directory is a setting."
    if len(layout.file_name) > model.LONGEST_NAME:
        yield f"file_name may have at most {model.LONGEST_NAME} characters."
    if layout.file_name.startswith("."):
        yield "file_name must not begin with a dot: readers overlook such files."
    if "sequence" not in parts and not layout.replaces:
        yield "file_name needs {sequence}, so that every file has a new name; or set replaces to true."
