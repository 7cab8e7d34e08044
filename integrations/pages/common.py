"""What the pages of one connection share: who may act, the head with its state, tabs, pages of lists, CSV answers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from integrations.contract import Connector, Mode, counts
from integrations.pages.status import Status, cadence, status_of
from integrations.registry import connector
from integrations.selectors import board_card, delivered_count
from integrations.types import BoardCard
from scheduling.selectors import publication_number
from tenancy.rights import Right
from tenancy.web import account_of


@dataclass(frozen=True)
class Head:
    """The top of every page of a connection."""

    card: BoardCard
    declared: Connector
    status: Status
    cadence: str
    delivered: int
    number: int
    zone: str
    now: datetime


def head_read(request: HttpRequest, connection_id: uuid.UUID) -> Head:
    """Read the head. Call inside tenant_transaction; raises NotFoundError."""
    card = board_card(connection_id)
    number = publication_number()
    zone, now = account_of(request).organization.zone, timezone.now()
    return Head(
        card=card,
        declared=connector(card.info.kind),
        status=status_of(card, number=number, zone=zone, now=now),
        cadence=cadence(card),
        delivered=delivered_count(connection_id=card.info.id, lane=card.info.lane),
        number=number,
        zone=zone,
        now=now,
    )


def connection_page(
    request: HttpRequest, head: Head, tab: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of a connection with its head and tabs."""
    base = {
        "section": "integrations",
        "head": head,
        "info": head.card.info,
        "tab": tab,
        "tabs": _tabs(head),
        "tables_of": {one.subject.value for one in head.declared.tables},
        "may_manage": may_manage(request),
        "receives": receives(head),
    }
    return render(request, template, base | context, status=status)


def receives(head: Head) -> bool:
    """True for a connection that takes files in."""
    return head.declared.mode is Mode.INBOUND


def may_manage(request: HttpRequest) -> bool:
    """True if the account may change connections."""
    return account_of(request).may(Right.MANAGE_INTEGRATIONS)


def manage_or_refuse(request: HttpRequest) -> None:
    """For views that show to some and change for others."""
    if not may_manage(request):
        raise PermissionDenied("Your role may look at integrations, not change them.")


def _tabs(head: Head) -> list[dict[str, Any]]:
    info = head.card.info
    names = [("connection", "Settings"), ("test", "Test")]
    if head.declared.mapping or head.declared.tables:
        names.append(("mapping", "Mapping"))
    own = [one for one in head.declared.tabs if counts(one, info.settings, head.declared.settings)]
    names += [(one.key, one.label) for one in own]
    names.append(("preview", "Preview"))
    if receives(head):
        names.append(("inbound", "Files"))
    names += [("runs", "Runs"), ("problems", "Problems"), ("history", "History")]
    if info.hold == "safety":
        names.append(("safety", "Safety stop"))
    else:
        names.append(("switch", "State"))
    numbers = {"problems": info.open_problems, "safety": 1}
    addresses = {one.key: one.url_name for one in own}
    return [
        {
            "key": key,
            "label": label,
            "url": reverse(addresses.get(key, f"integrations:{key}"), args=[info.public_id]),
            "count": numbers.get(key, 0),
        }
        for key, label in names
    ]
