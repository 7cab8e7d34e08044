"""Schedule backup: who works today and the next three days, as a workbook that a ward can use when nothing else answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

from exports.formats.schedule_backup.layout import DEFAULT, FIELDS
from exports.formats.schedule_backup.workbook import DAYS, OPEN, Made, belongs, sheets_of
from exports.layout_slots import LayoutSlot
from exports.layouts.checking import layout_check
from exports.sftp_destination import DESTINATION_SETTINGS, FileConnector, layout_setting
from exports.writers.xlsx import workbook_write
from integrations.contract import (
    CatalogPage,
    Desired,
    FileWritten,
    Operation,
    Setting,
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
    Window,
)
from scheduling.types import PayCalendarInfo, PublishedRow

_FORMULA = ("=", "+", "-", "@")
_WORKBOOK = "schedule_backup_{date}_{time}_{sequence}.xlsx"


@dataclass(frozen=True)
class FileNameSetting(Setting):
    """A file name with the parts that a layout's has; without {sequence} each file replaces the last."""

    def clean(self, raw: Any) -> Any:
        """The name, after it was understood. Raises ValueError."""
        text = str(raw or "").strip() or self.default
        layout_check(replace(DEFAULT, file_name=text, replaces=True), fields=FIELDS)
        return text


class ScheduleBackup(FileConnector):
    """Always sends: the age of the last file is what tells that it can be relied on."""

    title = "Schedule backup"
    version = 1
    page = CatalogPage(
        overview=(
            "Keeps a workbook on your own server that says who works and who is on call today and the next three days in "
            "every department, with phones and pagers. When the network, the power or Rotacast itself is out, a charge nurse "
            "opens or prints it and knows whom to ring."
        ),
        benefits=(
            "One sheet shows who is on now and who is next; one sheet for each day follows, ready to print on one page width.",
            "Every sheet says when it was made and which publication it shows.",
            "It is sent every time, changed or not: its age is never a question. The last copy can be downloaded here as well.",
        ),
        requirements=(
            "An SFTP server or a folder that the wards can reach during an outage.",
            "Phones and pagers of your people and placeholders in Rotacast.",
        ),
        protocol="Excel workbook (or CSV, or both) over SFTP, from every 10 minutes to once a day.",
        sample_note="The sample is a small hospital on the night on which clocks change.",
    )
    settings = (
        *DESTINATION_SETTINGS,
        Setting(
            "file_kind",
            "File",
            kind="choice",
            default="xlsx",
            choices=(("xlsx", "Excel workbook"), ("csv", "CSV"), ("both", "Both")),
        ),
        FileNameSetting(
            "workbook_name",
            "Name of the workbook",
            default=_WORKBOOK,
            help="May hold {date}, {time}, {organization} and {sequence}. Without {sequence} each workbook replaces the last.",
        ),
        Setting(
            "paper",
            "Paper",
            kind="choice",
            default="letter",
            choices=(("letter", "Letter, landscape"), ("a4", "A4, landscape")),
        ),
        Setting("include_off", "Include assignments of type Off, such as vacation", kind="boolean", default=False),
        Setting("include_note", "Include the shift's note", kind="boolean", default=True),
        layout_setting((DEFAULT,), FIELDS),
    )
    all_assignments = True
    triggers = frozenset({Trigger.RECURRENCE, Trigger.MANUAL})
    window = Window(0, DAYS - 1)
    recurrence = {"every_minutes": 60}
    send_unchanged = True
    keeps_past = True  # reads what has not ended: what runs belongs, however long ago it began
    layouts = (DEFAULT,)
    fields = FIELDS

    def window_dates(
        self, settings: Mapping[str, Any], today: date, pay_calendars: Sequence[PayCalendarInfo]
    ) -> tuple[date | None, date | None]:
        """What may belong in any zone: behind the date line it is still yesterday, or already tomorrow.

        Which shifts belong is decided when the file is written.
        """
        return today - timedelta(days=1), today + timedelta(days=DAYS)

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """Every shift is a record, an open one too: that nobody is there is what a ward must know."""
        for row in unit.rows:
            if row.assignment.is_off and not self.value(context.settings, "include_off"):
                continue
            payload = self._payload(row, context.settings)
            yield Desired(
                key=str(row.shift_id),
                unit=unit.key,
                payload=payload,
                label=f"{row.assignment.name} {row.date.isoformat()} {payload['person']}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )

    def _payload(self, row: PublishedRow, settings: Mapping[str, Any]) -> dict[str, Any]:
        person = row.person
        return {
            "date": row.date.isoformat(),
            "department": row.department.name,
            "department_code": row.department.code,
            "department_order": row.department.order,
            "assignment": row.assignment.name,
            "assignment_code": row.assignment.code,
            "assignment_type": row.assignment.type_name,
            "assignment_order": row.assignment.order,
            "person": person.name if person else OPEN,
            "start": row.starts_at.astimezone(UTC).isoformat(),
            "end": row.ends_at.astimezone(UTC).isoformat(),
            "zone": row.zone,
            "call_order": row.call_order,
            "phone": (person.cell or person.office_phone) if person else "",
            "pager": person.pager if person else "",
            "cell": person.cell if person else "",
            "office_phone": person.office_phone if person else "",
            "note": row.note if self.value(settings, "include_note") else "",
            "source_record_id": str(row.shift_id),
        }

    def write(self, desired: Sequence[Desired], context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """The workbook, the CSV, or both, of what belongs at the moment of the run."""
        ordered = sorted(desired, key=lambda one: (one.starts_at, one.key))
        payloads = [one.payload for one in ordered if belongs(one.payload, context.generated_at)]
        kind = self.value(context.settings, "file_kind")
        csv = self._csv(payloads, context, sequence=sequence, spool=spool) if kind != "xlsx" else None
        if kind == "csv" and csv is not None:
            return csv
        workbook = self._workbook(payloads, context, sequence=sequence, spool=spool)
        return replace(workbook, also=(csv,)) if csv is not None else workbook

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
        """The CSV, also where the settings ask for a workbook only."""
        as_csv = replace(context, settings={**context.settings, "file_kind": "csv"})
        return self.write(records, as_csv, sequence=sequence, spool=spool)

    def sample_note(self, slot: LayoutSlot, settings: Mapping[str, Any]) -> str:
        """The layout is that of the CSV."""
        if self.value(settings, "file_kind") == "xlsx":
            return "The settings ask for a workbook only. The layout is that of the CSV: choose “CSV” or “Both” to have it sent."
        return ""

    def _workbook(
        self, payloads: Sequence[Mapping[str, Any]], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        made = Made(context.organization_name, context.organization_zone, context.generated_at, context.publication)
        named = replace(DEFAULT, file_name=str(self.value(context.settings, "workbook_name")))
        path = spool / self.file_name(named, context, sequence=sequence)
        paper = str(self.value(context.settings, "paper"))
        workbook_write(path, sheets_of(payloads, made), at=made.at, author=context.organization_name, paper=paper)
        return FileWritten(path=path, name=path.name, rows=len(payloads))

    def _csv(
        self, payloads: Sequence[Mapping[str, Any]], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        at = {"generated_at": context.generated_at.astimezone(UTC).isoformat(), "publication": context.publication}
        harmless = ({**{name: _harmless(value) for name, value in one.items()}, **at} for one in payloads)
        return self.render_file(harmless, context, sequence=sequence, spool=spool)


def _harmless(value: Any) -> Any:
    """People open this CSV in a spreadsheet, which would calculate a text that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


CONNECTOR = ScheduleBackup()
