"""Writing a plan into its draft: one transaction, one step that its maker can take back; and trying it out without keeping it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from scheduling.models import Schedule, Shift
from scheduling.planning.types import Left, Plan, Wanted
from scheduling.rules.types import Conflict
from scheduling.selectors.conflicts import conflicts_of
from scheduling.services.edit_steps import step_record
from scheduling.services.edits import Change, Edit, EditsOutcome, Place, Remove, edits_write
from scheduling.types import ScheduleInfo
from tenancy.types import Actor, RefusedError

LARGEST = 20_000
_AROUND = timedelta(days=7)  # how far from its own date a shift can break a rest or a week's maximum


class _TakenBackError(Exception):
    """Ends a trial."""


def plan_write(plan: Plan, *, label: str, actor: Actor, now: datetime, reason: str = "") -> EditsOutcome:
    """Carry a plan out, as one step that undo takes back."""
    edits: list[Edit] = [Remove(one.public_id, one.version) for one in plan.removes]
    edits += [Change(one.shift.public_id, one.shift.version, one.fields) for one in plan.changes]
    edits += [_place(one) for one in plan.places]
    return edits_carry_out(plan.schedule, edits, label=label, actor=actor, now=now, reason=reason)


def edits_carry_out(
    schedule: ScheduleInfo, edits: Sequence[Edit], *, label: str, actor: Actor, now: datetime, reason: str = ""
) -> EditsOutcome:
    """Any number of edits of a draft at once. An empty `label` keeps no step: it cannot be undone."""
    if len(edits) > LARGEST:
        raise RefusedError(f"At most {LARGEST:,} shifts at once; these are {len(edits):,}. Take fewer weeks.")
    named = [one.shift_id for one in edits if not isinstance(one, Place)]
    rows = Shift.objects.select_related("schedule", "assignment__type", "person__personnel_type")
    held = rows.select_for_update(of=("self",)).filter(schedule_id=schedule.id, public_id__in=named).order_by("id")
    row = Schedule.objects.select_related("department").get(id=schedule.id)
    shifts = {one.public_id: one for one in held}
    outcome, parts = edits_write(schedule=row, shifts=shifts, edits=edits, actor=actor, now=now, reason=reason)
    if parts and label and actor.account_id is not None:
        step_record(account_id=actor.account_id, schedule_id=schedule.id, label=label, parts=parts, now=now)
    return outcome


def conflicts_made(
    schedule: ScheduleInfo, *, days: tuple[date, date], person_ids: Collection[int], write: Callable[[], object]
) -> tuple[Conflict, ...]:
    """The conflicts that writing would add: the rules look at the draft as it would be, then everything is taken back."""
    first = max(schedule.starts_on, days[0] - _AROUND)
    last = min(schedule.ends_on, days[1] + _AROUND)
    before = Counter(map(_key, conflicts_of(schedule, first=first, last=last, person_ids=person_ids)))
    after: list[Conflict] = []
    try:
        with transaction.atomic():
            write()
            after = conflicts_of(schedule, first=first, last=last, person_ids=person_ids)
            raise _TakenBackError
    except _TakenBackError:
        pass
    made = []
    for one in after:
        key = _key(one)
        if before[key] > 0:
            before[key] -= 1
        elif one.stands:
            made.append(one)
    return tuple(made)


def left_by(outcome: EditsOutcome) -> tuple[Left, ...]:
    """What the edits refused after all, beside what the plan had left out."""
    return tuple(Left(_day(one.edit), one.subject, "", one.code, one.text) for one in outcome.skipped)


def _place(one: Wanted) -> Place:
    more = {"start": one.start, "end": one.end, "note": one.note or "", "call_order": one.call_order}
    return Place(one.assignment.public_id, one.date, one.person.public_id if one.person else None, more)


def _day(edit: Edit) -> date:
    return edit.day if isinstance(edit, Place) else date.min


def _key(one: Conflict) -> tuple[object, ...]:
    return one.rule, one.date, one.person_id, one.assignment_id, one.text
