"""Editing one cell: each act is one small request, answered with the cell it touched.

Without script the same forms send the reader back to the page with the cell chosen.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.grid.answer import Did, answer
from scheduling.pages.grid.posted import cell_or_bad, day_text, screen_of, uuid_or_bad, version_or_bad, versioned_or_bad
from scheduling.pages.grid.view import OPEN_ROW
from scheduling.selectors.workspace import shifts_named
from scheduling.services.edits import Change, Edit, EditsOutcome, Place, Remove, edit_apply, edits_apply
from scheduling.types import ScheduleInfo, ShiftInfo
from tenancy.rights import Right
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import actor_of, signed_in


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def place(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Put somebody (or nobody yet) into the cell: fill, replace, or add. With `reason` also who is not eligible, or on leave."""
    address, layout = cell_or_bad(request), screen_of(request.POST).layout
    who, into = request.POST.get("who", ""), request.POST.get("into", "new")
    reason = request.POST.get("reason", "").strip()
    chosen = None if who == "open" else uuid_or_bad(who)
    by_assignment = layout == "assignment"
    edit: Edit
    if into != "new":
        shift_id, version = versioned_or_bad(into)
        if chosen is None and not by_assignment:
            raise BadRequest("No assignment is named.")
        edit = Change(shift_id, version, {"person_id" if by_assignment else "assignment_id": chosen}, reason)
    else:
        assignment = address.row if by_assignment else chosen
        if assignment is None:
            raise BadRequest("No assignment is named.")
        person = chosen if by_assignment else (None if address.row == OPEN_ROW else address.row)
        edit = Place(assignment, address.date, person, override=reason)

    def act(schedule: ScheduleInfo) -> Did:
        outcome = _one(request, schedule, edit, f"Placing, {day_text(address.date)}")
        made = outcome.done[0].after if outcome.done else None
        return Did(f"{_told(made)}." if made else "Nothing differs.", outcome)

    return answer(request, schedule_id, act, address=address)


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def change(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """Notes, times, call order and lock of one shift."""
    address = cell_or_bad(request)
    edit = Change(shift_id, version_or_bad(request.POST.get("version", "")), _fields(request, address.date))

    def act(schedule: ScheduleInfo) -> Did:
        words = ", ".join(name.replace("_", " ") for name in edit.fields if name != "end") or "details"
        return Did(
            f"Saved, {day_text(address.date)}.",
            _one(request, schedule, edit, f"Changing {words}, {day_text(address.date)}"),
        )

    return answer(request, schedule_id, act, address=address)


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def remove(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """Take one shift out of the draft."""
    return _removed(request, schedule_id, [Remove(shift_id, version_or_bad(request.POST.get("version", "")))])


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def clear(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Take every named shift out of the cell: the Delete key."""
    named = [versioned_or_bad(text) for text in request.POST.getlist("shift")[:20]]
    return _removed(request, schedule_id, [Remove(*one) for one in named])


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def split(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """One shift into two at a wall time; the second half goes to somebody else, stays with them, or is open."""
    address = cell_or_bad(request)
    version = version_or_bad(request.POST.get("version", ""))
    clock, who = _clock(request.POST.get("at", "")), request.POST.get("who", "open")

    def act(schedule: ScheduleInfo) -> Did:
        shift = shifts_named(schedule_id=schedule.id, shift_ids=[shift_id]).get(shift_id)
        if shift is None:
            raise NotFoundError("There is no such shift in this schedule.")
        if clock is None:
            raise RefusedError("Say at what time the shift is split.", field="at")
        at = datetime.combine(shift.start_wall.date(), clock)
        if at <= shift.start_wall:
            at += timedelta(days=1)
        if at >= shift.end_wall:
            raise RefusedError(
                f"{clock:%H:%M} is not inside the shift, which runs from {shift.start_wall:%H:%M} to {shift.end_wall:%H:%M}.",
                field="at",
            )
        keeper = shift.person.public_id if shift.person else None
        person = {"open": None, "same": keeper}.get(who) if who in ("open", "same") else uuid_or_bad(who)
        second = {"start": at, "end": shift.end_wall, "note": shift.note, "call_order": shift.call_order}
        edits: list[Edit] = [
            Change(shift_id, version, {"start": shift.start_wall, "end": at}),
            Place(shift.assignment.public_id, at.date(), person, second),
        ]
        return Did(
            f"Split at {at:%H:%M}, {day_text(shift.date)}.", _all(request, schedule, edits, f"Splitting at {at:%H:%M}")
        )

    return answer(request, schedule_id, act, address=address)


def _removed(request: HttpRequest, schedule_id: uuid.UUID, edits: Sequence[Edit]) -> HttpResponse:
    address = cell_or_bad(request)

    def act(schedule: ScheduleInfo) -> Did:
        return Did(
            f"Removed, {day_text(address.date)}.",
            _all(request, schedule, edits, f"Clearing, {day_text(address.date)}"),
        )

    return answer(request, schedule_id, act, address=address)


def _one(request: HttpRequest, schedule: ScheduleInfo, edit: Edit, label: str) -> EditsOutcome:
    return edit_apply(
        schedule_id=schedule.public_id, edit=edit, label=label, actor=actor_of(request), now=timezone.now()
    )


def _all(request: HttpRequest, schedule: ScheduleInfo, edits: Sequence[Edit], label: str) -> EditsOutcome:
    """All of a cell's edits or none: what stands against one is raised."""
    outcome = edits_apply(
        schedule_id=schedule.public_id, edits=edits, label=label, actor=actor_of(request), now=timezone.now()
    )
    if outcome.skipped:
        raise outcome.skipped[0].error()
    return outcome


def _told(made: ShiftInfo) -> str:
    return f"{made.person.name if made.person else 'Open'} on {made.assignment.name}, {day_text(made.date)}"


def _fields(request: HttpRequest, day: date) -> dict[str, Any]:
    """The fields of the form that the edit takes."""
    posted = request.POST
    fields: dict[str, Any] = {}
    for name in ("note", "private_note"):
        if name in posted:
            fields[name] = posted[name].strip()
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
