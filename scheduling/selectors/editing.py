"""What the grid asks about edits: what can be taken back, who removed a shift, what others changed meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from scheduling.models import EditStep
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
