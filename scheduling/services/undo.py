"""Undo and redo: each is itself a logged edit, and neither takes back what somebody else did since."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scheduling.models import EditChange, EditStep, Schedule
from scheduling.selectors.editing import last_changes
from scheduling.services.edit_steps import steps_forget
from scheduling.services.edits import Change, Edit, EditsOutcome, Place, Remove, edits_open, edits_write
from tenancy.bulk import rows_update
from tenancy.types import Actor, ChangeInfo, NotFoundError, RefusedError

_TOLD = ("person", "assignment", "date", "start", "end", "note", "private_note", "call_order", "locked")


@dataclass(frozen=True)
class StepOutcome:
    """What was taken back or done again."""

    label: str
    outcome: EditsOutcome


class OvertakenError(RefusedError):
    """Somebody changed since what the step touched. Nothing was changed; `step_id` can never be undone and may be forgotten."""

    def __init__(self, text: str, step_id: int) -> None:
        super().__init__(text, code="overtaken")
        self.step_id = step_id


def edits_undo(*, schedule_id: uuid.UUID, actor: Actor, now: datetime) -> StepOutcome:
    """Take the account's last step back, whole. Raises OvertakenError naming who changed what since; RefusedError at the end."""
    return _walk(schedule_id=schedule_id, actor=actor, now=now, back=True)


def edits_redo(*, schedule_id: uuid.UUID, actor: Actor, now: datetime) -> StepOutcome:
    """Do the step again that was undone last. Raises as edits_undo."""
    return _walk(schedule_id=schedule_id, actor=actor, now=now, back=False)


def step_forget(*, step_id: int) -> None:
    """Drop a step that was overtaken, so that undo reaches the one before it."""
    steps_forget([step_id])


def _walk(*, schedule_id: uuid.UUID, actor: Actor, now: datetime, back: bool) -> StepOutcome:
    step = _next(schedule_id, actor, back)
    word = "Undo" if back else "Redo"
    changes = list(EditChange.objects.filter(step_id=step.id).order_by("id"))
    edits = [_edit(one, back) for one in changes]
    schedule, shifts = edits_open(schedule_id, edits)
    overtaken = []
    for one in changes:
        shift, version = shifts.get(one.shift_id), one.after_version if back else one.before_version
        if (shift.version if shift else None) != version:
            overtaken.append(one.shift_id)
    if overtaken:
        raise OvertakenError(_who(overtaken, actor, step.label, word), step.id)
    outcome, _ = edits_write(
        schedule=schedule, shifts=shifts, edits=edits, actor=actor, now=now,
        reason=f"{word}: {step.label}", restoring=True,
    )  # fmt: skip
    if outcome.skipped:
        first = outcome.skipped[0]
        raise RefusedError(f"{word} of “{step.label}” is not possible any more. {first.subject}: {first.text}")
    _rename(step, schedule, changes, outcome, back)
    EditStep.objects.filter(id=step.id).update(undone=back)
    return StepOutcome(step.label, outcome)


def _next(schedule_id: uuid.UUID, actor: Actor, back: bool) -> EditStep:
    schedule = Schedule.objects.filter(public_id=schedule_id).only("id").first()
    if schedule is None or actor.account_id is None:
        raise NotFoundError("There is no such schedule.")
    steps = EditStep.objects.filter(account_id=actor.account_id, schedule_id=schedule.id, undone=not back)
    while (found := steps.select_for_update().order_by("-id" if back else "id").first()) is None:
        if not steps.exists():
            raise RefusedError(f"There is nothing to {'undo' if back else 'redo'}.", code="nothing")
        # Another window of the same account took that step while this one waited for it: the next one then.
    return found


def _edit(one: EditChange, back: bool) -> Edit:
    """The edit that leads from where the step left a shift to where it found it, or the other way."""
    state = one.before if back else one.after
    version = (one.after_version if back else one.before_version) or 0
    if state is None:
        return Remove(one.shift_id, version)
    fields = _fields(state)
    override = fields.pop("override", "")  # steps of before it was kept have none
    if (one.after if back else one.before) is not None:
        return Change(one.shift_id, version, fields, override)
    known = (one.before_version if back else one.after_version) or 0
    assignment, person, day = fields.pop("assignment_id"), fields.pop("person_id"), fields.pop("date")
    return Place(assignment, day, person, fields, public_id=one.shift_id, version=known + 1, override=override)


def _fields(state: dict[str, Any]) -> dict[str, Any]:
    return {
        **state,
        "assignment_id": uuid.UUID(state["assignment_id"]),
        "person_id": uuid.UUID(state["person_id"]) if state["person_id"] else None,
        "date": date.fromisoformat(state["date"]),
        "start": datetime.fromisoformat(state["start"]),
        "end": datetime.fromisoformat(state["end"]),
    }


def _rename(
    step: EditStep, schedule: Schedule, changes: Sequence[EditChange], outcome: EditsOutcome, back: bool
) -> None:
    """The state that was brought back has a new version: every step that knew it by its old one learns the new."""
    made = {one.after.public_id: one.after.version for one in outcome.done if one.after is not None}
    renamed = {}
    for one in changes:
        old = one.before_version if back else one.after_version
        if one.shift_id in made and old is not None:
            renamed[one.shift_id, old] = made[one.shift_id]
    mine = EditStep.objects.filter(account_id=step.account_id, schedule_id=schedule.id).values_list("id", flat=True)
    rows = list(EditChange.objects.filter(step_id__in=list(mine), shift_id__in=[key for key, _ in renamed]))
    for row in rows:
        for name in ("before_version", "after_version"):
            version = getattr(row, name)
            if version is not None:
                setattr(row, name, renamed.get((row.shift_id, version), version))
    rows_update(rows, ("before_version", "after_version"))


def _who(shift_ids: Sequence[uuid.UUID], actor: Actor, label: str, word: str) -> str:
    """Who stands in the way, and what they changed."""
    last = last_changes(shift_ids)
    lines = []
    for shift_id in shift_ids[:3]:
        if shift_id in last:
            entry, account = last[shift_id]
            who = "You" if account is not None and account == actor.account_id else entry.actor
            lines.append(f"{who} {_did(entry)}")
    more = f"; and {len(shift_ids) - 3} more" if len(shift_ids) > 3 else ""
    return f"{word} of “{label}” would overwrite what was done since. {'; '.join(lines)}{more}. Nothing was changed."


def _did(entry: ChangeInfo) -> str:
    if entry.action == "shift.add":
        return f"added {entry.subject}"
    if entry.action == "shift.remove":
        return f"removed {entry.subject}"
    before, after = entry.before or {}, entry.after or {}
    told = [
        f"{name.replace('_', ' ')} {_value(before.get(name))} → {_value(after.get(name))}"
        for name in _TOLD
        if name in after
    ]
    return f"changed {entry.subject}: {', '.join(told)}" if told else f"changed {entry.subject}"


def _value(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
