"""The change log: filters in the address, pages, a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.listing import page_of
from scheduling.pages.loglines import action_text, log_line
from scheduling.selectors.changes import (
    ChangeFilter,
    assignment_named,
    change_actions,
    change_sources,
    changes_count,
    changes_exportable,
    changes_list,
    department_choices,
    last_published,
    person_named,
)
from scheduling.selectors.workspace import access_of
from tenancy.lists import csv_streamed, page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import ChangeInfo
from tenancy.wall import instant, wall
from tenancy.web import account_of, signed_in

EXPORT_LIMIT = 500_000
_PUBLISHED = {
    "acts": "Publications",
    "waiting": "Draft edits, nothing published since",
    "followed": "Draft edits that a publication followed",
}


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
        actions, sources = change_actions(), change_sources()
        published = last_published([row.subject_id for row in rows if row.subject_type == "shift" and row.subject_id])
    lines = [log_line(row, zone, published) for row in rows]
    return render(
        request,
        "scheduling/changes.html",
        {
            "section": "log",
            "page": page_of(lines, place),
            "filters": filters,
            "filtered": wanted != ChangeFilter(oldest_first=wanted.oldest_first, requests_of=wanted.requests_of),
            "departments": [{"public_id": str(public_id), "name": name} for public_id, _, name in departments],
            "actions": [(action, action_text(action)) for action in actions],
            "sources": sources,
            "published_choices": list(_PUBLISHED.items()),
            "zone": zone,
        },
    )


@signed_in(Right.VIEW_CHANGE_LOG)
@require_GET
def change_log_csv(request: HttpRequest) -> HttpResponseBase:
    """The same entries as a file, without those that touch a private note."""
    account = account_of(request)
    zone = account.organization.zone
    with tenant_transaction(account.organization.id, snapshot=True):
        _, wanted = _filters(request, zone, department_choices())
        return csv_streamed("change-log.csv", _sheet(changes_exportable(wanted, limit=EXPORT_LIMIT), zone))


def _sheet(rows: Iterable[ChangeInfo], zone: str) -> Iterator[list[str]]:
    yield [
        "When", "Zone", "Who", "Source", "Address", "Action", "Subject", "Field", "Old", "New", "Reason", "Correlation"
    ]  # fmt: skip
    for row in rows:
        line = log_line(row, zone)
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
            yield [*head, one["name"], one["was"], one["now"], row.reason, row.correlation]


def _filters(
    request: HttpRequest, zone: str, departments: list[tuple[uuid.UUID, int, str]]
) -> tuple[dict[str, Any], ChangeFilter]:
    """What the address asks: as the form shows it, and as the selector takes it. Call inside tenant_transaction."""
    asked = request.GET
    since, until = date_or_none(asked.get("since", "")), date_or_none(asked.get("until", ""))
    department = asked.get("department", "")
    department_id = next((one for public_id, one, _ in departments if str(public_id) == department), None)
    texts = {
        name: asked.get(name, "").strip()[:120]
        for name in ("person", "actor", "source", "address", "assignment", "act")
    }
    person, assignment = _uuid_or_none(texts["person"]), _uuid_or_none(texts["assignment"])
    subject = _uuid_or_none(asked.get("subject", ""))
    published = asked.get("published", "")
    oldest = asked.get("sort") == "at"
    shown = texts | {
        "person_name": person_named(person) if person else "",
        "assignment_name": assignment_named(assignment) if assignment else "",
        "department": department if department_id is not None else "",
        "action": asked.get("action", "")[:64],
        "published": published if published in _PUBLISHED else "",
        "since": since,
        "until": until,
        "subject": str(subject) if subject else "",
        "sort": "at" if oldest else "-at",
    }
    wanted = ChangeFilter(
        person="" if person else texts["person"],
        person_id=person,
        actor=texts["actor"],
        source=texts["source"],
        address=texts["address"],
        department_id=department_id,
        assignment="" if assignment else texts["assignment"],
        assignment_id=assignment,
        action=str(shown["action"]),
        published=str(shown["published"]),
        since=_midnight(since, zone),
        before=_midnight(until + timedelta(days=1), zone) if until else None,
        subject_id=subject,
        correlation=texts["act"],
        oldest_first=oldest,
        requests_of=access_of(account_of(request)).granted,
    )
    return shown, wanted


def _midnight(day: date | None, zone: str) -> datetime | None:
    return instant(datetime.combine(day, datetime.min.time()), zone) if day else None


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
