"""Demographic import: details of people, once a day, as a CSV file that a personnel system puts on an SFTP server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exports.formats.demographic_import.columns import aliases_of
from exports.formats.demographic_import.planning import People, Rules, plan_of
from exports.formats.demographic_import.reading import DELIMITERS, ENCODINGS, feed_of
from exports.formats.demographic_import.reports import reports_of
from exports.pickup import PICKUP_SETTINGS, FilePickup
from integrations.contract import (
    PERSON_FIELDS,
    CatalogPage,
    DataMoved,
    FilePlan,
    InboundContext,
    Reports,
    Setting,
    Trigger,
)
from scheduling import selectors, services
from scheduling.selectors.records import RECORD_FIELDS
from scheduling.types import DepartmentInfo, PersonInfo, PersonRecord
from tenancy.types import Actor
from tenancy.wall import local_date


@dataclass(frozen=True)
class AliasSetting(Setting):
    """Column names of a feed, one a line: “Their header = our field”."""

    def clean(self, raw: Any) -> Any:
        """The text, after it was understood. Raises ValueError naming the line."""
        text = str(raw or "").replace("\r\n", "\n").strip()
        aliases_of(text)
        return text


_SETTINGS = (
    Setting(
        "key_field", "Key", kind="choice", default="unique_id", choices=PERSON_FIELDS, required=True,
        help="The identifier that the feed knows people by. Rows of people who have none of these values are counted and left alone.",
    ),
    AliasSetting(
        "columns", "Column names of the feed", kind="lines",
        help="One a line: “Their header = our field”, or “Their header = ignore”. Usual names are known without it.",
    ),
    Setting("clear_token", "Token that clears a field", default=r"\N", help="An empty cell leaves alone. No token: nothing clears."),
    Setting(
        "encoding", "Encoding", kind="choice", default="auto",
        choices=(("auto", "Found out from the file"), *ENCODINGS.items()),
    ),
    Setting(
        "delimiter", "Delimiter", kind="choice", default="auto",
        choices=(("auto", "Found out from the header"), *((name, name.title()) for name in DELIMITERS)),
    ),
    Setting(
        "identifier_percent", "Stop when more people would change an identifier, in percent", kind="integer", default=20,
        minimum=0, maximum=100, required=True, help="Of those who match. A person can then look and confirm exactly that file.",
    ),
    Setting(
        "rejected_percent", "Stop when more rows are rejected, in percent", kind="integer", default=10, minimum=0, maximum=100,
        required=True, help="Rows of people who are not here do not count.",
    ),
    Setting(
        "identifier_in_use", "When an identifier changes by which another connection sends", kind="choice", default="hold",
        choices=(("hold", "Stop, and let a person confirm"), ("warn", "Apply it, and say so")),
    ),
)  # fmt: skip


class DemographicImport(FilePickup):
    """Updates people who match; creates nobody, deactivates nobody."""

    title = "Demographic import"
    version = 1
    page = CatalogPage(
        overview=(
            "Keeps people's details as your personnel system has them. It writes a CSV file to an SFTP server; each file is taken in "
            "once, matched by an identifier of your choice, and every field that changes stands in the change log with the file's "
            "name. Nobody is created, and a person who is missing in a file is left alone."
        ),
        benefits=(
            "Numbers, e-mail addresses and identifiers are right everywhere, without anybody typing them twice.",
            "A bad file does no harm: above limits of your choice it stops, shows what it would change, and waits for a person.",
            "Two reports for each file say what was taken, field by field, and what was not, with the reason and what mends it.",
        ),
        requirements=(
            "An SFTP server with a user of ours who may read the files, and move them if they are to be archived.",
            "A column with an identifier that people have here, in Unique ID or Custom 1 to 4.",
            "A header. Usual column names are known; others are named in the settings.",
        ),
        protocol="CSV file over SFTP, usually daily; looked for every 15 minutes, and taken when it rests.",
        sample_note="A feed as it may come. Columns may stand in any order, and most may be missing.",
    )
    settings = (*PICKUP_SETTINGS, *_SETTINGS)
    triggers = frozenset({Trigger.RECURRENCE, Trigger.MANUAL})
    recurrence = {"every_minutes": 15}

    def background(self, settings: Mapping[str, Any]) -> People:
        """Everybody, the departments and the personnel types."""
        return People(
            records=selectors.person_records(),
            departments=tuple(selectors.departments_by_id().values()),
            personnel_types=selectors.personnel_types_by_id(),
        )

    def background_of(
        self, people: Sequence[PersonInfo], departments: Sequence[DepartmentInfo], personnel_types: Sequence[str]
    ) -> People:
        """The same from values."""
        types = {one.personnel_type_id: one.personnel_type for one in people if one.personnel_type_id}
        types |= {len(types) + number: name for number, name in enumerate(personnel_types, start=1)}
        records = tuple(
            PersonRecord(
                id=one.id,
                public_id=one.public_id,
                name=one.name,
                revision=1,
                values={name: str(getattr(one, name)) for name in RECORD_FIELDS},
                department_id=one.department_id,
                personnel_type_id=one.personnel_type_id,
            )
            for one in people
        )
        return People(records, tuple(departments), types)

    def plan(self, content: bytes, background: Any, context: InboundContext) -> FilePlan:
        """Read the feed and compare it. Raises FileUnreadable."""
        settings = context.settings
        key = str(self.value(settings, "key_field"))
        feed = feed_of(
            content,
            encoding=str(self.value(settings, "encoding")),
            delimiter=str(self.value(settings, "delimiter")),
            key=key,
            aliases=aliases_of(str(settings.get("columns") or "")),
        )
        rules = Rules(
            key=key,
            clear=str(self.value(settings, "clear_token")),
            identifier_percent=int(self.value(settings, "identifier_percent")),
            rejected_percent=int(self.value(settings, "rejected_percent")),
            hold_used=self.value(settings, "identifier_in_use") == "hold",
            today=local_date(context.now, context.organization_zone),
            identifiers_used=context.identifiers_used,
        )
        return plan_of(feed, background, rules)

    def reports(self, plan: FilePlan, context: InboundContext) -> Reports:
        """accepted.csv and rejected.csv, named after the file."""
        return reports_of(plan, context.file_name)

    def apply(self, plan: FilePlan, *, actor: Actor, now: datetime, reason: str) -> None:
        """Every change at once. Raises DataMoved when somebody was edited since the plan was made."""
        updates = [
            services.PersonUpdate(one.apply.person_id, one.apply.revision, one.apply.fields) for one in plan.changes
        ]
        try:
            services.people_update(updates=updates, actor=actor, now=now, reason=reason)
        except services.PeopleChanged as changed:
            raise DataMoved(changed.text) from changed


CONNECTOR = DemographicImport()
