"""Enterprise data warehouse: a zip of CSV files with a manifest, over SFTP, written by the database in constant memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from exports.bulk_file import BulkFile, bulk_file_write
from exports.file_connector import SAMPLE_ROWS
from exports.formats.data_warehouse.baseline import (
    Baseline,
    Moment,
    baseline_after,
    full_limits,
    since_limits,
    why_full,
)
from exports.formats.data_warehouse.layout import FILES, OP, SCHEMA_VERSION, WarehouseFile
from exports.formats.data_warehouse.manifest import Written, headers_of, manifest
from exports.formats.data_warehouse.settings import OUTWARD, SETTINGS, layout_in_force
from exports.layout_slots import LayoutSlot
from exports.layouts import Layout, file_name
from exports.sftp_destination import FileConnector
from exports.writers.zip import zip_open
from integrations.contract import (
    CatalogPage,
    ConfigError,
    Desired,
    FileWritten,
    Mode,
    Operation,
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
    Window,
)
from scheduling import selectors
from scheduling.selectors.bulk import LimitValue, RowSink, bulk_columns, bulk_limits
from scheduling.types import PayCalendarInfo
from tenancy.selectors import change_position, change_settled_id, transactions_bound

ZIP = Layout(name="Zip", columns=FILES[0].layout.columns, file_name="rotacast_{organization}_{date}T{time}Z_{sequence}")


class DataWarehouse(FileConnector):
    """Everything that is published in the window, once a day, changed or not; or what changed since the last confirmed zip."""

    title = "Enterprise data warehouse"
    version = 2
    mode = Mode.EXTRACT
    page = CatalogPage(
        overview=(
            "Brings schedules, requests, assignments, personnel, the change log, view settings and tallies into your warehouse: "
            "one zip a day of CSV files that join by their keys, and a manifest that says what is in it."
        ),
        benefits=(
            "Loads into Power BI, Tableau or a warehouse without guessing: columns with types, keys and check sums are in the "
            "manifest, and every key that a file points at is in the zip.",
            "Local time, time zone and UTC stand side by side.",
            "Everything each time, or only what changed since the last zip that your server confirmed, with removals.",
            "Written by the database itself, so millions of shifts take seconds to minutes and no more memory than a few.",
        ),
        requirements=(
            "An SFTP server that your warehouse reads from, with a user of ours.",
            "Room for a full copy of the window, every day or once a week.",
        ),
        protocol="One zip of CSV files over SFTP, daily; a .done file after it says that it is complete.",
        sample_note="The sample is the schedules file of such a zip.",
    )
    settings = SETTINGS
    triggers = frozenset({Trigger.RECURRENCE, Trigger.MANUAL})
    window = Window(730, 365)
    recurrence = {"daily": ["05:00"]}
    send_unchanged = True
    layouts = tuple(one.layout for one in FILES)

    def window_dates(
        self, settings: Mapping[str, Any], today: date, pay_calendars: Sequence[PayCalendarInfo]
    ) -> tuple[date | None, date | None]:
        """The days back and forward, or no limit at all."""
        if self.value(settings, "window") == "all":
            return None, None
        return super().window_dates(settings, today, pay_calendars)

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """Nothing record by record: the database writes whole files."""
        return ()

    def extract(self, context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Write the zip. Call inside tenant_transaction(snapshot=True): all files belong to one moment."""
        layouts = {one.source: self.layout_of(one, context) for one in self.files(context)}
        moment = self.moment(context, layouts)
        known = Baseline.of(context.confirmed)
        why = self._why_full(known, moment, context)
        since = None if why else known
        change_id = change_settled_id(moment.position)
        name = f"{self.file_name(ZIP, context, sequence=sequence)}_{'full' if why else 'incremental'}.zip"
        written: list[Written] = []
        with zip_open(spool / name, at=context.generated_at) as archive:
            for one in self.files(context):
                with archive.entry(one.name) as file:
                    made = self.write_file(one, context, layouts[one.source], moment, file=file, since=since)
                written.append(Written(one, layouts[one.source], made, changes=bool(since and one.since)))
            with archive.entry("manifest.json") as file:
                file.write(manifest(written, context, moment, known=since, why=why, change_id=change_id))
        reached = baseline_after(known, moment, full=bool(why), bound=transactions_bound(), change_id=change_id)
        rows = sum(one.made.rows for one in written)
        used = self.layouts_used(context.settings)
        return FileWritten(path=spool / name, name=name, rows=rows, keep=reached.kept(), layouts=used)

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
        """The first rows of one file of the zip. Call inside tenant_transaction(snapshot=True)."""
        one = next(one for one in FILES if one.name == slot.label)
        layout = self.layout_of(one, context)
        path = spool / one.name
        with path.open("wb") as file:
            made = self.write_file(one, context, layout, self.moment(context, {}), file=file, most=SAMPLE_ROWS)
        return FileWritten(path=path, name=one.name, rows=made.rows)

    def sample_note(self, slot: LayoutSlot, settings: Mapping[str, Any]) -> str:
        """A file that the settings leave out; the zip's name is not a layout's."""
        if slot.label == "tally_values.csv" and not self.value(settings, "tally_values"):
            return "The settings leave this file out of the zip."
        return ""

    def files(self, context: ShapeContext) -> list[WarehouseFile]:
        """The files of the zip, in order."""
        counted = bool(self.value(context.settings, "tally_values"))
        return [one for one in FILES if counted or one.source != "tally_values"]

    def write_file(
        self,
        one: WarehouseFile,
        context: ShapeContext,
        layout: Layout,
        moment: Moment,
        *,
        file: RowSink,
        since: Baseline | None = None,
        most: int | None = None,
    ) -> BulkFile:
        """Write one file of the zip: whole, what is new since a baseline, or its first rows.

        Raises ConfigError for a layout that cannot be used.
        """
        source = one.since if since and one.since else one.source
        given = since_limits(since, moment) if since and one.since else full_limits(moment)
        takes = bulk_limits(source)
        limits: dict[str, LimitValue] = {name: value for name, value in given.items() if name in takes}
        try:
            return bulk_file_write(
                source=source,
                layout=layout,
                file=file,
                organization_zone=context.organization_zone,
                limits=limits,
                most=most,
            )
        except ValueError as error:
            raise ConfigError(f"{one.name} cannot be written. {error}", code="layout") from error

    def layout_of(self, one: WarehouseFile, context: ShapeContext) -> Layout:
        """The layout in force; of a file that can hold changes, with `op` when the connection sends such. Raises ConfigError."""
        try:
            layout = layout_in_force(one.source, dict(context.settings), bom=bool(self.value(context.settings, "bom")))
        except ValueError as error:
            raise ConfigError(f"{one.name} cannot be written. {error}", code="layout") from error
        if self.value(context.settings, "mode") != "incremental" or not one.since:
            return layout
        if not headers_of(one.primary_key, layout):
            raise ConfigError(
                f"The layout of {one.name} leaves out {', '.join(one.primary_key)}, by which changes are told. Put it back, or send "
                "everything each time.",
                code="layout",
            )
        has_op = "op" in bulk_columns(one.source)
        return replace(layout, columns=(*layout.columns, OP)) if has_op and not headers_of(["op"], layout) else layout

    def moment(self, context: ShapeContext, layouts: Mapping[str, Layout]) -> Moment:
        """What a zip of now would be about. Call inside the snapshot that it is written in."""
        first, last = self.window_dates(context.settings, context.today, ())
        shaping = {one.name: self.value(context.settings, one.name) for one in self.settings if one.name not in OUTWARD}
        heads = {source: [column.header for column in layout.columns] for source, layout in layouts.items()}
        parts = [SCHEMA_VERSION, context.organization_zone, shaping, heads]
        return Moment(
            today=context.today,
            zone=context.organization_zone,
            first=first,
            last=last,
            publication=selectors.publication_number(),
            position=change_position(),
            digest=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
        )

    def _why_full(self, known: Baseline | None, moment: Moment, context: ShapeContext) -> str:
        if self.value(context.settings, "mode") != "incremental":
            return "setting"
        day = str(self.value(context.settings, "full_day"))
        return why_full(known, moment, full_weekday=int(day) if day.isdecimal() else None)

    def file_name(self, layout: Layout, context: ShapeContext, *, sequence: int) -> str:
        """The zip's name without its ending; its date and time are UTC."""
        return file_name(
            layout,
            kind=self.kind,
            organization=context.organization_name,
            at=context.generated_at,
            zone_name="UTC",
            sequence=sequence,
        )


CONNECTOR = DataWarehouse()
