"""A layout compiled to SQL expressions, so that PostgreSQL writes finished CSV lines itself: for files of millions of rows.

What it writes equals what `render` writes, byte for byte; a layout with parts that the database cannot do alike is refused. Sources
are the named columns of scheduling's bulk selectors; `zone` is the column that instants of a department are converted by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from psycopg2 import sql

from exports.layouts.model import LINE_ENDINGS, Column, Layout, LayoutError
from exports.layouts.patterns import tokens_of
from exports.layouts.template import parts_of

_TO_CHAR = {
    "YYYY": "YYYY",
    "YY": "YY",
    "MMM": "Mon",
    "MM": "MM",
    "M": "FMMM",
    "ddd": "Dy",
    "DD": "DD",
    "D": "FMDD",
    "HH": "HH24",
    "H": "FMHH24",
    "hh": "HH12",
    "h": "FMHH12",
    "mm": "MI",
    "ss": "SS",
    "A": "AM",
}
_ISO_DATE = "YYYY-MM-DD"
_ISO_PIECES = tokens_of("YYYY-MM-DD") + tokens_of("HH:mm:ss")


def expressions_of(
    layout: Layout, *, kinds: Mapping[str, str], organization_zone: str, filled: Collection[str] = ()
) -> tuple[sql.Composable, ...]:
    """One SQL expression per column. `filled` are columns without empty texts. Raises LayoutError for what cannot be compiled."""
    check_compilable(layout)
    return tuple(
        sql.Identifier(column.source)
        if column.source in filled
        else _expression(layout, column, kinds, organization_zone)
        for column in layout.columns
    )


def copy_options(layout: Layout) -> sql.Composed:
    """What stands in COPY's WITH (…): the layout's delimiter, quoting and null token. The header is not part of it."""
    quoting = sql.SQL(", FORCE_QUOTE *" if layout.quoting == "all" else "")
    return sql.SQL("FORMAT csv, DELIMITER {}, NULL {}, ENCODING 'UTF8'{}").format(
        sql.Literal(layout.delimiter), sql.Literal(layout.null), quoting
    )


def check_compilable(layout: Layout) -> None:
    """Raise LayoutError when the database could not write the file as `render` would."""
    for problem in _not_compilable(layout):
        raise problem


def compile_problems(layout: Layout, kinds: Mapping[str, str]) -> Iterator[LayoutError]:
    """Everything that keeps the database from writing the file; each names its part, and its column."""
    yield from _not_compilable(layout)
    for number, column in enumerate(layout.columns):
        try:
            _expression(layout, column, kinds, "UTC")
        except LayoutError as error:
            yield error.at(part=error.part or "format", index=number)


def _not_compilable(layout: Layout) -> Iterator[LayoutError]:
    problems = (
        ("quoting", "quoting must be minimal or all", layout.quoting == "none"),
        ("encoding", "encoding must be utf-8", layout.encoding != "utf-8"),
        ("line_breaks", "line_breaks must be keep", layout.line_breaks != "keep"),
        ("columns", "it needs two columns or more", len(layout.columns) < 2),
        ("overnight", "overnight must be as_is", layout.overnight != "as_is"),
        ("zone", "zone must not be mapping", layout.zone == "mapping"),
        (
            "line_ending",
            f"line_ending must be one of {', '.join(LINE_ENDINGS)}",
            layout.line_ending not in LINE_ENDINGS,
        ),
    )
    for part, text, wrong in problems:
        if wrong:
            yield LayoutError(f"This file is written by the database, so {text}.", part=part)
    for number, column in enumerate(layout.columns):
        if column.limit is not None:
            text = "this file is written by the database, which sets no limit."
            yield LayoutError(text, column=column.header, part="limit", index=number)


def _expression(layout: Layout, column: Column, kinds: Mapping[str, str], organization_zone: str) -> sql.Composable:
    if not column.source:
        return _template(column, kinds)
    if column.source not in kinds:
        raise LayoutError(f"there is no field {column.source!r}.", column=column.header)
    kind, name = kinds[column.source], sql.Identifier(column.source)
    if kind in ("date", "wall", "instant"):
        pattern = layout.pattern(column) or layout.date_pattern
        moment: sql.Composable = name
        if kind == "instant":
            moment = sql.SQL("{} AT TIME ZONE {}").format(name, _zone(layout, kinds, organization_zone, column))
        return _formatted(moment, kind, pattern, column)
    return _plain(name, kind)


def _plain(name: sql.Composable, kind: str) -> sql.Composable:
    if kind == "boolean":
        return sql.SQL("CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END").format(name)
    if kind == "integer":
        return name
    return sql.SQL("nullif({}::text, '')").format(name)


def _formatted(moment: sql.Composable, kind: str, pattern: str, column: Column) -> sql.Composable:
    if kind == "date" and pattern == _ISO_DATE:
        return moment  # a date is written so by itself
    standard = _iso(moment, pattern) if kind != "date" else None
    if standard is not None:
        return standard
    pieces = []
    for is_token, text in tokens_of(pattern):
        if is_token and text not in _TO_CHAR:
            raise LayoutError(f"this file is written by the database, which has no token {text}.", column=column.header)
        pieces.append(_TO_CHAR[text] if is_token else _quoted(text))
    return sql.SQL("to_char({}, {})").format(moment, sql.Literal("".join(pieces)))


def _iso(moment: sql.Composable, pattern: str) -> sql.Composable | None:
    """The standard form of a moment, from PostgreSQL's own text of it: half the work of to_char. None for other patterns."""
    pieces = tokens_of(pattern)
    separator, ending = pieces[5:6], pieces[11:]
    if pieces[:5] + pieces[6:11] != _ISO_PIECES or any(is_token for is_token, _ in (*separator, *ending)):
        return None
    between, after = separator[0][1], "".join(text for _, text in ending)
    if len(between) != 1:
        return None
    text: sql.Composable = sql.SQL("left(({})::text, 19)").format(moment)
    if between != " ":
        text = sql.SQL("overlay({} placing {} from 11)").format(text, sql.Literal(between))
    return sql.SQL("{} || {}").format(text, sql.Literal(after)) if after else text


def _quoted(text: str) -> str:
    """Literal text of a to_char template. Punctuation stands for itself; the rest goes into quotes."""
    if not text or all(character in " -/:.," for character in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _zone(layout: Layout, kinds: Mapping[str, str], organization_zone: str, column: Column) -> sql.Composable:
    if layout.zone == "utc":
        return sql.Literal("UTC")
    if layout.zone == "organization":
        return sql.Literal(organization_zone)
    if "zone" not in kinds:
        raise LayoutError("the rows have no time zone to convert to.", column=column.header)
    return sql.Identifier("zone")


def _template(column: Column, kinds: Mapping[str, str]) -> sql.Composable:
    texts: list[sql.Composable] = []
    for part in parts_of(column.template):
        if isinstance(part, str):
            texts.append(sql.Literal(part))
        else:
            texts.append(sql.SQL("coalesce({}, '')").format(sql.SQL(", ").join(_alternatives(part, kinds, column))))
    if not texts:
        return sql.SQL("NULL::text")
    return sql.SQL("nullif({}, '')").format(sql.SQL(" || ").join(texts))


def _alternatives(names: Sequence[str], kinds: Mapping[str, str], column: Column) -> list[sql.Composable]:
    for name in names:
        if name not in kinds:
            raise LayoutError(f"there is no field {name!r}.", column=column.header)
    return [sql.SQL("({})::text").format(_plain(sql.Identifier(name), kinds[name])) for name in names]
