"""Epic On Call Finder: who is on call for which Epic team, as one CSV file over SFTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
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
from integrations.contract import (
    PERSON_FIELDS,
    CatalogPage,
    Desired,
    MappingField,
    MappingValues,
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
    Window,
    person_identifier,
)
from scheduling.types import PersonInfo, PublishedRow

_PERSON_FIELD_LABELS = dict(PERSON_FIELDS)


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
            left_out = self._left_out(unit, row, context.settings)
            if left_out is not None:
                yield left_out
                continue
            assert row.person is not None
            for team in teams:
                yield Desired(
                    key=f"{row.shift_id}/{team.number}",
                    unit=unit.key,
                    payload=self._payload(row, row.person, team, context.settings),
                    label=f"{_label(row)} for team {team.values.get('team_id', '')}",
                    starts_at=row.starts_at,
                    ends_at=row.ends_at,
                )

    def _left_out(self, unit: Unit, row: PublishedRow, settings: Mapping[str, Any]) -> Skipped | None:
        if row.person is None:
            return Skipped(
                unit=unit.key,
                cause="open_shift",
                text="Nobody is scheduled on this shift yet. Place somebody on it and publish.",
                subject_type="shift",
                subject_id=row.shift_id,
                subject=_label(row),
                label=_label(row),
            )
        person_field = str(self.value(settings, "person_field"))
        if row.person.is_placeholder:
            cause, silent = "placeholder", True
            text = "Placeholders are left out by this connection's settings."
            keep = self.value(settings, "placeholders") == "export"
        else:
            cause, silent = "no_person_id", False
            where = _PERSON_FIELD_LABELS.get(person_field, person_field)
            text = f"{row.person.name} has no {where}. Enter the Epic provider id (SER) there."
            keep = bool(person_identifier(row.person, person_field).strip())
        if keep:
            return None
        return Skipped(
            unit=unit.key,
            cause=cause,
            text=text,
            subject_type="person",
            subject_id=row.person.public_id,
            subject=row.person.name,
            label=_label(row),
            silent=silent,
        )

    def _payload(
        self, row: PublishedRow, person: PersonInfo, team: MappingValues, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = team.values
        information = row.assignment.information if self.value(settings, "include_information") else ""
        note = row.note if self.value(settings, "include_note") else ""
        prefix = _text(values, "note_prefix")
        order = values.get("call_order") or row.call_order
        identifier = person_identifier(person, str(self.value(settings, "person_field")))
        return {
            "team_id": _text(values, "team_id"),
            "team_name": _text(values, "team_name"),
            "role": _text(values, "role"),
            "team_comment": _text(values, "team_comment"),
            "call_order": order,
            "provider_id": "" if person.is_placeholder else identifier,
            "provider_name": person.name,
            "last_name": person.last_name,
            "first_name": person.first_name,
            "is_placeholder": person.is_placeholder,
            "contact_number": person.contact,
            "cell": person.cell,
            "pager": person.pager,
            "office_phone": person.office_phone,
            "start": row.starts_at.astimezone(UTC).isoformat(),
            "end": row.ends_at.astimezone(UTC).isoformat(),
            "shift_date": row.date.isoformat(),
            "zone": row.zone,
            "notes": " ".join(part for part in (prefix, information, note) if part.strip()),
            "note_prefix": prefix,
            "assignment_information": information,
            "note": note,
            "department": row.department.name,
            "department_code": row.department.code,
            "assignment": row.assignment.name,
            "assignment_code": row.assignment.code,
            "assignment_type": row.assignment.type_name,
            "source_record_id": str(row.shift_id),
        }


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value)


def _label(row: PublishedRow) -> str:
    who = row.person.name if row.person else "open"
    return f"{row.assignment.name} {row.date.isoformat()} {row.start_wall:%H:%M}–{row.end_wall:%H:%M} {who}"


CONNECTOR = EpicOnCallFinder()
