"""``/_admin/graph/…``: mailboxes, what users do to their own calendars, and settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integrations.sandbox.messages import Answer, Request, json_answer
from integrations.sandbox.vendors.graph import events
from integrations.sandbox.vendors.graph.errors import GraphError
from integrations.sandbox.vendors.graph.mailboxes import STATES, Event, Mailbox
from integrations.sandbox.vendors.graph.settings import BadSetting

if TYPE_CHECKING:
    from integrations.sandbox.vendors.graph.vendor import GraphVendor


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class GraphAdmin:
    """Everything a test or a person at the console does to the stand-in, and nothing a client could."""

    def __init__(self, vendor: GraphVendor) -> None:
        self._vendor = vendor

    def answer(self, request: Request, parts: list[str]) -> Answer:
        routes: dict[str, Callable[[Request, list[str]], Answer]] = {
            "mailboxes": self._mailboxes,
            "calendars": self._calendars,
            "settings": self._settings,
            "tokens": self._tokens,
        }
        route = routes.get(parts[0] if parts else "")
        try:
            if route is None:
                raise _Refused(404, f"nothing at {request.path}; known: {', '.join(routes)}")
            return route(request, parts[1:])
        except _Refused as refused:
            return json_answer(refused.status, {"error": str(refused)})
        except BadSetting as error:
            return json_answer(400, {"error": str(error)})
        except GraphError as error:
            return json_answer(error.status, {"error": f"{error.code}: {error.message}"})

    def _mailboxes(self, request: Request, parts: list[str]) -> Answer:
        mailboxes = self._vendor.mailboxes
        if not parts:
            if request.method == "POST":
                return self._mailbox_create(request)
            return json_answer(200, [mailbox_report(mailbox) for mailbox in mailboxes.all()])
        mailbox = self._find(parts[0])
        if request.method == "PATCH":
            body = request.document()
            with mailboxes.lock:
                other = mailboxes.find(str(body.get("upn", mailbox.upn)))
                if other is not None and other is not mailbox:
                    raise _Refused(409, f"{body['upn']} is taken")
                mailbox.upn = str(body.get("upn", mailbox.upn))
                mailbox.state = _state(body.get("state", mailbox.state))
                mailboxes.save(mailbox)
        elif request.method == "DELETE":
            mailboxes.remove(mailbox)
            return Answer(204)
        return json_answer(200, mailbox_report(mailbox))

    def _mailbox_create(self, request: Request) -> Answer:
        body = request.document()
        upn = body.get("upn")
        if not isinstance(upn, str) or "@" not in upn:
            raise _Refused(400, "upn must be a text with an @")
        state = _state(body.get("state", "enabled"))
        is_new = self._vendor.mailboxes.find(upn) is None
        mailbox = self._vendor.mailboxes.add(upn=upn, display_name=body.get("display_name"), state=state)
        return json_answer(201 if is_new else 200, mailbox_report(mailbox))

    def _calendars(self, request: Request, parts: list[str]) -> Answer:
        if not parts:
            found = {mailbox.upn: _events(mailbox) for mailbox in self._vendor.mailboxes.all()}
            return json_answer(200, found)
        mailbox = self._find(parts[0])
        if len(parts) == 1:
            return json_answer(200, _events(mailbox))
        event = mailbox.event_find(parts[2]) if len(parts) > 2 and parts[1] == "events" else None
        if event is None:
            raise _Refused(404, f"no such event in the calendar of {mailbox.upn}")
        mailboxes = self._vendor.mailboxes
        if parts[3:] == ["move"] and request.method == "POST":
            events.event_move(mailboxes, mailbox, event)
        elif request.method == "DELETE" and not parts[3:]:
            mailboxes.event_remove(mailbox, event)
            return Answer(204)
        elif request.method == "PATCH" and not parts[3:]:
            at = self._vendor.world.clock.now()
            events.event_update(mailboxes, mailbox, event, request.document(), at=at)
        return json_answer(200, event_report(event))

    def _settings(self, request: Request, parts: list[str]) -> Answer:
        if request.method in ("PATCH", "POST"):
            self._vendor.settings = self._vendor.settings.changed(request.document())
        return json_answer(200, self._vendor.settings.report())

    def _tokens(self, request: Request, parts: list[str]) -> Answer:
        if parts != ["revoke"] or request.method != "POST":
            raise _Refused(404, "POST tokens/revoke is all there is")
        self._vendor.sign_in.revoke()
        return json_answer(200, {"revoked": True})

    def _find(self, name: str) -> Mailbox:
        mailbox = self._vendor.mailboxes.find(name)
        if mailbox is None:
            raise _Refused(404, f"no mailbox {name}")
        return mailbox


def mailbox_report(mailbox: Mailbox) -> dict[str, Any]:
    return {
        "upn": mailbox.upn, "user_id": mailbox.user_id, "display_name": mailbox.display_name,
        "state": mailbox.state, "events": len(mailbox.events),
    }  # fmt: skip


def event_report(event: Event) -> dict[str, Any]:
    """The event as it was written, with instants in UTC and both of its ids."""
    return {
        **event.values,
        "id": event.id(immutable=True),
        "mutableId": event.id(immutable=False),
        "start": _instant(event.start),
        "end": _instant(event.end),
        "transactionId": event.transaction_id,
        "singleValueExtendedProperties": list(event.extended.values()),
        "change": event.change,
    }


def _events(mailbox: Mailbox) -> list[dict[str, Any]]:
    ordered = sorted(mailbox.events.values(), key=lambda event: (event.start, event.sequence))
    return [event_report(event) for event in ordered]


def _instant(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%dT%H:%M:%SZ}"


def _state(value: object) -> str:
    if value not in STATES:
        raise _Refused(400, f"state must be one of {', '.join(STATES)}")
    return str(value)
