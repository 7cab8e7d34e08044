"""Holidays from a file: read and shown first, then added, all or none."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Department
from scheduling.pages.bodylimit import FILE_LIMIT, limited_body
from scheduling.pages.planning.holidayfile import HolidayLine, LineProblem, holiday_lines
from scheduling.roster.read import roster_read
from scheduling.roster.types import RosterFileError
from scheduling.selectors.holidays import holidays_listed
from scheduling.selectors.rows import departments_by_id
from scheduling.services.holidays import HolidayWanted, holidays_add
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.web import account_of, actor_of, signed_in

_PROBLEMS_SHOWN = 100


def _too_large(request: HttpRequest, *, size: int) -> HttpResponse:
    text = f"The file has {size / 1024 / 1024:.0f} MB: a list of holidays has a few lines."
    return _page(request, problems=(LineProblem(0, text),), status=413)


@signed_in(Right.MANAGE_HOLIDAYS)
@limited_body(_too_large)
def holidays_import(request: HttpRequest) -> HttpResponse:
    """Choose a file, see what it would add, add it."""
    if request.method != "POST":
        return _page(request)
    brought = request.FILES.get("file")
    data = brought.read() if brought else request.POST.get("text", "").encode()
    if not data.strip():
        return _page(request, problems=(LineProblem(0, "Choose a file first."),), status=422)
    account = account_of(request)
    try:
        sheet = roster_read(data, name=str(brought.name) if brought else "holidays.csv")
    except RosterFileError as error:
        return _page(request, problems=(LineProblem(error.row or 0, f"{error.message} {error.advice}"),), status=422)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = list(departments_by_id().values())
    lines, problems = holiday_lines(sheet, departments)
    if problems or not lines:
        problems = problems or (LineProblem(0, "The file has no holidays under its header."),)
        return _page(request, problems=problems, status=422)
    if request.POST.get("act") == "apply" and not brought:
        return _applied(request, lines)
    return _page(request, lines=lines)


def _applied(request: HttpRequest, lines: tuple[HolidayLine, ...]) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            rows = {row.id: row for row in Department.objects.all()}
            wanted = [HolidayWanted(one.date, one.name, rows.get(one.department_id or 0)) for one in lines]
            added, renamed, same = holidays_add(wanted=wanted, actor=actor_of(request, "import"), now=timezone.now())
    except RefusedError as refused:
        return _page(request, problems=(LineProblem(0, refused.text),), status=422)
    messages.success(request, f"The file was imported: {added} added, {renamed} renamed, {same} already there.")
    return redirect(f"{reverse('holidays')}?year={lines[0].date.year}")


def _page(
    request: HttpRequest,
    *,
    lines: tuple[HolidayLine, ...] = (),
    problems: tuple[LineProblem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    shown: list[dict[str, Any]] = []
    text = ""
    if lines:
        with tenant_transaction(account_of(request).organization.id, snapshot=True):
            departments = departments_by_id()
            days = [one.date for one in lines]
            held = {(one.date, one.department_id): one.name for one in holidays_listed(first=min(days), last=max(days))}
        for one in lines:
            was = held.get((one.date, one.department_id), "")
            where = departments[one.department_id] if one.department_id else None
            kind = "added" if not was else "same" if was == one.name else "renamed"
            shown.append({"line": one, "was": was, "kind": kind, "where": where.name if where else ""})
            name = one.name.replace('"', '""')
            text += f'{one.date.isoformat()},"{name}",{where.code if where else ""}\n'
    context = {
        "section": "admin",
        "tab": "holidays",
        "lines": shown,
        "changes": sum(1 for one in shown if one["kind"] != "same"),
        "text": f"Date,Name,Department\n{text}" if text else "",
        "problems": problems[:_PROBLEMS_SHOWN],
        "problem_count": len(problems),
        "limit": FILE_LIMIT,
    }
    return render(request, "scheduling/planning/holidays_import.html", context, status=status)
