"""What is different between two layouts, in lines that a person reads in the change log."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from exports.layouts.model import Column, Layout

_ABOUT = tuple(one.name for one in dataclasses.fields(Layout) if one.name != "columns")
_OF_COLUMN = ("source", "template", "format", "limit")


def layout_differences(before: Layout, after: Layout) -> list[str]:
    """The parts that differ, then the columns: renamed, removed, added, changed, moved."""
    parts = [
        f"{name} {_shown(getattr(before, name))} → {_shown(getattr(after, name))}"
        for name in _ABOUT
        if getattr(before, name) != getattr(after, name)
    ]
    return [*parts, *_column_differences(before.columns, after.columns)]


def _column_differences(before: tuple[Column, ...], after: tuple[Column, ...]) -> Iterator[str]:
    was, now = {one.header: one for one in before}, {one.header: one for one in after}
    renamed = _renamed(before, after)
    for old, new in renamed.items():
        yield f"column {old} renamed {new}"
    for header in was:
        if header not in now and header not in renamed:
            yield f"column {header} removed"
    for number, one in enumerate(after, start=1):
        if one.header not in was and one.header not in renamed.values():
            yield f"column {one.header} added as number {number}"
        elif one.header in was:
            changes = [
                f"{name} {_shown(getattr(was[one.header], name))} → {_shown(getattr(one, name))}"
                for name in _OF_COLUMN
                if getattr(was[one.header], name) != getattr(one, name)
            ]
            if changes:
                yield f"column {one.header}: {', '.join(changes)}"
    order = [one.header for one in before if one.header in now]
    if order != [one.header for one in after if one.header in was]:
        yield "columns in another order"


def _renamed(before: tuple[Column, ...], after: tuple[Column, ...]) -> dict[str, str]:
    """Columns that have another header in the same place, and are the same besides."""
    was, now = {one.header for one in before}, {one.header for one in after}
    return {
        old.header: new.header
        for old, new in zip(before, after, strict=False)
        if old.header not in now and new.header not in was and dataclasses.replace(old, header=new.header) == new
    }


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, ""):
        return "none"
    return {"\t": "tab", " ": "space"}.get(str(value), str(value))
