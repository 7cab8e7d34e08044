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

from integrations.services import connections
from integrations.services.connections import connection_find
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
    return act_on(
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
    """Hold a connection that runs."""

    def act() -> None:
        row = connection_find(connection_id, lock=True)
        if not row.running:
            raise RefusedError("Only a connection that sends can be paused.")
        connections.connection_pause(connection_id=connection_id, actor=actor_of(request), now=timezone.now())

    return act_on(request, connection_id, act, "Paused. Nothing is sent until it is resumed.", "connection")


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

    return act_on(
        request, connection_id, act, "Resumed. One run catches up at once with all that was missed.", "connection"
    )


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def retry(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Try again what the destination refused."""

    def act() -> None:
        row = connection_find(connection_id, lock=True)
        if not row.running:
            raise RefusedError("The connection does not send now. Switch it on, or resume it, first.")
        connections.connection_retry_rejected(connection_id=connection_id, actor=actor_of(request), now=timezone.now())

    return act_on(
        request, connection_id, act, "What was refused is tried again, from the schedule as it is now.", "runs"
    )


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def send_again(request: HttpRequest, connection_id: uuid.UUID, artifact_id: uuid.UUID) -> HttpResponse:
    """Send the bytes of a receipt once more."""
    return act_on(
        request,
        connection_id,
        lambda: connections.connection_send_again(
            connection_id=connection_id, artifact_id=artifact_id, actor=actor_of(request), now=timezone.now()
        ),
        "The same file is being sent again.",
        "runs",
    )


def act_on(
    request: HttpRequest,
    connection_id: uuid.UUID,
    act: Callable[[], object],
    done: str,
    tab: str,
    *,
    refused_tab: str = "",
) -> HttpResponse:
    """Do it in one transaction, say what was done or why not, and go to a page of the connection."""
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
