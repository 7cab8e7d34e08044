"""Private networks that the organisation's connections may reach: the list, adding, taking back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.pages.common import manage_or_refuse, may_manage
from integrations.pages.words import moment_text
from integrations.services.network import (
    GrantInfo,
    egress_grant_remove,
    egress_grants,
    grantable_networks,
    network_grant,
)
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.web import account_of, actor_of, signed_in


@dataclass(frozen=True)
class GrantLine:
    """A grant in words."""

    grant: GrantInfo
    ports: str
    granted: str


@signed_in(Right.VIEW_INTEGRATIONS)
def network(request: HttpRequest) -> HttpResponse:
    """GET lists; POST grants."""
    if request.method != "POST":
        return _page(request)
    manage_or_refuse(request)
    entered = {name: request.POST.get(name, "") for name in ("network", "ports", "reason")}
    try:
        with tenant_transaction(account_of(request).organization.id):
            made = network_grant(**entered, actor=actor_of(request), now=timezone.now())
            text = made.network
    except RefusedError as refused:
        return _page(request, entered, refused)
    messages.success(request, f"{text} is granted.")
    return redirect("integrations:network")


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def network_remove(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Take a grant back."""
    with tenant_transaction(account_of(request).organization.id):
        text = egress_grant_remove(grant_id=grant_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"{text} is closed again. A connection that needs it says so at its next run.")
    return redirect("integrations:network")


def _page(
    request: HttpRequest, entered: dict[str, str] | None = None, refused: RefusedError | None = None
) -> HttpResponse:
    zone = account_of(request).organization.zone
    with tenant_transaction(account_of(request).organization.id):
        found = egress_grants()
    lines = [
        GrantLine(one, ", ".join(map(str, one.ports)), moment_text(one.granted_at, zone) if one.granted_at else "")
        for one in found
    ]
    context = {
        "section": "integrations",
        "lines": lines,
        "grantable": [str(one) for one in grantable_networks()],
        "entered": entered or {},
        "errors": {refused.field: refused.text} if refused else {},
        "may_manage": may_manage(request),
    }
    return render(request, "integrations/network.html", context, status=422 if refused else 200)
