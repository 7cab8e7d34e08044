"""The door for roster files: what an import would do, and doing it — all of it or nothing.

Call both inside tenant_transaction. What an import speaks for is the file's dates × the people in the file: there, the
draft becomes what the file says; everybody else and every other date stays as it is.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from scheduling.importing.plan import Plan, plan_roster, remembered_mapping
from scheduling.importing.preview import preview_of
from scheduling.importing.target import place_of
from scheduling.importing.types import NewAssignment, RosterPreview, RosterRefused, RosterRequest, RosterResult
from scheduling.importing.write import (
    assignments_written,
    format_remembered,
    people_written,
    schedule_written,
    shifts_written,
)
from scheduling.models import Schedule
from scheduling.roster.mapping import RosterMapping
from tenancy.changes import change_record
from tenancy.types import Actor

__all__ = [
    "NewAssignment",
    "RosterPreview",
    "RosterRefused",
    "RosterRequest",
    "RosterResult",
    "roster_apply",
    "roster_mapping",
    "roster_preview",
]


def roster_mapping(*, schedule_id: uuid.UUID | None = None, department_id: uuid.UUID | None = None) -> RosterMapping:
    """How the department's files were understood last time, or the usual way. Raises NotFoundError."""
    return remembered_mapping(place_of(schedule_id=schedule_id, department_id=department_id, lock=False))


def roster_preview(*, request: RosterRequest) -> RosterPreview:
    """What applying would do now. Writes nothing and may run in a snapshot. Raises NotFoundError."""
    return preview_of(plan_roster(request, lock=False))


def roster_apply(*, request: RosterRequest, actor: Actor, now: datetime, digest: str | None = None) -> RosterResult:
    """Apply everything, or raise RosterRefused with every reason and change nothing.

    ``digest`` is that of the preview somebody confirmed: when the draft, the people or the assignments have moved
    since, so that applying would do something else, it is refused with code "stale". Importing what is there already
    changes and logs nothing. Mapping and ignored codes are remembered for the department.
    """
    plan = plan_roster(request, lock=True)
    preview = preview_of(plan)
    _refuse_unless_good(preview, digest)
    assert plan.target is not None, "a plan without errors has a target"
    result = _write(plan, actor=actor, now=now)
    format_remembered(plan, actor=actor, now=now)
    return result


def _refuse_unless_good(preview: RosterPreview, digest: str | None) -> None:
    errors = preview.errors
    if errors:
        more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
        raise RosterRefused(f"Nothing was imported. {errors[0]}{more}", preview)
    if digest is not None and digest != preview.digest:
        raise RosterRefused(
            "Nothing was imported: the schedule or the file's meaning changed after you looked. Look at the changes again.",
            preview,
            code="stale",
        )


def _write(plan: Plan, *, actor: Actor, now: datetime) -> RosterResult:
    assert plan.target is not None
    schedule = schedule_written(plan, plan.target, actor=actor, now=now)
    assignments = assignments_written(plan, actor=actor, now=now)
    people = people_written(plan, actor=actor, now=now)
    shifts_written(plan, schedule, actor=actor, now=now)
    pairing = plan.pairing
    result = RosterResult(
        schedule_id=schedule.public_id,
        schedule_name=schedule.name,
        schedule_created=plan.target.schedule is None,
        added=len(pairing.added),
        changed=len(pairing.changed),
        removed=len(pairing.removed),
        unchanged=pairing.unchanged + len(pairing.left_alone),
        locked=len(pairing.kept_locked),
        people_created=people,
        assignments_created=assignments,
    )
    if not result.is_empty:
        _log(plan, schedule, result, actor=actor, now=now)
    return result


def _log(plan: Plan, schedule: Schedule, result: RosterResult, *, actor: Actor, now: datetime) -> None:
    """One entry for the import as a whole, beside one for each shift, person and assignment."""
    change_record(
        actor=actor, now=now, action="roster.import", subject_type="schedule", subject=schedule.name,
        subject_id=schedule.public_id, department_id=schedule.department_id,
        after={
            "file": plan.request.file_name[:200], "from": str(plan.parse.first_date), "to": str(plan.parse.last_date),
            "added": result.added, "changed": result.changed, "removed": result.removed,
            "unchanged": result.unchanged, "locked": result.locked, "people": result.people_created,
            "assignments": result.assignments_created,
        },
    )  # fmt: skip
