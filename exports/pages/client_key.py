"""The key with which a connection signs in: made here, shown to copy, replaced without an interruption."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from integrations.page_kit import connection_page, head_read, manage_or_refuse, moment_text
from integrations.services.client_keys import client_key_make, client_key_remove, client_keys
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.VIEW_INTEGRATIONS)
def client_key(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows the keys; POST makes one, or removes that of a slot."""
    organization_id = account_of(request).organization.id
    if request.method == "POST":
        manage_or_refuse(request)
        return _act(request, organization_id, connection_id)
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
        if not any(one.url_name == "exports:key" for one in head.declared.tabs):
            raise NotFoundError("This connection has no keys.")
        found = client_keys(connection_id=connection_id)
    context = {
        "keys": [(one, moment_text(one.made_at, head.zone)) for one in found],
        "waiting": any(one.newest and not one.in_use for one in found),
        "using": any(one.in_use for one in found),
    }
    return connection_page(request, head, "key", "exports/key.html", context)


def _act(request: HttpRequest, organization_id: int, connection_id: uuid.UUID) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    try:
        with tenant_transaction(organization_id):
            if request.POST.get("act") == "remove":
                slot = request.POST.get("slot", "")
                gone = client_key_remove(connection_id=connection_id, slot=slot, actor=actor, now=now)
                said = f"The key {gone.fingerprint} is forgotten. Take it off the server as well."
            else:
                made = client_key_make(connection_id=connection_id, actor=actor, now=now)
                said = f"Made the key {made.fingerprint}. Give its public half to the server's owner, then test."
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
    else:
        messages.success(request, said)
    return redirect("exports:key", connection_id)
