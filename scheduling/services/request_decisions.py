"""Deciding requests: approve or deny, with somebody else for each shift that granted leave falls on. One transaction, or nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from scheduling.models import Person, Request, Schedule
from scheduling.requesting.evaluate import against
from scheduling.requesting.facts import Work
from scheduling.requesting.types import KINDS, RequestInfo, Saying
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.requests import request_infos
from scheduling.services.notices import notices_leave
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.services.request_parts import (
    absence_place,
    absence_remove,
    request_in_turn,
    request_judged,
    request_log,
    sayings_kept,
)
from scheduling.services.requests import decided_tell
from scheduling.services.shifts import shift_change
from scheduling.types import PublicationInfo
from tenancy.rights import Right
from tenancy.types import Actor, NotFoundError, RefusedError

_NEXT = {"pending": ("approved", "denied"), "approved": ("denied",), "denied": ("approved",), "withdrawn": ()}
_VERBS = {"approved": "request.approve", "denied": "request.deny"}


@dataclass(frozen=True)
class Answer:
    """What becomes of one shift: `replace` by a person (public id), `open`, or `keep` with a reason."""

    shift_id: uuid.UUID
    choice: str
    person_id: uuid.UUID | None = None
    reason: str = ""


@dataclass(frozen=True)
class Decided:
    """A decision that was made: the request now, what was published, and how many absences were placed or removed."""

    request: RequestInfo
    publications: tuple[PublicationInfo, ...] = ()
    placed: int = 0
    removed: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Undecided:
    """One of many that could not be decided, and why."""

    request_id: uuid.UUID
    title: str
    why: str


def decision_digest(request: RequestInfo, touched: Sequence[Work], said: Sequence[Saying]) -> str:
    """Binds an approval to what its page showed: the request, the shifts as they stood, and what the rules said."""
    shown = [
        [str(request.public_id), request.version],
        [[str(one.shift_id), one.version, one.drafted_id, one.published, one.publication] for one in touched],
        [[one.rule, one.effect, one.text] for one in against(said)],
    ]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def request_decide(
    *,
    request_id: uuid.UUID,
    version: int,
    state: str,
    reason: str,
    actor: Actor,
    now: datetime,
    answers: Sequence[Answer] = (),
    digest: str | None = None,
    place_off: bool | None = None,
) -> Decided:
    """Approve or deny a request (`state` approved or denied), or turn an earlier decision round.

    Denying needs a reason, and so does approving against a rule. Approving leave needs an answer for every shift that it falls on;
    `digest` is of the page that showed them. A replacement of a published shift is published at once. `place_off` says whether a
    named absence is placed in the drafts; None asks the department's policy. Raises StaleRequest, StaleShift, RefusedError.
    """
    row, policy = request_in_turn(request_id, version, now)
    reason = reason.strip()
    if state not in _NEXT[row.state]:
        raise RefusedError(f"It is {request_infos([row])[0].state_name.lower()} already.", code="decided")
    info, facts, said = request_judged(row, now)
    if state == "denied":
        return _denied(row, info, reason, actor, now)
    touched = facts.touched(info) if KINDS[info.kind].is_absence else ()
    if digest is not None and digest != decision_digest(info, touched, said):
        raise RefusedError("What this approval touches has changed meanwhile. Look at it again.", code="changed")
    if against(said) and not reason:
        raise RefusedError(
            f"A rule speaks against it: {against(said)[0].text} Approving it needs a reason.",
            field="reason", code="override",
        )  # fmt: skip
    plan = _answered(info, touched, answers)
    publications = _hand_over(plan, info, actor, now)
    _close(row, state, reason, said, actor, now)
    became = request_infos([row])[0]
    wanted = policy.place_off if place_off is None else place_off
    placed = absence_place(became, actor=actor, now=now) if wanted else 0
    _log(info, became, plan, placed, actor, now)
    decided_tell(became, now)
    _tell_kept(became, plan, actor, now)
    return Decided(became, publications, placed=placed)


def requests_decide(
    *,
    choices: Sequence[tuple[uuid.UUID, int]],
    state: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[list[Decided], list[Undecided]]:
    """Decide many alike, each for itself: what cannot be, says why and stays as it is. Leave over a shift is decided on its page."""
    wanted = dict(choices)
    rows = Request.objects.filter(public_id__in=wanted).order_by("department_id", "id")
    done: list[Decided] = []
    left: list[Undecided] = []
    for info in request_infos(rows):
        try:
            with transaction.atomic():
                done.append(
                    request_decide(
                        request_id=info.public_id, version=wanted[info.public_id], state=state, reason=reason,
                        actor=actor, now=now,
                    )
                )  # fmt: skip
        except RefusedError as refused:
            left.append(Undecided(info.public_id, f"{info.person.name}, {info.title}, {info.dates}", refused.text))
    return done, left


def _denied(row: Request, info: RequestInfo, reason: str, actor: Actor, now: datetime) -> Decided:
    if not reason:
        raise RefusedError("Say why it is denied: the person reads it.", field="reason")
    gone, kept = absence_remove(info, actor=actor, now=now)
    _close(row, "denied", reason, info.said, actor, now)
    became = request_infos([row])[0]
    after = {"state": became.state_name} | ({"absences removed": gone, "absences kept": kept} if gone or kept else {})
    request_log(
        became, action=_VERBS["denied"], actor=actor, now=now, before={"state": info.state_name}, after=after,
        reason=reason,
    )  # fmt: skip
    decided_tell(became, now)
    return Decided(became, removed=gone, kept=kept)


def _close(row: Request, state: str, reason: str, said: Sequence[Saying], actor: Actor, now: datetime) -> None:
    row.state, row.held, row.said = state, "", sayings_kept(said)
    row.decided_by, row.decided_by_rule, row.decided_at, row.reason = actor.label[:160], False, now, reason[:400]
    row.version += 1
    row.changed_by, row.changed_at = actor.label, now
    row.save()


def _answered(info: RequestInfo, touched: Sequence[Work], answers: Sequence[Answer]) -> list[tuple[Work, Answer]]:
    """Each shift with its answer. Raises RefusedError for one without, and for answers about others."""
    given = {one.shift_id: one for one in answers}
    if len(given) != len(answers) or set(given) - {one.shift_id for one in touched}:
        raise RefusedError("The shifts that it falls on have changed meanwhile. Look at it again.", code="changed")
    plan = []
    for one in touched:
        answer = given.get(one.shift_id)
        if answer is None:
            raise RefusedError(
                f"{info.person.name} has {one.title} ({one.standing}). Say who takes it.",
                field=f"choice-{one.shift_id}", code="shifts",
            )  # fmt: skip
        if answer.choice not in ("replace", "open", "keep"):
            raise RefusedError(f"Choose what becomes of {one.title}.", field=f"choice-{one.shift_id}")
        if answer.choice == "replace" and answer.person_id in (None, info.person.public_id):
            raise RefusedError(f"Choose somebody else for {one.title}.", field=f"person-{one.shift_id}")
        if answer.choice == "keep" and not answer.reason.strip():
            raise RefusedError(f"Say why {info.person.name} keeps {one.title}.", field=f"why-{one.shift_id}")
        plan.append((one, answer))
    return plan


def _hand_over(
    plan: Sequence[tuple[Work, Answer]], info: RequestInfo, actor: Actor, now: datetime
) -> tuple[PublicationInfo, ...]:
    """Give the shifts to others: published ones are published at once, together; drafts change in the draft."""
    because = f"A request of {info.person.name} for {info.dates} was approved"
    moves = [
        Reassign(
            shift_id=one.shift_id,
            person_id=answer.person_id if answer.choice == "replace" else None,
            expects=info.person.id,
            version=one.version,
        )
        for one, answer in plan
        if answer.choice != "keep" and one.published
    ]
    for one, answer in plan:
        if answer.choice == "keep" or one.published:
            continue
        if one.version is None:  # a row that is neither published nor drafted is not a shift
            raise NotFoundError("There is no such shift.")
        shift_change(
            shift_id=one.shift_id, version=one.version, actor=actor, now=now, reason=because,
            fields={"person_id": answer.person_id if answer.choice == "replace" else None},
        )  # fmt: skip
    return shifts_reassign(moves=moves, reason=because, actor=actor, now=now)


def _log(
    was: RequestInfo, became: RequestInfo, plan: Sequence[tuple[Work, Answer]], placed: int, actor: Actor, now: datetime
) -> None:
    wanted = {answer.person_id for _, answer in plan if answer.person_id}
    names = {row.public_id: row.name for row in Person.objects.filter(public_id__in=wanted)}
    told = []
    for one, answer in plan:
        to = names.get(answer.person_id, "") if answer.person_id else "open"
        told.append(f"{one.title}: kept, {answer.reason.strip()}" if answer.choice == "keep" else f"{one.title} → {to}")
    after: dict[str, object] = {"state": became.state_name}
    if told:
        after["shifts"] = told
    if placed:
        after["absences placed"] = placed
    request_log(
        became, action=_VERBS["approved"], actor=actor, now=now, before={"state": was.state_name}, after=after,
        reason=became.reason,
    )  # fmt: skip


def _tell_kept(info: RequestInfo, plan: Sequence[tuple[Work, Answer]], actor: Actor, now: datetime) -> None:
    """A shift that stays under granted leave is told to those who schedule its department."""
    by_department: dict[int, list[tuple[Work, Answer]]] = {}
    for one, answer in plan:
        if answer.choice == "keep":
            by_department.setdefault(one.department.id, []).append((one, answer))
    schedules = dict(
        Schedule.objects.filter(id__in={one.schedule_id for one, _ in plan}).values_list("id", "public_id")
    )
    for department_id, kept in sorted(by_department.items()):
        accounts = accounts_deciding(Right.EDIT_SCHEDULE, department_id)
        notices_leave(
            kind="leave.over_shift",
            subject=f"{info.person.name} is on leave over {'a shift' if len(kept) == 1 else f'{len(kept)} shifts'}",
            lines=[f"{one.title}: kept, {answer.reason.strip()}" for one, answer in kept],
            link=f"/schedules/{schedules[kept[0][0].schedule_id]}/?start={kept[0][0].date}",
            now=now,
            account_ids=[one for one in accounts if one != actor.account_id],
        )
