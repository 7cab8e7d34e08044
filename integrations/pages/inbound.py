"""Files that came to us: the list, one file with what it changes, and a person's decision about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from integrations.inbound_selectors import inbound_file, inbound_file_shown, inbound_files
from integrations.models import InboundFile
from integrations.pages.common import Head, connection_page, head_read
from integrations.pages.inbound_view import STOPPED_SOON, file_line, plan_context
from integrations.pages.words import moment_text
from integrations.receiving import InboundConnector
from integrations.services.inbound_decide import (
    FileLook,
    inbound_file_bring,
    inbound_file_confirm,
    inbound_file_look,
    inbound_file_refuse,
)
from integrations.services.inbound_peek import inbound_peek
from tenancy.lists import page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def files(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Every file that was seen, newest first, and the way to bring one by hand."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        _, total = inbound_files(connection_id=head.card.info.id, limit=1)
        page = pager(total, page_number(request))
        found, _ = inbound_files(connection_id=head.card.info.id, first=page.first - 1, limit=page.size)
    context = {"rows": [file_line(one, head) for one in found], "page": page}
    return connection_page(request, head, "inbound", "integrations/inbound.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def file(request: HttpRequest, connection_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """One file: what became of it, or while it waits for a person, what it would change."""
    organization_id = account_of(request).organization.id
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
        found = inbound_file(connection_id=head.card.info.id, public_id=file_id)
    context: dict[str, object] = {"line": file_line(found, head), "file": found, "waits": found.state == "stopped"}
    if found.state == "stopped":
        context |= _plan(request, head, found.public_id)
    return connection_page(request, head, "inbound", "integrations/inbound_file.html", context)


def inbound_preview(request: HttpRequest, head: Head) -> HttpResponse:
    """The preview of a connection that receives: what the newest file would change if it were applied now."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        found = inbound_file_shown(connection_id=head.card.info.id)
    context: dict[str, object] = {"as_of": moment_text(head.now, head.zone), "file": found}
    if found is not None:
        context |= {"line": file_line(found, head), **_plan(request, head, found.public_id)}
    return connection_page(request, head, "preview", "integrations/inbound_preview.html", context)


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def peek(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Look at the server now: what the newest file there would change. Nothing is kept, moved or applied."""
    organization_id = account_of(request).organization.id
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
    if not isinstance(head.declared, InboundConnector):
        return _no_inbox(request, connection_id)
    seen = inbound_peek(organization_id=organization_id, connection_id=connection_id, clock=timezone.now)
    context = {
        "as_of": moment_text(head.now, head.zone),
        "file": None,
        "peeked": seen,
        **plan_context(seen.look, head),
    }
    return connection_page(request, head, "preview", "integrations/inbound_preview.html", context)


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def bring(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Bring a file by hand: it is kept and shown, and nothing of it is applied yet."""
    upload = request.FILES.get("file")
    with tenant_transaction(account_of(request).organization.id):
        head = head_read(request, connection_id)
    if not isinstance(head.declared, InboundConnector):
        return _no_inbox(request, connection_id)
    if upload is None:
        messages.error(request, "Choose a file first.")
        return redirect("integrations:inbound", connection_id)
    content = upload.read(head.declared.largest_bytes + 1)
    try:
        with tenant_transaction(account_of(request).organization.id):
            kept = inbound_file_bring(
                connection_id=connection_id,
                name=upload.name or "",
                content=content,
                actor=actor_of(request),
                now=timezone.now(),
            )
    except RefusedError as refused:
        messages.error(request, refused.text)
        return redirect("integrations:inbound", connection_id)
    messages.info(request, f"{kept.name} was read. This is what it would change; nothing was applied yet.")
    return redirect("integrations:inbound-file", connection_id, kept.public_id)


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def confirm(request: HttpRequest, connection_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """Apply exactly what was shown."""

    def act() -> InboundFile:
        return inbound_file_confirm(
            connection_id=connection_id,
            file_id=file_id,
            digest=request.POST.get("digest", ""),
            actor=actor_of(request),
            now=timezone.now(),
        )

    return _decide(request, connection_id, file_id, act, "{name} was applied.")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def refuse(request: HttpRequest, connection_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """Never apply it."""

    def act() -> InboundFile:
        return inbound_file_refuse(
            connection_id=connection_id, file_id=file_id, actor=actor_of(request), now=timezone.now()
        )

    return _decide(request, connection_id, file_id, act, "{name} was refused. Nothing of it was applied.")


def _decide(
    request: HttpRequest,
    connection_id: uuid.UUID,
    file_id: uuid.UUID,
    act: Callable[[], InboundFile],
    done: str,
) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            found = act()
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
    else:
        messages.success(request, done.format(name=found.name))
    return redirect("integrations:inbound-file", connection_id, file_id)


def _plan(request: HttpRequest, head: Head, file_id: uuid.UUID) -> dict[str, object]:
    if not isinstance(head.declared, InboundConnector):
        return plan_context(FileLook(None, STOPPED_SOON), head)
    look = inbound_file_look(
        organization_id=account_of(request).organization.id,
        connection_id=head.card.info.public_id,
        file_id=file_id,
        now=head.now,
    )
    return plan_context(look, head)


def _no_inbox(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    messages.error(request, "This connection sends; it takes no files in.")
    return redirect("integrations:inbound", connection_id)
