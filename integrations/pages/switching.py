"""The page on which a connection is switched: off, shadow, test, live; going live shows its numbers and binds to them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from integrations.contract import DeliveryError, Mode
from integrations.lanes import LIVE, OFF, SHADOW, STATES, TEST
from integrations.pages.acts import act_on
from integrations.pages.common import Head, connection_page, head_read, manage_or_refuse, receives
from integrations.pages.preview_view import preview_context
from integrations.services.connections import connection_find
from integrations.services.cutover import ConfirmationLapsed, connection_go_live
from integrations.services.preview import Preview, connection_preview
from integrations.services.states import connection_gaps, connection_state_set
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_TITLES = {OFF: "Off", SHADOW: "Shadow", TEST: "Test", LIVE: "Live"}
_MEANS = {
    OFF: "Nothing is sent. What was delivered stays at the destination and grows old. To hold it for a while, pause it instead.",
    SHADOW: "Every run reads, compares and writes its file or requests as if, and keeps them to look at. Nothing is sent.",
    TEST: "Sends to the test destination of the settings, with the test secrets. Nothing reaches the live destination.",
    LIVE: "Sends to the destination by itself. It begins with a full run; settings and mapping are carried over.",
}
_MEANS_IN = {
    OFF: "Nothing is taken in. Files lie where they are until it is switched on again.",
    SHADOW: "Every run looks for files, reads them and keeps both reports. Nothing is applied, and nothing is moved.",
    TEST: "The same at the test directory of the settings: files are read and reported, nothing is applied or moved.",
    LIVE: "Takes files in by itself, and applies what they change. It begins with a look.",
}
_VERBS = {OFF: "Switch off", SHADOW: "Run as a shadow", TEST: "Send to the test destination"}
_DONE = {
    OFF: "Switched off. What was delivered stays where it is.",
    SHADOW: "It runs as a shadow: a full run follows at once, and nothing is sent.",
    TEST: "It sends to the test destination: a full run follows at once.",
    LIVE: "It is live: a full run follows at once.",
}


@dataclass(frozen=True)
class StateLine:
    """One of the four states on the page. `gaps`: what is still missing before it can be switched there."""

    key: str
    title: str
    means: str
    verb: str
    current: bool
    gaps: tuple[str, ...]


@signed_in(Right.VIEW_INTEGRATIONS)
def switch(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows the four states and what going live would send; POST with `state` switches."""
    if request.method != "POST":
        return _page(request, connection_id)
    manage_or_refuse(request)
    state = request.POST.get("state", "")
    if state == LIVE:
        return _go_live(request, connection_id)
    return act_on(
        request,
        connection_id,
        lambda: connection_state_set(
            connection_id=connection_id, state=state, actor=actor_of(request), now=timezone.now()
        ),
        _DONE.get(state, ""),
        "connection" if state == OFF else "runs",
        refused_tab="switch",
    )


def _go_live(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    try:
        connection_go_live(
            organization_id=account_of(request).organization.id,
            connection_id=connection_id,
            confirmed=request.POST.get("confirmed", ""),
            actor=actor_of(request),
            clock=timezone.now,
        )
    except NotFoundError:
        raise
    except ConfirmationLapsed as lapsed:
        return _page(request, connection_id, lapsed=lapsed)
    except (RefusedError, DeliveryError) as refused:
        messages.error(request, refused.text)
        return redirect("integrations:switch", connection_id)
    messages.success(request, _DONE[LIVE])
    return redirect("integrations:runs", connection_id)


def _page(request: HttpRequest, connection_id: uuid.UUID, *, lapsed: ConfirmationLapsed | None = None) -> HttpResponse:
    organization_id = account_of(request).organization.id
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
        row = connection_find(connection_id)
        gaps = {state: tuple(connection_gaps(row, head.declared, state)) for state in STATES if state != OFF}
    now = head.card.info.state
    context: dict[str, Any] = {
        "states": [
            StateLine(
                state,
                _TITLES[state],
                (_MEANS_IN if receives(head) else _MEANS)[state],
                _VERBS.get(state, ""),
                state == now,
                gaps.get(state, ()),
            )
            for state in STATES
        ],
        "lapsed": lapsed.text if lapsed else "",
    }
    if now != LIVE and not gaps[LIVE]:
        try:
            found = lapsed.preview if lapsed else _preview(organization_id, head)
        except DeliveryError as error:
            context["problem"] = error.text
        else:
            context |= preview_context(found, head) | _warnings(found, head)
    status = 409 if lapsed else 200
    return connection_page(request, head, "switch", "integrations/switch.html", context, status=status)


def _preview(organization_id: int, head: Head) -> Preview:
    return connection_preview(
        organization_id=organization_id, connection_id=head.card.info.id, now=head.now, with_file=False, state=LIVE
    )


def _warnings(found: Preview, head: Head) -> dict[str, Any]:
    counted = head.declared.mode in (Mode.SNAPSHOT, Mode.DELTA, Mode.SYNC)
    return {
        "counted": counted,
        "emptied": counted and found.emptied,
        "nothing_to_send": counted and not found.desired and not found.emptied,
        "whole_file": head.declared.mode in (Mode.SNAPSHOT, Mode.DELTA),
    }
