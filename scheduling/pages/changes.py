"""The change log: filters in the address, pages, a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.listing import page_of
from scheduling.selectors.changes import (
    ChangeFilter,
    change_actions,
    changes_count,
    changes_exportable,
    changes_list,
    department_choices,
)
from tenancy.lists import csv_response, page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import ChangeInfo
from tenancy.wall import instant, wall
from tenancy.web import account_of, signed_in

EXPORT_LIMIT = 50_000
_HIDDEN = {"person_id"}
_TOLD_BY_SUBJECT = {"person", "assignment", "date"}
_ORDER = ["person", "assignment", "date", "start", "end", "note", "private_note", "call_order", "locked"]
_WORDS = {
    "shift.add": "Shift added",
    "shift.change": "Shift changed",
    "shift.remove": "Shift removed",
    "schedule.create": "Schedule made",
    "schedule.publish": "Published",
    "published.added": "Published: added",
    "published.changed": "Published: changed",
    "published.removed": "Published: removed",
    "session.open": "Signed in",
    "session.refuse": "Sign-in refused",
}


@dataclass(frozen=True)
class Line:
    """An entry as the page shows it."""

    at: datetime
    at_text: str
    actor: str
    source: str
    address: str
    action_text: str
    subject: str
    changes: tuple[dict[str, str], ...]
    reason: str


@signed_in(Right.VIEW_CHANGE_LOG)
@require_GET
def change_log(request: HttpRequest) -> HttpResponse:
    """The page."""
    account = account_of(request)
    zone = account.organization.zone
    number = page_number(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = department_choices()
        filters, wanted = _filters(request, zone, departments)
        place = pager(changes_count(wanted), number)
        rows = changes_list(wanted, first=place.first - 1, limit=place.size)
        actions = change_actions()
    lines = [_line(row, zone) for row in rows]
    return render(
        request,
        "scheduling/changes.html",
        {
            "section": "log",
            "page": page_of(lines, place),
            "filters": filters,
            "filtered": wanted != ChangeFilter(),
            "departments": [{"public_id": str(public_id), "name": name} for public_id, _, name in departments],
            "actions": [(action, _action(action)) for action in actions],
        },
    )


@signed_in(Right.VIEW_CHANGE_LOG)
@require_GET
def change_log_csv(request: HttpRequest) -> HttpResponse:
    """The same entries as a file, without those that touch a private note."""
    account = account_of(request)
    zone = account.organization.zone
    with tenant_transaction(account.organization.id, snapshot=True):
        _, wanted = _filters(request, zone, department_choices())
        rows = list(changes_exportable(wanted, limit=EXPORT_LIMIT))
    return csv_response("change-log.csv", _sheet(rows, zone))


def _sheet(rows: Iterable[ChangeInfo], zone: str) -> Iterator[list[str]]:
    yield ["When", "Zone", "Who", "Source", "Address", "Action", "Subject", "Field", "Old", "New", "Reason"]
    for row in rows:
        line = _line(row, zone)
        head = [
            f"{wall(row.at, zone):%Y-%m-%d %H:%M:%S}",
            zone,
            row.actor,
            row.source,
            row.address,
            row.action,
            row.subject,
        ]
        for one in line.changes or ({"name": "", "was": "", "now": ""},):
            yield [*head, one["name"], one["was"], one["now"], row.reason]


def _filters(
    request: HttpRequest, zone: str, departments: list[tuple[uuid.UUID, int, str]]
) -> tuple[dict[str, Any], ChangeFilter]:
    """What the address asks: as the form shows it, and as the selector takes it."""
    asked = request.GET
    since, until = date_or_none(asked.get("since", "")), date_or_none(asked.get("until", ""))
    department = asked.get("department", "")
    department_id = next((one for public_id, one, _ in departments if str(public_id) == department), None)
    shown = {
        "person": asked.get("person", "").strip()[:120],
        "actor": asked.get("actor", "").strip()[:120],
        "department": department if department_id is not None else "",
        "action": asked.get("action", "")[:64],
        "since": since,
        "until": until,
    }
    subject = asked.get("subject", "")
    wanted = ChangeFilter(
        person=str(shown["person"]),
        actor=str(shown["actor"]),
        department_id=department_id,
        action=str(shown["action"]),
        since=_midnight(since, zone),
        before=_midnight(until + timedelta(days=1), zone) if until else None,
        subject_id=uuid.UUID(subject) if _is_uuid(subject) else None,
    )
    return shown, wanted


def _midnight(day: date | None, zone: str) -> datetime | None:
    return instant(datetime.combine(day, datetime.min.time()), zone) if day else None


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _line(row: ChangeInfo, zone: str) -> Line:
    local = wall(row.at, zone)
    year = "" if row.at.year == timezone.now().year else f" {local.year}"
    return Line(
        at=row.at,
        at_text=f"{local:%b} {local.day}{year}, {local:%H:%M:%S}",
        actor=row.actor,
        source=row.source,
        address=row.address,
        action_text=_action(row.action),
        subject=row.subject,
        changes=tuple(_changes(row)),
        reason=row.reason,
    )


def _changes(row: ChangeInfo) -> Iterator[dict[str, str]]:
    """Old and new of each field; of something added or removed only what the subject does not say already."""
    before, after = row.before or {}, row.after or {}
    names = sorted({*before, *after} - _HIDDEN, key=lambda name: (_ORDER.index(name) if name in _ORDER else 99, name))
    for name in names:
        was, now = _text(before.get(name)), _text(after.get(name))
        if was == now or (not (before and after) and name in _TOLD_BY_SUBJECT and row.subject_type == "shift"):
            continue
        if before and after:
            yield {"name": name.replace("_", " "), "was": was or "none", "now": now or "none"}
        else:
            yield {"name": name.replace("_", " "), "was": was, "now": now}


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _action(action: str) -> str:
    if action in _WORDS:
        return _WORDS[action]
    noun, _, verb = action.partition(".")
    return f"{noun.replace('_', ' ').capitalize()}: {verb.replace('_', ' ')}"
