"""What the grid asks for on its own: the counts after an edit, the lists beside Select, what others changed, one shift in full."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.answer import moment_text
from scheduling.pages.grid.build import Look, cells_build
from scheduling.pages.grid.html import cell_html, opens_html
from scheduling.pages.grid.issues import IssueNames, issues_of
from scheduling.pages.grid.marks import conflict_facts, counts, hard_days
from scheduling.pages.grid.page import fragment
from scheduling.pages.grid.posted import screen_of
from scheduling.pages.grid.read import cells_read, workspace_read
from scheduling.pages.grid.select import elapsed_text
from scheduling.pages.grid.tallied import tallied_read, tally_table
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.editing import cells_changed_since
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.workspace import (
    access_of,
    draft_state,
    published_shifts_named,
    schedule_visible,
    shifts_named,
)
from scheduling.types import ShiftInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

_OVERLAP = timedelta(seconds=20)  # longer than any edit takes from its stamp to its commit


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def status(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """What counts over the whole schedule, and what the rules find in the window: asked for after an edit, so that it need not."""
    account, screen = account_of(request), screen_of(request.GET)
    context: dict[str, Any] = {}
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        drafts = access.may(Right.VIEW_DRAFT, info.department.id)
        unpublished = draft_state(info).unpublished if drafts else 0
        if drafts and screen.window is not None:
            first, last = screen.window
            workspace = workspace_read(access, info, first=first, last=first, layout=screen.layout)
            conflicts = conflicts_of(info, first=first, last=last)
            hard, soft = counts(conflicts)
            by_shift, lacks = conflict_facts(
                conflicts,
                {one.id: one.public_id for one in workspace.people},
                {one.id: one.public_id for one in workspace.assignments.values()},
            )
            context = {
                "counted": True, "hard": hard, "soft": soft, "marks": by_shift.items(),
                "lacks": lacks.items() if screen.layout == "assignment" else (), "hard_days": hard_days(conflicts).items(),
                "issues": issues_of(conflicts, IssueNames.of(workspace, conflicts, screen.layout)),
                "may_edit": workspace.may_edit, "layout": screen.layout,
            }  # fmt: skip
    context |= {"schedule": info, "state": info.state, "unpublished": unpublished}
    return fragment(request, "scheduling/grid/status_answer.html", context)


@signed_in(Right.VIEW_DRAFT)
@require_GET
def tallies(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """The Tallies tab: everybody's figures over the dates on the page."""
    account, screen = account_of(request), screen_of(request.GET)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        if not access.may(Right.VIEW_DRAFT, info.department.id):
            raise NotFoundError("There is no such draft.")
        first, last = screen.window or (info.starts_on, info.ends_on)
        workspace = workspace_read(access, info, first=first, last=first, layout="assignment")
        tallied = tallied_read(info, first, last)
        context = {"tally_heads": tallied.heads, "tally_rows": tally_table(tallied, workspace.people), "schedule": info}
    return fragment(request, "scheduling/grid/tallies.html", context)


@signed_in(Right.VIEW_DRAFT)
@require_GET
def since(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """The cells of a draft that changed since a moment, drawn again, and which of them somebody else changed."""
    account, screen = account_of(request), screen_of(request.GET)
    now = timezone.now()
    moment = _moment(request.GET.get("since", ""), now)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        if not access.may(Right.VIEW_DRAFT, info.department.id):
            raise NotFoundError("There is no such draft.")
        changed = cells_changed_since(
            schedule_id=info.id, department_id=info.department.id, since=moment - _OVERLAP, layout=screen.layout
        )
        first, last = screen.window or (info.starts_on, info.ends_on)
        keys = sorted((key for key in changed.cells if first <= key[1] <= last), key=lambda key: (key[1], str(key[0])))
        context: dict[str, Any] = {"now": now.isoformat(), "schedule": info, "reload": changed.many}
        if keys and not changed.many:
            read = cells_read(info, keys, layout=screen.layout)
            today = wall(now, info.department.zone).date()
            look = Look(today=today, layout=screen.layout, show_times=screen.show_times)
            context["pieces"] = [
                {"row": row, "date": day, "html": cell_html(cell), "draft": day in read.facts.draft_days}
                for (row, day), cell in cells_build(read.facts, keys, look)
            ]
            context["days"] = [{"date": day, "opens": opens_html(count)} for day, count in read.opens.items()]
            context["entries"] = [one for one in changed.entries if one.account_id != account.id]
    return fragment(request, "scheduling/grid/since.html", context)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def about(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """One shift in full: name, times with zone, the number to ring where the reader may see it, the last change."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        drafts = access.may(Right.VIEW_DRAFT, info.department.id)
        found = (shifts_named if drafts else published_shifts_named)(schedule_id=info.id, shift_ids=[shift_id])
        shift = found.get(shift_id)
        if shift is None:
            raise NotFoundError("There is no such shift in this schedule.")
        context = {
            "schedule": info,
            "shift": shift,
            "hours": elapsed_text(shift.starts_at, shift.ends_at),
            "phone": shift.person.contact if shift.person and account.may(Right.VIEW_CONTACTS) else "",
            "holiday": holidays_between(shift.date, shift.date).get(shift.date, ""),
            "changed": f"{shift.changed_by}, {moment_text(shift.changed_at, shift.zone)}"
            if isinstance(shift, ShiftInfo)
            else "",
        }
    return fragment(request, "scheduling/grid/about.html", context)


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise BadRequest("Since when is not said.") from wrong
    if moment.tzinfo is None:
        raise BadRequest("Since when needs its zone.")
    return max(moment, now - timedelta(hours=1))
