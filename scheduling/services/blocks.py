"""Copying a block of a draft forward: looked at first, then done as one step, or refused whole."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.planning.blocks import block_dates, block_wanted, usual_step
from scheduling.planning.plan import digest_of, plan_make
from scheduling.planning.types import Filled, LapsedError, Plan, Preview, Result, Unplaceable
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import draft_shifts
from scheduling.services.planned import LARGEST, conflicts_made, left_by, plan_write
from scheduling.types import ScheduleInfo
from tenancy.changes import change_record
from tenancy.types import Actor, RefusedError

MOST_COPIES = 53


@dataclass(frozen=True, slots=True)
class BlockCopy:
    """What is copied, where to, and how. `assignment_ids` are public ids, None for all of them.

    `every` days lie between the starts of the copies; None is the block's length in whole weeks.
    """

    source: ScheduleInfo
    first: date
    last: date
    target: ScheduleInfo
    to: date
    times: int = 1
    every: int | None = None
    assignment_ids: frozenset[uuid.UUID] | None = None
    with_people: bool = True
    keep_notes: bool = False
    filled: Filled = Filled.SKIP
    unplaceable: Unplaceable = Unplaceable.SKIP


def block_preview(*, asked: BlockCopy, actor: Actor, now: datetime) -> Preview:
    """What copying would do now, with the conflicts it would make. Keeps nothing, but needs a transaction that may write."""
    return plan_preview(_plan(asked), actor=actor, now=now)


def block_copy(*, asked: BlockCopy, digest: str, actor: Actor, now: datetime) -> Result:
    """Copy. Raises LapsedError when the preview of that digest is no longer true."""
    copies = f" × {asked.times}" if asked.times > 1 else ""
    label = f"Copy of {_range(asked.first, asked.last)} to {asked.to:%b} {asked.to.day}{copies}"
    return plan_apply(
        _plan(asked), digest=digest, label=label, action="block.copy", actor=actor, now=now,
        told={"from": str(asked.first), "to": str(asked.last), "onto": str(asked.to), "times": asked.times},
    )  # fmt: skip


def plan_preview(plan: Plan, *, actor: Actor, now: datetime) -> Preview:
    """A plan with its conflicts and its digest."""
    if plan.days is None:
        return Preview(plan, (), digest_of(plan))

    def write() -> None:
        plan_write(plan, label="", actor=actor, now=now)

    conflicts = conflicts_made(plan.schedule, days=plan.days, person_ids=plan.person_ids, write=write)
    return Preview(plan, conflicts, digest_of(plan))


def plan_apply(
    plan: Plan, *, digest: str, label: str, action: str, told: dict[str, object], actor: Actor, now: datetime
) -> Result:
    """Carry a plan out if it is still the one that was looked at, and log it as a whole beside each of its shifts."""
    if digest_of(plan) != digest:
        raise LapsedError
    outcome = plan_write(plan, label=label, actor=actor, now=now)
    kinds = [(one.before is not None, one.after is not None) for one in outcome.done]
    result = Result(
        schedule_id=plan.schedule.public_id,
        added=kinds.count((False, True)),
        changed=kinds.count((True, True)),
        removed=kinds.count((True, False)),
        same=plan.same,
        left=(*plan.left, *left_by(outcome)),
    )
    if outcome.done:
        counts = {"added": result.added, "changed": result.changed, "removed": result.removed, "left": len(result.left)}
        change_record(
            actor=actor, now=now, action=action, subject_type="schedule", subject=f"{plan.schedule.name}: {label}",
            subject_id=plan.schedule.public_id, department_id=plan.schedule.department.id, after={**told, **counts},
        )  # fmt: skip
    return result


def _plan(asked: BlockCopy) -> Plan:
    _refuse_nonsense(asked)
    every = asked.every or usual_step(asked.first, asked.last)
    shifts = draft_shifts(schedule_id=asked.source.id, first=asked.first, last=asked.last)
    if asked.assignment_ids is not None:
        shifts = [one for one in shifts if one.assignment.public_id in asked.assignment_ids]
    if len(shifts) * asked.times > LARGEST:
        raise RefusedError(
            f"That would be {len(shifts) * asked.times:,} shifts; at most {LARGEST:,} go at once.", field="times"
        )
    wanted = block_wanted(
        shifts,
        first=asked.first,
        targets=block_dates(asked.to, times=asked.times, every=every),
        with_people=asked.with_people,
        keep_notes=asked.keep_notes,
        assignments=assignments_by_id(department_id=asked.source.department.id),
    )
    return plan_make(asked.target, wanted, filled=asked.filled, unplaceable=asked.unplaceable)


def _refuse_nonsense(asked: BlockCopy) -> None:
    days = (asked.last - asked.first).days + 1
    if days < 1:
        raise RefusedError("The last date of the block is before its first.", field="last")
    if asked.first < asked.source.starts_on or asked.last > asked.source.ends_on:
        raise RefusedError(
            f"The block must lie inside {asked.source.name}: {asked.source.starts_on} to {asked.source.ends_on}.",
            field="first",
        )
    if asked.source.department.id != asked.target.department.id:
        raise RefusedError("A block is copied inside its own department.", field="into")
    if not 1 <= asked.times <= MOST_COPIES:
        raise RefusedError(f"A block is copied 1 to {MOST_COPIES} times at once.", field="times")
    every = asked.every or usual_step(asked.first, asked.last)
    if asked.times > 1 and every < days:
        raise RefusedError(f"The block has {days} days: copies must be at least that far apart.", field="every")
    end = asked.to.toordinal() + every * (asked.times - 1) + days - 1
    if asked.source.id == asked.target.id and asked.to <= asked.last and end >= asked.first.toordinal():
        raise RefusedError("The copy would lie over the block itself. Choose dates before or after it.", field="to")


def _range(first: date, last: date) -> str:
    return f"{first:%b} {first.day}–{last:%b} {last.day}" if first != last else f"{first:%b} {first.day}"
