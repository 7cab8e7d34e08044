"""Editing from the grid: each act is one small request, answered with the panel and the cell it touched.

Without script the same forms send the reader back to the page with the cell chosen.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.grid.html import cell_html, opens_html
from scheduling.pages.grid.page import FRAGMENT, Refusal, fragment, grid_address, panel_context, schedule_page
from scheduling.pages.grid.read import workspace_read
from scheduling.pages.grid.select import panel_read
from scheduling.pages.grid.view import OPEN_ROW, Layout, cell_build
from scheduling.pages.grid.windows import CellAddress, cell_of
from scheduling.selectors.changes import shift_removal
from scheduling.selectors.workspace import Access, access_of, schedule_visible, shift_in_schedule
from scheduling.services import shift_change, shift_place, shift_remove
from scheduling.types import ScheduleInfo, ShiftInfo, StaleShift
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import wall
from tenancy.web import account_of, actor_of, signed_in

Act = Callable[[ScheduleInfo], str]


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def place(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Put somebody (or nobody yet) into the cell: fill, replace, or add."""
    address, layout = _cell(request), _layout(request)
    who, into = request.POST.get("who", ""), request.POST.get("into", "new")
    chosen = None if who == "open" else _uuid(who)
    now, actor = timezone.now(), actor_of(request)

    def act(schedule: ScheduleInfo) -> str:
        if into != "new":
            shift_id, version = _versioned(into)
            _of_schedule(schedule, shift_id, now)
            field = "person_id" if layout == "assignment" else "assignment_id"
            made = shift_change(shift_id=shift_id, version=version, actor=actor, now=now, fields={field: chosen})
        else:
            by_assignment = layout == "assignment"
            assignment = address.row if by_assignment else chosen
            person = chosen if by_assignment else (None if address.row == OPEN_ROW else address.row)
            if assignment is None:
                raise BadRequest("No assignment is named.")
            made = shift_place(
                schedule_id=schedule.public_id,
                assignment_id=assignment,
                day=address.date,
                actor=actor,
                now=now,
                person_id=person,
            )
        return f"{made.person.name if made.person else 'Open'} on {made.assignment.name}, {_day(made.date)}."

    return _answer(request, schedule_id, address, layout, act)


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def change(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """Note, times, call order and lock of one shift."""
    address, layout = _cell(request), _layout(request)
    version = _version(request.POST.get("version", ""))
    now, actor = timezone.now(), actor_of(request)
    fields = _fields(request, address.date)

    def act(schedule: ScheduleInfo) -> str:
        _of_schedule(schedule, shift_id, now)
        shift_change(shift_id=shift_id, version=version, actor=actor, now=now, fields=fields)
        return f"Saved, {_day(address.date)}."

    return _answer(request, schedule_id, address, layout, act)


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def remove(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """Take one shift out of the draft."""
    version = _version(request.POST.get("version", ""))
    return _removed(request, schedule_id, [(shift_id, version)])


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def clear(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Take every named shift out of the cell: the Delete key."""
    return _removed(request, schedule_id, [_versioned(text) for text in request.POST.getlist("shift")[:20]])


def _removed(request: HttpRequest, schedule_id: uuid.UUID, shifts: list[tuple[uuid.UUID, int]]) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    address = _cell(request)

    def act(schedule: ScheduleInfo) -> str:
        for shift_id, version in shifts:
            _of_schedule(schedule, shift_id, now)
            shift_remove(shift_id=shift_id, version=version, actor=actor, now=now)
        return f"Removed, {_day(address.date)}."

    return _answer(request, schedule_id, address, _layout(request), act)


def _answer(
    request: HttpRequest, schedule_id: uuid.UUID, address: CellAddress, layout: Layout, act: Act
) -> HttpResponse:
    """Do it in one transaction and draw what it touched; a refusal rolls back and is drawn instead."""
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            access = access_of(account)
            info = schedule_visible(access, schedule_id)
            if not access.may(Right.EDIT_SCHEDULE, info.department.id):
                raise PermissionDenied("This department is not among those you schedule.")
            said = act(info)
            context = _drawn(request, access, schedule_id, address, layout) if _wants_fragment(request) else {}
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _refused(request, schedule_id, address, layout, refused)
    if _wants_fragment(request):
        return fragment(request, "scheduling/answer.html", context | {"said": said})
    messages.success(request, said)
    return redirect(grid_address(schedule_id, row=address.row, date=address.date, rows=layout, start=address.date))


def _drawn(
    request: HttpRequest, access: Access, schedule_id: uuid.UUID, address: CellAddress, layout: Layout
) -> dict[str, Any]:
    """Reads the cell as it is now, inside the open transaction."""
    info = schedule_visible(access, schedule_id)
    now = wall(timezone.now(), info.department.zone)
    workspace = workspace_read(access, info, first=address.date, last=address.date, layout=layout)
    cell = cell_build(
        workspace.facts,
        row=address.row,
        day=address.date,
        today=now.date(),
        layout=layout,
        show_times=request.POST.get("times") == "1",
    )
    panel = panel_read(workspace, row=address.row, day=address.date, layout=layout)
    opens = sum(1 for shift in workspace.facts.shifts if shift.person_id is None)
    piece = {
        "row": address.row,
        "date": address.date,
        "html": cell_html(cell),
        "draft": address.date in workspace.facts.draft_days,
        "opens": opens_html(opens),
    }
    return panel_context(workspace, panel, layout) | {"pieces": [piece], "as_of": now}


def _refused(
    request: HttpRequest, schedule_id: uuid.UUID, address: CellAddress, layout: Layout, refused: RefusedError
) -> HttpResponse:
    """409 when somebody else was first, 422 otherwise; either way nothing was changed and what is there now is shown."""
    stale = isinstance(refused, StaleShift)
    refusal = Refusal(
        title="Not saved." if stale else "Refused.",
        text=refused.text,
        details=_now_holds(refused.current) if isinstance(refused, StaleShift) and refused.current else (),
        retry=_retry(request, refused.current) if isinstance(refused, StaleShift) and refused.current else None,
    )
    status = 409 if stale else 422
    if not _wants_fragment(request):
        return schedule_page(request, schedule_id, chosen=address, refusal=refusal, status=status)
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        context = _drawn(request, access_of(account), schedule_id, address, layout)
    return fragment(request, "scheduling/answer.html", context | {"refusal": refusal}, status=status)


def _now_holds(current: ShiftInfo) -> tuple[str, ...]:
    lines = [
        f"Now: {current.person.name if current.person else 'open'}, "
        f"{current.start_wall:%H:%M}–{current.end_wall:%H:%M}, version {current.version}"
    ]
    if current.note:
        lines.append(f"Note: {current.note}")
    return tuple(lines)


def _retry(request: HttpRequest, current: ShiftInfo) -> dict[str, Any]:
    """The same form again with the version that stands now: the second writer decides, and loses nothing."""
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    fresh = []
    for name, value in fields:
        if name == "version":
            value = str(current.version)
        elif name in ("into", "shift") and value.startswith(str(current.public_id)):
            value = f"{current.public_id}:{current.version}"
        fresh.append((name, value))
    return {"action": request.path, "fields": fresh, "label": "Save mine over it"}


def _fields(request: HttpRequest, day: date) -> dict[str, Any]:
    """The fields of the form that the shift's service takes."""
    posted = request.POST
    fields: dict[str, Any] = {}
    if "note" in posted:
        fields["note"] = posted["note"].strip()
    if "call_order" in posted:
        order = posted["call_order"].strip()
        fields["call_order"] = int(order) if order.isascii() and order.isdigit() and len(order) < 3 else None
    if "has_locked" in posted:
        fields["locked"] = posted.get("locked") == "1"
    if posted.get("default_times"):
        fields |= {"start": None, "end": None}
    elif (posted.get("start"), posted.get("end")) != (posted.get("was_start"), posted.get("was_end")):
        start, end = _clock(posted.get("start", "")), _clock(posted.get("end", ""))
        if start is not None and end is not None:
            days = posted.get("end_days", "0")
            later = int(days) if days.isascii() and days.isdigit() and 1 < int(days) < 32 else int(end <= start)
            fields["start"] = datetime.combine(day, start)
            fields["end"] = datetime.combine(day + timedelta(days=later), end)
    return fields


def _clock(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def _of_schedule(schedule: ScheduleInfo, shift_id: uuid.UUID, now: datetime) -> None:
    """A shift of another schedule is not reachable from here; of one that was removed, the second writer is told by whom."""
    if shift_in_schedule(schedule_id=schedule.id, shift_id=shift_id):
        return
    removal = shift_removal(shift_id)
    if removal is None:
        raise NotFoundError("There is no such shift in this schedule.")
    minutes = int((now - removal.at).total_seconds() // 60)
    ago = f"{minutes} min ago" if minutes else "just now"
    raise StaleShift(f"{removal.actor} removed this shift {ago}. Yours was not saved.", None)


def _cell(request: HttpRequest) -> CellAddress:
    address = cell_of(request.POST.dict())
    if address is None:
        raise BadRequest("No cell is named.")
    return address


def _layout(request: HttpRequest) -> Layout:
    return "person" if request.POST.get("rows") == "person" else "assignment"


def _versioned(text: str) -> tuple[uuid.UUID, int]:
    shift, _, version = text.partition(":")
    return _uuid(shift), _version(version)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as wrong:
        raise BadRequest("An id is malformed.") from wrong


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("A version is missing.")
    return int(text)


def _day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def _wants_fragment(request: HttpRequest) -> bool:
    return FRAGMENT in request.headers
