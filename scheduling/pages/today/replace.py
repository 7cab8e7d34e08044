"""Replace now: choose who takes a published shift, see exactly what happens, publish that one shift."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.today.contacts import contacts_of
from scheduling.pages.today.moment import clock, day_text, zone_short
from scheduling.pages.today.view import length
from scheduling.selectors.candidates import Candidate, Slot, candidates_for
from scheduling.selectors.published import published_rows
from scheduling.selectors.workspace import access_of
from scheduling.services.replace import first_nameable, rest_refused, shift_replace
from scheduling.types import PersonInfo, PublishedRow
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, NotFoundError, RefusedError
from tenancy.wall import instant, wall
from tenancy.web import account_of, actor_of, signed_in

REASONS = {
    "sick": "Sick call",
    "emergency": "Family emergency",
    "delayed": "Delayed elsewhere",
    "mistake": "Mistake in the schedule",
    "other": "Other",
}
NOBODY = "open"


@dataclass(frozen=True)
class Choice:
    """What somebody chose. `since` is where the rest begins, None for the whole shift."""

    who: str
    person: PersonInfo | None
    since: datetime | None
    reason: str
    details: str

    @property
    def reason_text(self) -> str:
        """As the change log keeps it."""
        told = REASONS[self.reason]
        return f"{told}: {self.details}" if self.details else told


@signed_in(Right.EDIT_SCHEDULE)
@require_GET
def replace(request: HttpRequest, shift_id: uuid.UUID) -> HttpResponse:
    """Who could take it: everybody of the department weighed against what is published, with ways to reach them."""
    return _pick(request, shift_id)


@signed_in(Right.EDIT_SCHEDULE)
def confirm(request: HttpRequest, shift_id: uuid.UUID) -> HttpResponse:
    """GET names exactly what would happen; POST does it."""
    account, now = account_of(request), timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        row = _row(account, shift_id)
        try:
            choice = _choice(row, asked)
            candidate = _candidate(row, choice)
        except NotFoundError:
            raise
        except RefusedError as refused:
            choice, problem = None, refused
    if choice is None:
        return _pick(request, shift_id, problem=problem)
    if request.method == "POST":
        return _replaced(request, row, choice, candidate)
    return _shown(request, row, choice, candidate, now)


def _replaced(request: HttpRequest, row: PublishedRow, choice: Choice, candidate: Candidate | None) -> HttpResponse:
    account, now = account_of(request), timezone.now()
    seen = request.POST.get("expects", "")
    try:
        with tenant_transaction(account.organization.id):
            made = shift_replace(
                shift_id=row.shift_id,
                person_id=choice.person.public_id if choice.person else None,
                expects=_uuid(seen),
                since=choice.since,
                reason=choice.reason_text,
                actor=actor_of(request),
                now=now,
                link=reverse("today"),
            )
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _shown(request, row, choice, candidate, now, refused=refused)
    who = choice.person.name if choice.person else "Nobody yet"
    starts = clock(choice.since or row.starts_at, row.zone)
    text = f"{who} is on {row.assignment.name}, {starts} to {clock(row.ends_at, row.zone)}. Publication {made.number}."
    messages.success(request, text, extra_tags=f"publication:{made.number}")
    return redirect("today")


def _pick(request: HttpRequest, shift_id: uuid.UUID, *, problem: RefusedError | None = None) -> HttpResponse:
    account, now = account_of(request), timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        row = _row(account, shift_id)
        since = _since_now(row, now)
        found = candidates_for(_slot(row, since))
    contacts = account.may(Right.VIEW_CONTACTS)
    context = _context(row, now) | {
        "problem": problem,
        "since": since,
        "since_wall": wall(since, row.zone) if since else None,
        "starts_wall": row.start_wall,
        "ends_wall": row.end_wall,
        "takers": [
            (one, contacts_of(one.person) if contacts else None)
            for one in found.eligible
            if row.person is None or one.person.id != row.person.id
        ],
        "others": [one for one in found.others if row.person is None or one.person.id != row.person.id],
        "reasons": REASONS.items(),
        "asked": {name: asked.get(name, "") for name in ("who", "extent", "reason", "details", "from")},
        "over": row.ends_at <= now,
    }
    return render(request, "scheduling/today/replace.html", context, status=422 if problem else 200)


def _shown(
    request: HttpRequest,
    row: PublishedRow,
    choice: Choice,
    candidate: Candidate | None,
    now: datetime,
    *,
    refused: RefusedError | None = None,
) -> HttpResponse:
    starts = choice.since or row.starts_at
    context = _context(row, now) | {
        "choice": choice,
        "conflicts": candidate.conflicts if candidate else (),
        "doing": candidate.doing if candidate else (),
        "contacts": contacts_of(choice.person)
        if choice.person and account_of(request).may(Right.VIEW_CONTACTS)
        else None,
        "taker": choice.person.name if choice.person else "nobody yet",
        "from_text": clock(starts, row.zone),
        "ends_text": clock(row.ends_at, row.zone),
        "from_day": day_text(wall(starts, row.zone).date()),
        "since_wall": wall(choice.since, row.zone) if choice.since else None,
        "first_text": f"{clock(row.starts_at, row.zone)} to {clock(starts, row.zone)}" if choice.since else "",
        "refused": refused,
    }
    return render(request, "scheduling/today/replace_confirm.html", context, status=409 if refused else 200)


def _row(account: AccountInfo, shift_id: uuid.UUID) -> PublishedRow:
    """The shift as everyone has it, if the reader may both edit and publish its department."""
    rows = published_rows(shift_ids=[shift_id])
    if not rows:
        raise NotFoundError("There is no such shift, or it is not published.")
    access, department = access_of(account), rows[0].department.id
    if not (access.may(Right.EDIT_SCHEDULE, department) and access.may(Right.PUBLISH, department)):
        raise PermissionDenied("This department is not among those you schedule.")
    return rows[0]


def _context(row: PublishedRow, now: datetime) -> dict[str, Any]:
    running = row.starts_at <= now < row.ends_at
    return {
        "section": "today",
        "row": row,
        "holder": row.person.name if row.person else "nobody",
        "day": day_text(row.date),
        "times": f"{clock(row.starts_at, row.zone)} to {clock(row.ends_at, row.zone)}",
        "zone_short": zone_short(now, row.zone),
        "running": running,
        "left": length(row.ends_at - now) if running else "",
        "begins_in": length(row.starts_at - now) if row.starts_at > now else "",
    }


def _since_now(row: PublishedRow, now: datetime) -> datetime | None:
    """Where the rest of a running shift begins: this minute. None when it has not begun, or nothing nameable is left of it."""
    since = first_nameable(now, row.zone)
    return since if row.starts_at < since < row.ends_at else None


def _slot(row: PublishedRow, since: datetime | None) -> Slot:
    start = wall(since, row.zone) if since else row.start_wall
    day: date = start.date() if since else row.date
    return Slot(row.assignment, day, start, row.end_wall, row.zone, replacing=(row.shift_id,))


def _choice(row: PublishedRow, asked: Mapping[str, str]) -> Choice:
    who, reason, details = asked.get("who", ""), asked.get("reason", ""), asked.get("details", "").strip()[:200]
    if not who:
        raise RefusedError("Choose who takes the shift.", field="who")
    person = _person(row, who)
    if reason not in REASONS:
        raise RefusedError("Choose a reason. The change log keeps it.", field="reason")
    if reason == "other" and not details:
        raise RefusedError("Say in a few words what the other reason is.", field="details")
    return Choice(who, person, _since(row, asked), reason, details)


def _since(row: PublishedRow, asked: Mapping[str, str]) -> datetime | None:
    if asked.get("extent") != "rest":
        return None
    try:
        local = datetime.fromisoformat(asked.get("from", ""))
    except ValueError:
        raise RefusedError("Say from when: a date and a time inside the shift.", field="from") from None
    if local.tzinfo is not None or not row.start_wall <= local <= row.end_wall:
        raise RefusedError("Say from when: a date and a time inside the shift.", field="from")
    since = instant(local, row.zone)
    if since == row.starts_at:
        return None
    refused = rest_refused(row.starts_at, row.ends_at, since, row.zone)
    if refused:
        raise RefusedError(refused, field="from")
    return since


def _person(row: PublishedRow, who: str) -> PersonInfo | None:
    if who == NOBODY:
        return None
    wanted = _uuid(who)
    found = candidates_for(_slot(row, None))
    for one in found.eligible:
        if one.person.public_id == wanted:
            return one.person
    for other in found.others:
        if other.person.public_id == wanted:
            raise RefusedError(f"{other.person.name} cannot take it: {other.why}. Choose somebody else.", field="who")
    raise NotFoundError("There is no such person in this department.")


def _candidate(row: PublishedRow, choice: Choice) -> Candidate | None:
    """What the person would break, weighed for the part they take."""
    if choice.person is None:
        return None
    found = candidates_for(_slot(row, choice.since), person_ids=[choice.person.id])
    return found.eligible[0] if found.eligible else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
