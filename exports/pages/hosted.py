"""The organisation's hosted directory: how to connect, and whose keys open it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.page_kit import manage_or_refuse, may_manage, moment_text
from integrations.services.hosting import (
    hosted_key_add,
    hosted_key_remove,
    hosted_keys,
    hosted_name,
    hosted_service,
)
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.VIEW_INTEGRATIONS)
def hosted(request: HttpRequest) -> HttpResponse:
    """GET shows how to connect and the keys; POST adds a key."""
    if request.method != "POST":
        return _page(request)
    manage_or_refuse(request)
    text, name = request.POST.get("key", ""), request.POST.get("name", "")
    try:
        with tenant_transaction(account_of(request).organization.id):
            row = hosted_key_add(text=text[:10_000], name=name, actor=actor_of(request), now=timezone.now())
            said = f"{row.name} opens the directory within seconds. Its fingerprint is {row.fingerprint}."
    except RefusedError as refused:
        # A private key that was pasted by mistake is not sent back.
        shown = "" if "PRIVATE" in text else text
        return _page(request, {"key": shown, "name": name}, refused)
    messages.success(request, said)
    return redirect("exports:hosted")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def hosted_remove(request: HttpRequest, hosted_key_id: uuid.UUID) -> HttpResponse:
    """Shut a key out."""
    with tenant_transaction(account_of(request).organization.id):
        name = hosted_key_remove(key_id=hosted_key_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"{name} no longer opens the directory. Sessions that are open end within seconds.")
    return redirect("exports:hosted")


def _page(
    request: HttpRequest, entered: dict[str, str] | None = None, refused: RefusedError | None = None
) -> HttpResponse:
    organization = account_of(request).organization
    with tenant_transaction(organization.id):
        keys = hosted_keys()
    service = hosted_service()
    where = service.host if service.port == 22 else f"[{service.host}]:{service.port}"
    user = hosted_name(organization.slug)
    context = {
        "section": "integrations",
        "service": service,
        "user": user,
        "command": f"sftp -P {service.port} {user}@{service.host}",
        "known_hosts": f"{where} {service.host_key}" if service.host_key else "",
        "keys": [
            (
                one,
                moment_text(one.added_at, organization.zone),
                moment_text(one.used_at, organization.zone) if one.used_at else "",
            )
            for one in keys
        ],
        "entered": entered or {},
        "error": refused.text if refused else "",
        "may_manage": may_manage(request),
    }
    return render(request, "exports/hosted.html", context, status=422 if refused else 200)
