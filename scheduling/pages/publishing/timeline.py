"""The timeline of one shift: edits, publications with who saw what from when to when, swaps and requests, in order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.page import grid_address
from scheduling.pages.loglines import log_line, moment_text
from scheduling.selectors.timeline import Seen, Timeline, shift_timeline
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import ChangeInfo
from tenancy.wall import wall
from tenancy.web import account_of, signed_in

_GLYPHS = {"draft": "pencil", "published": "check", "swap": "swap", "request": "requests"}
_WHO = {"administrators": "Administrators", "everyone": "Everyone"}
_KINDS = {"range": "a range of dates", "shift": "this shift", "recall": "a recall"}


@dataclass(frozen=True)
class Moment:
    """One thing that happened."""

    at: datetime
    at_text: str
    kind: str
    glyph: str
    title: str
    by: str
    text: str
    changes: tuple[dict[str, str], ...]
    reason: str
    correlation: str


@signed_in(Right.VIEW_CHANGE_LOG)
@require_GET
def timeline(request: HttpRequest, shift_id: uuid.UUID) -> HttpResponse:
    """The page."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        found = shift_timeline(shift_id)
    cell = ""
    if found.schedule_id is not None:
        day = found.date.isoformat()
        cell = grid_address(found.schedule_id, start=day, rows="assignment", row=found.assignment_id, date=day)
    return render(
        request,
        "scheduling/timeline.html",
        {
            "section": "log",
            "shift": found,
            "moments": moments_of(found),
            "now_seen": [_now(one, found.zone) for one in found.seen if one.until is None],
            "cell_url": cell,
            "log_url": f"{reverse('change-log')}?subject={shift_id}",
            "as_of": wall(timezone.now(), found.zone),
        },
    )


def moments_of(found: Timeline) -> list[Moment]:
    """Everything in order, newest first."""
    moments = [_change(one, found.zone) for one in found.changes]
    before: dict[str, Seen] = {}
    for one in found.seen:
        moments.append(_published(one, before.get(one.audience), found.zone))
        before[one.audience] = one
    for one in found.seen:  # taken away: closed, and nothing was opened in its place
        if one.until is not None and not any(
            other.audience == one.audience and other.number == one.until_number for other in found.seen
        ):
            moments.append(_gone(one, found.zone))
    # What was edited comes before what was published of it at the same instant.
    return sorted(moments, key=lambda moment: (moment.at, moment.kind == "published"), reverse=True)


def _change(one: ChangeInfo, zone: str) -> Moment:
    line = log_line(one, zone)
    kind = one.subject_type if one.subject_type in ("swap", "request") else "draft"
    by = " · ".join(filter(None, (line.actor, line.source, line.address)))
    return Moment(
        one.at, line.at_text, kind, _GLYPHS[kind], line.action_text, by, line.subject, line.changes, line.reason,
        line.correlation,
    )  # fmt: skip


def _published(one: Seen, before: Seen | None, zone: str) -> Moment:
    was = before.fields if before is not None and before.until_number == one.number else {}
    names = [name for name, value in one.fields.items() if value not in ("", None) or was.get(name)]
    changes = tuple(
        {"name": name.replace("_", " "), "was": _text(was.get(name)), "now": _text(one.fields[name])}
        for name in names
        if was.get(name) != one.fields[name]
    )
    title = f"{_WHO[one.audience]} saw it" if not was else f"{_WHO[one.audience]} saw the change"
    text = f"Publication {one.number} to {one.audience}, of {_KINDS.get(one.kind, one.kind)}"
    if one.until is not None:
        text += f"; so it stood until {moment_text(one.until, zone)}"
    return Moment(
        one.at, moment_text(one.at, zone), "published", _GLYPHS["published"], title, one.actor, text, changes, "", ""
    )


def _gone(one: Seen, zone: str) -> Moment:
    assert one.until is not None  # the caller asked
    verb = "was taken back from" if one.until_kind == "recall" else "was removed for"
    title = f"It {verb} {one.audience}"
    text = f"Publication {one.until_number} to {one.audience}"
    return Moment(one.until, moment_text(one.until, zone), "published", "x", title, "", text, (), "", "")


def _now(one: Seen, zone: str) -> dict[str, str]:
    fields = one.fields
    return {
        "who": _WHO[one.audience],
        "text": f"{fields['person']}, {fields['start'][-5:]}–{fields['end'][-5:]} on {fields['date']}",
        "since": moment_text(one.at, zone),
        "number": str(one.number),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)
