"""The schedule grid and its Select panel: reading."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.build import Look, weeks_build
from scheduling.pages.grid.facts import initials_of
from scheduling.pages.grid.html import weeks_html
from scheduling.pages.grid.issues import IssueNames, issues_of
from scheduling.pages.grid.marks import counts
from scheduling.pages.grid.panel import Panel
from scheduling.pages.grid.posted import screen_of
from scheduling.pages.grid.read import Workspace, workspace_read
from scheduling.pages.grid.select import Around, panel_read
from scheduling.pages.grid.tallied import tallied_read, tally_table
from scheduling.pages.grid.view import OPEN_ROW, Week
from scheduling.pages.grid.windows import SPANS, CellAddress, Window, cell_of, window_of
from scheduling.selectors.editing import UndoState, undo_state
from scheduling.selectors.published import publication_number
from scheduling.selectors.workspace import access_of, schedule_visible, schedules_visible
from scheduling.types import ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

FRAGMENT = "X-Fragment"
TABS = ("select", "issues", "tallies")


@dataclass(frozen=True)
class Refusal:
    """Why an edit was not saved, and how to save it after all where that is possible."""

    title: str
    text: str
    details: tuple[str, ...] = ()
    retry: dict[str, Any] | None = None
    anyway: dict[str, Any] | None = None  # to place somebody all the same, for a reason


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
    screen = screen_of(request.GET)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        workspace = workspace_read(access, info, first=address.date, last=address.date, layout=screen.layout)
        around = Around.of(address.date, week_start=account.organization.week_start, window=screen.window)
        panel = panel_read(workspace, row=address.row, day=address.date, layout=screen.layout, around=around)
    return fragment(request, "scheduling/answer.html", panel_context(workspace, panel, screen.layout))


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
    tab = request.GET.get("tab", "select") if chosen is None else "select"
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        now = wall(moment, info.department.zone)
        window = window_of(request, info, today=now.date(), week_start=account.organization.week_start)
        workspace = workspace_read(access, info, first=window.first, last=window.last, layout=window.layout, whole=True)
        panel = None
        if chosen is not None:
            beside = workspace
            if not window.first <= chosen.date <= window.last:
                beside = workspace_read(access, info, first=chosen.date, last=chosen.date, layout=window.layout)
            around = Around.of(
                chosen.date, week_start=account.organization.week_start, window=(window.first, window.last)
            )
            panel = panel_read(beside, row=chosen.row, day=chosen.date, layout=window.layout, around=around)
        context: dict[str, Any] = {"schedules": schedules_visible(access), "publication_number": publication_number()}
        context |= {"tab": tab if tab in TABS and workspace.drafts else "select"}
        if workspace.drafts:
            context |= _beside(workspace, window, context["tab"])
            context |= {
                "undo": undo_state(account_id=account.id, schedule_id=info.id) if workspace.may_edit else UndoState()
            }
    weeks = weeks_build(
        workspace.facts,
        first=window.first,
        last=window.last,
        look=Look(today=now.date(), layout=window.layout, show_times=window.show_times, month=window.month),
        wanted=window.wanted,
    )
    context |= _page_context(workspace, window, weeks, panel, now) | {"refusal": refusal, "since": moment.isoformat()}
    response = render(request, "scheduling/schedule.html", context, status=status)
    response.set_cookie("rc_grid", window.kept, max_age=31_536_000, samesite="Lax", secure=request.is_secure())
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
        "drafts": workspace.drafts,
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


def _beside(workspace: Workspace, window: Window, tab: str) -> dict[str, Any]:
    """The tabs beside Select: how many conflicts stand, and the list that is open."""
    hard, soft = counts(workspace.conflicts)
    context: dict[str, Any] = {"hard": hard, "soft": soft}
    if tab == "issues":
        names = IssueNames.of(workspace, workspace.conflicts, window.layout)
        context["issues"] = issues_of(workspace.conflicts, names)
    if tab == "tallies":
        tallied = tallied_read(workspace.schedule, window.first, window.last)
        context |= {"tally_heads": tallied.heads, "tally_rows": tally_table(tallied, workspace.people)}
    return context


def _page_context(
    workspace: Workspace, window: Window, weeks: tuple[Week, ...], panel: Panel | None, now: datetime
) -> dict[str, Any]:
    shown = [(number, day) for week in weeks if week.is_current for number, day in enumerate(week.days, start=1)]
    column, day = next(((n, day) for n, day in shown if day.is_today), shown[0])
    facts = workspace.facts
    return panel_context(workspace, panel, window.layout) | {
        "section": "schedule",
        "as_of": now,
        "today": now.date(),
        "start": window.start,
        "window": window,
        "earlier": window.earlier.isoformat(),
        "later": window.later.isoformat(),
        "range_text": window.text,
        "phone_day": {"name": day.name, "column": column},
        "spans": SPANS.items(),
        "columns": range(len(weeks[0].days)),
        "show_times": window.show_times,
        "draft_days": facts.draft_days,
        "row_choices": [{"id": row.id, "label": row.label} for row in weeks[0].rows],
        "names": _names(workspace, window) if workspace.may_edit else (),
        "grid_rows": weeks_html(
            weeks,
            layout=window.layout,
            selected=(str(panel.row), panel.date.isoformat()) if panel else None,
        ),
    }


def _names(workspace: Workspace, window: Window) -> list[dict[str, Any]]:
    """What typing on a cell finds: everybody, or by person every assignment."""
    facts = workspace.facts
    if window.layout == "person":
        return [
            {"id": one.id, "label": f"{one.code} · {one.name}", "search": f"{one.code} {one.name}".casefold()}
            for one in facts.assignments.values()
        ]
    found = [
        {
            "id": one.id,
            "label": one.name,
            "search": f"{one.name} {one.short} {initials_of(one.name)} {initials_of(one.name)[::-1]}".casefold(),
        }
        for one in facts.people.values()
        if one.id != OPEN_ROW
    ]
    return [*found, {"id": "open", "label": "Open shift", "search": "open shift"}]


def _gone_to(request: HttpRequest, other: str) -> HttpResponse:
    """The choice of another schedule in the ribbon."""
    try:
        target = uuid.UUID(other)
    except ValueError as wrong:
        raise NotFoundError("No such schedule.") from wrong
    kept = {name: request.GET[name] for name in ("rows", "weeks", "times") if name in request.GET}
    return redirect(grid_address(target, **kept))
