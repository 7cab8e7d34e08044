"""What making and deciding requests share: turns, staleness, judging by the rules, the log, placing absences."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.models import PublishedDay, Request, RequestPlacement, RequestPolicy, Schedule, Shift
from scheduling.requesting.evaluate import rules_say
from scheduling.requesting.facts import Facts
from scheduling.requesting.types import KINDS, RequestInfo, Saying, StaleRequest
from scheduling.selectors.request_facts import facts_for
from scheduling.selectors.request_rules import rules_of
from scheduling.selectors.requests import request_infos
from scheduling.services.shifts import shift_place, shift_remove
from scheduling.types import Audience
from tenancy.changes import change_record
from tenancy.types import Actor, NotFoundError
from tenancy.wall import local_date

_ACTS = {"pending": "changed", "approved": "approved", "denied": "denied", "withdrawn": "withdrew"}


def department_turn(department_id: int) -> RequestPolicy:
    """Wait for our turn in a department: nobody counts who is off while somebody else's answer is on its way."""
    RequestPolicy.objects.bulk_create([RequestPolicy(department_id=department_id)], ignore_conflicts=True)
    return RequestPolicy.objects.select_for_update().get(department_id=department_id)


def request_in_turn(request_id: uuid.UUID, version: int, now: datetime) -> tuple[Request, RequestPolicy]:
    """The row, locked, after its department's turn. Raises NotFoundError, and StaleRequest for another version."""
    department_id = Request.objects.filter(public_id=request_id).values_list("department_id", flat=True).first()
    if department_id is None:
        raise NotFoundError("There is no such request.")
    policy = department_turn(department_id)
    row = Request.objects.select_for_update().get(public_id=request_id)
    if row.version != version:
        minutes = max(0, int((now - row.changed_at).total_seconds() // 60))
        ago = "just now" if minutes == 0 else f"{minutes} min ago"
        act = "approved" if row.decided_by_rule and row.state == "approved" else _ACTS[row.state]
        raise StaleRequest(
            f"{row.changed_by} {act} this request {ago}. Yours was not saved: look at it again.",
            request_infos([row])[0],
        )
    return row, policy


def request_judged(row: Request, now: datetime) -> tuple[RequestInfo, Facts, tuple[Saying, ...]]:
    """What the rules say of the request as it stands."""
    info = request_infos([row])[0]
    facts = facts_for([info])
    today = local_date(now, info.department.zone)
    return info, facts, rules_say(rules_of([info.department.id]), info, today=today, facts=facts)


def sayings_kept(said: Iterable[Saying]) -> list[dict[str, str]]:
    """As the row keeps them."""
    return [asdict(one) for one in said]


def request_told(info: RequestInfo) -> dict[str, Any]:
    """What the change log tells of a request; of its note only that there is one, because the log has more readers."""
    return {
        "asks": info.title,
        "dates": info.dates,
        "strength": info.weight if KINDS[info.kind].may_avoid else None,
        "note": "(a note)" if info.note else "",
        "state": info.state_name,
    }


def request_log(
    info: RequestInfo,
    *,
    action: str,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: str = "",
) -> None:
    """Write one entry about a request."""
    change_record(
        actor=actor, now=now, action=action, subject_type="request",
        subject=f"{info.title}, {info.person.name}, {info.dates}", subject_id=info.public_id,
        department_id=info.department.id, person_id=info.person.id, on_date=info.first, before=before, after=after,
        reason=reason,
    )  # fmt: skip


def absence_place(info: RequestInfo, *, actor: Actor, now: datetime) -> int:
    """Place the named absence on the drafts of its days, and remember where. Returns how many shifts that made.

    A day goes to the schedule that everyone relies on, else to the latest draft that has it; a day that has the absence already,
    or that no schedule has, is left alone.
    """
    if info.assignment is None or not info.assignment.is_off:
        return 0
    schedules = _schedules_of_days(info.assignment.department_id, info.first, info.last)
    standing = set(
        Shift.objects.filter(
            person_id=info.person.id, assignment_id=info.assignment.id, date__gte=info.first, date__lte=info.last
        ).values_list("schedule_id", "date")
    )
    made = 0
    days = [info.first] if info.start is not None else [info.first + timedelta(days=n) for n in range(info.days)]
    for day in days:
        schedule = schedules.get(day)
        if schedule is None or (schedule.id, day) in standing:
            continue
        shift = shift_place(
            schedule_id=schedule.public_id, assignment_id=info.assignment.public_id, day=day,
            person_id=info.person.public_id, start=info.start, end=info.end, source="request", actor=actor, now=now,
        )  # fmt: skip
        RequestPlacement.objects.create(request_id=info.id, shift_id=shift.public_id)
        made += 1
    return made


def absence_remove(info: RequestInfo, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Take the absences that the approval placed out of the drafts again. Returns how many went, and how many had to stay.

    What somebody has since given to another person or assignment is theirs; what is locked or has begun stays.
    """
    if info.assignment is None:
        return 0, 0
    placed = RequestPlacement.objects.filter(request_id=info.id)
    rows = Shift.objects.filter(public_id__in=list(placed.values_list("shift_id", flat=True)))
    gone = kept = 0
    for row in rows.filter(person_id=info.person.id, assignment_id=info.assignment.id).order_by("date", "id"):
        if row.locked or row.ends_at <= now:
            kept += 1
            continue
        shift_remove(shift_id=row.public_id, version=row.version, actor=actor, now=now)
        gone += 1
    placed.delete()
    return gone, kept


def _schedules_of_days(department_id: int, first: date, last: date) -> dict[date, Schedule]:
    owners = PublishedDay.objects.select_related("schedule").filter(
        audience=Audience.EVERYONE.value, department_id=department_id, date__gte=first, date__lte=last
    )
    found: dict[date, Schedule] = {}
    drafts = Schedule.objects.filter(department_id=department_id, starts_on__lte=last, ends_on__gte=first)
    for schedule in drafts.order_by("created_at", "id"):
        day = max(first, schedule.starts_on)
        while day <= min(last, schedule.ends_on):
            found[day] = schedule
            day += timedelta(days=1)
    return found | {owner.date: owner.schedule for owner in owners}
