"""New Innovations: duty hours of published shifts, as CSV files over SFTP: everything first, then what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from exports.by_assignment import AssignmentConnector
from exports.delta_file import DeltaFileConnector, action_settings
from exports.formats.new_innovations.layout import FIELDS, LAYOUTS
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    heartbeat_setting,
    layout_setting,
    person_setting,
    placeholder_setting,
)
from exports.shaping import (
    elapsed_hours,
    identifier_of,
    mapped_text,
    name_payload,
    row_label,
    time_payload,
)
from integrations.contract import (
    CatalogPage,
    Desired,
    MappingField,
    MappingValues,
    Notice,
    Setting,
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
    Window,
)
from scheduling.types import PersonInfo, PublishedRow

_ACTIONS = {"create": "I", "update": "U", "remove": "D"}
_NAMELESS = (
    "It is sent with neither an NI Duty Hour Name nor an NI Assignment Name, so New Innovations cannot tell what the hours were. "
    "Enter one of them in the mapping."
)


class NewInnovations(AssignmentConnector, DeltaFileConnector):
    """Duty hours. A record is a shift of a person: when somebody else takes the shift, one goes and another comes."""

    title = "New Innovations duty hours"
    version = 1
    identifier = "the New Innovations unique id"
    page = CatalogPage(
        overview=(
            "Fills in residents' duty hours in New Innovations from the published schedule. The first file has every published shift "
            "of the mapped assignments, however long ago; each later file has only what was added, changed or removed since."
        ),
        benefits=(
            "Residents approve duty hours instead of typing them.",
            "A correction of last week goes out by itself, until the program has closed the month.",
            "Hours are those that passed: nights on which clocks change have one more or one fewer.",
        ),
        requirements=(
            "An SFTP server that New Innovations reads from, with a user of ours.",
            "The unique id that New Innovations knows each resident by, in Unique ID or Custom 1 to 4.",
            "The names of duty types, assignments and locations exactly as they stand in New Innovations.",
        ),
        protocol="CSV file over SFTP, daily; everything first, then what changed since the last file that arrived.",
        sample_note="Columns, patterns and names are our default, because New Innovations' import is not public; all can be changed.",
    )
    settings = (
        *DESTINATION_SETTINGS,
        person_setting("New Innovations unique id is in"),
        placeholder_setting("omit"),
        Setting(
            "include_note",
            "Add the shift's note to the mapping's Notes",
            kind="boolean",
            default=False,
            help="Private notes are never sent.",
        ),
        Setting(
            "lock_day",
            "Lock day",
            kind="integer",
            default=None,
            minimum=1,
            maximum=31,
            help="Day of the month after which the month before is closed: with 10, February is closed from 11 March on. "
            "Empty: never.",
        ),
        Setting(
            "lock_days_back",
            "Days that stay open",
            kind="integer",
            default=None,
            minimum=0,
            maximum=3660,
            help="Dates that are further back are closed. Empty: without a limit.",
        ),
        *action_settings(_ACTIONS),
        heartbeat_setting(),
        layout_setting(LAYOUTS, FIELDS),
    )
    mapping = (
        MappingField(
            "duty_hour_name", "NI Duty Hour Name", help="The duty type. This or the assignment's name is needed."
        ),
        MappingField("assignment_name", "NI Assignment Name", help="This or the duty hour's name is needed."),
        MappingField("notes", "Notes", limit=400, help="Fixed text."),
        MappingField("location", "Location", help="The training location."),
    )
    triggers = frozenset({Trigger.RECURRENCE, Trigger.MANUAL})
    window = Window(None, None)
    recurrence = {"daily": ["04:00"]}
    send_unchanged = False
    actions = _ACTIONS
    layouts = LAYOUTS
    fields = FIELDS

    def records(
        self,
        unit: Unit,
        row: PublishedRow,
        person: PersonInfo,
        targets: Sequence[MappingValues],
        settings: Mapping[str, Any],
    ) -> Iterable[Desired | Skipped]:
        """A record for each mapping row of the shift's assignment, whose owner is the person."""
        for target in targets:
            payload = self._payload(unit.key, row, person, target, settings)
            yield Desired(
                key=f"{unit.key}/{target.number}",
                unit=unit.key,
                payload=payload,
                label=f"{row_label(row)} as {payload['duty_type'] or payload['assignment_name'] or 'nothing in particular'}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                recipient=payload["unique_id"],
            )

    def closed(self, payload: Mapping[str, Any], starts_at: datetime, context: ShapeContext) -> str:
        """Programs close entry: what lies before the first open day is for a person to enter there."""
        first = first_open_day(
            context.today,
            lock_day=context.settings.get("lock_day"),
            days_back=context.settings.get("lock_days_back"),
        )
        if first is None or date.fromisoformat(payload["shift_date"]) >= first:
            return ""
        return f"Dates before {first.isoformat()} are closed. Enter it in New Innovations, or ask the program to open the date."

    def notices(
        self, rows: Sequence[PublishedRow], desired: Sequence[Desired], context: ShapeContext
    ) -> Iterable[Notice]:
        """Records that are sent and of little use, by assignment."""
        shifts = {str(row.shift_id): row.assignment for row in rows}
        for one in desired:
            assignment = shifts.get(one.unit)
            if assignment is None or one.payload["duty_type"] or one.payload["assignment_name"]:
                continue
            yield Notice(
                cause="no_duty_name",
                text=_NAMELESS,
                subject_type="assignment",
                subject=assignment.name,
                subject_id=assignment.public_id,
                label=one.label,
            )

    def _payload(
        self, shift: str, row: PublishedRow, person: PersonInfo, target: MappingValues, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = target.values
        note = row.note if self.value(settings, "include_note") else ""
        return {
            "unique_id": identifier_of(person, str(self.value(settings, "person_field"))),
            "duty_type": mapped_text(values, "duty_hour_name"),
            "assignment_name": mapped_text(values, "assignment_name"),
            "location": mapped_text(values, "location"),
            "notes": " ".join(part for part in (mapped_text(values, "notes"), note) if part.strip()),
            "hours": elapsed_hours(row.starts_at, row.ends_at),
            "department_code": row.department.code,
            "assignment_code": row.assignment.code,
            "source_record_id": shift if target.number == 1 else f"{shift}-{target.number}",
            **name_payload(person),
            **time_payload(row),
        }


def first_open_day(today: date, *, lock_day: int | None, days_back: int | None) -> date | None:
    """The first date that may still change; None: every date may. Of two locks the stricter one counts."""
    found: list[date] = []
    if lock_day is not None:
        month = today.replace(day=1)
        found.append(month if today.day > lock_day else (month - timedelta(days=1)).replace(day=1))
    if days_back is not None:
        found.append(today - timedelta(days=days_back))
    return max(found, default=None)


CONNECTOR = NewInnovations()
