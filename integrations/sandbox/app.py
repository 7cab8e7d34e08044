"""One request through the sandbox: pages, administration, or a vendor with its faults and its log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from integrations.sandbox.admin import Admin
from integrations.sandbox.clock import Clock
from integrations.sandbox.faults import Faults
from integrations.sandbox.journal import Journal, entry_close
from integrations.sandbox.messages import Answer, Cut, Request
from integrations.sandbox.pages import Pages
from integrations.sandbox.store import Store
from integrations.sandbox.vendor import Vendor, World, vendors_find


class App:
    """The whole sandbox as a function from Request to Answer; safe to call from many threads."""

    def __init__(self, *, data: Path, configuration: Mapping[str, Any], admin_key: str | None) -> None:
        self.world = World(Clock(), Faults(), Journal(), Store(data / "sandbox.sqlite3"))
        self.vendors = vendors_find(self.world, configuration)
        self._admin = Admin(self.world, self.vendors, admin_key)
        self._pages = Pages(self.vendors)

    def handle(self, request: Request) -> Answer:
        """Answer a request.

        Raises Cut when the connection is to be closed unanswered.
        """
        if request.path.startswith("/_admin/"):
            return self._admin.answer(request)
        for vendor in self.vendors.values():
            if vendor.claims(request.path):
                return self._vendor(vendor, request)
        return self._pages.answer(request)

    def _vendor(self, vendor: Vendor, request: Request) -> Answer:
        recipients = vendor.recipients(request)
        entry = self.world.journal.open(
            at=self.world.clock.now().isoformat(timespec="milliseconds"),
            vendor=vendor.name,
            method=request.method,
            path=request.path,
            query=request.query,
            recipient=min(recipients, key=len, default=None),
            prefer=request.headers.get("prefer"),
            body=_shown(request),
        )
        fault = self.world.faults.take(
            vendor=vendor.name, method=request.method, path=unquote(request.path), recipients=recipients
        )
        try:
            if fault is None:
                answer = vendor.answer(request, entry)
            else:
                entry.fault = fault.id
                answer = fault.enact(lambda: vendor.answer(request, entry))
        except Cut as cut:
            entry.outcome = "hung" if cut.seconds else "reset"
            raise
        except Exception:
            entry.outcome = "failed"
            raise
        entry_close(entry, answer)
        return answer

    def close(self) -> None:
        self.world.store.close()


def _shown(request: Request) -> Any:
    """The body as the log may keep it: JSON only, so never a form with a secret in it."""
    if "json" not in request.headers.get("content-type", ""):
        return None
    try:
        return json.loads(request.body)
    except ValueError:
        return None
