"""Acts on a connection: each is one POST, says what it did, and goes back to where it was asked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.contract import ConfigError
from integrations.pages.common import connection_page, head_read, manage_or_refuse
from integrations.pages.preview_view import preview_context
from integrations.services import connections
from integrations.services.connections import connection_find, connection_gaps
from integrations.services.preview import connection_preview
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_DIGEST = re.compile(r"[0-9a-f]{64}")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def run_now(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Run at once; with `full` everything is sent as a new baseline."""
    full = request.POST.get("full") == "1"
    return _act(
        request,
        connection_id,
        lambda: connections.connection_run_now(
            connection_id=connection_id, actor=actor_of(request), now=timezone.now(), full=full
        ),
        "Everything is being sent as a new baseline." if full else "It runs now.",
        "runs",
    )


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def pause(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Hold a live connection."""

    def act() -> None:
        row = connection_find(connection_id, lock=True)
        if row.state != "live" or row.hold:
            raise RefusedError("Only a connection that sends can be paused.")
        connections.connection_pause(connection_id=connection_id, actor=actor_of(request), now=timezone.now())

    return _act(request, connection_id, act, "Paused. Nothing is sent until it is resumed.", "connection")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def resume(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Go on; after a safety stop only with the digest of the removals that were shown."""
    removals = request.POST.get("removals", "")

    def act() -> None:
        row = connection_find(connection_id, lock=True)
        if not row.hold:
            raise RefusedError("It is not held: there is nothing to resume.")
        if row.hold == "safety" and not _DIGEST.fullmatch(removals):
            raise RefusedError("Look at the removals and confirm them first.")
        connections.connection_resume(
            connection_id=connection_id,
            actor=actor_of(request),
            now=timezone.now(),
            removals=removals if row.hold == "safety" else "",
        )

    return _act(request, connection_id, act, "Resumed. It catches up at once.", "connection")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def retry(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Try again what the destination refused."""

    def act() -> None:
        row = connection_find(connection_id, lock=True)
        if row.state != "live" or row.hold:
            raise RefusedError("The connection does not send now. Switch it on, or resume it, first.")
        connections.connection_retry_rejected(connection_id=connection_id, actor=actor_of(request), now=timezone.now())

    return _act(request, connection_id, act, "What was refused is tried again, from the schedule as it is now.", "runs")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def send_again(request: HttpRequest, connection_id: uuid.UUID, artifact_id: uuid.UUID) -> HttpResponse:
    """Send the bytes of a receipt once more."""
    return _act(
        request,
        connection_id,
        lambda: connections.connection_send_again(
            connection_id=connection_id, artifact_id=artifact_id, actor=actor_of(request), now=timezone.now()
        ),
        "The same file is being sent again.",
        "runs",
    )


@signed_in(Right.VIEW_INTEGRATIONS)
def switch(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows what switching means now; POST does it (`live` is 1 or 0)."""
    organization_id = account_of(request).organization.id
    if request.method == "POST":
        manage_or_refuse(request)
        live = request.POST.get("live") == "1"
        text = (
            "It is live: a full run follows at once." if live else "Switched off. What was delivered stays where it is."
        )
        return _act(
            request,
            connection_id,
            lambda: connections.connection_state_set(
                connection_id=connection_id,
                state="live" if live else "off",
                actor=actor_of(request),
                now=timezone.now(),
            ),
            text,
            "runs" if live else "connection",
            refused_tab="switch",
        )
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
        gaps = connection_gaps(connection_find(connection_id), head.declared)
    context: dict[str, object] = {"gaps": gaps, "turning_on": head.card.info.state != "live"}
    if head.card.info.state != "live" and not gaps:
        try:
            preview = connection_preview(
                organization_id=organization_id, connection_id=head.card.info.id, now=head.now, with_file=False
            )
            context |= preview_context(preview, head)
        except ConfigError as error:
            context["gaps"] = [error.text]
    return connection_page(request, head, "switch", "integrations/switch.html", context)


def _act(
    request: HttpRequest,
    connection_id: uuid.UUID,
    act: Callable[[], object],
    done: str,
    tab: str,
    *,
    refused_tab: str = "",
) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            connection_find(connection_id)
            act()
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
        return redirect(f"integrations:{refused_tab or tab}", connection_id)
    messages.success(request, done)
    return redirect(f"integrations:{tab}", connection_id)
