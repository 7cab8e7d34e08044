"""The settings of a data warehouse connection."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from exports.formats.data_warehouse.layout import FILES
from exports.layouts import Layout
from exports.layouts.to_sql import check_compilable
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    HoldsLayouts,
    LayoutSetting,
    LayoutSlot,
    layout_chosen,
    window_settings,
)
from integrations.contract import Setting

_BY_NAME = {one.source: one for one in FILES}
# Files whose layouts have a field of their own in the form; the others share one.
PROMINENT = ("schedules", "requests", "assignments", "personnel", "change_log", "view_settings", "departments")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What decides neither which rows nor which columns are in the files: changing it needs no full zip.
OUTWARD = frozenset(
    {
        *("host_key", "create_directory", "legacy_rsa", "done_marker", "sha256_companion"),
        *("window", "days_back", "days_forward", "full_day"),
    }
)


@dataclass(frozen=True)
class BulkLayoutSetting(LayoutSetting):
    """A layout that the database can write."""

    @property
    def slots(self) -> tuple[LayoutSlot, ...]:
        """The one, named after its file."""
        (slot,) = super().slots
        name = self.name.removeprefix("layout_")
        return (replace(slot, label=_BY_NAME[name].name, compiled=True),)

    def clean(self, raw: Any) -> Any:
        """The text, after it was understood. Raises ValueError."""
        text = super().clean(raw)
        check_compilable(layout_chosen(text, layouts=self.layouts, fields=self.fields))
        return text


@dataclass(frozen=True)
class OtherLayoutsSetting(HoldsLayouts):
    """Layouts of the remaining files: a JSON object, file → layout."""

    @property
    def slots(self) -> tuple[LayoutSlot, ...]:
        """One for each remaining file."""
        return tuple(
            LayoutSlot(self, one.source, one.name, (one.layout,), one.fields, compiled=True)
            for one in FILES
            if one.source not in PROMINENT
        )

    def part_text(self, value: str, part: str) -> str:
        """A file's layout. Raises ValueError."""
        return _others(value).get(part, "")

    def with_part(self, value: str, part: str, text: str) -> str:
        """The value with another layout for a file."""
        try:
            others = {name: json.loads(layout) for name, layout in _others(value).items() if name != part}
        except ValueError:
            others = {}  # what cannot be read is in force for no file
        if text:
            others[part] = json.loads(text)
        return json.dumps(others, indent=2, ensure_ascii=False) if others else ""

    def clean(self, raw: Any) -> Any:
        """The text, after it was understood. Raises ValueError."""
        text = str(raw or "").strip()
        for name, layout in _others(text).items():
            one = _BY_NAME.get(name)
            if one is None or name in PROMINENT:
                rest = ", ".join(source for source in _BY_NAME if source not in PROMINENT)
                raise ValueError(f"There is no other file called {name!r}. Those are: {rest}.")
            try:
                check_compilable(layout_chosen(layout, layouts=(one.layout,), fields=one.fields))
            except ValueError as error:
                raise ValueError(f"{one.name}: {error}") from error
        return text


def _others(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise ValueError(f"This is not JSON: {error}.") from error
    if not isinstance(raw, dict) or not all(isinstance(one, dict) for one in raw.values()):
        raise ValueError('This must be a JSON object with a layout for each file, such as {"holidays": {…}}.')
    return {str(name): json.dumps(layout) for name, layout in raw.items()}


def layout_in_force(source: str, settings: dict[str, Any], *, bom: bool) -> Layout:
    """The layout of a file under a connection's settings. Raises LayoutError or ValueError for one that cannot be used."""
    one = _BY_NAME[source]
    if source in PROMINENT:
        chosen = str(settings.get(f"layout_{source}") or "")
    else:
        chosen = _others(str(settings.get("layouts_of_others") or "")).get(source, "")
    layout = layout_chosen(chosen, layouts=(one.layout,), fields=one.fields)
    return replace(layout, bom=True) if bom else layout


SETTINGS = (
    *(replace(one, default=True) if one.name == "done_marker" else one for one in DESTINATION_SETTINGS),
    Setting(
        "window",
        "Window",
        kind="choice",
        default="days",
        choices=(("days", "From days back to days forward"), ("all", "All shifts, without limit")),
        help="By a shift's start. Requests and the change log follow it; everything else is always whole.",
    ),
    *window_settings(730, 365, most=3660),
    Setting(
        "mode",
        "Contents",
        kind="choice",
        default="full",
        choices=(
            ("full", "Everything, each time"),
            ("incremental", "What changed since the last confirmed zip (schedules and change log)"),
        ),
    ),
    Setting(
        "full_day",
        "Everything again on",
        kind="choice",
        default="6",
        choices=(*((str(number), day) for number, day in enumerate(WEEKDAYS)), ("never", "No day")),
        only_when=("mode", "incremental"),
    ),
    Setting(
        "tally_values",
        "Include tally values",
        kind="boolean",
        default=True,
        help="What each person has of each tally, by month: counted anew for every zip.",
    ),
    Setting(
        "bom",
        "Begin each file with a byte order mark",
        kind="boolean",
        default=False,
        help="For those who open the files in a spreadsheet. Loaders want none.",
    ),
    *(
        BulkLayoutSetting(
            f"layout_{source}",
            f"Layout of {source}.csv",
            kind="lines",
            layouts=(_BY_NAME[source].layout,),
            fields=_BY_NAME[source].fields,
            help="Empty: our columns. Or a layout as JSON.",
        )
        for source in PROMINENT
    ),
    OtherLayoutsSetting(
        "layouts_of_others",
        "Layouts of the other files",
        kind="lines",
        help='Empty: our columns. Or a JSON object with a layout for each file that should differ: {"holidays": {…}}.',
    ),
)
