"""Single requests to Graph as steps of a batch, and what came back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from integrations.connectors.outlook.payload import OWNERSHIP, ownership_value

# The ids that survive when somebody moves an event. Asked for on every request, or two kinds of id get mixed.
IMMUTABLE = 'IdType="ImmutableId"'
_AS_TEXT = f'{IMMUTABLE}, outlook.body-content-type="text"'
_SHOWN = "id,subject,body,start,end,showAs,isReminderOn,reminderMinutesBeforeStart,categories"


@dataclass(frozen=True)
class Call:
    """One request below the root of the API version."""

    purpose: str  # look, create, change, remove
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    prefer: str = IMMUTABLE


@dataclass(frozen=True)
class Answer:
    """What came back for one call; `body` is JSON when it was, else text."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def ok(self) -> bool:
        """The service did it."""
        return 200 <= self.status < 300

    @property
    def error(self) -> Mapping[str, Any]:
        """The error object of a refusal, or an empty one."""
        found = self.body.get("error") if isinstance(self.body, Mapping) else None
        return found if isinstance(found, Mapping) else {}


def create(mailbox: str, body: Mapping[str, Any]) -> Call:
    """A new event in the default calendar. Without attendees nobody is mailed."""
    return Call("create", "POST", _events(mailbox), body)


def change(mailbox: str, event_id: str, body: Mapping[str, Any]) -> Call:
    """Change these properties of an event."""
    return Call("change", "PATCH", _event(mailbox, event_id), body)


def remove(mailbox: str, event_id: str) -> Call:
    """Delete an event."""
    return Call("remove", "DELETE", _event(mailbox, event_id))


def look(mailbox: str, connection_id: uuid.UUID, key: str) -> Call:
    """Find the events of a record by their ownership property. In /events: calendarView cannot filter by it."""
    value = ownership_value(connection_id, key)
    test = f"singleValueExtendedProperties/Any(ep: ep/id eq '{OWNERSHIP}' and ep/value eq '{value}')"
    query = f"$filter={quote(test, safe='')}&$select={_SHOWN}&$top=10"
    return Call("look", "GET", f"{_events(mailbox)}?{query}", prefer=_AS_TEXT)


def calendar(mailbox: str) -> Call:
    """Read the name of the default calendar: may the application in at all?"""
    return Call("look", "GET", f"/users/{quote(mailbox, safe='@')}/calendar?$select=id,name")


def _events(mailbox: str) -> str:
    return f"/users/{quote(mailbox, safe='@')}/events"


def _event(mailbox: str, event_id: str) -> str:
    return f"{_events(mailbox)}/{quote(event_id, safe='')}"
