"""What the grid asks about edits: what can be taken back, who removed a shift, what others changed meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import Assignment, EditStep, Shift
from scheduling.selectors.changes import change_info
from tenancy.models import ChangeEntry
from tenancy.types import ChangeInfo


@dataclass(frozen=True, slots=True)
class UndoState:
    """The labels of the next step back and forward, empty where there is none."""

    undo: str = ""
    redo: str = ""


def undo_state(*, account_id: int, schedule_id: int) -> UndoState:
    """What the account can take back, or do again, in a schedule."""
    steps = EditStep.objects.filter(account_id=account_id, schedule_id=schedule_id)
    undo = steps.filter(undone=False).order_by("-id").values_list("label", flat=True).first()
    redo = steps.filter(undone=True).order_by("id").values_list("label", flat=True).first()
    return UndoState(undo or "", redo or "")


def removals_of(shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ChangeInfo]:
    """Who removed which of these shifts last."""
    rows = ChangeEntry.objects.filter(subject_id__in=list(shift_ids), action="shift.remove").order_by("id")
    return {row.subject_id: change_info(row) for row in rows if row.subject_id is not None}


def last_changes(shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[ChangeInfo, int | None]]:
    """The last change of each shift, and the account that made it."""
    rows = ChangeEntry.objects.filter(subject_id__in=list(shift_ids), subject_type="shift").order_by("id")
    return {row.subject_id: (change_info(row), row.actor_account_id) for row in rows if row.subject_id is not None}


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An edit of a draft's shift, as the grid announces it."""

    public_id: uuid.UUID
    actor: str
    account_id: int | None


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """Which cells edits have touched: where shifts stood and where they stand. `many`: more than a page draws piece by piece."""

    cells: frozenset[tuple[uuid.UUID, date]]
    entries: tuple[ChangedEntry, ...]
    many: bool = False


_MANY = 200
_NOBODY = uuid.UUID(int=0)


def cells_changed_since(*, schedule_id: int, department_id: int, since: datetime, layout: str) -> ChangedCells:
    """What edits of a department's drafts have touched in a schedule since a moment. The cost follows the edits."""
    rows = list(
        ChangeEntry.objects.filter(
            at__gt=since, department_id=department_id, subject_type="shift", action__in=_EDITS
        ).order_by("-at", "-id")[: _MANY + 1]
    )
    if len(rows) > _MANY:
        return ChangedCells(frozenset(), (), many=True)
    if not rows:
        return ChangedCells(frozenset(), ())
    ids = {row.subject_id for row in rows if row.subject_id is not None}
    standing = {
        key: {
            "schedule": schedule,
            "assignment": code,
            "person_id": str(person) if person else None,
            "date": day.isoformat(),
        }
        for key, schedule, code, person, day in Shift.objects.filter(public_id__in=ids).values_list(
            "public_id", "schedule_id", "assignment__code", "person__public_id", "date"
        )
    }
    codes = dict(Assignment.objects.filter(department_id=department_id).values_list("code", "public_id"))
    cells: set[tuple[uuid.UUID, date]] = set()
    states: dict[uuid.UUID, dict[str, object]] = {}
    entries = []
    for row in rows:  # newest first: each entry's "before" leads one step back
        key = row.subject_id
        if key is None or (key in standing and standing[key]["schedule"] != schedule_id):
            continue
        state = states.setdefault(key, dict(standing.get(key, {})))
        cells |= _cell_of(state, codes, layout)
        if row.action != "shift.add":
            state |= {name: value for name, value in (row.before or {}).items() if name in _PLACE}
            cells |= _cell_of(state, codes, layout)
        entries.append(ChangedEntry(row.public_id, row.actor, row.actor_account_id))
    return ChangedCells(frozenset(cells), tuple(entries))


_EDITS = ("shift.add", "shift.change", "shift.remove")
_PLACE = ("assignment", "person_id", "date")


def _cell_of(state: Mapping[str, object], codes: Mapping[str, uuid.UUID], layout: str) -> set[tuple[uuid.UUID, date]]:
    """The cell of a state that the log tells, if it is one."""
    if not state.get("date"):
        return set()
    day = date.fromisoformat(str(state["date"]))
    if layout == "person":
        person = state.get("person_id")
        return {(uuid.UUID(str(person)) if person else _NOBODY, day)}
    code = str(state.get("assignment", ""))
    return {(codes[code], day)} if code in codes else set()
