"""Epic OpTime: when anaesthesia and surgery staff are and are not available, as one CSV file over SFTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exports.by_assignment import AssignmentConnector
from exports.formats.epic_optime.layout import FIELDS, LAYOUTS
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    heartbeat_setting,
    layout_setting,
    note_settings,
    person_setting,
    placeholder_setting,
    window_settings,
)
from exports.shaping import (
    assignment_payload,
    assignment_skipped,
    contact_payload,
    department_payload,
    elapsed_hours,
    empty_targets,
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
from tenancy.wall import zone

AVAILABLE, UNAVAILABLE = "A", "U"


class EpicOpTime(AssignmentConnector):
    """A snapshot of the window on each run; nothing is sent while it would be the same."""

    title = "Epic OpTime"
    version = 1
    identifier = "the Epic resource id (SER .1)"
    page = CatalogPage(
        overview=(
            "Tells Epic OpTime when staff are available and when they are off, so that nobody is booked for a case on a day off. "
            "Every published shift of a mapped assignment becomes a row: unavailable if its assignment is of an Off type, else "
            "available."
        ),
        benefits=(
            "Nobody is booked for surgery while on vacation, at a conference or post call.",
            "Facilities in several time zones get their own local times.",
            "A published change is in the next file.",
        ),
        requirements=(
            "An SFTP server that Epic reads from, with a user of ours.",
            "The SER .1 id of each person, in Unique ID or Custom 1 to 4.",
            "Your Epic's Import Group of each facility and the id of each Resource Type.",
        ),
        protocol="CSV file over SFTP, every hour and after every publication; the whole window each time.",
        sample_note="Columns, patterns and names are our default, because Epic's specification is not public; all can be changed.",
    )
    settings = (
        *DESTINATION_SETTINGS,
        person_setting("Epic resource id (SER .1) is in"),
        *window_settings(1, 90),
        placeholder_setting("export"),
        *note_settings(),
        Setting("word_available", "Status of who is available", default=AVAILABLE, help=f"Empty: {AVAILABLE}."),
        Setting("word_unavailable", "Status of who is off", default=UNAVAILABLE, help=f"Empty: {UNAVAILABLE}."),
        heartbeat_setting(),
        layout_setting(LAYOUTS, FIELDS),
    )
    mapping = (
        MappingField("import_group", "Import Group", required=True, help="The facility, as Epic's import knows it."),
        MappingField(
            "resource_type", "Resource Type", required=True, help="Epic's id of it, such as the one of CRNAs."
        ),
        MappingField("role", "Role", help="A role of your Epic, passed through as it is."),
        MappingField(
            "timezone",
            "Timezone",
            kind="zone",
            help="Such as America/Denver: times are converted to it. Empty: the department's.",
        ),
    )
    triggers = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE, Trigger.RECURRENCE, Trigger.MANUAL})
    window = Window(1, 90)
    recurrence = {"every_minutes": 60}
    send_unchanged = False
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
        """A row for each mapping row of the shift's assignment."""
        unknown = [name for one in targets if not zone_known(name := mapped_text(one.values, "timezone").strip())]
        if unknown:
            text = f"Timezone: there is no zone {unknown[0]!r}. Write it as America/Chicago, or leave it empty."
            yield assignment_skipped(unit, row, cause="unknown_zone", text=text)
        for target in targets:
            payload = self._payload(row, person, target, settings)
            if payload["mapping_zone"] in unknown:
                continue
            yield Desired(
                key=f"{row.shift_id}/{target.number}",
                unit=unit.key,
                payload=payload,
                label=f"{row_label(row)} for {payload['import_group']}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )

    def notices(
        self, rows: Sequence[PublishedRow], desired: Sequence[Desired], context: ShapeContext
    ) -> Iterable[Notice]:
        """Each mapped facility without a row: an import that replaces the facility's window would take everybody as free."""
        advice = "Publish its schedule, or take it out of the mapping if it is meant to be empty."
        return empty_targets(context, desired, field="import_group", noun="Import Group", advice=advice)

    def _payload(
        self, row: PublishedRow, person: PersonInfo, target: MappingValues, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = target.values
        information = row.assignment.information if self.value(settings, "include_information") else ""
        note = row.note if self.value(settings, "include_note") else ""
        chosen = mapped_text(values, "timezone").strip()
        return {
            "import_group": mapped_text(values, "import_group"),
            "resource_type": mapped_text(values, "resource_type"),
            "role": mapped_text(values, "role"),
            "resource_id": identifier_of(person, str(self.value(settings, "person_field"))),
            "resource_name": person.name,
            "status": (settings.get("word_unavailable") or UNAVAILABLE)
            if row.assignment.is_off
            else (settings.get("word_available") or AVAILABLE),
            "timezone": chosen or row.zone,
            "mapping_zone": chosen,
            "notes": " ".join(part for part in (information, note) if part.strip()),
            "assignment_information": information,
            "note": note,
            "hours": elapsed_hours(row.starts_at, row.ends_at),
            "source_record_id": str(row.shift_id),
            **name_payload(person),
            **contact_payload(person),
            **time_payload(row),
            **department_payload(row.department),
            **assignment_payload(row.assignment),
        }


def zone_known(name: str) -> bool:
    """True if there is such a time zone, or none is named. A zone that was saved may be gone from a later database of zones."""
    try:
        return not name or bool(zone(name))
    except (ValueError, KeyError, OSError):
        return False


CONNECTOR = EpicOpTime()
