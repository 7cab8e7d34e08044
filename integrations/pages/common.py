"""What the pages of one connection share: who may act, the head with its state, tabs, pages of lists, CSV answers."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from integrations.contract import Connector
from integrations.pages.status import Status, cadence, status_of
from integrations.registry import connector
from integrations.selectors import board_card, delivered_count
from integrations.types import BoardCard
from scheduling.selectors import publication_number
from tenancy.rights import Right
from tenancy.web import account_of

PAGE_SIZE = 50
_FORMULA = re.compile(r"^'*[=+\-@\t\r]")


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


@dataclass(frozen=True)
class Pager:
    """Where a page of a list stands; the shape that components/pagination.html expects."""

    number: int
    pages: int
    total: int
    size: int = PAGE_SIZE

    @property
    def first(self) -> int:
        """The place of the first row shown, counted from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return min(self.number * self.size, self.total)

    @property
    def previous(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The page after."""
        return self.number + 1


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
        delivered=delivered_count(connection_id=card.info.id),
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
        "may_manage": may_manage(request),
    }
    return render(request, template, base | context, status=status)


def may_manage(request: HttpRequest) -> bool:
    """True if the account may change connections."""
    return account_of(request).may(Right.MANAGE_INTEGRATIONS)


def manage_or_refuse(request: HttpRequest) -> None:
    """For views that show to some and change for others."""
    if not may_manage(request):
        raise PermissionDenied("Your role may look at integrations, not change them.")


def page_number(request: HttpRequest) -> int:
    """The page that the address asks for: 1 when it says none or nonsense."""
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def pager(total: int, number: int, *, size: int = PAGE_SIZE) -> Pager:
    """A page that exists: past the end shows the last one."""
    pages = max(1, -(-total // size))
    return Pager(min(number, pages), pages, total, size)


def csv_response(name: str, rows: Iterable[list[str]]) -> HttpResponse:
    """A download that a spreadsheet opens safely: what it would run as a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return download(name, text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8")


def csv_cell(cell: str) -> str:
    """The cell as it was before csv_response made it safe."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def download(name: str, content: bytes, kind: str = "application/octet-stream") -> HttpResponse:
    """Bytes as an attachment."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition(name)})


def disposition(name: str) -> str:
    """The header that names a download; nothing in a name can break out of it."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:150] or "file"
    return f'attachment; filename="{safe}"'


def _tabs(head: Head) -> list[dict[str, Any]]:
    info = head.card.info
    names = [("connection", "Settings"), ("test", "Test")]
    if head.declared.mapping:
        names.append(("mapping", "Mapping"))
    names += [("preview", "Preview"), ("runs", "Runs"), ("problems", "Problems"), ("history", "History")]
    if info.hold == "safety":
        names.append(("safety", "Safety stop"))
    elif info.state != "live":
        names.append(("switch", "Go live"))
    counts = {"problems": info.open_problems, "safety": 1}
    return [
        {
            "key": key,
            "label": label,
            "url": reverse(f"integrations:{key}", args=[info.public_id]),
            "count": counts.get(key, 0),
        }
        for key, label in names
    ]
