"""Many edits of a draft in one transaction, each with its own outcome: what the grid does, be it one cell or two hundred.

Everything that the edits need is read in a handful of queries, whatever their number and however large the schedule. What cannot be
done is left alone and listed with the reason; what can be done is done, logged, and kept as one step that its maker may take back.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from scheduling.models import Schedule, Shift
from scheduling.selectors.editing import removals_of
from scheduling.services.edit_steps import StepPart, shift_state, step_record
from scheduling.services.edit_types import Change, Done, Edit, EditsOutcome, Place, Remove, Skipped
from scheduling.services.rules import KeptPlacing, overrides_lapse, placings_override, reason_or_refuse
from scheduling.services.shift_parts import (
    LOCKED_FIELDS,
    Roll,
    fields_apply,
    info_of,
    override_of,
    roll_read,
    shift_entry,
    shift_made,
    shift_told,
    shifts_locked,
    stale,
)
from scheduling.types import ShiftInfo, StaleShift
from tenancy.bulk import rows_insert, rows_update
from tenancy.changes import changes_record
from tenancy.models import ChangeEntry
from tenancy.types import Actor, NotFoundError, RefusedError

__all__ = [
    "LIMIT",
    "Change",
    "Done",
    "Edit",
    "EditsOutcome",
    "Place",
    "Remove",
    "Skipped",
    "edit_apply",
    "edits_apply",
    "edits_open",
    "edits_write",
]

LIMIT = 2000
_WRITTEN = (
    "assignment", "person", "date", "start_wall", "end_wall", "starts_at", "ends_at", "custom_time", "note", "private_note",
    "call_order", "locked", "source", "version", "changed_by", "changed_at",
)  # fmt: skip


def edits_apply(
    *,
    schedule_id: uuid.UUID,
    edits: Sequence[Edit],
    label: str,
    actor: Actor,
    now: datetime,
    groups: Sequence[int] | None = None,
) -> EditsOutcome:
    """Do what can be done of the edits, as one step that can be taken back; list the rest. Raises NotFoundError for the schedule.

    `groups` has a number for each edit: those with the same number are done together or not at all.
    """
    schedule, shifts = edits_open(schedule_id, edits)
    outcome, parts = edits_write(schedule=schedule, shifts=shifts, edits=edits, actor=actor, now=now, groups=groups)
    if parts and actor.account_id is not None:
        step_record(account_id=actor.account_id, schedule_id=schedule.id, label=label, parts=parts, now=now)
    return outcome


def edit_apply(*, schedule_id: uuid.UUID, edit: Edit, label: str, actor: Actor, now: datetime) -> EditsOutcome:
    """One edit. Raises what stands against it: StaleShift, RefusedError, NotFoundError."""
    outcome = edits_apply(schedule_id=schedule_id, edits=[edit], label=label, actor=actor, now=now)
    if outcome.skipped:
        raise outcome.skipped[0].error()
    return outcome


def edits_open(schedule_id: uuid.UUID, edits: Iterable[Edit]) -> tuple[Schedule, dict[uuid.UUID, Shift]]:
    """The schedule, and its shifts that the edits name, locked until the transaction ends."""
    edits = list(edits)
    if len(edits) > LIMIT:
        raise RefusedError(f"At most {LIMIT:,} edits at once; these are {len(edits):,}. Take a smaller range.")
    schedule = Schedule.objects.select_related("department").filter(public_id=schedule_id).first()
    if schedule is None:
        raise NotFoundError("There is no such schedule.")
    ids = [one.public_id if isinstance(one, Place) else one.shift_id for one in edits]
    named = {one for one in ids if one is not None}
    if not named:
        return schedule, {}
    rows = shifts_locked(Shift.objects.filter(schedule_id=schedule.id, public_id__in=named))
    return schedule, {row.public_id: row for row in rows}


def edits_write(
    *,
    schedule: Schedule,
    shifts: Mapping[uuid.UUID, Shift],
    edits: Sequence[Edit],
    actor: Actor,
    now: datetime,
    reason: str = "",
    restoring: bool = False,
    groups: Sequence[int] | None = None,
) -> tuple[EditsOutcome, list[StepPart]]:
    """Weigh every edit in memory, then write what passed. `restoring` is undo: a lock does not hold against it.

    `groups` names, for each edit, those that belong together: all of a group are done or none.
    """
    together = groups or range(len(edits))
    sizes = Counter(together)
    roll = _roll(schedule, shifts, edits)
    refused: dict[int, list[Skipped]] = {}
    while True:  # again without the groups that failed: what their other edits did is not there
        twins = {key: _twin(shift) for key, shift in shifts.items()}
        desk = _Desk(schedule, twins, roll, actor, now, reason, restoring)
        failed, missing = _weighed(desk, [(n, one) for n, one in zip(together, edits, strict=True) if n not in refused])
        alone = all(sizes[n] == 1 for n in (*failed, *missing))
        refused |= failed | {n: _gone(gone, now) for n, gone in missing.items()}
        if alone:
            break
    desk.write()
    return EditsOutcome(tuple(desk.done), tuple(one for group in refused.values() for one in group)), desk.parts


def _weighed(
    desk: _Desk, edits: Iterable[tuple[int, Edit]]
) -> tuple[dict[int, list[Skipped]], dict[int, list[Change | Remove]]]:
    """What was refused, and what names shifts that are not there, by group."""
    failed: dict[int, list[Skipped]] = {}
    missing: dict[int, list[Change | Remove]] = {}
    for group, edit in edits:
        if not isinstance(edit, Place) and edit.shift_id not in desk.shifts:
            missing.setdefault(group, []).append(edit)
            continue
        try:
            desk.weigh(edit)
        except RefusedError as refused:
            current = refused.current if isinstance(refused, StaleShift) else None
            code = "missing" if isinstance(refused, NotFoundError) else refused.code
            failed.setdefault(group, []).append(Skipped(edit, code, desk.subject(edit), refused.text, current))
    return failed, missing


def _twin(shift: Shift) -> Shift:
    """A copy to work on, which shares what was read with it."""
    twin = copy(shift)
    twin._state = copy(shift._state)
    twin._state.fields_cache = dict(shift._state.fields_cache)
    return twin


def _roll(schedule: Schedule, shifts: Mapping[uuid.UUID, Shift], edits: Sequence[Edit]) -> Roll:
    assignments: set[uuid.UUID] = set()
    people: set[uuid.UUID] = set()
    days: set[date] = set()
    for edit in edits:
        if isinstance(edit, Place):
            assignments.add(edit.assignment_id)
            people |= {edit.person_id} if edit.person_id else set()
            days.add(edit.day)
        elif isinstance(edit, Change):
            assignments |= {edit.fields["assignment_id"]} if "assignment_id" in edit.fields else set()
            people |= {edit.fields["person_id"]} if edit.fields.get("person_id") else set()
            if {"assignment_id", "person_id", "date"} & set(edit.fields):
                days |= {edit.fields["date"]} if "date" in edit.fields else set()
                days |= {shifts[edit.shift_id].date} if edit.shift_id in shifts else set()
    return roll_read(
        department_id=schedule.department_id,
        assignment_ids=assignments,
        person_ids=people,
        shifts=shifts.values(),
        days=days,
    )


def _gone(edits: Sequence[Change | Remove], now: datetime) -> list[Skipped]:
    """Shifts that are not in this schedule: removed by somebody, who is named, or never here."""
    removals = removals_of([one.shift_id for one in edits]) if edits else {}
    found = []
    for edit in edits:
        removal = removals.get(edit.shift_id)
        if removal is None:
            text, code, subject = "There is no such shift in this schedule.", "missing", "A shift"
        else:
            minutes = int((now - removal.at).total_seconds() // 60)
            ago = f"{minutes} min ago" if minutes > 0 else "just now"
            text = f"{removal.actor} removed this shift {ago}. Yours was not saved."
            code, subject = "stale", removal.subject
        found.append(Skipped(edit, code, subject, text))
    return found


@dataclass
class _Desk:
    """The shifts in hand while a batch is weighed; nothing is written before `write`."""

    schedule: Schedule
    shifts: dict[uuid.UUID, Shift]
    roll: Roll
    actor: Actor
    now: datetime
    reason: str
    restoring: bool
    done: list[Done] = field(default_factory=list)
    parts: list[StepPart] = field(default_factory=list)
    added: list[Shift] = field(default_factory=list)
    changed: list[Shift] = field(default_factory=list)
    removed: list[Shift] = field(default_factory=list)
    entries: list[ChangeEntry] = field(default_factory=list)
    touched: set[uuid.UUID] = field(default_factory=set)
    handed: list[uuid.UUID] = field(default_factory=list)  # to another person
    kept: list[KeptPlacing] = field(default_factory=list)  # placed with a reason, although refused

    def weigh(self, edit: Edit) -> None:
        """Do one edit in memory, or raise what stands against it."""
        if isinstance(edit, Place):
            self._place(edit)
            return
        shift = self.shifts[edit.shift_id]
        if shift.public_id in self.touched:
            raise RefusedError("This shift is named twice in one step. Only the first edit was done.", code="twice")
        if shift.version != edit.version:
            raise stale(shift, self.now)
        if isinstance(edit, Remove):
            self._remove(edit, shift)
        else:
            self._change(edit, shift)

    def subject(self, edit: Edit) -> str:
        """The cell that an edit is about, in words."""
        if isinstance(edit, Place):
            assignment, day = self.roll.assignments.get(edit.assignment_id), edit.day
        else:
            shift = self.shifts[edit.shift_id]
            assignment, day = shift.assignment, shift.date
        return f"{assignment.name if assignment else 'A shift'}, {day:%a %b} {day.day}"

    def write(self) -> None:
        """Everything that passed, in as many statements as there are kinds of it."""
        rows_insert(self.added)
        rows_update(self.changed, _WRITTEN)
        if self.removed:
            Shift.objects.filter(id__in=[one.id for one in self.removed]).delete()
        changes_record(self.entries)
        overrides_lapse(shift_ids=self.handed)
        placings_override(kept=self.kept, actor=self.actor, now=self.now)

    def _place(self, edit: Place) -> None:
        if edit.public_id is not None and edit.public_id in self.shifts:
            raise stale(self.shifts[edit.public_id], self.now)
        override = reason_or_refuse(edit.override) if edit.override.strip() else ""
        shift, gave_way = shift_made(
            schedule=self.schedule, assignment=self.roll.assignment(edit.assignment_id),
            person=self.roll.person(edit.person_id), day=edit.day, roll=self.roll, actor=self.actor, now=self.now,
            override=override, **edit.more,
        )  # fmt: skip
        shift.version = edit.version
        if edit.public_id is not None:
            shift.public_id = edit.public_id
        self.added.append(shift)
        self._log(shift, "shift.add", None, shift_told(shift))
        self._keep(shift, gave_way, override)
        self._did(edit, shift, None, None, shift_state(shift, override if gave_way else ""))

    def _change(self, edit: Change, shift: Shift) -> None:
        if (
            shift.locked
            and not self.restoring
            and edit.fields.get("locked") is not False
            and LOCKED_FIELDS & set(edit.fields)
        ):
            raise RefusedError("The shift is locked. Unlock it first.", code="locked")
        override = reason_or_refuse(edit.override) if edit.override.strip() else ""
        info, state, kept = info_of(shift), self._state(shift), dict(shift.__dict__)
        fields_cache = dict(shift._state.fields_cache)
        try:
            done = fields_apply(shift, edit.fields, roll=self.roll, actor=self.actor, now=self.now, override=override)
        except RefusedError:
            shift.__dict__.update(kept)
            shift._state.fields_cache = fields_cache
            raise
        if done.after:
            self.changed.append(shift)
            if "person_id" in done.after:
                self.handed.append(shift.public_id)
            self._log(shift, "shift.change", done.before, done.after)
            self._keep(shift, done.gave_way, override)
            self._did(edit, shift, info, state, shift_state(shift, override) if done.gave_way else self._state(shift))

    def _remove(self, edit: Remove, shift: Shift) -> None:
        if shift.locked and not self.restoring:
            raise RefusedError("The shift is locked. Unlock it first.", code="locked")
        self.removed.append(shift)
        self._log(shift, "shift.remove", shift_told(shift), None)
        self._did(edit, shift, info_of(shift), self._state(shift), None)

    def _log(self, shift: Shift, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        self.entries.append(shift_entry(shift, self.actor, self.now, action, before, after, self.reason))

    def _keep(self, shift: Shift, gave_way: Sequence[str], reason: str) -> None:
        if gave_way:
            self.kept.append(KeptPlacing(shift, tuple(gave_way), reason))

    def _state(self, shift: Shift) -> dict[str, Any]:
        """The shift as undo brings it back, with the reason for which somebody stands there although refused."""
        return shift_state(shift, override_of(shift, self.roll))

    def _did(
        self,
        edit: Edit,
        shift: Shift,
        was: ShiftInfo | None,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> None:
        self.touched.add(shift.public_id)
        self.done.append(Done(edit, was, info_of(shift) if after else None))
        self.parts.append(
            StepPart(
                shift_id=shift.public_id,
                before=before,
                after=after,
                before_version=was.version if was else None,
                after_version=shift.version if after else None,
            )
        )
