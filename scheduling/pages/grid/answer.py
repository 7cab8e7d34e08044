"""One way for every edit: do it in one transaction, draw what it touched, say what was not done and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from scheduling.pages.grid.build import CellKey, Look, cells_build
from scheduling.pages.grid.html import cell_html, opens_html
from scheduling.pages.grid.page import FRAGMENT, Refusal, fragment, grid_address, panel_context, schedule_page
from scheduling.pages.grid.posted import Screen, screen_of
from scheduling.pages.grid.read import CellsRead, cells_read, workspace_read
from scheduling.pages.grid.select import Around, panel_read
from scheduling.pages.grid.view import OPEN_ROW, Layout
from scheduling.pages.grid.windows import CellAddress
from scheduling.selectors.editing import undo_state
from scheduling.selectors.rows import people_by_id
from scheduling.selectors.workspace import Access, access_of, schedule_visible
from scheduling.services.edits import EditsOutcome, Skipped
from scheduling.services.shift_parts import OVERRIDABLE
from scheduling.types import ScheduleInfo, ShiftInfo, StaleShift
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, NotFoundError, RefusedError
from tenancy.wall import wall
from tenancy.web import account_of


@dataclass(frozen=True)
class Did:
    """What an act did, in a sentence, with the outcome of its edits; `skipped` are those it did not even try."""

    said: str
    outcome: EditsOutcome
    skipped: tuple[Skipped, ...] = ()


Act = Callable[[ScheduleInfo], Did]


def answer(request: HttpRequest, schedule_id: UUID, act: Act, *, address: CellAddress | None = None) -> HttpResponse:
    """Run the act for somebody who may edit the schedule. Without script the reader goes back to the page, with the cell chosen."""
    account, screen = account_of(request), screen_of(request.POST)
    try:
        with tenant_transaction(account.organization.id):
            access = access_of(account)
            info = schedule_visible(access, schedule_id)
            if not access.may(Right.EDIT_SCHEDULE, info.department.id):
                raise PermissionDenied("This department is not among those you schedule.")
            did = act(info)
            context = _drawn(request, account, access, info, screen, did, address) if wants_fragment(request) else {}
    except NotFoundError:
        raise
    except RefusedError as refused:
        return refused_answer(request, schedule_id, screen, refused, address)
    skipped = (*did.skipped, *did.outcome.skipped)
    if wants_fragment(request):
        status = 200 if did.outcome.done or not skipped else _status(skipped)
        return fragment(request, "scheduling/answer.html", context | {"said": did.said}, status=status)
    for one in skipped:
        messages.warning(request, f"{one.subject}: {one.text}")
    if did.said:
        messages.success(request, did.said)
    return redirect(_back(schedule_id, screen.layout, address))


def refused_answer(
    request: HttpRequest, schedule_id: UUID, screen: Screen, refused: RefusedError, address: CellAddress | None
) -> HttpResponse:
    """409 when somebody else was first, 422 otherwise; either way nothing was changed and what is there now is shown."""
    stale = isinstance(refused, StaleShift) or refused.code == "overtaken"
    current = refused.current if isinstance(refused, StaleShift) else None
    refusal = Refusal(
        title="Not saved." if stale else "Refused.",
        text=refused.text,
        details=_now_holds(current) if current else (),
        retry=_retry(request, current) if current else None,
        anyway=_anyway(request) if refused.code in OVERRIDABLE and _places(request) else None,
    )
    status = 409 if stale else 422
    if not wants_fragment(request):
        return schedule_page(request, schedule_id, chosen=address, refusal=refusal, status=status)
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        context: dict[str, Any] = {"schedule": info}
        if address is not None:
            keys = {(address.row, address.date)}
            context = _panel(account, access, info, screen.layout, address)
            context |= _pieces(info, screen, keys, cells_read(info, keys, layout=screen.layout))
        context |= _undo(account, info)
    return fragment(request, "scheduling/answer.html", context | {"refusal": refusal}, status=status)


def wants_fragment(request: HttpRequest) -> bool:
    """True for the script's requests."""
    return FRAGMENT in request.headers


def cell_keys(states: Sequence[ShiftInfo], layout: Layout) -> set[CellKey]:
    """The cells in which those shifts stand."""
    if layout == "assignment":
        return {(one.assignment.public_id, one.date) for one in states}
    return {(one.person.public_id if one.person else OPEN_ROW, one.date) for one in states}


def _drawn(
    request: HttpRequest,
    account: AccountInfo,
    access: Access,
    info: ScheduleInfo,
    screen: Screen,
    did: Did,
    address: CellAddress | None,
) -> dict[str, Any]:
    """What the edit touched, as it is now, inside the open transaction."""
    keys = cell_keys(did.outcome.states, screen.layout)
    keys |= {key for one in did.skipped for key in _cells_of(one, screen.layout)}
    keys |= {key for one in did.outcome.skipped for key in _cells_of(one, screen.layout)}
    if address is not None:
        keys.add((address.row, address.date))
    context: dict[str, Any] = {"schedule": info}
    if keys:
        people = did.outcome.person_ids
        read = cells_read(info, keys, layout=screen.layout, person_ids=people, window=screen.window)
        context |= _pieces(info, screen, keys, read)
        if people:
            context |= {"marked_people": [one.public_id for one in people_by_id(people).values()]}
            context |= {"marks": sorted(read.facts.marks.conflicts.items(), key=lambda item: str(item[0]))}
    if screen.panel and address is not None:
        context |= _panel(account, access, info, screen.layout, address)
    context |= _undo(account, info)
    return context | {"skipped": (*did.skipped, *did.outcome.skipped), "done_count": len(did.outcome.done)}


def _cells_of(one: Skipped, layout: Layout) -> set[CellKey]:
    return cell_keys([one.current], layout) if one.current is not None else set()


def _pieces(info: ScheduleInfo, screen: Screen, keys: set[CellKey], read: CellsRead) -> dict[str, Any]:
    now = wall(timezone.now(), info.department.zone)
    look = Look(today=now.date(), layout=screen.layout, show_times=screen.show_times)
    ordered = sorted(keys, key=lambda key: (key[1], str(key[0])))
    pieces = [
        {"row": row, "date": day, "html": cell_html(cell), "draft": day in read.facts.draft_days}
        for (row, day), cell in cells_build(read.facts, ordered, look)
    ]
    days = [{"date": day, "opens": opens_html(count)} for day, count in sorted(read.opens.items())]
    return {"pieces": pieces, "days": days, "as_of": now}


def _panel(
    account: AccountInfo, access: Access, info: ScheduleInfo, layout: Layout, address: CellAddress
) -> dict[str, Any]:
    workspace = workspace_read(access, info, first=address.date, last=address.date, layout=layout)
    around = Around.of(address.date, week_start=account.organization.week_start)
    return panel_context(
        workspace, panel_read(workspace, row=address.row, day=address.date, layout=layout, around=around), layout
    )


def _undo(account: AccountInfo, info: ScheduleInfo) -> dict[str, Any]:
    return {"undo": undo_state(account_id=account.id, schedule_id=info.id)}


def _status(skipped: Sequence[Skipped]) -> int:
    return 409 if any(one.code == "stale" for one in skipped) else 422


def _back(schedule_id: UUID, layout: Layout, address: CellAddress | None) -> str:
    if address is None:
        return grid_address(schedule_id, rows=layout)
    return grid_address(schedule_id, row=address.row, date=address.date, rows=layout, start=address.date)


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
    fresh = []
    for name, values in request.POST.lists():
        for value in values:
            if name == "csrfmiddlewaretoken":
                continue
            if name == "version":
                value = str(current.version)
            elif name in ("into", "shift") and str(value).startswith(str(current.public_id)):
                value = f"{current.public_id}:{current.version}"
            fresh.append((name, value))
    return {"action": request.path, "fields": fresh, "label": "Save mine over it"}


def _places(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name == "schedule-place"


def _anyway(request: HttpRequest) -> dict[str, Any]:
    """The same form again, with a reason to be given."""
    left = ("csrfmiddlewaretoken", "reason")
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name not in left]
    return {"action": request.path, "fields": fields}


def moment_text(at: datetime, zone: str) -> str:
    """`Nov 20, 14:12`."""
    local = wall(at, zone)
    return f"{local:%b} {local.day}, {local:%H:%M}"
