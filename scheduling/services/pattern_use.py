"""Laying a pattern over the dates of a draft: looked at first, then done as one step, or refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduling.planning.patterns import pattern_wanted
from scheduling.planning.plan import plan_make
from scheduling.planning.types import Filled, Plan, Preview, Result, Unplaceable
from scheduling.selectors.patterns import PatternDetail
from scheduling.selectors.rows import assignments_by_id, people_by_id
from scheduling.services.blocks import plan_apply, plan_preview
from scheduling.services.patterns import pattern_settings
from scheduling.services.planned import LARGEST
from scheduling.types import PersonInfo, ScheduleInfo
from tenancy.types import Actor, RefusedError


@dataclass(frozen=True, slots=True)
class PatternUse:
    """A pattern, where it goes, and who fills its positions (None: nobody, open). The week of `anchor` is its first."""

    pattern: PatternDetail
    schedule: ScheduleInfo
    first: date
    last: date
    anchor: date
    people: tuple[PersonInfo | None, ...]
    rotates: bool
    week_start: int
    filled: Filled = Filled.SKIP
    unplaceable: Unplaceable = Unplaceable.SKIP


def pattern_preview(*, use: PatternUse, actor: Actor, now: datetime) -> Preview:
    """What applying would do now, with the conflicts it would make. Keeps nothing, but needs a transaction that may write."""
    return plan_preview(_plan(use), actor=actor, now=now)


def pattern_apply(*, use: PatternUse, digest: str, actor: Actor, now: datetime) -> Result:
    """Apply, and remember who filled which position. Raises LapsedError when the preview of that digest is no longer true."""
    info = use.pattern.info
    result = plan_apply(
        _plan(use), digest=digest, label=f"Template {info.name}, from {use.first:%b} {use.first.day}",
        action="pattern.apply", actor=actor, now=now,
        told={"template": info.name, "from": str(use.first), "to": str(use.last), "anchor": str(use.anchor)},
    )  # fmt: skip
    pattern_settings(
        pattern_id=info.public_id, person_ids=[one.id if one else None for one in use.people], rotates=use.rotates, anchor=use.anchor,
        actor=actor, now=now,
    )  # fmt: skip
    return result


def _plan(use: PatternUse) -> Plan:
    info = use.pattern.info
    if use.last < use.first:
        raise RefusedError("The last date is before the first.", field="last")
    if (use.last - use.first).days > 400:
        raise RefusedError("A template is applied to at most 400 days at once.", field="last")
    if info.department.id != use.schedule.department.id:
        raise RefusedError("The template belongs to another department.", field="schedule")
    named = [one for one in use.people if one is not None]
    if use.rotates and (len(named) < info.positions or len(named) < len(use.people)):
        raise RefusedError(
            f"The template has {info.positions} positions and {len(named)} people in a row: name at least as many, "
            "or switch rotation off.",
            field="people",
        )
    if len({one.id for one in named}) != len(named):
        raise RefusedError("Somebody stands twice in the list: one place for each.", field="people")
    wanted = pattern_wanted(
        use.pattern.entries,
        weeks=info.weeks,
        first=use.first,
        last=use.last,
        anchor=use.anchor,
        week_start=use.week_start,
        positions=use.people,
        rotates=use.rotates,
        people=people_by_id({one.person_id for one in use.pattern.entries if one.person_id}),
        assignments=assignments_by_id({one.assignment_id for one in use.pattern.entries}),
    )
    if len(wanted) > LARGEST:
        raise RefusedError(f"That would be {len(wanted):,} shifts; at most {LARGEST:,} go at once.", field="last")
    return plan_make(use.schedule, wanted, filled=use.filled, unplaceable=use.unplaceable)
