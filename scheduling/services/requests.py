"""Making, changing and withdrawing requests. The rules answer at once; what they leave open waits for people."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from scheduling.models import Assignment, AssignmentType, Department, Person, Request
from scheduling.requesting.types import KINDS, LONGEST, WEIGHTS, RequestInfo, dates_text
from scheduling.requesting.windows import closed_reason
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.request_rules import rules_of, windows_by_kind
from scheduling.selectors.requests import request_infos
from scheduling.selectors.rows import person_info
from scheduling.services.notices import notices_leave
from scheduling.services.request_parts import (
    absence_place,
    absence_remove,
    department_turn,
    request_in_turn,
    request_judged,
    request_log,
    request_told,
    sayings_kept,
)
from tenancy.changes import differing
from tenancy.rights import Right
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import instant, local_date

NOTE_LIMIT = 2000


@dataclass(frozen=True)
class Terms:
    """What is asked: dates, wall times for a part of a day, and an assignment or a type of them (public ids)."""

    kind: str
    first: date
    last: date
    start: datetime | None = None
    end: datetime | None = None
    assignment_id: uuid.UUID | None = None
    type_id: uuid.UUID | None = None
    avoid: bool = False
    weight: int = 1
    note: str = ""


def request_make(
    *,
    person_id: uuid.UUID,
    department_id: uuid.UUID,
    terms: Terms,
    own: bool,
    actor: Actor,
    now: datetime,
    source: str = "editor",
) -> RequestInfo:
    """Ask a department for something in a person's name, and let the rules answer.

    `own`: by the person, whom windows bind and who cannot ask for what has passed; else by somebody who decides there.
    """
    person = Person.objects.select_related("personnel_type").filter(public_id=person_id).first()
    department = Department.objects.filter(public_id=department_id).first()
    if person is None or department is None:
        raise NotFoundError("There is no such person." if person is None else "There is no such department.")
    policy = department_turn(department.id)
    row = Request(
        person=person, department=department, source=source, made_by=actor.label, made_at=now, changed_by=actor.label,
        changed_at=now, zone=department.zone, **_checked(person, department, terms, own, now),
    )  # fmt: skip
    _once_or_refuse(row)
    row.save(force_insert=True)
    info = _answered(row, policy.place_off, actor, now)
    request_log(
        info, action="request.make", actor=actor, now=now, before=None, after=request_told(info), reason=info.reason
    )
    _tell_made(info, actor, now)
    return info


def request_change(
    *, request_id: uuid.UUID, version: int, terms: Terms, own: bool, actor: Actor, now: datetime
) -> RequestInfo:
    """Ask for something else while nobody has answered; the rules look again. Raises StaleRequest."""
    row, policy = request_in_turn(request_id, version, now)
    if row.state != "pending":
        raise RefusedError("Only a waiting request can be changed. Withdraw it and ask again.", code="decided")
    before = request_told(request_infos([row])[0])
    for name, value in _checked(row.person, row.department, terms, own, now).items():
        setattr(row, name, value)
    _once_or_refuse(row)
    row.held, row.said, row.version = "", [], row.version + 1
    row.changed_by, row.changed_at = actor.label, now
    row.save()
    info = _answered(row, policy.place_off, actor, now)
    was, became = differing(before, request_told(info))
    request_log(info, action="request.change", actor=actor, now=now, before=was, after=became, reason=info.reason)
    _tell_made(info, actor, now)
    return info


def request_withdraw(
    *, request_id: uuid.UUID, version: int, own: bool, actor: Actor, now: datetime, reason: str = ""
) -> RequestInfo:
    """Take a request back. What its approval placed leaves the drafts; shifts that were handed over stay where they are.

    The person may do so until it begins, somebody who decides at any time. Raises StaleRequest.
    """
    row, _ = request_in_turn(request_id, version, now)
    info = request_infos([row])[0]
    if row.state not in ("pending", "approved"):
        raise RefusedError(f"It is {info.state_name.lower()} already: there is nothing to withdraw.", code="decided")
    if own and row.state == "approved" and row.starts_at <= now:
        raise RefusedError("It has begun. Ask a scheduler of the department to take it back.", code="begun")
    was_granted = row.state == "approved"
    gone, kept = absence_remove(info, actor=actor, now=now)
    row.state, row.held, row.version = "withdrawn", "", row.version + 1
    row.changed_by, row.changed_at = actor.label, now
    row.save()
    became = request_infos([row])[0]
    after: dict[str, Any] = {"state": became.state_name}
    if gone or kept:
        after |= {"absences removed": gone, "absences kept": kept}
    request_log(
        became, action="request.withdraw", actor=actor, now=now, before={"state": info.state_name}, after=after,
        reason=reason,
    )  # fmt: skip
    if was_granted:
        notices_leave(
            kind="request.made",
            subject=f"Withdrawn: {became.person.name}, {became.title}, {became.dates}",
            lines=["It had been approved. Shifts that were handed over stay with whoever has them now."],
            link=f"/requests/{became.public_id}",
            now=now,
            account_ids=_deciders(became, actor),
        )
    return became


def _answered(row: Request, place_off: bool, actor: Actor, now: datetime) -> RequestInfo:
    """Let the rules answer a new or changed request, and do what they say."""
    info, _, said = request_judged(row, now)
    row.said = sayings_kept(said)
    if said and said[0].effect == "hold":
        row.held = said[0].text[:400]
    elif said:
        row.state = {"approve": "approved", "deny": "denied"}[said[0].effect]
        row.decided_by, row.decided_by_rule, row.decided_at = said[0].label[:160], True, now
        row.reason = said[0].text[:400]
    row.save()
    info = request_infos([row])[0]
    if info.state == "approved" and place_off:
        absence_place(info, actor=actor, now=now)
    return info


def _tell_made(info: RequestInfo, actor: Actor, now: datetime) -> None:
    """Those who decide hear of what waits; the person of what a rule, or somebody else in their name, has done."""
    link = f"/requests/{info.public_id}"
    if info.state == "pending":
        notices_leave(
            kind="request.made",
            subject=f"{info.person.name}: {info.title}, {info.dates}",
            lines=[info.held] if info.held else ["It waits for a decision."],
            link=link,
            now=now,
            account_ids=_deciders(info, actor),
        )
    else:
        decided_tell(info, now)


def decided_tell(info: RequestInfo, now: datetime) -> None:
    """Tell the person what has become of their request."""
    notices_leave(
        kind="request.decided",
        subject=f"{info.state_name}: {info.title}, {info.dates}",
        lines=[line for line in (f"Decided by {info.decided_by}.", info.reason) if line],
        link=f"/requests/{info.public_id}",
        now=now,
        person_ids=[info.person.id],
    )


def _deciders(info: RequestInfo, actor: Actor) -> list[int]:
    found = accounts_deciding(Right.DECIDE_REQUESTS, info.department.id)
    return [one for one in found if one != actor.account_id]


def _checked(person: Person, department: Department, terms: Terms, own: bool, now: datetime) -> dict[str, Any]:
    """The columns of what is asked. Raises RefusedError naming the field."""
    if terms.kind not in KINDS:
        raise RefusedError("Choose what you ask for.", field="kind")
    today = local_date(now, department.zone)
    _dates_or_refuse(person, terms, today if own else None)
    _window_or_refuse(department, terms, today if own else None)
    if terms.weight not in WEIGHTS:
        raise RefusedError("Choose how strongly you feel about it.", field="weight")
    if len(terms.note) > NOTE_LIMIT or "\x00" in terms.note:
        raise RefusedError(f"A note has at most {NOTE_LIMIT} printable characters.", field="note")
    kind = KINDS[terms.kind]
    return {
        "kind": kind.key,
        "first": terms.first,
        "last": terms.last,
        "start_wall": terms.start,
        "end_wall": terms.end,
        **_instants(department, terms),
        **_wanted(department, terms),
        "avoid": terms.avoid and kind.may_avoid,
        "weight": terms.weight if kind.may_avoid else 1,
        "note": terms.note.strip(),
    }


def _dates_or_refuse(person: Person, terms: Terms, today: date | None) -> None:
    if terms.last < terms.first:
        raise RefusedError("The last day is before the first.", field="last")
    if terms.last - terms.first > LONGEST:
        raise RefusedError(f"A request spans at most {LONGEST.days} days.", field="last")
    if today is not None and terms.first < today:
        raise RefusedError(
            f"{dates_text(terms.first, terms.first)} has passed. Ask a scheduler of the department.", field="first"
        )
    if person.is_placeholder:
        raise RefusedError(f"{person.name} is a placeholder: nobody asks in its name.", field="person")
    info = person_info(person)
    for day in (terms.first, terms.last):
        if not info.active_on(day):
            raise RefusedError(f"{person.name} is not active on {dates_text(day, day)}.", field="first")


def _window_or_refuse(department: Department, terms: Terms, today: date | None) -> None:
    """Windows bind people who ask for themselves, unless the department has a rule that answers what comes outside them."""
    if today is None:
        return
    windows = windows_by_kind([department.id])
    key = (department.id, terms.kind)
    closed = closed_reason(windows.get(key), today, terms.first, terms.last)
    if closed is None:
        return
    if any(
        rule.is_active and rule.condition == "window_closed" and terms.kind in rule.kinds
        for rule in rules_of([department.id])
    ):
        return
    raise RefusedError(closed, field="first", code="window_closed")


def _instants(department: Department, terms: Terms) -> dict[str, datetime]:
    if (terms.start is None) != (terms.end is None):
        raise RefusedError("For a part of a day, give both times; for whole days, none.", field="start")
    if terms.start is None or terms.end is None:
        after = terms.last + timedelta(days=1)
        starts, ends = datetime.combine(terms.first, time()), datetime.combine(after, time())
        return {"starts_at": instant(starts, department.zone), "ends_at": instant(ends, department.zone)}
    if terms.start.date() != terms.first or terms.end.date() != terms.last:
        raise RefusedError("The times belong to the first and the last day.", field="start")
    if terms.end <= terms.start:
        raise RefusedError("The end is not after the start.", field="end")
    starts_at, ends_at = instant(terms.start, department.zone), instant(terms.end, department.zone)
    if ends_at <= starts_at:
        raise RefusedError(
            f"{terms.start:%H:%M} to {terms.end:%H:%M} does not exist on {dates_text(terms.first, terms.first)}: "
            "the clocks skip that hour.",
            field="start",
        )
    return {"starts_at": starts_at, "ends_at": ends_at}


def _wanted(department: Department, terms: Terms) -> dict[str, Any]:
    """The assignment or type it names: an absence for time off, work for everything else."""
    if terms.assignment_id is not None and terms.type_id is not None:
        raise RefusedError("Choose an assignment or a type of them, not both.", field="type")
    absence = KINDS[terms.kind].is_absence
    assignment = type_ = None
    if terms.assignment_id is not None:
        rows = Assignment.objects.select_related("type").filter(department=department)
        assignment = rows.filter(public_id=terms.assignment_id).first()
        if assignment is None:
            raise NotFoundError("There is no such assignment in this department.", field="assignment")
        if assignment.ended_on and terms.last > assignment.ended_on:
            raise RefusedError(
                f"{assignment.name} ends on {dates_text(assignment.ended_on, assignment.ended_on)}.", field="assignment"
            )
    if terms.type_id is not None:
        type_ = AssignmentType.objects.filter(public_id=terms.type_id).first()
        if type_ is None:
            raise NotFoundError("There is no such assignment type.", field="type")
    named = assignment.type if assignment else type_
    if named is not None and named.is_off != absence:
        asked = "Time off names an absence" if absence else "This names work"
        raise RefusedError(
            f"{asked}; {(assignment or named).name} is {'work' if absence else 'an absence'}.",
            field="assignment" if assignment else "type",
        )
    return {"assignment": assignment, "type": type_}


def _once_or_refuse(row: Request) -> None:
    alike = Request.objects.filter(
        person=row.person, department=row.department, kind=row.kind, first=row.first, last=row.last,
        start_wall=row.start_wall, end_wall=row.end_wall, assignment=row.assignment, type=row.type, avoid=row.avoid,
        state__in=("pending", "approved"),
    ).exclude(public_id=row.public_id)  # fmt: skip
    if alike.exists():
        raise RefusedError(f"{row.person.name} has asked for exactly this already.", field="first", code="twice")
