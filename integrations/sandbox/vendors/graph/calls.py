"""One Graph request below ``/v1.0/users/…``: whose calendar, which operation, what comes back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.clock import Clock
from integrations.sandbox.messages import Answer, BadJson, Request, json_answer
from integrations.sandbox.vendors.graph import events
from integrations.sandbox.vendors.graph.errors import GraphError, item_not_found
from integrations.sandbox.vendors.graph.events import Preferences
from integrations.sandbox.vendors.graph.mailboxes import Event, Mailbox, Mailboxes, id_is_well_formed
from integrations.sandbox.vendors.graph.query import filter_parse, property_ids
from integrations.sandbox.vendors.graph.settings import GraphSettings
from integrations.sandbox.vendors.graph.zones import moment_read

VERSION = "v1.0"
PAGE = 10
MAX_PAGE = 1000
_OPTIONS = {"$filter", "$expand", "$select", "$top", "$skip", "$orderby", "$count"}
_UNKNOWN_USER = {
    "ErrorInvalidUser": "The requested user '{}' is invalid.",
    "ResourceNotFound": "Resource could not be discovered.",
    "Request_ResourceNotFound": "Resource '{}' does not exist or one of its queried "
    "reference-property objects are not present.",
}


class Calls:
    """Carries out single requests; limits and sign-in are somebody else's."""

    def __init__(self, mailboxes: Mailboxes, clock: Clock) -> None:
        self._mailboxes = mailboxes
        self._clock = clock

    def run(self, request: Request, settings: GraphSettings) -> Answer:
        """The answer of the service.

        Raises GraphError for everything it refuses.
        """
        parts = request.segments
        if len(parts) < 3 or parts[:2] != [VERSION, "users"]:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{[*parts, ''][1]}'.")
        if len(parts) == 3:
            # Reading a user needs a permission that a calendar application does not have.
            raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        mailbox = self._mailbox(parts[2], settings)
        preferences = events.preferences_read(request.headers.get("prefer", ""))
        answer = self._routed(request, settings, mailbox, preferences, parts[3:])
        headers = {**answer.headers, "request-id": str(uuid.uuid4())}
        if preferences.applied:
            headers["Preference-Applied"] = ", ".join(preferences.applied)
        return Answer(answer.status, answer.body, headers)

    def _mailbox(self, name: str, settings: GraphSettings) -> Mailbox:
        mailbox = self._mailboxes.find(name)
        if mailbox is None and name.rpartition("@")[2].casefold() in map(str.casefold, settings.mailbox_domains):
            mailbox = self._mailboxes.add(upn=name)
        if mailbox is None:
            code = settings.unknown_user_code if "@" in name else "ResourceNotFound"
            raise GraphError(404, code, _UNKNOWN_USER.get(code, "The user was not found.").format(name))
        if mailbox.state == "disabled":
            raise GraphError(
                404,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            )
        if mailbox.state == "denied":
            raise GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")
        return mailbox

    def _routed(
        self,
        request: Request,
        settings: GraphSettings,
        mailbox: Mailbox,
        preferences: Preferences,
        rest: list[str],
    ) -> Answer:
        if rest == ["calendars"]:
            return _only("GET", request, lambda: json_answer(200, {"value": [_calendar(mailbox)]}))
        if rest == ["calendar"]:
            return _only("GET", request, lambda: json_answer(200, _calendar(mailbox)))
        if rest[0] == "calendars" and len(rest) > 2:
            if rest[1] != _calendar(mailbox)["id"]:
                raise item_not_found()
            rest = rest[2:]
        elif rest[0] == "calendar" and len(rest) > 1:
            rest = rest[1:]
        if rest == ["calendarView"]:
            return _only("GET", request, lambda: self._view(request, mailbox, preferences))
        if rest[0] != "events" or len(rest) > 2:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{rest[-1]}'.")
        if len(rest) == 1:
            return self._collection(request, settings, mailbox, preferences)
        return self._item(request, mailbox, preferences, rest[1])

    def _collection(
        self, request: Request, settings: GraphSettings, mailbox: Mailbox, preferences: Preferences
    ) -> Answer:
        if request.method == "GET":
            return self._list(request, mailbox, preferences, sorted(mailbox.events.values(), key=_by_creation))
        if request.method != "POST":
            raise _not_allowed()
        event = events.event_create(
            self._mailboxes, mailbox, _body(request), settings=settings, at=self._now(),
            immutable=preferences.immutable,
        )  # fmt: skip
        shown = events.event_read(mailbox, event, preferences)
        where = f"{request.base}/{VERSION}/users('{mailbox.user_id}')/events('{shown['id']}')"
        return json_answer(201, shown, {"Location": where})

    def _item(self, request: Request, mailbox: Mailbox, preferences: Preferences, event_id: str) -> Answer:
        if not id_is_well_formed(event_id):
            raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")
        if request.method not in ("GET", "PATCH", "DELETE"):
            raise _not_allowed()
        with self._mailboxes.lock:
            event = mailbox.event_find(event_id)
            if event is None:
                raise item_not_found()
            wanted = request.headers.get("if-match", "*")
            if request.method != "GET" and wanted not in ("*", events.etag(event)):
                raise GraphError(412, "ErrorIrresolvableConflict", "The change key passed does not match.")
            if request.method == "DELETE":
                self._mailboxes.event_remove(mailbox, event)
                return Answer(204)
            if request.method == "PATCH":
                events.event_update(self._mailboxes, mailbox, event, _body(request), at=self._now())
            shown = self._shown(request.parameters, mailbox, event, preferences)
        return json_answer(200, shown)

    def _view(self, request: Request, mailbox: Mailbox, preferences: Preferences) -> Answer:
        parameters = request.parameters
        if "singlevalueextendedproperties" in parameters.get("$filter", "").lower():
            # Reported by users of the real service; whoever relies on it here would fail there.
            raise GraphError(
                500, "ErrorInternalServerError", "An internal server error occurred. The operation failed."
            )
        try:
            start, end = (moment_read({"dateTime": parameters[name]}) for name in ("startDateTime", "endDateTime"))
        except KeyError as missing:
            raise GraphError(
                400,
                "ErrorInvalidParameter",
                f"This request requires a time window: {missing.args[0]} is missing.",
            ) from missing
        inside = [
            event
            for event in list(mailbox.events.values())
            if datetime.fromisoformat(event.start) < end and datetime.fromisoformat(event.end) > start
        ]
        return self._list(request, mailbox, preferences, sorted(inside, key=lambda event: event.start))

    def _list(self, request: Request, mailbox: Mailbox, preferences: Preferences, found: list[Event]) -> Answer:
        parameters = request.parameters
        for name in parameters:
            if name.startswith("$") and name not in _OPTIONS:
                raise GraphError(400, "BadRequest", f"The query option '{name}' is not supported.")
        if "$filter" in parameters:
            test = filter_parse(parameters["$filter"])
            found = [event for event in found if test(_filterable(mailbox, event))]
        found = _ordered(found, mailbox, parameters.get("$orderby", ""))
        top, skip = _number(parameters, "$top", PAGE), _number(parameters, "$skip", 0)
        if not 1 <= top <= MAX_PAGE:
            raise GraphError(400, "ErrorInvalidUrlQuery", f"$top must be between 1 and {MAX_PAGE}.")
        value: dict[str, Any] = {
            "@odata.context": f"{request.base}/{VERSION}/$metadata#users('{mailbox.user_id}')/events"
        }
        if parameters.get("$count") == "true":
            value["@odata.count"] = len(found)
        value["value"] = [self._shown(parameters, mailbox, event, preferences) for event in found[skip : skip + top]]
        if skip + top < len(found):
            following = urlencode({**parameters, "$top": top, "$skip": skip + top})
            value["@odata.nextLink"] = f"{request.base}{request.path}?{following}"
        return json_answer(200, value)

    def _shown(
        self, parameters: dict[str, str], mailbox: Mailbox, event: Event, preferences: Preferences
    ) -> dict[str, Any]:
        shown = events.event_read(mailbox, event, preferences)
        if "$select" in parameters:
            names = {name.strip() for name in parameters["$select"].split(",")} | {"id", "@odata.etag"}
            shown = {name: value for name, value in shown.items() if name in names}
        if "$expand" in parameters:
            keys = property_ids(parameters["$expand"])
            properties = [event.extended[key] for key in keys if key in event.extended]
            if properties:
                shown["singleValueExtendedProperties"] = properties
        return shown

    def _now(self) -> datetime:
        return self._clock.now()


def _calendar(mailbox: Mailbox) -> dict[str, Any]:
    return {
        "id": "AAMkADcal" + mailbox.user_id.replace("-", ""),
        "name": "Calendar",
        "canEdit": True,
        "isDefaultCalendar": True,
        "owner": {"name": mailbox.display_name, "address": mailbox.upn},
    }


def _only(method: str, request: Request, handle: Callable[[], Answer]) -> Answer:
    if request.method != method:
        raise _not_allowed()
    return handle()


def _not_allowed() -> GraphError:
    return GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")


def _body(request: Request) -> dict[str, Any]:
    try:
        if "json" not in request.headers.get("content-type", ""):
            raise BadJson("no JSON content type")
        return request.document()
    except BadJson as error:
        raise GraphError(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is "
            "of valid JSON format.",
        ) from error


def _by_creation(event: Event) -> int:
    return event.sequence


def _filterable(mailbox: Mailbox, event: Event) -> dict[str, Any]:
    properties = [{"id": key, "value": item["value"]} for key, item in event.extended.items()]
    return {
        **events.event_read(mailbox, event, Preferences(immutable=True)),
        "singleValueExtendedProperties": properties,
    }


def _ordered(found: list[Event], mailbox: Mailbox, order: str) -> list[Event]:
    if not order:
        return found
    name, _, direction = order.partition(" ")
    keys: dict[str, Callable[[Event], str]] = {
        "start/dateTime": lambda event: event.start,
        "end/dateTime": lambda event: event.end,
        "createdDateTime": lambda event: event.created,
        "lastModifiedDateTime": lambda event: event.modified,
        "subject": lambda event: str(event.values["subject"] or "").casefold(),
    }
    if name not in keys or direction.strip() not in ("", "asc", "desc"):
        raise GraphError(400, "BadRequest", f"The order '{order}' is not supported.")
    return sorted(found, key=keys[name], reverse=direction.strip() == "desc")


def _number(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not text.isdigit():
        raise GraphError(400, "BadRequest", f"The value '{text}' of {name} is not a number.")
    return int(text)
