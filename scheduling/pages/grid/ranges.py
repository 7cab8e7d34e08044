"""Editing many cells at once: clear, lock, fill, paste, move. What cannot be done is listed and the rest is done."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.grid.answer import Did, answer, cell_keys
from scheduling.pages.grid.gestures import (
    Draft,
    Plan,
    clear_plan,
    fill_plan,
    lock_plan,
    move_plan,
    paste_plan,
    text_plan,
)
from scheduling.pages.grid.posted import RangeCell, range_or_bad, screen_of, uuid_or_bad, versions_or_bad
from scheduling.pages.grid.view import Layout
from scheduling.services.edits import edits_apply
from scheduling.types import ScheduleInfo
from tenancy.rights import Right
from tenancy.types import RefusedError
from tenancy.web import actor_of, signed_in

_WORDS = {
    "clear": "Clearing", "lock": "Locking", "unlock": "Unlocking", "fill": "Filling", "copy": "Pasting", "cut": "Moving",
    "text": "Pasting", "move": "Moving",
}  # fmt: skip
_DONE = {
    "clear": "cleared", "lock": "locked", "unlock": "unlocked", "fill": "filled", "copy": "pasted", "cut": "moved",
    "text": "pasted", "move": "moved",
}  # fmt: skip


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def edit_range(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """One act on a range of cells, as one step of undo."""
    kind, layout = request.POST.get("act", ""), screen_of(request.POST).layout
    if kind not in _WORDS:
        raise BadRequest("No act is named.")
    try:
        cells = range_or_bad(request.POST)
    except RefusedError as large:
        refusal = large
        return answer(request, schedule_id, lambda _: _raise(refusal))
    plan = _plan(request, kind, layout)

    def act(schedule: ScheduleInfo) -> Did:
        planned = plan(Draft.read(schedule, cells, layout), cells)
        outcome = edits_apply(
            schedule_id=schedule.public_id, edits=planned.edits, label=_label(kind, cells), actor=actor_of(request),
            now=timezone.now(), groups=planned.groups,
        )  # fmt: skip
        asked = {(one.address.row, one.address.date) for one in cells}
        count = len(asked & cell_keys(outcome.states, layout))
        skipped = len(outcome.skipped) + len(planned.skipped)
        said = f"{count} {'cell' if count == 1 else 'cells'} {_DONE[kind]}" if count else f"Nothing {_DONE[kind]}"
        return Did(f"{said}, {skipped} left as they were." if skipped else f"{said}.", outcome, planned.skipped)

    return answer(request, schedule_id, act)


def _plan(request: HttpRequest, kind: str, layout: Layout) -> Callable[[Draft, Sequence[RangeCell]], Plan]:
    if kind == "clear":
        return clear_plan
    if kind in ("lock", "unlock"):
        return lambda draft, cells: lock_plan(draft, cells, locked=kind == "lock")
    if kind == "fill":
        who = request.POST.get("who", "")
        chosen = None if who == "open" else uuid_or_bad(who)
        if chosen is None and layout == "person":
            raise BadRequest("No assignment is named.")
        add = request.POST.get("add") == "1"
        return lambda draft, cells: fill_plan(draft, cells, chosen, add=add)
    if kind in ("copy", "cut"):
        return lambda draft, cells: paste_plan(draft, cells, cut=kind == "cut")
    if kind == "move":
        moved = versions_or_bad(request.POST.get("shift", ""))
        return lambda draft, cells: move_plan(draft, cells, moved)
    return text_plan


def _label(kind: str, cells: Sequence[RangeCell]) -> str:
    days = sorted({one.address.date for one in cells})
    span = f"{days[0]:%b} {days[0].day}" + (f"–{days[-1]:%b} {days[-1].day}" if len(days) > 1 else "")
    return f"{_WORDS[kind]} {len(cells)} {'cell' if len(cells) == 1 else 'cells'}, {span}"


def _raise(refused: RefusedError) -> Did:
    raise refused
