"""``/_admin/…``: what tests, the demo and a person at the console use to steer the sandbox."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from integrations.sandbox.faults import BadFault
from integrations.sandbox.messages import Answer, BadJson, Request, json_answer
from integrations.sandbox.vendor import Vendor, World

KEY_HEADER = "x-sandbox-key"


def refusal(status: int, message: str) -> Answer:
    return json_answer(status, {"error": message})


class Admin:
    """Faults, clock, log, reset, and each vendor's own part below its name.

    ``key`` is None for a sandbox that only this machine can reach; otherwise every request must carry it.
    """

    def __init__(self, world: World, vendors: Mapping[str, Vendor], key: str | None) -> None:
        self._world = world
        self._vendors = vendors
        self._key = key

    def answer(self, request: Request) -> Answer:
        if self._key is not None and not hmac.compare_digest(
            request.headers.get(KEY_HEADER, "").encode(), self._key.encode()
        ):
            return refusal(403, f"this sandbox wants its key in the header {KEY_HEADER}")
        # A page of another site can send a form, but not JSON, to a sandbox on this machine.
        if request.body and "json" not in request.headers.get("content-type", ""):
            return refusal(415, "send JSON with Content-Type: application/json")
        if request.method != "GET" and request.headers.get("sec-fetch-site", "none") not in (
            "none",
            "same-origin",
        ):
            return refusal(403, "requests from another site are refused")
        try:
            return self._routed(request)
        except (BadJson, BadFault) as error:
            return refusal(400, str(error))

    def _routed(self, request: Request) -> Answer:
        name, *parts = request.segments[1:] or [""]
        if name in self._vendors:
            return self._vendors[name].admin(request, parts)
        actions = {
            "faults": self._faults,
            "requests": self._requests,
            "clock": self._clock,
            "reset": self._reset,
        }
        action = actions.get(name)
        if action is None or parts:
            return refusal(404, f"nothing at {request.path}")
        return action(request)

    def _faults(self, request: Request) -> Answer:
        faults = self._world.faults
        if request.method == "POST":
            return json_answer(201, faults.add(request.document()).report())
        if request.method == "DELETE":
            faults.clear()
        return json_answer(200, faults.report())

    def _requests(self, request: Request) -> Answer:
        if request.method == "DELETE":
            self._world.journal.clear()
        since = request.parameters.get("since", "0")
        if not since.isdigit():
            return refusal(400, "since must be the number of a request")
        return json_answer(200, self._world.journal.report(since=int(since)))

    def _clock(self, request: Request) -> Answer:
        if request.method == "POST":
            offset = request.document().get("offset_seconds")
            if not isinstance(offset, int | float):
                return refusal(400, "offset_seconds must be a number")
            self._world.clock.offset = float(offset)
        clock = self._world.clock
        return json_answer(200, {"offset_seconds": clock.offset, "now": clock.now().isoformat()})

    def _reset(self, request: Request) -> Answer:
        if request.method != "POST":
            return refusal(405, "POST resets")
        self._world.faults.clear()
        self._world.journal.clear()
        self._world.clock.offset = 0.0
        for vendor in self._vendors.values():
            vendor.reset()
        return json_answer(200, {"reset": True})
