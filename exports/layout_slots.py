"""Where layouts stand in a connection's settings: most connectors have one, the warehouse one for each file of its zip."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from exports.layouts import Field, Layout, LayoutError, layout_from_json, layout_to_json
from exports.layouts.checking import layout_problems
from exports.layouts.difference import layout_differences
from exports.layouts.parsing import layout_read
from exports.layouts.to_sql import compile_problems
from integrations.contract import LayoutUsed, Setting

TAB = "layout"  # the key of the tab on which layouts are edited


def layout_chosen(text: str, *, layouts: Sequence[Layout], fields: Sequence[Field]) -> Layout:
    """The layout that a setting means. Raises LayoutError."""
    if not text:
        return layouts[0]
    named = next((one for one in layouts if one.name == text), None)
    if named is not None:
        return named
    if not text.startswith("{"):
        names = ", ".join(one.name for one in layouts)
        raise LayoutError(f"There is no layout called {text!r}. Choose one of: {names}; or give a layout as JSON.")
    return layout_from_json(text, fields=fields)


def layout_used(text: str, layouts: Sequence[Layout]) -> LayoutUsed:
    """What a setting means, as it is kept: the same layout is the same text, however it was spaced when it was entered."""
    if not text.startswith("{"):
        return LayoutUsed(text or layouts[0].name)
    try:
        layout = layout_read(text)
    except LayoutError:
        return LayoutUsed("", text)
    return LayoutUsed(layout.name, layout_to_json(layout))


@dataclass(frozen=True)
class LayoutSlot:
    """One layout of a connection: where it stands, what is shipped for it, what it may name, whether the database writes it.

    A text is what a setting says of a layout: nothing for the default, the name of another that is shipped, or JSON.
    """

    holder: HoldsLayouts
    part: str  # of the setting, "" for all of it
    label: str
    layouts: tuple[Layout, ...]
    fields: tuple[Field, ...] = field(repr=False)
    compiled: bool = False

    @property
    def key(self) -> str:
        """Its name: the setting's, or setting.part; versions are kept under it."""
        return f"{self.holder.name}.{self.part}" if self.part else self.holder.name

    def text(self, settings: Mapping[str, Any]) -> str:
        """What the settings say. Raises ValueError when they cannot be read."""
        return self.holder.part_text(str(settings.get(self.holder.name) or ""), self.part)

    def settings_with(self, settings: Mapping[str, Any], text: str) -> dict[str, Any]:
        """The setting, saying this instead."""
        return {self.holder.name: self.holder.with_part(str(settings.get(self.holder.name) or ""), self.part, text)}

    def layout(self, text: str) -> Layout:
        """The layout of a text, whether it can be used or not. Raises LayoutError for one that cannot be read."""
        return layout_read(text) if text.startswith("{") else self.shipped(text)

    def shipped(self, name: str) -> Layout:
        """A layout of the connector, or its default for no name. Raises LayoutError."""
        return layout_chosen(name.removeprefix("{"), layouts=self.layouts, fields=self.fields)

    def text_of(self, layout: Layout) -> str:
        """The text of a layout: one that is shipped is not kept as another, whatever name it goes by while it is edited."""
        for one in self.layouts:
            if replace(layout, name=one.name) == one and layout.name in (one.name, own_name(one)):
                return "" if one is self.layouts[0] else one.name
        return layout_to_json(layout)

    def problems(self, layout: Layout) -> list[LayoutError]:
        """Everything that is wrong with a layout for this place."""
        found = list(layout_problems(layout, fields=self.fields))
        if self.compiled:
            kinds = {one.name: one.kind for one in self.fields}
            known = {(one.index, one.part) for one in found}
            found += [one for one in compile_problems(layout, kinds) if (one.index, one.part) not in known]
        taken = next((one for one in self.layouts if one.name == layout.name), None)
        if taken is not None and taken != layout:
            text = f"“{taken.name}” is a layout that we ship, and this one differs from it. Give it a name of its own."
            found.append(LayoutError(text, part="name"))
        return found


def own_name(layout: Layout) -> str:
    """The name that a copy of a shipped layout begins with."""
    return f"{layout.name}, own"


@dataclass(frozen=True)
class HoldsLayouts(Setting):
    """A setting that says which layouts are in force. They are edited on a page of their own."""

    @property
    def edited_on(self) -> str:
        """The layouts' own page."""
        return TAB

    @property
    @abstractmethod
    def slots(self) -> tuple[LayoutSlot, ...]:
        """The layouts that stand in it."""

    @abstractmethod
    def part_text(self, value: str, part: str) -> str:
        """What a value says of one of them. Raises ValueError."""

    @abstractmethod
    def with_part(self, value: str, part: str, text: str) -> str:
        """The value, saying something else of one of them."""

    def layouts_in(self, value: Any) -> Mapping[str, LayoutUsed]:
        """The layouts that a value means."""
        try:
            return {
                one.part: layout_used(self.part_text(str(value or ""), one.part), one.layouts) for one in self.slots
            }
        except ValueError:
            return {}

    def layout_changes(self, before: LayoutUsed, after: LayoutUsed) -> Sequence[str]:
        """What is different between two of its layouts."""
        shipped = {one.name: one for slot in self.slots for one in slot.layouts}
        try:
            was, now = (layout_read(one.content) if one.content else shipped[one.name] for one in (before, after))
        except (LayoutError, KeyError):
            return ()
        return layout_differences(was, now)


@dataclass(frozen=True)
class LayoutSetting(HoldsLayouts):
    """The layout: empty for the connector's default, the name of one of its layouts, or a layout as JSON."""

    layouts: tuple[Layout, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def slots(self) -> tuple[LayoutSlot, ...]:
        """The one."""
        return (LayoutSlot(self, "", self.label, self.layouts, self.fields),)

    def part_text(self, value: str, part: str) -> str:
        """All of the value."""
        return value.strip()

    def with_part(self, value: str, part: str, text: str) -> str:
        """All of the value."""
        return text

    def clean(self, raw: Any) -> Any:
        """The text, after it was understood. Raises ValueError naming the column that is wrong."""
        text = str(raw or "").strip()
        layout_chosen(text, layouts=self.layouts, fields=self.fields)
        return text
