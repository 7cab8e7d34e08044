"""The layout page's values for its template: controls, columns, the sample with its marks, the versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from exports.layout_sample import LayoutSample
from exports.layout_slots import LayoutSlot
from exports.layouts import Field, Layout, LayoutError
from exports.layouts.checking import CHOICES
from exports.layouts.model import LINE_ENDINGS, NAMED_FORMATS
from exports.layouts.patterns import TOKENS
from exports.pages.layout_form import DELIMITERS, OTHER, LayoutForm, by_place
from integrations.page_kit import size

_LINES = 40
_HEX_BYTES = 256
_WORDS = {
    "minimal": "Where a value needs it",
    "all": "Every value",
    "none": "Never: values that need quotes are refused",
    "utf-8": "UTF-8",
    "windows-1252": "Windows-1252",
    "iso-8859-1": "ISO 8859-1",
    "us-ascii": "US-ASCII",
    "utf-16le": "UTF-16, little endian",
    "crlf": "CR LF (Windows)",
    "lf": "LF (Unix)",
    "keep": "Stay",
    "space": "Become a space",
    "refuse": "Stop, and name the row",
    "cut": "Cut, and say how many",
    "department": "The department's",
    "organization": "The organisation's",
    "mapping": "The mapping's, else the department's",
    "utc": "UTC",
    "as_is": "One row, as it is",
    "split": "One row for each local day",
}
_LABELS = {
    "name": ("Name", "Of this layout, for the list of versions and receipts."),
    "file_name": ("File name", "May hold {date}, {time}, {sequence}, {organization} and {kind}."),
    "replaces": ("Each file replaces the last", "Then the name needs no {sequence}."),
    "delimiter": ("Between values", ""),
    "delimiter_other": ("Another character", "One ASCII character. Counts beside “Another”."),
    "quoting": ("Quotes", ""),
    "header": ("Begin with a line of headers", ""),
    "null": ("A missing value is", "Empty: nothing at all."),
    "line_ending": ("Line ends", ""),
    "line_breaks": ("Line breaks in values", ""),
    "over_long": ("Values beyond a column's limit", ""),
    "encoding": ("Encoding", ""),
    "bom": ("Begin with a byte order mark", "UTF-8 and UTF-16 only."),
    "date_pattern": ("Date", "Written where a column's format is “date”."),
    "time_pattern": ("Time", "Where it is “time”."),
    "datetime_pattern": ("Date and time", "Where it is “datetime”."),
    "zone": ("Times are in the zone", ""),
    "overnight": ("A shift over midnight", ""),
}
_GROUPS = (
    ("File", ("name", "file_name", "replaces")),
    ("Dates and times", ("date_pattern", "time_pattern", "datetime_pattern", "zone", "overnight")),
    (
        "Lines and values",
        ("delimiter", "delimiter_other", "quoting", "null", "line_ending", "line_breaks", "over_long", "header"),
    ),
    ("Characters", ("encoding", "bom")),
)
# What a file that the database writes has no choice of; shown all the same where it is wrong.
_NOT_COMPILED = frozenset({"file_name", "replaces", "overnight", "line_breaks", "over_long", "encoding", "bom"})


@dataclass(frozen=True)
class Control:
    """A control of one part of the layout."""

    name: str
    label: str
    help: str
    kind: str  # text, choice or flag
    value: str
    choices: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]

    @property
    def described_by(self) -> str:
        """Ids of what explains it."""
        ids = [f"p-{self.name}-help"] if self.help else []
        return " ".join([*ids, *([f"p-{self.name}-error"] if self.errors else [])])


@dataclass(frozen=True)
class ColumnRow:
    """A column's row of the table. `wrong`: the cells that are."""

    number: int
    texts: dict[str, str]
    wrong: frozenset[str]
    why: tuple[str, ...]
    unknown_source: str

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.texts["header"] or f"number {self.number}"


def editor_context(slot: LayoutSlot, form: LayoutForm, problems: Sequence[LayoutError]) -> dict[str, Any]:
    """Everything that the form shows."""
    parts, columns = by_place(problems)
    choices = _choices()
    controls = {name: _control(name, form, parts.get(name, []), choices) for _, names in _GROUPS for name in names}
    hidden = {name for name in _NOT_COMPILED if slot.compiled and name not in parts}
    groups = [(title, [controls[name] for name in names if name not in hidden]) for title, names in _GROUPS]
    return {
        "groups": [(title, shown) for title, shown in groups if shown],
        "hidden": [controls[name] for name in sorted(hidden)],
        "columns": [_row(slot, number, one, columns.get(number, [])) for number, one in enumerate(form.columns)],
        "columns_errors": parts.get("columns", []),
        "fields": [(one.name, one.label, _timed(one)) for one in slot.fields],
        "formats": NAMED_FORMATS,
        "tokens": TOKENS,
        "blank": _row(
            slot, len(form.columns), dict.fromkeys(("header", "source", "template", "format", "limit"), ""), []
        ),
    }


def _choices() -> dict[str, tuple[str, ...]]:
    return {**CHOICES, "delimiter": (*(word for word, _ in DELIMITERS), OTHER)}


def _control(name: str, form: LayoutForm, errors: list[str], choices: dict[str, tuple[str, ...]]) -> Control:
    label, help_text = _LABELS[name]
    kind = "choice" if name in choices else "flag" if name in ("header", "bom", "replaces") else "text"
    words = {**_WORDS, **{word: f"{word.capitalize()} {_seen(one)}" for word, one in DELIMITERS}, OTHER: "Another"}
    value = form.parts[name]
    offered = tuple((one, words.get(one, one)) for one in choices.get(name, ()))
    if kind == "choice" and value not in choices[name]:
        offered = ((value, value or "–"), *offered)
    return Control(name, label, help_text, kind, value, offered, tuple(errors))


def _seen(character: str) -> str:
    return "" if character == "\t" else character


def _timed(one: Field) -> bool:
    return one.kind in ("date", "wall", "instant")


def _row(slot: LayoutSlot, number: int, texts: dict[str, str], problems: Sequence[LayoutError]) -> ColumnRow:
    known = {one.name for one in slot.fields}
    return ColumnRow(
        number=number + 1,
        texts=texts,
        wrong=frozenset(one.part for one in problems if one.part),
        why=tuple(_told(one) for one in problems),
        unknown_source=texts["source"] if texts["source"] not in {"", *known} else "",
    )


def _told(one: LayoutError) -> str:
    text = f"{one.text[:1].upper()}{one.text[1:]}"
    return f"Row {one.row}: {text}" if one.row else text


# -- the sample -------------------------------------------------------------------------------------------------------


def sample_context(sample: LayoutSample, layout: Layout) -> dict[str, Any]:
    """The sample, its lines cut into pieces that can be marked, and the problems by their place."""
    lines = list(marked_lines(sample.content, layout)) if sample.content else []
    return {
        "sample": sample,
        "lines": lines[:_LINES],
        "lines_more": max(0, len(lines) - _LINES),
        "sample_size": size(len(sample.content)),
        "hex": list(_hex_lines(sample.content[:_HEX_BYTES])),
        "hex_more": len(sample.content) > _HEX_BYTES,
        "problem_lines": [
            {
                "part": one.part,
                "index": "" if one.index is None else one.index,
                "column": one.column,
                "text": _told(one),
            }
            for one in sample.problems
        ],
    }


def marked_lines(content: bytes, layout: Layout) -> Iterator[list[tuple[str, str]]]:
    """Lines as pieces: text, bom, delimiter, tab, end (of a line) or break (of a line inside a value)."""
    text = content.decode(layout.encoding, errors="replace")
    ending = LINE_ENDINGS[layout.line_ending]
    pieces: list[tuple[str, str]] = []
    if layout.bom and text.startswith("\ufeff"):
        pieces.append(("bom", "BOM"))
        text = text[1:]
    quoted, begins, at = False, 0, 0

    def flush() -> None:
        if begins < at:
            pieces.append(("text", text[begins:at]))

    while at < len(text):
        one = text[at]
        step = 1
        if one == '"':
            quoted = not quoted
        elif not quoted and one == layout.delimiter:
            flush()
            pieces.append(("tab" if one == "\t" else "delimiter", one))
            begins = at + 1
        elif not quoted and text.startswith(ending, at):
            flush()
            step = len(ending)
            yield [*pieces, ("end", "␍␊" if step == 2 else "␊")]
            pieces, begins = [], at + step
        elif one in "\r\n":
            flush()
            step = 2 if text.startswith("\r\n", at) else 1
            yield [*pieces, ("break", {"\r\n": "␍␊", "\r": "␍"}.get(text[at : at + step], "␊"))]
            pieces, begins = [], at + step
        at += step
    flush()
    if pieces:
        yield pieces


def _hex_lines(content: bytes) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(content), 16):
        piece = content[start : start + 16]
        shown = "".join(chr(one) if 32 <= one < 127 else "·" for one in piece)
        yield f"{start:04x}", piece.hex(" "), shown
