"""The event a shift becomes, and the comparisons that keep us from sending what is already there. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scheduling.types import PublishedRow

# One constant, written and searched for: a single other digit finds nothing, without an error.
OWNERSHIP = "String {8b0f6f0e-3c1d-4f0a-9f55-6c2f6a1d7e42} Name RotacastShift"
DEFAULT_SUBJECT = "Scheduled shift"

_TRANSACTIONS = uuid.UUID("4f2a7c0a-51f4-4a3b-8d5e-0b8c9a6f3d11")
_PROPERTIES = "singleValueExtendedProperties"


def event_body(
    row: PublishedRow, mapping: Mapping[str, Any], settings: Mapping[str, Any], connection_id: uuid.UUID
) -> dict[str, Any]:
    """The whole event without its transaction id. Times are UTC: a single event needs no zone to survive DST."""
    minutes = settings.get("reminder_minutes")
    reminder = minutes not in (None, "")
    category = str(settings.get("category") or "").strip()
    body: dict[str, Any] = {
        "subject": str(settings.get("subject") or "").strip() or DEFAULT_SUBJECT,
        "body": {"contentType": "text", "content": body_text(row, mapping)},
        "start": _moment(row.starts_at),
        "end": _moment(row.ends_at),
        "showAs": "free" if mapping.get("send_as_free") is True else "busy",
        # Left out, the service would remind everybody fifteen minutes before each night shift.
        "isReminderOn": reminder,
        "categories": [category] if category else [],
        _PROPERTIES: [{"id": OWNERSHIP, "value": ownership_value(connection_id, str(row.shift_id))}],
    }
    if reminder:
        body["reminderMinutesBeforeStart"] = int(str(minutes))
    return body


def body_text(row: PublishedRow, mapping: Mapping[str, Any]) -> str:
    """What the event says inside: the shift's name and note only where the mapping asks for them."""
    parts = []
    if mapping.get("include_assignment_information") is True:
        parts += [row.assignment.name, row.assignment.information]
    if mapping.get("include_schedule_notes") is True:
        parts.append(row.note)
    return "\n".join(part.strip() for part in parts if part.strip())


def ownership_value(connection_id: uuid.UUID, key: str) -> str:
    """What the ownership property of a record's event holds."""
    return f"{connection_id}:{key}"


def transaction_id(connection_id: uuid.UUID, key: str, recipient: str, generation: int) -> str:
    """The same for every try at one create, and another once the record has been removed and comes back."""
    return str(uuid.uuid5(_TRANSACTIONS, f"{connection_id}\n{key}\n{recipient}\n{generation}"))


def changed_fields(before: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH must carry; all of it when nobody knows what is there."""
    if before is None:
        return dict(payload)
    return {name: value for name, value in payload.items() if before.get(name) != value}


def differing_fields(event: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    """What of the payload an event, as the service reads it back in UTC and plain text, does not show."""
    found = {}
    for name, value in payload.items():
        if name != _PROPERTIES and _comparable(name, event.get(name)) != _comparable(name, value):
            found[name] = value
    return found


def _comparable(name: str, value: Any) -> Any:
    if name in ("start", "end") and isinstance(value, Mapping):
        return str(value.get("dateTime"))[:19], value.get("timeZone")
    if name == "body" and isinstance(value, Mapping):
        return str(value.get("content") or "").replace("\r\n", "\n").strip()
    if name == "categories":
        return sorted(value or ())
    return value


def _moment(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
