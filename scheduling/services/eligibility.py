"""Writes of who may be placed on what: people added and removed one by one, so that two editors do not undo each other."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from scheduling.models import Assignment, AssignmentEligibility, Person
from tenancy.changes import change_record
from tenancy.types import Actor, NotFoundError


def eligibility_change(
    *,
    assignment_id: uuid.UUID,
    actor: Actor,
    now: datetime,
    add: Collection[int] = (),
    remove: Collection[int] = (),
    only_listed: bool | None = None,
) -> tuple[int, int]:
    """Put people (row ids) on an assignment's list or take them off; returns how many were added and removed.

    `only_listed` says whether the list is asked at all; somebody put on a list turns that on. An empty list that is asked lets
    nobody in.
    """
    assignment = Assignment.objects.select_for_update(of=("self",)).filter(public_id=assignment_id).first()
    if assignment is None:
        raise NotFoundError("There is no such assignment.")
    rows = AssignmentEligibility.objects.filter(assignment=assignment)
    held = set(rows.values_list("person_id", flat=True))
    new, gone = set(add) - held, set(remove) & held
    asked = assignment.eligible_only_listed if only_listed is None else only_listed
    asked = asked or (bool(new) and only_listed is None)
    if not new and not gone and asked == assignment.eligible_only_listed:
        return 0, 0
    if Person.objects.filter(id__in=new).count() != len(new):
        raise NotFoundError("One of these people is not there.")
    rows.filter(person_id__in=gone).delete()
    AssignmentEligibility.objects.bulk_create(
        [AssignmentEligibility(assignment=assignment, person_id=one) for one in sorted(new)]
    )
    _log(assignment, sorted(new), sorted(gone), asked, actor, now)
    if asked != assignment.eligible_only_listed:
        assignment.eligible_only_listed = asked
        assignment.save(update_fields=["eligible_only_listed"])
    return len(new), len(gone)


def _log(assignment: Assignment, new: list[int], gone: list[int], asked: bool, actor: Actor, now: datetime) -> None:
    names = {row.id: row.name for row in Person.objects.filter(id__in=[*new, *gone])}
    was = "only those listed" if assignment.eligible_only_listed else "everybody"
    now_is = "only those listed" if asked else "everybody"
    before: dict[str, object] = {"removed": [names[one] for one in gone]} if gone else {}
    after: dict[str, object] = {"added": [names[one] for one in new]} if new else {}
    if was != now_is:
        before["may be placed"], after["may be placed"] = was, now_is
    change_record(
        actor=actor, now=now, action="assignment.eligible", subject_type="assignment", subject=assignment.name,
        subject_id=assignment.public_id, department_id=assignment.department_id, before=before, after=after,
    )  # fmt: skip
