"""Steps of editing: what undo and redo walk. Bounded, for each account and schedule."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduling.models import EditChange, EditStep, Shift
from tenancy.bulk import rows_insert

KEPT = 100


@dataclass(frozen=True, slots=True)
class StepPart:
    """One shift of a step. States hold private notes: they go into the step and nowhere else."""

    shift_id: uuid.UUID
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    before_version: int | None
    after_version: int | None


def shift_state(shift: Shift, override: str = "") -> dict[str, Any]:
    """Everything about a shift that undo brings back; `override` is the reason for which its person was placed although refused."""
    return {
        "assignment_id": str(shift.assignment.public_id),
        "person_id": str(shift.person.public_id) if shift.person else None,
        "date": shift.date.isoformat(),
        "start": shift.start_wall.isoformat(),
        "end": shift.end_wall.isoformat(),
        "note": shift.note,
        "private_note": shift.private_note,
        "call_order": shift.call_order,
        "locked": shift.locked,
        "override": override,
    }


def step_record(*, account_id: int, schedule_id: int, label: str, parts: Sequence[StepPart], now: datetime) -> None:
    """Keep a step that was just done. What had been undone before can no longer be redone; the oldest steps beyond KEPT go."""
    mine = EditStep.objects.filter(account_id=account_id, schedule_id=schedule_id)
    over = [*mine.filter(undone=True).values_list("id", flat=True)]
    over += mine.filter(undone=False).order_by("-id").values_list("id", flat=True)[KEPT - 1 : KEPT + 20]
    steps_forget(over)
    step = EditStep.objects.create(account_id=account_id, schedule_id=schedule_id, at=now, label=label[:200])
    rows_insert(
        [
            EditChange(
                step=step, shift_id=one.shift_id, before=one.before, after=one.after,
                before_version=one.before_version, after_version=one.after_version,
            )
            for one in parts
        ]
    )  # fmt: skip


def steps_forget(step_ids: Sequence[int]) -> None:
    """Drop steps: they can be neither undone nor redone."""
    if step_ids:
        EditChange.objects.filter(step_id__in=step_ids).delete()
        EditStep.objects.filter(id__in=step_ids).delete()
