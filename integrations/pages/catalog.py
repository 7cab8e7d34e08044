"""The catalog: every registered connector with its page, and the way to connect it."""

from __future__ import annotations

import inspect
from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from integrations.contract import Connector, Mode, Trigger
from integrations.pages.common import may_manage
from integrations.pages.words import TRIGGER_WORDS
from integrations.recurrence import described
from integrations.registry import connectors
from integrations.selectors import connections_by_kind
from integrations.services.connections import connection_create
from tenancy.lists import download
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.web import account_of, actor_of, signed_in

_SAMPLE_LINES = 12


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def catalog(request: HttpRequest) -> HttpResponse:
    """Every connector."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        connected = connections_by_kind()
    entries = [(one, connected.get(kind, [])) for kind, one in connectors().items()]
    context = {"section": "integrations", "entries": entries, "may_manage": may_manage(request)}
    return render(request, "integrations/catalog.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def entry(request: HttpRequest, kind: str) -> HttpResponse:
    """One connector: what it does, what it needs, a sample."""
    declared = _declared(kind)
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        connected = connections_by_kind().get(kind, [])
    sample = sample_file(declared)
    return render(
        request,
        "integrations/entry.html",
        {
            "section": "integrations",
            "declared": declared,
            "receives": declared.mode is Mode.INBOUND,
            "connected": connected,
            "triggers": [TRIGGER_WORDS[one.value] for one in Trigger if one in declared.triggers],
            "recurrence": described(declared.recurrence),
            "window": declared.window,
            "sample": sample.name if sample else "",
            "sample_lines": _first_lines(sample) if sample else [],
            "may_manage": may_manage(request),
        },
    )


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def sample_download(request: HttpRequest, kind: str) -> HttpResponse:
    """The connector's own example of what it sends."""
    declared = _declared(kind)
    sample = sample_file(declared)
    if sample is None:
        raise NotFoundError("This integration has no sample.")
    return download(f"{kind}-sample{sample.suffix}", sample.read_bytes())


@signed_in(Right.MANAGE_INTEGRATIONS)
@require_POST
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a connection in state off and go to its settings."""
    _declared(kind)
    with tenant_transaction(account_of(request).organization.id):
        row = connection_create(
            kind=kind, name=request.POST.get("name", "")[:120], actor=actor_of(request), now=timezone.now()
        )
        public_id, name = row.public_id, row.name
    messages.success(request, f"{name} was added. It sends nothing until it is set up and switched on.")
    return redirect("integrations:connection", public_id)


def sample_file(declared: Connector) -> Path | None:
    """The largest file that comes, or expected output, among the connector's examples: what its tests compare byte by byte."""
    folder = Path(inspect.getfile(type(declared))).parent / "examples"
    comes = list(folder.glob("**/inbound.*"))
    found = sorted(comes or folder.glob("**/expected*"), key=lambda path: (-path.stat().st_size, path.as_posix()))
    return found[0] if found else None


def _first_lines(path: Path) -> list[str]:
    return text_lines(path.read_bytes()[:8000], _SAMPLE_LINES) or []


def text_lines(content: bytes, count: int) -> list[str] | None:
    """The first lines of a text, or None for something that is no text."""
    if b"\x00" in content or content[:2] == b"PK":
        return None
    return content.decode("utf-8-sig", errors="replace").splitlines()[:count]


def _declared(kind: str) -> Connector:
    found = connectors().get(kind)
    if found is None:
        raise NotFoundError("There is no such integration.")
    return found
