"""What would be sent now, the exact file, and the safety stop with the removals it holds back."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.contract import DeliveryError, Operation
from integrations.pages.catalog import text_lines
from integrations.pages.common import Head, connection_page, head_read, receives
from integrations.pages.inbound import inbound_preview
from integrations.pages.preview_view import preview_context
from integrations.pages.words import moment_text, size
from integrations.services.preview import Preview, connection_preview
from tenancy.changes import change_record
from tenancy.lists import download
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.web import account_of, actor_of, signed_in

_LINES = 40


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def preview(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The page: the plan of a full run and the file it would write."""
    head = _head(request, connection_id)
    if receives(head):
        return inbound_preview(request, head)
    context: dict[str, object] = {"as_of": moment_text(head.now, head.zone), "problem": ""}
    try:
        found = _preview(request, head)
    except DeliveryError as error:
        return connection_page(request, head, "preview", "integrations/preview.html", context | {"problem": error.text})
    context |= preview_context(found, head)
    if found.file is not None:
        context |= {
            "file_lines": text_lines(found.file.content[:60_000], _LINES),
            "file_size": size(len(found.file.content)),
        }
    return connection_page(request, head, "preview", "integrations/preview.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def preview_file(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The bytes a run would send now. Who took them, and which, stands in the change log."""
    head = _head(request, connection_id)
    try:
        file = _preview(request, head).file
    except DeliveryError as error:
        raise NotFoundError(error.text) from error
    if file is None:
        raise NotFoundError("This connection sends no file.")
    with tenant_transaction(account_of(request).organization.id):
        change_record(
            actor=actor_of(request),
            now=timezone.now(),
            action="connection.download",
            subject_type="connection",
            subject=head.card.info.name,
            subject_id=head.card.info.public_id,
            after={"file": file.name, "sha256": file.sha256, "preview": True},
        )
    return download(file.name, file.content)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def safety(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """A run was stopped because it would remove too much: the removals, and the button that agrees to exactly these."""
    head = _head(request, connection_id)
    if receives(head):
        return inbound_preview(request, head)
    context: dict[str, object] = {"held": head.card.info.hold == "safety", "problem": ""}
    try:
        found = _preview(request, head, with_file=False)
    except DeliveryError as error:
        context["problem"] = error.text
    else:
        context |= preview_context(found, head)
        context["by_day"] = _by_day(found.operations("remove"))
    return connection_page(request, head, "safety", "integrations/safety.html", context)


def _head(request: HttpRequest, connection_id: uuid.UUID) -> Head:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        return head_read(request, connection_id)


def _preview(request: HttpRequest, head: Head, *, with_file: bool = True) -> Preview:
    return connection_preview(
        organization_id=account_of(request).organization.id,
        connection_id=head.card.info.id,
        now=head.now,
        with_file=with_file,
    )


def _by_day(removals: list[Operation]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for one in removals:
        day = f"{one.starts_at:%a %b} {one.starts_at.day}"
        counts[day] = counts.get(day, 0) + 1
    return list(counts.items())[:31]
