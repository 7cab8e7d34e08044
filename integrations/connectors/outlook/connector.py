"""Outlook: what is published appears in people's own calendars, however far ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from integrations.connectors.outlook.batch import SECONDS
from integrations.connectors.outlook.check import check_steps
from integrations.connectors.outlook.delivery import Delivery
from integrations.connectors.outlook.payload import DEFAULT_SUBJECT, event_body
from integrations.connectors.outlook.sign_in import CLOUDS, CUSTOM
from integrations.contract import (
    PERSON_FIELDS,
    CatalogPage,
    Connector,
    Desired,
    MappingField,
    Mode,
    Nature,
    Operation,
    Outcome,
    Secret,
    Setting,
    ShapeContext,
    Skipped,
    Step,
    Trigger,
    Unit,
    Window,
    person_identifier,
)
from integrations.doors import Doors
from scheduling.types import PublishedRow

_PERSON_CHOICES = (("upn", "UPN"), *PERSON_FIELDS)


class Outlook(Connector):
    """One event for each published shift, in the mailbox of the person who works it."""

    title = "Outlook"
    nature = Nature.API
    mode = Mode.SYNC
    version = 1
    page = CatalogPage(
        overview=(
            "Puts each person's published shifts into their own Outlook calendar as soon as a schedule is published, however "
            "far ahead it reaches. Changes, swaps and removals follow; what is over stays as it was."
        ),
        benefits=(
            "People see their shifts beside their other appointments, on every device, without copying anything.",
            "Colleagues who look for a free hour see that somebody is on duty, and nothing else unless you choose so.",
            "A person without an identifier is left alone: that is how to opt out.",
        ),
        requirements=(
            "A Microsoft 365 tenant with mailboxes in Exchange Online.",
            "An application registered in Entra with a client secret.",
            "The right to write calendars (Calendars.ReadWrite), best granted for a group of mailboxes with RBAC for Applications.",
            "Each person's UPN or Microsoft object id, in UPN, Unique ID or Custom 1 to 4.",
        ),
        protocol="Microsoft Graph v1.0 over HTTPS: batches of up to 20 requests, on publication and when data changes.",
        sample_note="The event as it is sent. Recognising our own events needs the extended property; leave it as it is.",
    )
    settings = (
        Setting(
            "cloud",
            "Microsoft cloud",
            kind="choice",
            default="global",
            choices=(*((name, label) for name, (label, _, _) in CLOUDS.items()), (CUSTOM, "Other addresses")),
            destination=True,
        ),
        Setting(
            "authority_url",
            "Sign-in address",
            kind="url",
            destination=True,
            help="Only for other addresses, such as a trial. Must begin with https://",
        ),
        Setting("graph_url", "Graph address", kind="url", destination=True, help="Only for other addresses."),
        Setting("tenant", "Directory (tenant) id", required=True, destination=True),
        Setting("client_id", "Application (client) id", required=True, destination=True),
        Setting(
            "person_field",
            "Mailbox is in",
            kind="choice",
            default="upn",
            choices=_PERSON_CHOICES,
            help="UPN or object id. A person with nothing there has opted out.",
        ),
        Setting("subject", "Subject of the events", default=DEFAULT_SUBJECT, help="The same for every shift."),
        Setting("category", "Category", help="An Outlook category; empty for none."),
        Setting(
            "reminder_minutes",
            "Reminder, minutes before",
            kind="integer",
            default=None,
            minimum=0,
            maximum=40320,
            help="Empty for no reminder.",
        ),
        Setting(
            "days_back",
            "Days back",
            kind="integer",
            default=0,
            minimum=0,
            maximum=731,
            help="0: only what is not over yet. More: shifts of the past days are added too; nothing past is ever removed.",
        ),
        Setting("test_mailbox", "Test mailbox", help="Tried by the connection test; needs no person."),
        Setting(
            "test_write",
            "The test may make an event there and delete it again",
            kind="boolean",
            default=False,
        ),
    )
    secrets = (Secret("client_secret", "Client secret", help="Its value, not its id, from Entra.", required=True),)
    mapping = (
        MappingField("send_to_outlook", "Send to Outlook", kind="boolean"),
        MappingField("include_schedule_notes", "Include Schedule Notes", kind="boolean"),
        MappingField(
            "include_assignment_information",
            "Include Assignment Information",
            kind="boolean",
            help="The shift's name and information in the text of the event.",
        ),
        MappingField("send_as_free", "Send as Free", kind="boolean", help="Otherwise the person is shown as busy."),
    )
    triggers = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE, Trigger.MANUAL})
    window = Window(0, None)
    keeps_past = True

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """One event for a shift that somebody with a mailbox works. Everything left out is meant to be: silent."""
        for row in unit.rows:
            mapping = _sending(context, row.assignment.id)
            if mapping is None:
                continue
            left_out = _left_out(unit, row, context.settings)
            if left_out is not None:
                yield left_out
                continue
            assert row.person is not None
            yield Desired(
                key=str(row.shift_id),
                unit=unit.key,
                payload=event_body(row, mapping, context.settings, context.connection_id),
                label=_label(row),
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                recipient=person_identifier(
                    row.person, _person_field(context.settings)
                ),  # as written; compared without case
            )

    def check(self, doors: Doors) -> Iterator[Step]:
        """Address, sign-in, permission, one mailbox and, if allowed, one event."""
        return check_steps(doors)

    def deliver(self, operations: Sequence[Operation], doors: Doors) -> Iterator[Outcome]:
        """Batches through the guarded door; see `delivery`."""
        with doors.http(read_timeout_s=SECONDS, total_timeout_s=SECONDS) as door:
            yield from Delivery(door, doors).run(operations)


def _sending(context: ShapeContext, assignment_id: int) -> Mapping[str, Any] | None:
    """The first mapping row that sends: a calendar holds a shift once."""
    rows = context.mapping.get(assignment_id, ())
    return next((one.values for one in rows if one.values.get("send_to_outlook") is True), None)


def _person_field(settings: Mapping[str, Any]) -> str:
    return str(settings.get("person_field") or "upn")


def _left_out(unit: Unit, row: PublishedRow, settings: Mapping[str, Any]) -> Skipped | None:
    if row.person is None:
        cause, text = "open_shift", "Nobody is scheduled on this shift."
    elif row.person.is_placeholder:
        cause, text = "placeholder", "A placeholder has no calendar."
    elif not person_identifier(row.person, _person_field(settings)).strip():
        label = dict(_PERSON_CHOICES).get(_person_field(settings), _person_field(settings))
        cause, text = "opted_out", f"{row.person.name} has no {label} and so has opted out."
    else:
        return None
    person = row.person
    return Skipped(
        unit=unit.key,
        cause=cause,
        text=text,
        subject_type="person" if person else "shift",
        subject_id=person.public_id if person else row.shift_id,
        subject=person.name if person else _label(row),
        label=_label(row),
        silent=True,
    )


def _label(row: PublishedRow) -> str:
    who = row.person.name if row.person else "open"
    return f"{row.assignment.name} {row.date.isoformat()} {row.start_wall:%H:%M}–{row.end_wall:%H:%M} {who}"


CONNECTOR = Outlook()
