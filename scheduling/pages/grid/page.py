"""The schedule grid and its Select panel: reading."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.html import weeks_html
from scheduling.pages.grid.read import Workspace, workspace_read
from scheduling.pages.grid.select import Panel, panel_read
from scheduling.pages.grid.view import Layout, Week, weeks_build
from scheduling.pages.grid.windows import WEEK_CHOICES, CellAddress, Window, cell_of, range_text, window_of
from scheduling.selectors.published import publication_number
from scheduling.selectors.workspace import access_of, draft_state, schedule_visible, schedules_visible
from scheduling.types import ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

FRAGMENT = "X-Fragment"


@dataclass(frozen=True)
class Refusal:
    """Why an edit was not saved, and how to save it after all where that is possible."""

    title: str
    text: str
    details: tuple[str, ...] = ()
    retry: dict[str, Any] | None = None


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def schedule(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """The grid."""
    other = request.GET.get("go")
    if other and other != str(schedule_id):
        return _gone_to(request, other)
    return schedule_page(request, schedule_id)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def cell(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """The Select panel of one cell, as a fragment."""
    account = account_of(request)
    address = cell_of(request.GET.dict())
    if address is None:
        raise NotFoundError("No cell is named.")
    layout: Layout = "person" if request.GET.get("rows") == "person" else "assignment"
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        workspace = workspace_read(access, info, first=address.date, last=address.date, layout=layout)
        panel = panel_read(workspace, row=address.row, day=address.date, layout=layout)
    return fragment(request, "scheduling/answer.html", panel_context(workspace, panel, layout))


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def status(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """The ribbon's part that counts over the whole schedule: asked for after an edit, so that the edit need not."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        drafts = access.may(Right.VIEW_DRAFT, info.department.id)
        unpublished = draft_state(info).unpublished if drafts else 0
    return fragment(
        request, "scheduling/status.html", {"schedule": info, "state": info.state, "unpublished": unpublished}
    )


def schedule_page(
    request: HttpRequest,
    schedule_id: uuid.UUID,
    *,
    chosen: CellAddress | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, with Select open at a cell when one is chosen."""
    account = account_of(request)
    chosen = chosen or cell_of(request.GET.dict())
    moment = timezone.now()
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        now = wall(moment, info.department.zone)
        window = window_of(request, info, today=now.date(), week_start=account.organization.week_start)
        workspace = workspace_read(access, info, first=window.first, last=window.last, layout=window.layout, whole=True)
        panel = None
        if chosen is not None:
            around = workspace
            if not window.first <= chosen.date <= window.last:
                around = workspace_read(access, info, first=chosen.date, last=chosen.date, layout=window.layout)
            panel = panel_read(around, row=chosen.row, day=chosen.date, layout=window.layout)
        schedules = schedules_visible(access)
        number = publication_number()
    weeks = weeks_build(
        workspace.facts,
        first=window.first,
        weeks=window.weeks,
        today=now.date(),
        layout=window.layout,
        show_times=window.show_times,
        week_start=account.organization.week_start,
    )
    context = _page_context(workspace, window, weeks, panel, now)
    context |= {"schedules": schedules, "publication_number": number, "refusal": refusal}
    response = render(request, "scheduling/schedule.html", context, status=status)
    response.set_cookie("rc_grid", window.cookie, max_age=31_536_000, samesite="Lax", secure=request.is_secure())
    return response


def panel_context(workspace: Workspace, panel: Panel | None, layout: str) -> dict[str, Any]:
    """What the panel's and the status's templates need."""
    return {
        "schedule": workspace.schedule,
        "state": workspace.schedule.state,
        "unpublished": workspace.state.unpublished,
        "cell": panel,
        "layout": layout,
        "may_edit": workspace.may_edit,
        "may_publish": workspace.may_publish,
    }


def fragment(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A piece of a page for the script, marked as one so that a redirect to a whole page is noticed."""
    response = render(request, template, context, status=status)
    response.headers[FRAGMENT] = "1"
    return response


def grid_address(schedule: ScheduleInfo | uuid.UUID, **parameters: Any) -> str:
    """The address of a schedule's grid."""
    public_id = schedule if isinstance(schedule, uuid.UUID) else schedule.public_id
    query = urlencode({name: value for name, value in parameters.items() if value})
    return reverse("schedule", args=[public_id]) + (f"?{query}" if query else "")


def _page_context(
    workspace: Workspace, window: Window, weeks: tuple[Week, ...], panel: Panel | None, now: datetime
) -> dict[str, Any]:
    today = now.date()
    shown = [(number, day) for week in weeks if week.is_current for number, day in enumerate(week.days, start=1)]
    column, day = next(((n, day) for n, day in shown if day.is_today), shown[0])
    rows = [{"id": row.id, "label": row.label} for row in weeks[0].rows]
    return panel_context(workspace, panel, window.layout) | {
        "section": "schedule",
        "as_of": now,
        "today": today,
        "start": window.first,
        "earlier": (window.first - timedelta(days=7 * window.weeks)).isoformat(),
        "later": (window.first + timedelta(days=7 * window.weeks)).isoformat(),
        "range_text": range_text(window.first, window.last),
        "phone_day": {"name": day.name, "column": column},
        "weeks_shown": window.weeks,
        "week_choices": WEEK_CHOICES,
        "show_times": window.show_times,
        "draft_days": workspace.facts.draft_days,
        "row_choices": rows,
        "grid_rows": weeks_html(
            weeks,
            layout=window.layout,
            selected=(str(panel.row), panel.date.isoformat()) if panel else None,
        ),
    }


def _gone_to(request: HttpRequest, other: str) -> HttpResponse:
    """The choice of another schedule in the ribbon."""
    try:
        target = uuid.UUID(other)
    except ValueError as wrong:
        raise NotFoundError("No such schedule.") from wrong
    kept = {name: request.GET[name] for name in ("rows", "weeks", "times") if name in request.GET}
    return redirect(grid_address(target, **kept))
