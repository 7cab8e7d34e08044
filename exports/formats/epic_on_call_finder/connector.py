"""Epic On Call Finder: who is on call for which Epic team, as one CSV file over SFTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from exports.by_assignment import AssignmentConnector
from exports.formats.epic_on_call_finder.layout import FIELDS, LAYOUTS
from exports.layouts import one_line
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
    contact_payload,
    department_payload,
    empty_targets,
    identifier_of,
    mapped_text,
    name_payload,
    row_label,
    shift_skipped,
    time_payload,
)
from integrations.contract import (
    CatalogPage,
    Desired,
    FileWritten,
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


class EpicOnCallFinder(AssignmentConnector):
    """A snapshot of the window on each run; nothing is sent while it would be the same."""

    title = "Epic On Call Finder"
    version = 2
    identifier = "the Epic provider id (SER)"
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
        Setting(
            "notes_limit",
            "Most characters of the notes",
            kind="integer",
            default=None,
            minimum=1,
            maximum=4000,
            help="Empty: without a limit. Prefix, information and note together, after line breaks became spaces.",
        ),
        Setting(
            "notes_too_long",
            "Notes that are longer",
            kind="choice",
            default="cut",
            choices=(("cut", "Cut them, and say so in the receipt"), ("refuse", "Leave the row out, and list it")),
        ),
        Setting(
            "team_comment_rows",
            "Team comment",
            kind="choice",
            default="every",
            choices=(("every", "On every row of the team"), ("first", "On the team's first row only")),
        ),
        heartbeat_setting(),
        layout_setting(LAYOUTS, FIELDS),
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
        """A row for each team that the shift's assignment is mapped to."""
        too_long: list[str] = []
        for team in targets:
            payload = self._payload(row, person, team, settings)
            if self._too_long(payload, settings):
                too_long.append(payload["team_id"])
                continue
            yield Desired(
                key=f"{unit.key}/{team.number}",
                unit=unit.key,
                payload=payload,
                label=f"{row_label(row)} for team {payload['team_id']}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
        if too_long:
            most = settings.get("notes_limit")
            text = (
                f"The notes for team {', '.join(too_long)} have more than {most} characters. "
                "Shorten the shift's note or the prefix, or let long notes be cut."
            )
            yield shift_skipped(unit, row, cause="notes_too_long", text=text)

    def notices(
        self, rows: Sequence[PublishedRow], desired: Sequence[Desired], context: ShapeContext
    ) -> Iterable[Notice]:
        """Each mapped team without a row: Epic may show nobody for it, or whom it showed before."""
        advice = "Publish its schedule, or take the team out of the mapping if it is meant to be empty."
        return empty_targets(context, desired, field="team_id", noun="Team", advice=advice)

    def render_file(
        self, payloads: Iterable[Mapping[str, Any]], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        """Render the rows in their order, the team's comment where it is wanted."""
        rows = list(payloads)
        if self.value(context.settings, "team_comment_rows") == "first":
            rows = comments_once(rows)
        written = super().render_file(rows, context, sequence=sequence, spool=spool)
        cut = sum(1 for row in rows if row.get("notes_cut"))
        if not cut:
            return written
        most = context.settings.get("notes_limit")
        warning = f"{cut} notes had more than {most} characters and were cut."
        return replace(written, warnings=(*written.warnings, warning))

    def _too_long(self, payload: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
        return bool(payload["notes_cut"]) and self.value(settings, "notes_too_long") == "refuse"

    def _payload(
        self, row: PublishedRow, person: PersonInfo, team: MappingValues, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = team.values
        information = row.assignment.information if self.value(settings, "include_information") else ""
        note = row.note if self.value(settings, "include_note") else ""
        prefix = mapped_text(values, "note_prefix")
        notes = " ".join(part for part in (prefix, information, note) if part.strip())
        most = int(settings.get("notes_limit") or 0)  # without a limit: 0
        cut = 0 < most < len(one_line(notes))
        return {
            "team_id": mapped_text(values, "team_id"),
            "team_name": mapped_text(values, "team_name"),
            "role": mapped_text(values, "role"),
            "team_comment": mapped_text(values, "team_comment"),
            "call_order": values.get("call_order") or row.call_order,
            "provider_id": identifier_of(person, str(self.value(settings, "person_field"))),
            "provider_name": person.name,
            "notes": one_line(notes)[:most].rstrip() if cut else notes,
            "notes_cut": cut,
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


def comments_once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows with each comment of a team on the first row that has it only."""
    told: set[tuple[str, str]] = set()
    once: list[Mapping[str, Any]] = []
    for row in rows:
        identity = (row["team_id"], row["team_comment"])
        once.append({**row, "team_comment": ""} if identity in told else row)
        told.add(identity)
    return once


CONNECTOR = EpicOnCallFinder()
