"""A plan as people read it, and the digest that a confirmation is bound to."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from scheduling.importing.pairing import Change
from scheduling.importing.plan import Plan
from scheduling.importing.types import RosterChange, RosterPreview
from scheduling.importing.wanted import Wanted, times_text
from scheduling.models import Assignment, Person, Shift
from scheduling.selectors.rows import department_info


def preview_of(plan: Plan) -> RosterPreview:
    """Frozen values only: nothing of the database is behind them."""
    target = plan.target
    pairing = plan.pairing
    changes = [
        *(_added(one) for one in pairing.added),
        *(_changed(one) for one in pairing.changed),
        *(_gone("removed", shift, None) for shift in pairing.removed),
        *(_gone("locked", shift, line) for shift, line in pairing.kept_locked),
    ]
    return RosterPreview(
        department=department_info(plan.place.department),
        schedule_id=target.schedule.public_id if target and target.schedule else None,
        schedule_name=target.name if target else "",
        from_date=plan.parse.first_date,
        to_date=plan.parse.last_date,
        parse=plan.parse,
        mapping=plan.request.mapping,
        issues=plan.all_issues,
        unticked=tuple(plan.unticked.all()),
        changes=tuple(sorted(changes, key=lambda one: (one.date, one.person_name, one.code))),
        unchanged=pairing.unchanged + len(pairing.left_alone),
        waiting=plan.waiting,
        people=len(plan.persons.known) + len(plan.persons.new),
        matched_by=dict(plan.persons.matched_by),
        new_people=tuple(plan.persons.new.values()),
        new_codes=tuple(plan.codes.new.values()),
        outside=dict(plan.placing.outside) if plan.placing else {},
        assumptions=(*plan.request.sheet.notices, *plan.parse.assumptions, *plan.assumptions),
        digest=digest_of(plan),
    )


def digest_of(plan: Plan) -> str:
    """Equal for two plans that would do the same to the same versions; the ticks for making things do not count."""
    pairing, target = plan.pairing, plan.target
    said: dict[str, Any] = {
        "department": str(plan.place.department.public_id),
        "schedule": str(target.schedule.public_id) if target and target.schedule else None,
        "name": [target.name, str(target.first), str(target.last)] if target and not target.schedule else None,
        "added": [[_who(one.person), *_what(one.assignment, one.times), one.entry.note or ""] for one in pairing.added],
        "changed": [[_version(one.shift), *_what(one.assignment, one.times), one.note] for one in pairing.changed],
        "removed": [_version(shift) for shift in pairing.removed],
        "locked": [_version(shift) for shift, _ in pairing.kept_locked],
        "people": [[one.key, one.last_name, one.first_name, one.identifier] for one in plan.persons.new.values()],
        "codes": [
            [one.code, one.proposal.name, one.proposal.type_name, str(one.proposal.start), str(one.proposal.end)]
            for one in plan.codes.new.values()
        ],
        "waiting": plan.waiting,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _who(person: Person | None) -> str:
    if person is None:
        return ""
    return f"{person.public_id}" if person.pk else f"new {person.search_key}"


def _what(assignment: Assignment, times: dict[str, Any]) -> list[str]:
    known = str(assignment.public_id) if assignment.pk else f"new {assignment.code}"
    return [known, str(times["start_wall"]), str(times["end_wall"])]


def _version(shift: Shift) -> list[str]:
    return [str(shift.public_id), str(shift.version)]


def _name(person: Person | None) -> str:
    return person.name if person else "open"


def _added(one: Wanted) -> RosterChange:
    after = {"code": one.assignment.code, "times": times_text(one.times)}
    if one.entry.note:
        after["note"] = one.entry.note
    return RosterChange(
        kind="added", shift_id=None, date=one.entry.date, person_name=_name(one.person), code=one.assignment.code,
        row=one.entry.row, column=one.entry.column, before={}, after=after,
    )  # fmt: skip


def _changed(one: Change) -> RosterChange:
    was = {"code": one.shift.assignment.code, "times": times_text(vars(one.shift)), "note": one.shift.note}
    now = {"code": one.assignment.code, "times": times_text(one.times), "note": one.note}
    names = [name for name in was if was[name] != now[name]]
    entry = one.wanted.entry
    return RosterChange(
        kind="changed", shift_id=one.shift.public_id, date=one.shift.date, person_name=_name(one.shift.person),
        code=one.assignment.code, row=entry.row, column=entry.column,
        before={name: was[name] for name in names}, after={name: now[name] for name in names},
    )  # fmt: skip


def _gone(kind: str, shift: Shift, line: Wanted | None) -> RosterChange:
    entry = line.entry if line else None
    return RosterChange(
        kind=kind, shift_id=shift.public_id, date=shift.date, person_name=_name(shift.person),
        code=shift.assignment.code, row=entry.row if entry else None, column=entry.column if entry else "",
        before={"code": shift.assignment.code, "times": times_text(vars(shift))},
        after={"code": entry.code} if entry else {},
    )  # fmt: skip
