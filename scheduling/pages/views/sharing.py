"""Who may see a view, the links to it, and who came with them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from scheduling.pages.listing import page_of
from scheduling.pages.views.editform import AccessForm, LinkForm
from scheduling.pages.views.page import managed_or_refuse
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.views import (
    AccessInfo,
    LinkInfo,
    ViewInfo,
    VisitInfo,
    accounts_listed,
    share_link_find,
    share_links,
    share_visits,
    view_access,
)
from scheduling.services.views import share_link_create, share_link_revoke, view_access_set
from scheduling.types import DepartmentInfo
from tenancy.lists import csv_response, page_number, pager
from tenancy.rights import Right, Role
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import instant, wall
from tenancy.web import account_of, actor_of, signed_in

OUTCOMES = {
    "shown": "Shown",
    "file": "Downloaded as a file",
    "expired": "Told that it has expired",
    "revoked": "Told that it was revoked",
    "removed": "Told that the view was removed",
}


@dataclass(frozen=True)
class LinkLine:
    """A link in the list, in the organization's wall times."""

    link: LinkInfo
    state: str
    created: date
    until: datetime
    revoked: datetime | None
    last_visit: datetime | None


@dataclass(frozen=True)
class VisitLine:
    """A visit in the list."""

    at: datetime
    address: str
    agent: str
    outcome: str


@dataclass(frozen=True)
class Desk:
    """All that the page works on."""

    view: ViewInfo
    access: AccessInfo
    links: list[LinkInfo]
    departments: list[DepartmentInfo]
    accounts: list[tuple[uuid.UUID, str, str]]


@signed_in(Right.SHARE_VIEWS)
@require_http_methods(["GET", "HEAD", "POST"])
def sharing(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """The page; a POST says who may see the view."""
    account = account_of(request)
    desk = _desk(request, view_id)
    form = _access_form(request, desk)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with tenant_transaction(account.organization.id):
                view_access_set(
                    view_id=view_id, roles=given["roles"], departments=[uuid.UUID(one) for one in given["departments"]],
                    accounts=[uuid.UUID(one) for one in given["accounts"]], actor=actor_of(request), now=timezone.now(),
                )  # fmt: skip
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Saved: who may see this view.")
            return redirect("view-sharing", view_id)
    return _page(request, desk, access=form)


@signed_in(Right.SHARE_VIEWS)
@require_POST
def link_new(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """Make a link. It is shown on the page that answers, and never again."""
    account, now = account_of(request), timezone.now()
    desk = _desk(request, view_id)
    form = LinkForm(request.POST)
    address = ""
    if form.is_valid():
        given = form.cleaned_data
        until = instant(datetime.combine(given["expires"] + timedelta(days=1), time()), account.organization.zone)
        try:
            with tenant_transaction(account.organization.id):
                made, secret = share_link_create(
                    view_id=view_id, account_id=account.id, label=given["label"], expires_at=until,
                    contacts=given["contacts"], actor=actor_of(request), now=now,
                )  # fmt: skip
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            path = reverse("share", args=[account.organization.slug, secret])
            address = f"{settings.ROTACAST_PUBLIC_URL.rstrip('/')}{path}"
            return _page(request, _desk(request, view_id), made=address, made_for=made.label)
    return _page(request, desk, link=form)


@signed_in(Right.SHARE_VIEWS)
@require_POST
def link_revoke(request: HttpRequest, view_id: uuid.UUID, link_id: uuid.UUID) -> HttpResponse:
    """Close it at once."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        info = managed_or_refuse(account, view_id)
        found = share_link_find(info.id, link_id)
        share_link_revoke(link_id=link_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"The link for {found.label} opens nothing any more.")
    return redirect("view-sharing", view_id)


@signed_in(Right.SHARE_VIEWS)
@require_GET
def visits(request: HttpRequest, view_id: uuid.UUID, link_id: uuid.UUID) -> HttpResponse:
    """Who came with a link."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = managed_or_refuse(account, view_id)
        link = share_link_find(info.id, link_id)
        place = pager(link.visits, page_number(request))
        rows = share_visits(link.id, first=place.first - 1, limit=place.size)
    lines = [_visit(row, account.organization.zone) for row in rows]
    context = {"section": "views", "view": info, "link": link, "page": page_of(lines, place)}
    return render(request, "scheduling/views/visits.html", context)


@signed_in(Right.SHARE_VIEWS)
@require_GET
def visits_csv(request: HttpRequest, view_id: uuid.UUID, link_id: uuid.UUID) -> HttpResponse:
    """The same as a file."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        link = share_link_find(managed_or_refuse(account, view_id).id, link_id)
        rows = share_visits(link.id, limit=50_000)
    zone = account.organization.zone
    lines = [
        [f"{line.at:%Y-%m-%d %H:%M:%S}", zone, line.address, line.agent, line.outcome]
        for line in (_visit(row, zone) for row in rows)
    ]
    return csv_response("visits.csv", [["When", "Zone", "Address", "Browser", "Outcome"], *lines])


def _desk(request: HttpRequest, view_id: uuid.UUID) -> Desk:
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = managed_or_refuse(account, view_id)
        return Desk(
            info,
            view_access(info.id),
            share_links(info.id),
            sorted(departments_by_id().values(), key=lambda one: (one.order, one.name)),
            accounts_listed(),
        )


def _access_form(request: HttpRequest, desk: Desk) -> AccessForm:
    sent = request.POST if request.method == "POST" else None
    return AccessForm(
        sent,
        departments=[str(one.public_id) for one in desk.departments],
        accounts=[str(public_id) for public_id, _, _ in desk.accounts],
    )


def _page(
    request: HttpRequest,
    desk: Desk,
    *,
    access: AccessForm | None = None,
    link: LinkForm | None = None,
    made: str = "",
    made_for: str = "",
) -> HttpResponse:
    account, now = account_of(request), timezone.now()
    zone = account.organization.zone
    today = wall(now, zone).date()
    context: dict[str, Any] = {
        "section": "views",
        "view": desk.view,
        "desk": desk,
        "roles": list(Role),
        "given": {
            "roles": set(desk.access.roles),
            "departments": {public_id for public_id, _ in desk.access.departments},
            "accounts": {public_id for public_id, _ in desk.access.accounts},
        },
        "access_errors": access.errors if access is not None and access.is_bound else {},
        "link": link or LinkForm(initial={"expires": today + timedelta(days=30)}),
        "lines": [_line(one, now, zone) for one in desk.links],
        "made": made,
        "made_for": made_for,
        "may_contacts": account.may(Right.VIEW_CONTACTS),
    }
    wrong = bool((access is not None and access.is_bound and access.errors) or (link is not None and link.errors))
    return render(request, "scheduling/views/sharing.html", context, status=422 if wrong else 200)


def _line(one: LinkInfo, now: datetime, zone: str) -> LinkLine:
    # The last day on which it opens, not the midnight after it.
    until = wall(one.expires_at - timedelta(seconds=1), zone)
    return LinkLine(
        one, one.state(now), wall(one.created_at, zone).date(), until,
        wall(one.revoked_at, zone) if one.revoked_at else None, wall(one.last_visit, zone) if one.last_visit else None,
    )  # fmt: skip


def _visit(row: VisitInfo, zone: str) -> VisitLine:
    return VisitLine(wall(row.at, zone), row.address, row.agent, OUTCOMES[row.outcome])
