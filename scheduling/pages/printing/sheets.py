"""The month by assignment and the week by person, for paper."""

from __future__ import annotations

import calendar
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.page import grid_address
from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.printing.view import Day, Row, Week, by_assignment, by_person, sheets_of, week_days
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.published import publication_number
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import access_of, draft_shifts, published_shifts, schedule_visible
from scheduling.types import AssignmentInfo, Audience, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.wall import wall
from tenancy.web import account_of, signed_in


@dataclass(frozen=True)
class Read:
    """What a sheet is drawn from."""

    schedule: ScheduleInfo
    first: date
    last: date
    is_draft: bool
    may_draft: bool
    shifts: Sequence[Row]
    assignments: Sequence[AssignmentInfo]
    days: list[list[Day]]
    number: int


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def month(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """A month of a schedule, by assignment."""

    def dates(schedule: ScheduleInfo, start: date) -> tuple[date, date]:
        first = date_or_none(f"{request.GET.get('month', '')}-01") or start.replace(day=1)
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])

    found = _read(request, schedule_id, dates)
    weeks = by_assignment(found.days, found.shifts, found.assignments, notes=_notes(request))
    before, after = found.first - timedelta(days=1), found.last + timedelta(days=1)
    more = {
        "title": f"{found.schedule.department.name}, {found.first:%B %Y}",
        "earlier": {"month": f"{before:%Y-%m}", "start": None},
        "later": {"month": f"{after:%Y-%m}", "start": None},
        "name": "Month by assignment",
        "first_column": "Assignment",
    }
    return _page(request, found, weeks, more)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def week(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """A week of a schedule, by person."""
    week_start = account_of(request).organization.week_start

    def dates(schedule: ScheduleInfo, start: date) -> tuple[date, date]:
        first = start - timedelta(days=(start.weekday() - week_start) % 7)
        return first, first + timedelta(days=6)

    found = _read(request, schedule_id, dates)
    weeks = by_person(found.days, found.shifts, notes=_notes(request))
    more = {
        "title": f"{found.schedule.department.name}, week of {found.first:%B} {found.first.day}, {found.first.year}",
        "earlier": {"start": str(found.first - timedelta(days=7)), "month": None},
        "later": {"start": str(found.last + timedelta(days=1)), "month": None},
        "name": "Week by person",
        "first_column": "Person",
    }
    return _page(request, found, weeks, more)


def _read(
    request: HttpRequest, schedule_id: uuid.UUID, dates: Callable[[ScheduleInfo, date], tuple[date, date]]
) -> Read:
    """The draft or what everyone relies on. Without `of` it is what is published, where the schedule is."""
    account = account_of(request)
    asked = request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_visible(access, schedule_id)
        start = date_or_none(asked.get("start", "")) or wall(timezone.now(), info.department.zone).date()
        first, last = dates(info, max(info.starts_on, min(start, info.ends_on)))
        may_draft = access.may(Right.VIEW_DRAFT, info.department.id)
        is_published = info.state == Audience.EVERYONE.value
        draft = may_draft and (asked.get("of") == "draft" or (not is_published and asked.get("of") != "published"))
        inside = max(first, info.starts_on), min(last, info.ends_on)
        read: Callable[..., Sequence[Row]] = draft_shifts if draft else published_shifts
        holidays = holidays_between(first, last, department_id=info.department.id)
        return Read(
            schedule=info,
            first=first,
            last=last,
            is_draft=draft,
            may_draft=may_draft,
            shifts=read(schedule_id=info.id, first=inside[0], last=inside[1]),
            assignments=sorted(
                assignments_by_id(department_id=info.department.id).values(),
                key=lambda one: (one.is_off, one.order, one.code),
            ),
            days=week_days(first, last, week_start=account.organization.week_start, holidays=holidays, inside=inside),
            number=publication_number(),
        )


def _page(request: HttpRequest, found: Read, weeks: Sequence[Week], more: dict[str, Any]) -> HttpResponse:
    zone = found.schedule.department.zone
    context = {
        "schedule": found.schedule,
        "sheets": sheets_of(weeks) if found.shifts else [],
        "is_draft": found.is_draft,
        "may_draft": found.may_draft,
        "first": found.first,
        "last": found.last,
        "zone": zone,
        "as_of": wall(timezone.now(), zone),
        "number": found.number,
        "notes": _notes(request),
        "back_url": grid_address(found.schedule, start=found.first.isoformat()),
        **more,
    }
    return render(request, "scheduling/printing/sheets.html", context)


def _notes(request: HttpRequest) -> bool:
    return request.GET.get("notes") == "1"
