"""New assignments that no connection maps: found, and dismissed when nobody needs them sent."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime

from integrations.contract import Connector
from integrations.models import AssignmentDismissal, Connection, MappingRow
from integrations.registry import connectors
from integrations.types import UnsentInfo
from scheduling import selectors
from scheduling.types import AssignmentInfo
from tenancy.changes import change_record
from tenancy.types import Actor, NotFoundError


def assignments_unsent(*, today: date) -> list[UnsentInfo]:
    """Assignments made since the first connection that maps assignments was, which none maps; by department and order.

    A connection that is switched off counts: whoever mapped there has thought of the assignment. Without such a connection
    nothing is asked, and what has ended is left alone.
    """
    since = _asked_since()
    if since is None:
        return []
    mapped = set(MappingRow.objects.values_list("assignment_id", flat=True).distinct())
    open_ = {
        one.public_id: one
        for one in selectors.assignments_by_id().values()
        if one.id not in mapped and (one.ended_on is None or one.ended_on >= today)
    }
    made = selectors.assignments_made(open_, since=since)
    dismissed = {one.assignment_id: one for one in AssignmentDismissal.objects.all()} if made else {}
    departments = selectors.departments_by_id()
    found = []
    for public_id, at in made.items():
        one = open_[public_id]
        said = dismissed.get(one.id)
        found.append(
            UnsentInfo(
                assignment=one,
                department=departments[one.department_id],
                made_at=at,
                dismissed_by=said.dismissed_by if said else "",
                dismissed_at=said.dismissed_at if said else None,
            )
        )
    return sorted(
        found, key=lambda one: (one.department.order, one.department.name, one.assignment.order, one.assignment.code)
    )


def unsent_dismiss(*, assignment_ids: Collection[uuid.UUID], actor: Actor, now: datetime) -> int:
    """Say of assignments that nobody needs them sent: the board no longer asks. Returns of how many that is new."""
    wanted = _found(assignment_ids)
    there = set(AssignmentDismissal.objects.filter(assignment_id__in=wanted).values_list("assignment_id", flat=True))
    new = [one for id, one in wanted.items() if id not in there]
    AssignmentDismissal.objects.bulk_create(
        [AssignmentDismissal(assignment_id=one.id, dismissed_by=actor.label[:160], dismissed_at=now) for one in new]
    )
    for one in new:
        _log(one, actor, now, "mapping.not_needed")
    return len(new)


def unsent_ask_again(*, assignment_ids: Collection[uuid.UUID], actor: Actor, now: datetime) -> int:
    """Take such a word back. Returns of how many there was one."""
    wanted = _found(assignment_ids)
    rows = AssignmentDismissal.objects.filter(assignment_id__in=wanted)
    there = list(rows.values_list("assignment_id", flat=True))
    rows.delete()
    for id in there:
        _log(wanted[id], actor, now, "mapping.needed")
    return len(there)


def maps_assignments(declared: Connector) -> bool:
    """True if what such a connection sends is decided assignment by assignment."""
    return bool(declared.mapping) and not declared.all_assignments


def _asked_since() -> datetime | None:
    kinds = [kind for kind, declared in connectors().items() if maps_assignments(declared)]
    rows = Connection.objects.filter(kind__in=kinds).order_by("created_at")
    return rows.values_list("created_at", flat=True).first()


def _found(assignment_ids: Collection[uuid.UUID]) -> dict[int, AssignmentInfo]:
    known = {one.public_id: one for one in selectors.assignments_by_id().values()}
    if set(assignment_ids) - set(known):
        raise NotFoundError("There is no such assignment.")
    return {known[one].id: known[one] for one in assignment_ids}


def _log(one: AssignmentInfo, actor: Actor, now: datetime, action: str) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="assignment", subject=one.name, subject_id=one.public_id,
        department_id=one.department_id,
    )  # fmt: skip
