"""What all file connectors share: their settings, rendering through a layout, and handing the file to the place it goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from exports.destination.place import place_of
from exports.destination.settings import DESTINATION_SECRETS, DESTINATION_TABS, destination_value
from exports.layout_slots import TAB, HoldsLayouts, LayoutSetting, LayoutSlot, layout_chosen, layout_used
from exports.layouts import Field, Layout, LayoutError, RenderReport, file_name, render
from exports.pgp import encrypted, readers_problem
from integrations.contract import (
    PERSON_FIELDS,
    ConfigError,
    Connector,
    Desired,
    FileSent,
    FileWritten,
    LayoutUsed,
    Mode,
    Nature,
    Operation,
    Setting,
    ShapeContext,
    Step,
    Tab,
)
from integrations.doors import Doors


def window_settings(days_back: int, days_forward: int, *, most: int = 731) -> tuple[Setting, ...]:
    """The window of a file: days before and after today, in the organisation's time zone."""
    return (
        Setting("days_back", "Days back", kind="integer", default=days_back, minimum=0, maximum=most),
        Setting("days_forward", "Days forward", kind="integer", default=days_forward, minimum=0, maximum=most),
    )


def person_setting(label: str) -> Setting:
    """Which of a person's identifiers the destination knows."""
    return Setting(
        "person_field",
        label,
        kind="choice",
        default="unique_id",
        choices=PERSON_FIELDS,
        required=True,
        help="Sent as it is.",
    )


def placeholder_setting(default: str) -> Setting:
    """What becomes of placeholders: phones, services, agencies."""
    choices = (("export", "Send them, without a person's identifier"), ("omit", "Leave them out"))
    return Setting("placeholders", "Placeholders", kind="choice", default=default, choices=choices)


def heartbeat_setting() -> Setting:
    """A file from time to time however little changes, for readers that take silence for a fault."""
    return Setting(
        "heartbeat_hours",
        "Send at least every so many hours",
        kind="integer",
        default=None,
        minimum=1,
        maximum=744,
        help="A file all the same when nothing changed for that long. Empty: only when something changed.",
    )


def note_settings() -> tuple[Setting, ...]:
    """What goes into notes. Private notes never do: they are not published."""
    return (
        Setting("include_note", "Include the shift's note", kind="boolean", default=True),
        Setting("include_information", "Include the assignment's information", kind="boolean", default=False),
    )


def layout_setting(layouts: tuple[Layout, ...], fields: tuple[Field, ...]) -> LayoutSetting:
    """The layout of a file connector."""
    others = "".join(f" Or “{one.name}”." for one in layouts[1:])
    return LayoutSetting(
        "layout",
        "Layout",
        kind="lines",
        layouts=layouts,
        fields=fields,
        help=f"“{layouts[0].name}”.{others} Or one of your own: columns, patterns, delimiter, zone, all of it is edited on the "
        "connection's page Layout.",
    )


SAMPLE_ROWS = 20  # records that a sample of a file is made of
LAYOUT_TAB = Tab(TAB, "Layout", "exports:layout")


class FileConnector(Connector):
    """A connector whose records become one file.

    Subclasses declare `layouts` (the first is the default) and `fields` (what payloads offer to layouts), put the settings above
    into `settings`, and implement `desired`.
    """

    nature = Nature.FILE
    mode = Mode.SNAPSHOT
    secrets = DESTINATION_SECRETS
    tabs = (LAYOUT_TAB, *DESTINATION_TABS)
    keeps_past = False
    layouts: ClassVar[tuple[Layout, ...]] = ()
    fields: ClassVar[tuple[Field, ...]] = ()

    @property
    def slots(self) -> tuple[LayoutSlot, ...]:
        """The layouts that a connection chooses."""
        return tuple(slot for one in self.settings if isinstance(one, HoldsLayouts) for slot in one.slots)

    def layouts_used(self, settings: Mapping[str, Any]) -> dict[str, LayoutUsed]:
        """The layouts in force, by their slots."""
        return {one.key: layout_used(one.text(settings), one.layouts) for one in self.slots}

    def value(self, settings: Mapping[str, Any], name: str) -> Any:
        """A setting of this connector, or its default. Asked for each record: the defaults are looked up once."""
        value = settings.get(name)
        return _defaults(type(self))[name] if value is None else value

    def layout(self, settings: Mapping[str, Any]) -> Layout:
        """The layout in force. Raises ConfigError for one that cannot be used."""
        try:
            return layout_chosen(str(settings.get("layout") or ""), layouts=self.layouts, fields=self.fields)
        except LayoutError as error:
            raise ConfigError(f"The layout cannot be used. {error}", code="layout") from error

    def write(self, desired: Sequence[Desired], context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Render the records, by start and key, into the spool."""
        records = sorted(desired, key=lambda one: (one.starts_at, one.key, one.recipient))
        return self.render_file([one.payload for one in records], context, sequence=sequence, spool=spool)

    def sample(
        self,
        slot: LayoutSlot,
        records: Sequence[Desired],
        operations: Sequence[Operation],
        context: ShapeContext,
        *,
        sequence: int,
        spool: Path,
    ) -> FileWritten:
        """The beginning of a first file, from its first records, in the layout that the context's settings say."""
        return self.write(records, context, sequence=sequence, spool=spool)

    def sample_note(self, slot: LayoutSlot, settings: Mapping[str, Any]) -> str:
        """What to say beside a sample: that the layout is not used as the settings are, say."""
        return ""

    def render_file(
        self, payloads: Iterable[Mapping[str, Any]], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        """Render payloads in their order through the layout in force. Raises ConfigError naming the column."""
        layout = self.layout(context.settings)
        name = self.file_name(layout, context, sequence=sequence)
        report = RenderReport()
        path = spool / name
        try:
            with path.open("wb") as file:
                for piece in render(
                    layout,
                    payloads,
                    fields=self.fields,
                    organization_zone=context.organization_zone,
                    report=report,
                ):
                    file.write(piece)
        except LayoutError as error:
            path.unlink(missing_ok=True)
            raise ConfigError(f"The file cannot be written. {error}", code="layout") from error
        used = self.layouts_used(context.settings)
        return FileWritten(path=path, name=name, rows=report.rows, warnings=report.warnings, layouts=used)

    def file_name(self, layout: Layout, context: ShapeContext, *, sequence: int) -> str:
        """The name of the file of a run."""
        return file_name(
            layout,
            kind=self.kind,
            organization=context.organization_name,
            at=context.generated_at,
            zone_name=context.organization_zone,
            sequence=sequence,
        )

    def for_readers(self, written: FileWritten, context: ShapeContext) -> FileWritten:
        """Encrypted where settings name the keys of readers. Raises ConfigError."""
        keys = str(context.settings.get("pgp_keys") or "")
        if not keys:
            return written
        return encrypted(
            written,
            keys=keys,
            armor=bool(destination_value(context.settings, "pgp_armor")),
            suffix=str(destination_value(context.settings, "pgp_suffix")),
            now=context.generated_at,
        )

    def forget_files(self, doors: Doors, *, names: Sequence[str], before: datetime) -> int:
        """Remove delivered files where we keep them ourselves. Returns how many."""
        doors = self._filled(doors)
        return place_of(self.kind, doors).forget(doors, names=names, before=before)

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk the way of a delivery with a hidden test file that is removed again."""
        keys = str(doors.settings.get("pgp_keys") or "")
        if keys:
            yield _readers_step(keys, doors.now())
        doors = self._filled(doors)
        yield from place_of(self.kind, doors).check(doors)

    def send_file(self, written: FileWritten, doors: Doors) -> FileSent:
        """Deliver a rendered file to where the settings say. Raises ConfigError or TransientError."""
        doors = self._filled(doors)
        return place_of(self.kind, doors).send(written, doors)

    def _filled(self, doors: Doors) -> Doors:
        """The doors with this connector's own defaults, which may differ from those of others, where nothing was set."""
        given = {name: value for name, value in doors.settings.items() if value is not None}
        return replace(doors, settings={**{one.name: one.default for one in self.settings}, **given})


def _readers_step(keys: str, now: datetime) -> Step:
    said, problem = readers_problem(keys, now)
    if problem:
        return Step("Encrypt for the readers", "failed", problem, "Enter the renewed key in the settings.")
    return Step("Encrypt for the readers", "passed", said)


@lru_cache(maxsize=64)
def _defaults(declared: type[FileConnector]) -> Mapping[str, Any]:
    return {one.name: one.default for one in declared.settings}
