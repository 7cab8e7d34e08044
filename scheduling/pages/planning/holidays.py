"""Admin → Holidays: the list by year, one holiday, a year's federal ones."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.federal import FIRST_YEAR, LAST_YEAR, FederalHoliday, federal_holidays
from scheduling.models import Department
from scheduling.pages.forms import PageForm
from scheduling.pages.listing import ordered, paged
from scheduling.selectors.holidays import HolidayInfo, holiday_find, holiday_years, holidays_listed
from scheduling.selectors.rows import departments_by_id
from scheduling.services.holidays import (
    HolidayWanted,
    holiday_change,
    holiday_create,
    holiday_remove,
    holidays_add,
)
from scheduling.types import DepartmentInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

_SORTS = {
    "date": lambda row: (row.date, row.department_name.casefold()),
    "name": lambda row: (row.name.casefold(), row.date),
    "department": lambda row: (row.department_name.casefold(), row.date),
}
_KEEP = {"date": "On the day itself", "observed": "On the observed weekday", "both": "Both, where they differ"}


class HolidayForm(PageForm):
    """One holiday."""

    date = forms.DateField(label="Date")
    name = forms.CharField(label="Name", max_length=80)
    department = forms.ChoiceField(
        label="Where", required=False, help_text="A local holiday is one department's alone."
    )

    def __init__(self, *args: Any, departments: list[DepartmentInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "The whole organization")] + [(str(one.public_id), one.name) for one in departments]
        self.fields["department"].choices = choices  # type: ignore[attr-defined]


@signed_in(Right.MANAGE_HOLIDAYS)
@require_GET
def holidays(request: HttpRequest) -> HttpResponse:
    """The list of a year."""
    rows, context = _listed(request)
    shown, sort = ordered(rows, request.GET.get("sort", ""), _SORTS, default="date")
    context |= {"page": paged(shown, page_number(request)), "sort": sort}
    return render(request, "scheduling/planning/holidays.html", _context(context))


@signed_in(Right.MANAGE_HOLIDAYS)
@require_GET
def holidays_csv(request: HttpRequest) -> HttpResponse:
    """The same holidays as a file that the import reads."""
    rows, context = _listed(request)
    shown, _ = ordered(rows, request.GET.get("sort", ""), _SORTS, default="date")
    lines = [[row.date.isoformat(), row.name, row.department_code] for row in shown]
    return csv_response(f"holidays-{context['year']}.csv", [["Date", "Name", "Department"], *lines])


@signed_in(Right.MANAGE_HOLIDAYS)
def holiday_new(request: HttpRequest) -> HttpResponse:
    """Add a holiday."""
    departments = _departments(request)
    form = HolidayForm(request.POST or None, departments=departments)
    if request.method == "POST" and form.is_valid() and _saved(request, form, None):
        messages.success(request, f"{form.cleaned_data['name']} was added.")
        return _to_year(form.cleaned_data["date"].year)
    return _form(request, form, "New holiday")


@signed_in(Right.MANAGE_HOLIDAYS)
def holiday(request: HttpRequest, holiday_id: uuid.UUID) -> HttpResponse:
    """Look at and change one holiday."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        info = holiday_find(holiday_id)
    initial = {"date": info.date, "name": info.name, "department": str(info.department_public_id or "")}
    form = HolidayForm(request.POST or None, departments=_departments(request), initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, form, holiday_id):
        messages.success(request, f"{form.cleaned_data['name']} was saved.")
        return _to_year(form.cleaned_data["date"].year)
    return _form(request, form, info.name, remove_url=reverse("holiday-remove", args=[holiday_id]))


@signed_in(Right.MANAGE_HOLIDAYS)
@require_POST
def remove(request: HttpRequest, holiday_id: uuid.UUID) -> HttpResponse:
    """Take one away."""
    with tenant_transaction(account_of(request).organization.id):
        info = holiday_find(holiday_id)
        holiday_remove(holiday_id=holiday_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"{info.name}, {info.date:%b} {info.date.day}, was removed.")
    return _to_year(info.date.year)


@signed_in(Right.MANAGE_HOLIDAYS)
def federal(request: HttpRequest) -> HttpResponse:
    """The United States federal holidays of a year: look at them, choose, add."""
    account = account_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    today = local_date(timezone.now(), account.organization.zone)
    year = _year(asked.get("year", ""), today.year, low=FIRST_YEAR, high=LAST_YEAR)
    keep = asked.get("keep", "") if asked.get("keep", "") in _KEEP else "date"
    offered = [(day, name) for one in federal_holidays(year) for day, name in _days(one, keep)]
    problem = ""
    if request.method == "POST":
        chosen = set(request.POST.getlist("day"))
        wanted = [HolidayWanted(day, name) for day, name in offered if day.isoformat() in chosen]
        if wanted:
            with tenant_transaction(account.organization.id):
                counts = holidays_add(wanted=wanted, actor=actor_of(request), now=timezone.now())
            messages.success(request, _told(counts))
            return _to_year(year)
        problem = "Choose at least one holiday."
    with tenant_transaction(account.organization.id, snapshot=True):
        days = [day for day, _ in offered]
        held = {one.date: one.name for one in holidays_listed(first=min(days), last=max(days)) if not one.department_id}
    rows = [{"date": day, "name": name, "held": held.get(day, "")} for day, name in offered]
    context = {"year": year, "keep": keep, "keeps": _KEEP.items(), "rows": rows, "problem": problem}
    return render(request, "scheduling/planning/federal.html", _context(context), status=422 if problem else 200)


def _days(one: FederalHoliday, keep: str) -> list[tuple[date, str]]:
    observed = (one.observed, f"{one.name} (observed)")
    if one.observed == one.day or keep == "date":
        return [(one.day, one.name)]
    return [observed] if keep == "observed" else sorted([(one.day, one.name), observed])


def _told(counts: tuple[int, int, int]) -> str:
    added, renamed, same = counts
    more = (f", {renamed} renamed" if renamed else "") + (f", {same} already there" if same else "")
    return f"{added} {'holiday' if added == 1 else 'holidays'} added{more}."


def _saved(request: HttpRequest, form: HolidayForm, holiday_id: uuid.UUID | None) -> bool:
    values = form.cleaned_data
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    try:
        with tenant_transaction(account_of(request).organization.id):
            department = None
            if values["department"]:
                department = Department.objects.filter(public_id=values["department"]).first()
                if department is None:
                    raise NotFoundError("There is no such department.")
            what: dict[str, Any] = {"day": values["date"], "name": values["name"], "department": department, **by}
            if holiday_id is None:
                holiday_create(**what)
            else:
                holiday_change(holiday_id=holiday_id, **what)
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return False
    return True


def _listed(request: HttpRequest) -> tuple[list[HolidayInfo], dict[str, Any]]:
    account = account_of(request)
    today = local_date(timezone.now(), account.organization.zone)
    year = _year(request.GET.get("year", ""), today.year)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))
        rows = holidays_listed(first=date(year, 1, 1), last=date(year, 12, 31))
        years = holiday_years()
    where = request.GET.get("department", "")
    chosen = next((one for one in departments if str(one.public_id) == where), None)
    if where == "everywhere":
        rows = [row for row in rows if row.department_id is None]
    elif chosen is not None:
        rows = [row for row in rows if row.department_id in (None, chosen.id)]
    return rows, {
        "year": year,
        "years": sorted({*years, today.year, today.year + 1, year}),
        "departments": departments,
        "department": where if chosen or where == "everywhere" else "",
    }


def _departments(request: HttpRequest) -> list[DepartmentInfo]:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        return sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))


def _year(text: str, default: int, *, low: int = 1990, high: int = 2200) -> int:
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else default
    return year if low <= year <= high else default


def _to_year(year: int) -> HttpResponse:
    return redirect(f"{reverse('holidays')}?year={year}")


def _context(more: dict[str, Any]) -> dict[str, Any]:
    return {"section": "admin", "tab": "holidays", **more}


def _form(request: HttpRequest, form: HolidayForm, heading: str, *, remove_url: str = "") -> HttpResponse:
    context = {
        "heading": heading,
        "list_name": "Holidays",
        "list_url": reverse("holidays"),
        "form": form,
        "fieldsets": [("Holiday", [form[name] for name in form.fields])],
        "remove_url": remove_url,
    }
    return render(request, "scheduling/planning/holiday.html", _context(context), status=422 if form.errors else 200)
