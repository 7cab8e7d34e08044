"""The connection test: its steps one by one, and keeping what a step found."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.contract import Connector, Step
from integrations.lanes import LIVE, TEST, has_test
from integrations.pages.common import Head, connection_page, head_read, manage_or_refuse
from integrations.pages.words import moment_text
from integrations.services.connections import connection_change, connection_test
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


@dataclass(frozen=True)
class Finding:
    """Something a step found that can be kept as a setting. `differs`: another value is kept now."""

    name: str
    label: str
    value: str
    kept: str

    @property
    def differs(self) -> bool:
        """Another value is kept: keeping this one replaces it."""
        return bool(self.kept) and self.kept != self.value


@signed_in(Right.VIEW_INTEGRATIONS)
def test(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET says when it last passed; POST runs it now. `lane`: live, or test for the destination of tests."""
    organization_id = account_of(request).organization.id
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
    if request.method != "POST":
        return _page(request, head, None)
    manage_or_refuse(request)
    steps = connection_test(
        organization_id=organization_id, connection_id=connection_id, clock=timezone.now, lane=_lane(request)
    )
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
    return _page(request, head, steps)


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def pin(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Keep what a step found: it becomes the setting of that name."""
    name, value = request.POST.get("name", ""), request.POST.get("value", "")
    try:
        with tenant_transaction(account_of(request).organization.id):
            label = _label(head_read(request, connection_id).declared, name)
            if not value.strip():
                raise RefusedError("There is nothing to keep: run the test first.")
            kept: dict[str, Any] = {"test_settings" if _lane(request) == TEST else "settings": {name: value}}
            connection_change(connection_id=connection_id, actor=actor_of(request), now=timezone.now(), **kept)
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
    else:
        messages.success(request, f"{label} is pinned. Run the test once more to go through the remaining steps.")
    where = reverse("integrations:test", args=[connection_id])
    return redirect(f"{where}?lane=test" if _lane(request) == TEST else where)


def _lane(request: HttpRequest) -> str:
    """Which destination is meant."""
    asked = request.POST.get("lane") or request.GET.get("lane")
    return TEST if asked == TEST else LIVE


def _page(request: HttpRequest, head: Head, steps: list[Step] | None) -> HttpResponse:
    lane = _lane(request)
    shown = [(step, _findings(head, step, lane)) for step in steps or []]
    tested = head.card.info.test_tested_at if lane == TEST else head.card.info.tested_at
    context = {
        "lane": lane,
        "both": has_test(head.declared),
        "steps": shown,
        "ran": steps is not None,
        "failed": sum(1 for step in steps or [] if step.state == "failed"),
        "tested": moment_text(tested, head.zone) if tested else "",
        "ran_at": moment_text(timezone.now(), head.zone),
    }
    return connection_page(request, head, "test", "integrations/test.html", context)


def _findings(head: Head, step: Step, lane: str) -> list[Finding]:
    """What may be kept and is not kept already."""
    known = {one.name: one.label for one in head.declared.settings}
    settings = head.card.info.test_settings if lane == TEST else head.card.info.settings
    return [
        Finding(name, known[name], value, str(settings.get(name) or ""))
        for name, value in step.found.items()
        if name in known and settings.get(name) != value
    ]


def _label(declared: Connector, name: str) -> str:
    return next((one.label for one in declared.settings if one.name == name), name)
