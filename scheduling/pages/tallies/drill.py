"""Behind a number: one tally of one person over the months, and every shift that counts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.tallied import plain
from scheduling.pages.grid.view import hours_text
from scheduling.pages.grid.windows import range_text
from scheduling.pages.listing import ordered, paged
from scheduling.pages.tallies.asked import Asked, asked_of, may_see, months_later
from scheduling.pages.tallies.chart import columns_of
from scheduling.pages.tallies.table import Figure, told
from scheduling.selectors.rows import assignments_by_id, departments_by_id
from scheduling.selectors.staff import assignment_types, person_find
from scheduling.selectors.tallies import (
    CountedShift,
    TallyDefinition,
    shifts_counted,
    tally_find,
    values_by_month,
    values_of,
)
from scheduling.selectors.tally_sql import Span
from scheduling.selectors.workspace import access_of
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import local_date
from tenancy.web import account_of, signed_in

_MONTHS = 12  # a year ends with the last month of the range


@dataclass(frozen=True)
class ShiftLine:
    """A shift that counts, and for how much."""

    date: date
    code: str
    name: str
    department: str
    times: str
    hours: Decimal
    counts: Decimal

    @property
    def hours_text(self) -> str:
        """Elapsed hours."""
        return plain(self.hours)

    @property
    def counts_text(self) -> str:
        """What it adds to the tally."""
        return plain(self.counts)


@dataclass(frozen=True)
class Behind:
    """All that the page says."""

    asked: Asked
    tally: TallyDefinition
    person: PersonInfo
    figure: Figure
    months: list[tuple[date, Decimal, Decimal | None]]
    shifts: list[ShiftLine]
    told: str


_SORTS = {
    "date": lambda row: row.date,
    "assignment": lambda row: (row.code, row.date),
    "hours": lambda row: (row.hours, row.date),
    "counts": lambda row: (row.counts, row.date),
}


@signed_in(Right.VIEW_TALLIES)
@require_GET
def tally_person(request: HttpRequest, tally_id: uuid.UUID, person_id: uuid.UUID) -> HttpResponse:
    """The page."""
    behind = _read(request, tally_id, person_id)
    shown, sort = ordered(behind.shifts, request.GET.get("sort", ""), _SORTS, default="date")
    columns, width = columns_of(behind.months)
    context: dict[str, Any] = {
        "section": "tallies",
        "behind": behind,
        "page": paged(shown, page_number(request)),
        "sort": sort,
        "columns": columns,
        "width": width,
        "range_text": range_text(behind.asked.first, behind.asked.last),
        "carried": urlencode(behind.asked.parameters),
    }
    return render(request, "scheduling/tallies/person.html", context)


@signed_in(Right.VIEW_TALLIES)
@require_GET
def tally_person_csv(request: HttpRequest, tally_id: uuid.UUID, person_id: uuid.UUID) -> HttpResponse:
    """The same shifts as a file."""
    behind = _read(request, tally_id, person_id)
    shown, _ = ordered(behind.shifts, request.GET.get("sort", ""), _SORTS, default="date")
    head = ["Date", "Assignment", "Department", "Times", "Hours", "Counts"]
    rows = [
        [row.date.isoformat(), row.name, row.department, row.times, row.hours_text, row.counts_text] for row in shown
    ]
    return csv_response(f"{behind.tally.short}-{behind.person.last_name}.csv", [head, *rows])


def _read(request: HttpRequest, tally_id: uuid.UUID, person_id: uuid.UUID) -> Behind:
    account = account_of(request)
    today = local_date(timezone.now(), account.organization.zone)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        tally, person = tally_find(tally_id), person_find(person_id)
        asked = asked_of(access, request.GET, today)
        if asked is None or not may_see(access, tally):
            raise NotFoundError("There is no such tally, or it is not yours to see.")
        span = Span(asked.first, asked.last, [person.id], asked.over)
        (value,) = values_of([tally], span)
        months = values_by_month(tally, person_id=person.id, span=_year_to(asked, person))
        shifts = shifts_counted(tally, span)
        assignments = assignments_by_id()
        departments = departments_by_id({one.department_id for one in shifts})
        types = {id: name for id, name, _, _ in assignment_types()}
    return Behind(
        asked, tally, person, Figure(value.value, value.target), months,
        [_line(one, tally, assignments, departments) for one in shifts], told(tally, assignments, types),
    )  # fmt: skip


def _year_to(asked: Asked, person: PersonInfo) -> Span:
    """Whole months: those of the range, and before them as many as a year has."""
    end = months_later(asked.last.replace(day=1), 1)
    start = min(asked.first.replace(day=1), months_later(end, -_MONTHS))
    return Span(start, end - timedelta(days=1), [person.id], asked.over)


def _line(
    one: CountedShift,
    tally: TallyDefinition,
    assignments: Mapping[int, AssignmentInfo],
    departments: Mapping[int, DepartmentInfo],
) -> ShiftLine:
    counts = {"hours": one.hours, "weighted": one.weight}.get(tally.measure, Decimal(1))
    assignment = assignments[one.assignment_id]
    return ShiftLine(
        one.date, assignment.code, assignment.name, departments[one.department_id].name,
        hours_text(one.start, one.end), one.hours, counts,
    )  # fmt: skip
