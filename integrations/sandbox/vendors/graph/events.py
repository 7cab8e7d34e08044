"""What a body does to a calendar: checks, defaults, transaction ids, and how an event is read back."""

from __future__ import annotations

import hashlib
import html
import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.vendors.graph.errors import GraphError, validation_failed
from integrations.sandbox.vendors.graph.mailboxes import Event, Mailbox, Mailboxes
from integrations.sandbox.vendors.graph.query import property_key
from integrations.sandbox.vendors.graph.settings import GraphSettings
from integrations.sandbox.vendors.graph.shapes import READ_ONLY, event_check
from integrations.sandbox.vendors.graph.zones import moment_read, moment_write, zone_find

MAX_ATTENDEES = 500
_DEFAULTS: dict[str, Any] = {
    "subject": None, "body": {"contentType": "html", "content": ""}, "categories": [], "isAllDay": False,
    "showAs": "busy", "importance": "normal", "sensitivity": "normal",
    # A create that leaves these two out gets a reminder: a nuisance at three in the morning.
    "isReminderOn": True, "reminderMinutesBeforeStart": 15,
    "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"}, "locations": [],
    "attendees": [], "responseRequested": True, "allowNewTimeProposals": True, "hideAttendees": False,
    "recurrence": None, "isOnlineMeeting": False, "onlineMeetingProvider": "unknown",
}  # fmt: skip
_NOT_VALUES = {"start", "end", "transactionId", "singleValueExtendedProperties"}


@dataclass(frozen=True)
class Preferences:
    """The ``Prefer`` header of one request."""

    immutable: bool = False
    text: bool = False
    zone: str = "UTC"
    applied: tuple[str, ...] = ()


def preferences_read(header: str) -> Preferences:
    """Understand the three preferences that matter for events; unknown ones are ignored.

    Raises GraphError 400 for a time zone that is not known.
    """
    found = {name.lower(): value for name, value in re.findall(r'([\w.-]+)\s*=\s*"?([^",;]*)"?', header)}
    zone = found.get("outlook.timezone") or "UTC"
    zone_find(zone)
    known = {
        "idtype": "IdType",
        "outlook.body-content-type": "outlook.body-content-type",
        "outlook.timezone": "outlook.timezone",
    }
    return Preferences(
        immutable=found.get("idtype") == "ImmutableId",
        text=found.get("outlook.body-content-type", "").lower() == "text",
        zone=zone,
        applied=tuple(f'{shown}="{found[name]}"' for name, shown in known.items() if name in found),
    )


def event_create(
    mailboxes: Mailboxes, mailbox: Mailbox, body: dict[str, Any], *, settings: GraphSettings, at: datetime,
    immutable: bool,
) -> Event:  # fmt: skip
    """Add an event, or find the one the same transaction id already made from the same content.

    Raises GraphError for a bad body, and for a transaction id that made something else.
    """
    _check(body)
    if not body.get("start") or not body.get("end"):
        raise validation_failed()
    extended = _extended(body)
    start, end = _times(body, {})
    transaction_id = body.get("transactionId")
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    with mailboxes.lock:
        if transaction_id:
            earlier = _earlier(mailbox, transaction_id, digest, settings, immutable)
            if earlier is not None:
                return earlier
        event = Event(
            key=uuid.uuid4().hex,
            values={**_DEFAULTS, **_values(body), "start": body["start"], "end": body["end"]},
            extended=extended,
            start=start,
            end=end,
            created=_stamp(at),
            modified=_stamp(at),
            sequence=mailboxes.sequence_next(),
            transaction_id=transaction_id,
        )
        mailboxes.event_save(mailbox, event)
        if transaction_id:
            mailboxes.transaction_save(mailbox, transaction_id, digest, event.key)
    return event


def event_update(mailboxes: Mailboxes, mailbox: Mailbox, event: Event, body: dict[str, Any], *, at: datetime) -> None:
    """Change what the body names and nothing else.

    Raises GraphError for a bad body and for what may not change.
    """
    if "transactionId" in body:
        raise GraphError(
            400,
            "ErrorInvalidRequest",
            "Your request can't be completed. ClientId/TransactionId is immutable.",
        )
    _check(body)
    extended = _extended(body)
    with mailboxes.lock:
        event.start, event.end = _times(body, event.values)
        event.values |= _values(body) | {name: body[name] for name in ("start", "end") if name in body}
        event.extended |= extended
        event.modified = _stamp(at)
        event.change += 1
        mailboxes.event_save(mailbox, event)


def event_move(mailboxes: Mailboxes, mailbox: Mailbox, event: Event) -> None:
    """The user moves it to another folder: the mutable id becomes another, the immutable one stays."""
    with mailboxes.lock:
        event.moves += 1
        mailboxes.event_save(mailbox, event)


def event_read(mailbox: Mailbox, event: Event, preferences: Preferences) -> dict[str, Any]:
    """The event as a client sees it, without extended properties (they must be expanded)."""
    values = event.values
    zones = {name: values[name].get("timeZone") or "UTC" for name in ("start", "end")}
    body = body_read(values["body"], as_text=preferences.text)
    event_id = event.id(immutable=preferences.immutable)
    shown = {
        "@odata.etag": etag(event),
        "id": event_id,
        "createdDateTime": event.created,
        "lastModifiedDateTime": event.modified,
        "changeKey": f"{event.key[:16]}{event.change:04d}",
        "iCalUId": f"040000008200E00074C5B7101A82E008{event.key.upper()}",
        "webLink": f"https://outlook.office365.com/owa/?itemid={event_id}",
        "originalStartTimeZone": zones["start"],
        "originalEndTimeZone": zones["end"],
        "hasAttachments": False,
        "isCancelled": False,
        "isDraft": False,
        "isOrganizer": True,
        "organizer": {"emailAddress": {"name": mailbox.display_name, "address": mailbox.upn}},
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "seriesMasterId": None,
        "type": "seriesMaster" if values["recurrence"] else "singleInstance",
        "onlineMeeting": None,
        "onlineMeetingUrl": None,
        "bodyPreview": _plain(values["body"])[:255],
        **values,
        "body": body,
        "start": moment_write(datetime.fromisoformat(event.start), preferences.zone),
        "end": moment_write(datetime.fromisoformat(event.end), preferences.zone),
    }
    # Returned only when it was set, as the service does.
    return shown | ({"transactionId": event.transaction_id} if event.transaction_id else {})


def etag(event: Event) -> str:
    return f'W/"{event.key[:16]}{event.change:04d}"'


def body_read(body: dict[str, Any], *, as_text: bool) -> dict[str, str]:
    """A text body comes back inside generated HTML unless text is asked for."""
    if as_text:
        return {"contentType": "text", "content": _plain(body)}
    content = body.get("content") or ""
    if body.get("contentType", "text") != "html":
        content = f'<div class="PlainText">{html.escape(content).replace(chr(10), "<br>")}</div>'
    if "<html" not in content.lower():
        content = (
            '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
            f"<body>{content}</body></html>"
        )
    return {"contentType": "html", "content": content}


def _plain(body: dict[str, Any]) -> str:
    content = body.get("content") or ""
    if body.get("contentType", "text") != "html":
        return str(content)
    content = re.sub(r"(?i)<br\s*/?>|</p>|</div>", "\n", content)
    return html.unescape(re.sub(r"<[^>]*>", "", content)).strip()


def _check(body: dict[str, Any]) -> None:
    event_check(body)
    for name in body:
        if name in READ_ONLY:
            raise GraphError(400, "ErrorInvalidPropertySet", f"Property '{name}' is read-only and cannot be set.")
    attendees = body.get("attendees") or []
    if len(attendees) > MAX_ATTENDEES:
        raise GraphError(400, "ErrorInvalidRecipients", f"There may be at most {MAX_ATTENDEES} attendees.")
    minutes = body.get("reminderMinutesBeforeStart")
    if minutes is not None and minutes < 0:
        raise validation_failed()


def _extended(body: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for item in body.get("singleValueExtendedProperties") or []:
        if "id" not in item:
            raise validation_failed()
        found[property_key(item["id"])] = {"id": item["id"], "value": item.get("value")}
    return found


def _values(body: dict[str, Any]) -> dict[str, Any]:
    """The plain properties of a body; null means the default again."""
    return {
        name: _DEFAULTS[name] if value is None else value for name, value in body.items() if name not in _NOT_VALUES
    }


def _times(body: dict[str, Any], present: dict[str, Any]) -> tuple[str, str]:
    merged = {**present, **body}
    if not merged.get("start") or not merged.get("end"):
        raise validation_failed()
    start, end = moment_read(merged["start"]), moment_read(merged["end"])
    if end < start:
        raise validation_failed()
    if merged.get("isAllDay"):
        zones = {merged[name].get("timeZone") or "UTC" for name in ("start", "end")}
        midnights = all(
            re.fullmatch(r"[\d-]{10}T00:00(:00(\.0+)?)?", merged[name]["dateTime"]) for name in ("start", "end")
        )
        if len(zones) != 1 or not midnights or end - start < timedelta(hours=23):
            raise validation_failed()
    return start.isoformat(), end.isoformat()


def _earlier(
    mailbox: Mailbox, transaction_id: str, digest: str, settings: GraphSettings, immutable: bool
) -> Event | None:
    if transaction_id not in mailbox.transactions:
        return None
    made, key = mailbox.transactions[transaction_id]
    event = mailbox.events.get(key)
    if event is not None and made == digest:
        return event
    if event is None and not settings.transactions_outlive_events:
        return None
    details = {}
    if event is not None and settings.duplicate_transaction_names_event:
        details["@event.existingEventId"] = event.id(immutable=immutable)
    raise GraphError(
        settings.duplicate_transaction_status,
        "ErrorDuplicateTransactionId",
        "The TransactionId specified in the request has already been used to create a different event.",
        details=details,
    )


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}0Z"
