"""A layout as the texts of a form, and back: what was typed is kept as it was typed, right or wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from exports.layouts import Column, Layout, LayoutError

DELIMITERS = (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("pipe", "|"))
OTHER = "other"
TEXTS = ("name", "file_name", "null", "date_pattern", "time_pattern", "datetime_pattern")
CHOICES = ("quoting", "encoding", "line_ending", "line_breaks", "over_long", "zone", "overnight")
FLAGS = ("header", "bom", "replaces")
CELLS = ("header", "source", "template", "format", "limit")
_LONGEST = 2000  # characters of a typed text that are looked at


@dataclass
class LayoutForm:
    """`parts` are the layout's, `columns` a mapping of texts each."""

    parts: dict[str, str] = field(default_factory=dict)
    columns: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, layout: Layout) -> LayoutForm:
        """The form that shows a layout."""
        parts = {name: str(getattr(layout, name)) for name in (*TEXTS, *CHOICES)}
        parts |= {name: "on" if getattr(layout, name) else "" for name in FLAGS}
        known = {character: word for word, character in DELIMITERS}
        parts["delimiter"] = known.get(layout.delimiter, OTHER)
        parts["delimiter_other"] = "" if layout.delimiter in known else layout.delimiter
        columns = [
            {
                "header": one.header,
                "source": one.source,
                "template": one.template,
                "format": one.format,
                "limit": "" if one.limit is None else str(one.limit),
            }
            for one in layout.columns
        ]
        return cls(parts, columns)

    @classmethod
    def posted(cls, posted: QueryDict) -> LayoutForm:
        """What was sent."""
        names = (*TEXTS, *CHOICES, *FLAGS, "delimiter", "delimiter_other")
        parts = {name: posted.get(f"p-{name}", "")[:_LONGEST] for name in names}
        lists = [[text[:_LONGEST] for text in posted.getlist(f"c-{name}")] for name in CELLS]
        columns = [dict(zip(CELLS, texts, strict=True)) for texts in zip(*lists, strict=False)]
        return cls(parts, columns)

    def layout(self) -> tuple[Layout, list[LayoutError]]:
        """The layout, and what could not be understood of it."""
        wrong: list[LayoutError] = []
        columns = tuple(self._column(one, number, wrong) for number, one in enumerate(self.columns))
        values: dict[str, Any] = {name: self.parts[name] for name in (*TEXTS, *CHOICES)}
        values |= {name: bool(self.parts[name]) for name in FLAGS}
        chosen = dict(DELIMITERS).get(self.parts["delimiter"], self.parts["delimiter_other"])
        return Layout(columns=columns, delimiter=chosen, **values), wrong

    def _column(self, texts: Mapping[str, str], number: int, wrong: list[LayoutError]) -> Column:
        limit = texts["limit"].strip()
        if limit and not re.fullmatch(r"[0-9]{1,6}", limit):
            text = f"limit must be a whole number from 1, not {limit!r}."
            wrong.append(LayoutError(text, column=texts["header"], part="limit", index=number))
            limit = ""
        return Column(
            header=texts["header"],
            source=texts["source"],
            template=texts["template"],
            format=texts["format"].strip(),
            limit=int(limit) if limit else None,
        )

    def act(self, act: str) -> int | None:
        """Add, remove or move a column, as `add`, `remove:3` or `up:3` say. Returns the place to go on at."""
        kind, _, number = act.partition(":")
        at = int(number) if number.isascii() and number.isdigit() else -1
        if kind == "add":
            self.columns.append(dict.fromkeys(CELLS, ""))
            return len(self.columns) - 1
        if not 0 <= at < len(self.columns):
            return None
        if kind == "remove":
            del self.columns[at]
            return min(at, len(self.columns) - 1)
        to = at + {"up": -1, "down": 1}.get(kind, 0)
        if 0 <= to < len(self.columns):
            self.columns[at], self.columns[to] = self.columns[to], self.columns[at]
            return to
        return at


def by_place(problems: Sequence[LayoutError]) -> tuple[dict[str, list[str]], dict[int, list[LayoutError]]]:
    """Problems of the layout's parts, and those of its columns."""
    parts: dict[str, list[str]] = {}
    columns: dict[int, list[LayoutError]] = {}
    for one in problems:
        if one.index is None:
            parts.setdefault(one.part, []).append(one.text)
        else:
            columns.setdefault(one.index, []).append(one)
    return parts, columns
