"""The list of a layout's versions: those that are shipped, and those of the connection, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exports.layout_slots import LayoutSlot, layout_used
from exports.layouts import LayoutError
from exports.layouts.difference import layout_differences
from integrations.page_kit import moment_text
from integrations.types import LayoutVersionInfo


@dataclass(frozen=True)
class Version:
    """One line of the list. `key` names it in addresses and buttons."""

    key: str
    title: str
    name: str
    made: str
    changes: tuple[str, ...]
    in_force: bool
    opened: bool


def versions_of(
    *,
    slot: LayoutSlot,
    text: str,
    kept: Sequence[LayoutVersionInfo],
    connector: int,
    zone: str,
    opened: str,
) -> tuple[Version, list[Version]]:
    """The one in force, and all of them. `text` is what the settings say."""
    used = layout_used(text, slot.layouts)
    own = [
        Version(
            key=str(one.number),
            title=f"Version {one.number}",
            name=one.name,
            made=f"{moment_text(one.made_at, zone)}, {one.made_by or 'found by a run'}",
            changes=_changes(slot, one, kept),
            in_force=bool(used.content) and one.content == used.content,
            opened=opened == str(one.number),
        )
        for one in kept
    ]
    shipped = [
        Version(
            key=f"shipped:{one.name}",
            title="Default" if one is slot.layouts[0] else "Shipped",
            name=one.name,
            made=f"version {connector} of the connector",
            changes=(),
            in_force=not used.content and one.name == used.name,
            opened=opened == f"shipped:{one.name}",
        )
        for one in slot.layouts
    ]
    listed = [*own, *shipped]
    unlisted = Version("", "In the settings", used.name, "not used by any file yet", (), True, False)
    return next((one for one in listed if one.in_force), unlisted), listed


def _changes(slot: LayoutSlot, one: LayoutVersionInfo, kept: Sequence[LayoutVersionInfo]) -> tuple[str, ...]:
    """What it changed in the version before it; in the default, for the first."""
    before = next((other for other in kept if other.number == one.number - 1), None)
    try:
        was = slot.layout(before.content) if before else slot.layouts[0]
        return tuple(layout_differences(was, slot.layout(one.content)))
    except LayoutError:
        return ()
