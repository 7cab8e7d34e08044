"""The Graph stand-in as the sandbox sees it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from integrations.sandbox.faults import Fault
from integrations.sandbox.journal import Entry
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.vendor import Vendor, World
from integrations.sandbox.vendors.graph.admin import GraphAdmin
from integrations.sandbox.vendors.graph.batch import Services, Step, batch_run
from integrations.sandbox.vendors.graph.calls import VERSION, Calls
from integrations.sandbox.vendors.graph.errors import GraphError
from integrations.sandbox.vendors.graph.limits import Limits
from integrations.sandbox.vendors.graph.mailboxes import Mailboxes
from integrations.sandbox.vendors.graph.page import fragment, summary
from integrations.sandbox.vendors.graph.settings import GraphSettings
from integrations.sandbox.vendors.graph.sign_in import SignIn


class GraphVendor(Vendor):
    """Sign-in, calendars and batches of one tenant with one registered application."""

    name = "graph"
    title = "Microsoft Graph"

    def __init__(self, world: World, configuration: Mapping[str, Any]) -> None:
        super().__init__(world, configuration)
        values = {name: value for name, value in configuration.items() if name != "mailboxes"}
        self._configured = GraphSettings().changed(values)
        self._first_mailboxes = [str(upn) for upn in configuration.get("mailboxes") or []]
        self.settings = self._configured
        self.mailboxes = Mailboxes(world.store)
        self.sign_in = SignIn(world)
        self._limits = Limits(world.clock)
        self._calls = Calls(self.mailboxes, world.clock)
        self._admin = GraphAdmin(self)
        self._provide()

    def claims(self, path: str) -> bool:
        return path.startswith(f"/{VERSION}/") or SignIn.claims(path)

    def recipients(self, request: Request) -> frozenset[str]:
        parts = request.segments
        if len(parts) < 3 or parts[1] != "users":
            return frozenset()
        mailbox = self.mailboxes.find(parts[2])
        names = (mailbox.upn, mailbox.user_id) if mailbox else (parts[2],)
        return frozenset(name.casefold() for name in names)

    def answer(self, request: Request, entry: Entry) -> Answer:
        if SignIn.claims(request.path):
            return self.sign_in.answer(request, self.settings)
        try:
            self.sign_in.check(request.headers.get("authorization", ""))
            if unquote(request.path) == f"/{VERSION}/$batch":
                return self._batch(request, entry)
            return self._single(request, entry)
        except GraphError as error:
            return self._refuse(error)

    def admin(self, request: Request, parts: list[str]) -> Answer:
        return self._admin.answer(request, parts)

    def reset(self) -> None:
        self.settings = self._configured
        self.mailboxes.clear()
        self.sign_in.revoke()
        self._limits.clear()
        self._provide()

    def summary(self) -> str:
        return summary(self.mailboxes)

    def fragment(self) -> str:
        return fragment(self.mailboxes)

    def _provide(self) -> None:
        for upn in self._first_mailboxes:
            self.mailboxes.add(upn=upn)

    def _single(self, request: Request, entry: Entry) -> Answer:
        key = self._key(request)
        entry.in_flight = self._limits.enter(key, self.settings)
        try:
            time.sleep(self.settings.latency_seconds)
            return self._calls.run(request, self.settings)
        finally:
            self._limits.leave(key)

    def _batch(self, request: Request, entry: Entry) -> Answer:
        if request.method != "POST":
            raise GraphError(405, "Request_BadRequest", "A batch is sent with POST.")
        settings = self.settings

        def enter(step: Step) -> None:
            step.key = self._key(step.request)
            step.entry.in_flight = self._limits.enter(step.key, settings)

        def run(step: Step) -> Answer:
            try:
                return self._calls.run(step.request, settings)
            except GraphError as error:
                return self._refuse(error)

        services = Services(
            open=lambda inner: self._open(inner, entry),
            enter=enter,
            leave=lambda step: self._limits.leave(step.key),
            run=run,
            refuse=self._refuse,
            latency_seconds=settings.latency_seconds,
            strict=settings.batch_dependencies == "strict",
        )
        return batch_run(request, services)

    def _open(self, request: Request, parent: Entry) -> tuple[Entry, Fault | None]:
        recipients = self.recipients(request)
        entry = self.world.journal.open(
            at=self.world.clock.now().isoformat(timespec="milliseconds"),
            vendor=self.name,
            method=request.method,
            path=request.path,
            query=request.query,
            recipient=min(recipients, key=len, default=None),
            parent=parent.id,
            prefer=request.headers.get("prefer"),
            body=json.loads(request.body) if request.body else None,
        )
        fault = self.world.faults.take(
            vendor=self.name, method=request.method, path=unquote(request.path), recipients=recipients
        )
        return entry, fault

    def _key(self, request: Request) -> str:
        # The user id of a known mailbox, so that both ways to name it share one limit, also across a rename.
        parts = request.segments
        mailbox = self.mailboxes.find(parts[2]) if len(parts) > 2 else None
        return mailbox.user_id if mailbox else "".join(parts[2:3]).casefold()

    def _refuse(self, error: GraphError) -> Answer:
        return error.answer(at=f"{self.world.clock.now():%Y-%m-%dT%H:%M:%S}")


VENDOR = GraphVendor
