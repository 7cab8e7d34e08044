"""Epic On Call Finder: who is on call for which Epic team, as one CSV file over SFTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exports.formats.epic_on_call_finder.layout import DEFAULT, FIELDS
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    FileConnector,
    layout_setting,
    note_settings,
    person_setting,
    placeholder_setting,
    window_settings,
)
from exports.shaping import (
    assignment_payload,
    contact_payload,
    department_payload,
    identifier_of,
    left_out,
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
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
    Window,
)
from scheduling.types import PersonInfo, PublishedRow


class EpicOnCallFinder(FileConnector):
    """A snapshot of the window on each run; nothing is sent while it would be the same."""

    title = "Epic On Call Finder"
    version = 1
    page = CatalogPage(
        overview=(
            "Shows in Epic who is on call. Every published shift of a mapped assignment becomes a row for its Epic team, with the "
            "provider, the role, the order of contact and the notes. A change reaches the next file within minutes."
        ),
        benefits=(
            "Epic's On Call Finder is right without anybody typing the schedule twice.",
            "Notes and replacements of a published shift follow within minutes.",
            "Phones and services without a person, such as a cardiology call phone, are listed with their numbers.",
        ),
        requirements=(
            "An SFTP server that Epic reads from, with a user of ours.",
            "The Epic provider id (SER) of each person, in Unique ID or Custom 1 to 4.",
            "The id of each Epic team, and the roles your Epic uses.",
        ),
        protocol="CSV file over SFTP, every 5 or 10 minutes and after every publication; the whole window each time.",
        sample_note="Columns, patterns and names are our default, because Epic's specification is not public; all can be changed.",
    )
    settings = (
        *DESTINATION_SETTINGS,
        person_setting("Epic provider id (SER) is in"),
        *window_settings(1, 30),
        placeholder_setting("export"),
        *note_settings(),
        layout_setting((DEFAULT,), FIELDS),
    )
    mapping = (
        MappingField("team_id", "Epic Team ID", required=True, limit=80),
        MappingField("team_name", "Team Name"),
        MappingField("role", "Role", help="A role of your Epic, passed through as it is."),
        MappingField("note_prefix", "Note Prefix", help="Fixed text before the note."),
        MappingField("team_comment", "Team Comment", limit=400, help="The banner on the team's page."),
        MappingField(
            "call_order",
            "Call Order",
            kind="integer",
            minimum=1,
            maximum=999,
            help="Empty: the shift's own call order.",
        ),
    )
    triggers = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE, Trigger.RECURRENCE, Trigger.MANUAL})
    window = Window(1, 30)
    recurrence = {"every_minutes": 5}
    send_unchanged = False
    layouts = (DEFAULT,)
    fields = FIELDS

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """A row for each team that the shift's assignment is mapped to."""
        for row in unit.rows:
            teams = context.mapping.get(row.assignment.id, ())
            if not teams:
                continue
            why_not = self._left_out(unit, row, context.settings)
            if why_not is not None:
                yield why_not
                continue
            assert row.person is not None
            for team in teams:
                yield Desired(
                    key=f"{row.shift_id}/{team.number}",
                    unit=unit.key,
                    payload=self._payload(row, row.person, team, context.settings),
                    label=f"{row_label(row)} for team {team.values.get('team_id', '')}",
                    starts_at=row.starts_at,
                    ends_at=row.ends_at,
                )

    def _left_out(self, unit: Unit, row: PublishedRow, settings: Mapping[str, Any]) -> Skipped | None:
        return left_out(
            unit,
            row,
            person_field=str(self.value(settings, "person_field")),
            placeholders=str(self.value(settings, "placeholders")),
            identifier="the Epic provider id (SER)",
        )

    def _payload(
        self, row: PublishedRow, person: PersonInfo, team: MappingValues, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = team.values
        information = row.assignment.information if self.value(settings, "include_information") else ""
        note = row.note if self.value(settings, "include_note") else ""
        prefix = mapped_text(values, "note_prefix")
        return {
            "team_id": mapped_text(values, "team_id"),
            "team_name": mapped_text(values, "team_name"),
            "role": mapped_text(values, "role"),
            "team_comment": mapped_text(values, "team_comment"),
            "call_order": values.get("call_order") or row.call_order,
            "provider_id": identifier_of(person, str(self.value(settings, "person_field"))),
            "provider_name": person.name,
            "notes": " ".join(part for part in (prefix, information, note) if part.strip()),
            "note_prefix": prefix,
            "assignment_information": information,
            "note": note,
            "source_record_id": str(row.shift_id),
            **name_payload(person),
            **contact_payload(person),
            **time_payload(row),
            **department_payload(row.department),
            **assignment_payload(row.assignment),
        }


CONNECTOR = EpicOnCallFinder()
