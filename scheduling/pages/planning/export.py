"""A schedule as a file: the draft for those who schedule, what is published for everybody else."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from scheduling.pages.grid.windows import date_or_none
from scheduling.planning.export import HEAD, roster_lines, roster_workbook
from scheduling.selectors.workspace import access_of, draft_shifts, published_shifts, schedule_visible
from tenancy.lists import csv_response, download
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.web import account_of, signed_in

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def schedule_csv(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """As CSV."""
    name, lines = _lines(request, schedule_id)
    return csv_response(f"{name}.csv", [list(HEAD), *lines])


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def schedule_xlsx(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """As an Excel workbook."""
    name, lines = _lines(request, schedule_id)
    return download(f"{name}.xlsx", roster_workbook(lines, title=name), _XLSX)


def _lines(request: HttpRequest, schedule_id: uuid.UUID) -> tuple[str, list[list[str]]]:
    """The file's name, which says whether it is a draft, and its lines. `first` and `last` narrow it, `of=published` too."""
    account = account_of(request)
    asked = request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        first = date_or_none(asked.get("first", "")) or info.starts_on
        last = date_or_none(asked.get("last", "")) or info.ends_on
        draft = access.may(Right.VIEW_DRAFT, info.department.id) and asked.get("of") != "published"
        first, last = max(first, info.starts_on), min(last, info.ends_on)
        if draft:
            lines = roster_lines(draft_shifts(schedule_id=info.id, first=first, last=last))
        else:
            lines = roster_lines(published_shifts(schedule_id=info.id, first=first, last=last))
    kind = "draft" if draft else "published"
    return f"{info.department.code}-{info.name}-{first}-{last}-{kind}", lines
