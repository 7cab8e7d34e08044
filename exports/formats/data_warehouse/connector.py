"""Enterprise data warehouse: a zip of CSV files with a manifest, over SFTP, written by the database in constant memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from exports.bulk_file import BulkFile, bulk_file_write
from exports.formats.data_warehouse.layout import FILES, SCHEMA_VERSION, WarehouseFile
from exports.layouts import Layout, LayoutError, file_name
from exports.layouts.to_sql import check_compilable
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    FileConnector,
    LayoutSetting,
    layout_chosen,
    window_settings,
)
from exports.writers.zip import zip_write
from integrations.contract import (
    CatalogPage,
    ConfigError,
    Desired,
    FileWritten,
    Mode,
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
    Window,
)
from scheduling import selectors
from tenancy.wall import instant, local_date

ZIP = Layout(
    name="Zip", columns=FILES[0].layout.columns, file_name="rotacast_{organization}_{date}T{time}Z_{sequence}_full.zip"
)


@dataclass(frozen=True)
class BulkLayoutSetting(LayoutSetting):
    """A layout that the database can write."""

    def clean(self, raw: Any) -> Any:
        """The text, after it was understood. Raises ValueError."""
        text = super().clean(raw)
        check_compilable(layout_chosen(text, layouts=self.layouts, fields=self.fields))
        return text


class DataWarehouse(FileConnector):
    """Everything that is published in the window, once a day, changed or not."""

    title = "Enterprise data warehouse"
    version = 1
    mode = Mode.EXTRACT
    page = CatalogPage(
        overview=(
            "Brings published schedules into your warehouse: one zip a day with schedules, personnel, assignments and departments as "
            "CSV files that join by their keys, and a manifest that says what is in it."
        ),
        benefits=(
            "Loads into Power BI, Tableau or a warehouse without guessing: keys, types and check sums are in the manifest.",
            "Local time, time zone and UTC stand side by side.",
            "Written by the database itself, so millions of shifts take seconds to minutes and no more memory than a few.",
        ),
        requirements=(
            "An SFTP server that your warehouse reads from, with a user of ours.",
            "Room for a full copy of the window every day.",
        ),
        protocol="One zip of CSV files over SFTP, daily; the whole window each time.",
        sample_note="The sample is the schedules file of such a zip.",
    )
    settings = (
        *DESTINATION_SETTINGS,
        *window_settings(730, 365, most=3660),
        *(
            BulkLayoutSetting(
                f"layout_{one.source}",
                f"Layout of {one.name}",
                kind="lines",
                layouts=(one.layout,),
                fields=one.fields,
                help="Empty: our columns. Or a layout as JSON.",
            )
            for one in FILES
        ),
    )
    triggers = frozenset({Trigger.RECURRENCE, Trigger.MANUAL})
    window = Window(730, 365)
    recurrence = {"daily": ["05:00"]}
    send_unchanged = True
    layouts = tuple(one.layout for one in FILES)

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """Nothing record by record: the database writes whole files."""
        return ()

    def extract(self, context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Write the zip. Call inside tenant_transaction(snapshot=True): all files belong to one moment."""
        first, last = self._window(context)
        written: list[tuple[WarehouseFile, BulkFile]] = []
        for one in FILES:
            written.append((one, self.write_file(one, context, first=first, last=last, spool=spool)))
        manifest = _manifest(written, context, first, last, selectors.publication_number(), self._headers(context))
        name = self.file_name(ZIP, context, sequence=sequence)
        path = spool / name
        zip_write(
            path,
            [*((one.name, made.path) for one, made in written), ("manifest.json", manifest)],
            at=context.generated_at,
        )
        for _, made in written:
            made.path.unlink()
        return FileWritten(path=path, name=name, rows=sum(made.rows for _, made in written))

    def write_file(
        self, one: WarehouseFile, context: ShapeContext, *, first: date, last: date, spool: Path
    ) -> BulkFile:
        """Write one file of the zip into the spool. Raises ConfigError for a layout that cannot be used."""
        zone = context.organization_zone
        limited = one.source == "schedules"
        try:
            return bulk_file_write(
                source=one.source,
                layout=self._layout_of(one, context),
                path=spool / one.name,
                organization_zone=zone,
                starts_from=instant(datetime.combine(first, time()), zone) if limited else None,
                starts_before=instant(datetime.combine(last + timedelta(days=1), time()), zone) if limited else None,
            )
        except LayoutError as error:
            raise ConfigError(f"{one.name} cannot be written. {error}", code="layout") from error

    def _layout_of(self, one: WarehouseFile, context: ShapeContext) -> Layout:
        chosen = str(context.settings.get(f"layout_{one.source}") or "")
        return layout_chosen(chosen, layouts=(one.layout,), fields=one.fields)

    def _headers(self, context: ShapeContext) -> dict[str, list[str]]:
        return {one.name: [column.header for column in self._layout_of(one, context).columns] for one in FILES}

    def _window(self, context: ShapeContext) -> tuple[date, date]:
        back = int(self.value(context.settings, "days_back"))
        forward = int(self.value(context.settings, "days_forward"))
        today = local_date(context.generated_at, context.organization_zone)
        return today - timedelta(days=back), today + timedelta(days=forward)

    def file_name(self, layout: Layout, context: ShapeContext, *, sequence: int) -> str:
        """The zip's name; its date and time are UTC."""
        return file_name(
            layout,
            kind=self.kind,
            organization=context.organization_name,
            at=context.generated_at,
            zone_name="UTC",
            sequence=sequence,
        )


def _manifest(
    written: list[tuple[WarehouseFile, BulkFile]],
    context: ShapeContext,
    first: date,
    last: date,
    publication: int,
    headers: dict[str, list[str]],
) -> bytes:
    content = {
        "schema_version": SCHEMA_VERSION,
        "mode": "full",
        "organization": context.organization_name,
        "timezone": context.organization_zone,
        "generated_at": context.generated_at.isoformat(),
        "publication": publication,
        "window": {"first_date": first.isoformat(), "last_date": last.isoformat(), "of": "start of the shift"},
        "files": [
            {
                "name": one.name,
                "rows": made.rows,
                "bytes": made.bytes,
                "sha256": made.sha256,
                "columns": headers[one.name],
                "primary_key": list(one.primary_key),
            }
            for one, made in written
        ],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


CONNECTOR = DataWarehouse()
