"""Views: the list, one of them opened, the same as a file, and taking one away."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.listing import ordered, paged
from scheduling.pages.views.read import board_read, lines_read
from scheduling.pages.views.window import SPANS, Window, window_of
from scheduling.selectors.published import publication_number
from scheduling.selectors.views import ViewInfo, view_find, views_visible
from scheduling.services.views import view_remove
from scheduling.viewing.types import LAYOUTS
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, OrganizationInfo
from tenancy.wall import local_date, wall
from tenancy.web import account_of, actor_of, signed_in

_SORTS = {
    "name": lambda row: row.view.name.casefold(),
    "owner": lambda row: (row.view.owner.casefold(), row.view.name.casefold()),
    "changed": lambda row: row.view.changed_at,
}
_SHOW = {"": "All that I may see", "mine": "Mine", "shared": "Shared with me", "everybody": "Everybody's"}


@dataclass(frozen=True)
class Row:
    """A view in the list."""

    view: ViewInfo
    layout: str
    changed: date


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def views(request: HttpRequest) -> HttpResponse:
    """The list."""
    account = account_of(request)
    rows, context = _listed(request, account)
    shown, sort = ordered(rows, request.GET.get("sort", ""), _SORTS, default="name")
    context |= {"section": "views", "page": paged(shown, page_number(request)), "sort": sort}
    return render(request, "scheduling/views/views.html", context)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def views_csv(request: HttpRequest) -> HttpResponse:
    """The list as a file."""
    rows, _ = _listed(request, account_of(request))
    shown, _ = ordered(rows, request.GET.get("sort", ""), _SORTS, default="name")
    lines = [[row.view.name, row.view.owner, row.layout, row.changed.isoformat()] for row in shown]
    return csv_response("views.csv", [["View", "Owner", "Layout", "Changed on"], *lines])


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def view(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """One of them, opened: what everyone may rely on, whatever else the reader may see elsewhere."""
    account, moment = account_of(request), timezone.now()
    with tenant_transaction(account.organization.id, snapshot=True):
        info = view_find(account, view_id)
        context = opened(request, info, account.organization, moment, contacts=account.may(Right.VIEW_CONTACTS))
    context |= {"section": "views", "may_share": info.managed and account.may(Right.SHARE_VIEWS)}
    name = "wall" if request.GET.get("wall") == "1" else "view"
    return render(request, f"scheduling/views/{name}.html", context)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def view_csv(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """The same shifts as a file."""
    account, moment = account_of(request), timezone.now()
    with tenant_transaction(account.organization.id, snapshot=True):
        info = view_find(account, view_id)
        window = window_here(request, info, account.organization, moment)
        contacts = account.may(Right.VIEW_CONTACTS)
        lines = lines_read(info.sight, first=window.first, last=window.last, contacts=contacts)
    return csv_response(f"{info.name}-{window.first}-{window.last}.csv", lines)


@signed_in(Right.SAVE_VIEWS)
@require_POST
def remove(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """Take it away, with its links."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        info = managed_or_refuse(account, view_id)
        view_remove(view_id=view_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"{info.name} was removed. Its links open nothing any more.")
    return redirect("views")


def managed_or_refuse(account: AccountInfo, view_id: uuid.UUID) -> ViewInfo:
    """The view, for somebody who may change it. Raises NotFoundError, PermissionDenied for one that is only shared with the reader."""
    info = view_find(account, view_id)
    if not info.managed:
        raise PermissionDenied("This view is shared with you. Its owner can change it.")
    return info


def window_here(request: HttpRequest, info: ViewInfo, organization: OrganizationInfo, moment: datetime) -> Window:
    """The dates that the address asks for, by the organization's calendar."""
    today = local_date(moment, organization.zone)
    return window_of(request.GET, info.sight.reach, today=today, week_start=organization.week_start)


def opened(
    request: HttpRequest, info: ViewInfo, organization: OrganizationInfo, moment: datetime, *, contacts: bool
) -> dict[str, Any]:
    """What every page that shows a view needs; read inside the open transaction."""
    window = window_here(request, info, organization, moment)
    now = wall(moment, organization.zone)
    board = board_read(
        info.sight, first=window.first, last=window.last, today=now.date(), zone=organization.zone, contacts=contacts
    )
    context = {
        "view": info,
        "board": board,
        "window": window,
        "spans": SPANS.items(),
        "today": now.date(),
        "as_of": now,
        "publication": publication_number(),
        "contacts_hidden": "contacts" in info.sight.columns and not board.contacts,
    }
    if request.GET.get("wall") == "1":
        context["theme"] = "light" if request.GET.get("theme") == "light" else "dark"
    return context


def _listed(request: HttpRequest, account: AccountInfo) -> tuple[list[Row], dict[str, Any]]:
    show = request.GET.get("show", "")
    show = show if show in _SHOW else ""
    text = request.GET.get("q", "").strip().casefold()[:80]
    with tenant_transaction(account.organization.id, snapshot=True):
        found = views_visible(account, everything=show == "everybody")
    kept = [one for one in found if text in one.name.casefold()]
    if show in ("mine", "shared"):
        kept = [one for one in kept if one.mine == (show == "mine")]
    zone = account.organization.zone
    rows = [Row(one, LAYOUTS[one.sight.layout], local_date(one.changed_at, zone)) for one in kept]
    choices = [(key, label) for key, label in _SHOW.items() if key != "everybody" or account.may(Right.MANAGE_ACCOUNTS)]
    return rows, {"show": show, "choices": choices, "q": request.GET.get("q", ""), "filtered": bool(text or show)}
