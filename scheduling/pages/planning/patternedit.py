"""One template: its name and length, and its weeks as a table in which one types."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.pages.forms import PageForm
from scheduling.pages.grid.view import hours_text
from scheduling.pages.planning.patterngrid import Names, cell_entries, cell_text
from scheduling.pages.planning.patterns import pattern_to_edit
from scheduling.planning.patterns import Entry
from scheduling.selectors.patterns import PatternDetail
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import access_of, people_of_department
from scheduling.services.patterns import MOST_POSITIONS, MOST_WEEKS, pattern_change, pattern_week_set
from scheduling.types import AssignmentInfo, PersonInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ANY_DAY = date(2024, 1, 1)  # only times of day are shown


class NameForm(PageForm):
    """The name and the length."""

    name = forms.CharField(label="Name", max_length=120)
    weeks = forms.IntegerField(
        label="Weeks until it repeats", min_value=1, max_value=MOST_WEEKS,
        help_text="Fewer weeks drop the shifts of those that go.",
    )  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One assignment on one weekday: the text, and what is wrong with it."""

    name: str
    text: str
    label: str
    times: str
    is_weekend: bool
    error: str = ""


@dataclass(frozen=True)
class Sheet:
    """What the page of one week needs."""

    detail: PatternDetail
    assignments: list[AssignmentInfo]
    people: list[PersonInfo]
    names: Names
    days: list[int]

    def held(self, week: int) -> dict[tuple[int, int], list[Entry]]:
        """The week's entries by assignment and weekday."""
        cells: dict[tuple[int, int], list[Entry]] = defaultdict(list)
        for one in self.detail.entries:
            if one.week == week:
                cells[one.assignment_id, one.weekday].append(one)
        return cells


@signed_in(Right.MANAGE_RULES)
def pattern(request: HttpRequest, pattern_id: uuid.UUID) -> HttpResponse:
    """Look at a week, change it; or rename and lengthen."""
    sheet = _sheet(request, pattern_id)
    week = _week(request, sheet.detail)
    form = NameForm(None, initial={"name": sheet.detail.info.name, "weeks": sheet.detail.info.weeks})
    if request.method != "POST":
        return _page(request, sheet, week, form)
    if "weeks" in request.POST:
        return _renamed(request, sheet, week)
    try:
        entries, errors = _typed(sheet, week, request.POST)
        if errors:
            return _page(request, sheet, week, form, typed=request.POST, errors=errors, status=422)
        with tenant_transaction(account_of(request).organization.id):
            pattern_week_set(
                pattern_id=pattern_id, version=_version(request), week=week, entries=entries, actor=actor_of(request),
                now=timezone.now(),
            )  # fmt: skip
    except NotFoundError:
        raise
    except RefusedError as refused:
        status = 409 if refused.code == "stale" else 422
        return _page(request, sheet, week, form, typed=request.POST, refused=refused.text, status=status)
    messages.success(request, f"Week {week + 1} was saved.")
    return redirect(f"{reverse('pattern', args=[pattern_id])}?week={week + 1}")


def _renamed(request: HttpRequest, sheet: Sheet, week: int) -> HttpResponse:
    form, status = NameForm(request.POST), 422
    if form.is_valid():
        try:
            with tenant_transaction(account_of(request).organization.id):
                pattern_change(
                    pattern_id=sheet.detail.info.public_id, version=_version(request), name=form.cleaned_data["name"],
                    weeks=form.cleaned_data["weeks"], actor=actor_of(request), now=timezone.now(),
                )  # fmt: skip
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
            status = 409 if refused.code == "stale" else 422
        else:
            messages.success(request, "The template was saved.")
            return redirect("pattern", sheet.detail.info.public_id)
    return _page(request, sheet, week, form, status=status)


def _sheet(request: HttpRequest, pattern_id: uuid.UUID) -> Sheet:
    account = account_of(request)
    today = local_date(timezone.now(), account.organization.zone)
    with tenant_transaction(account.organization.id, snapshot=True):
        detail = pattern_to_edit(access_of(account), pattern_id)
        named = {one.person_id for one in detail.entries if one.person_id}
        department = detail.info.department.id
        people = [
            one
            for one in people_of_department(department_id=department, schedule_id=0, ids=named)
            if one.id in named or one.active_to is None or one.active_to >= today
        ]
        used = {one.assignment_id for one in detail.entries}
        assignments = [
            one
            for one in assignments_by_id(department_id=department).values()
            if one.id in used or one.ended_on is None or one.ended_on >= today
        ]
    start = account.organization.week_start
    return Sheet(detail, assignments, people, Names.of(people), [(start + n) % 7 for n in range(7)])


def _typed(sheet: Sheet, week: int, said: QueryDict) -> tuple[list[Entry], dict[str, str]]:
    """The week as the form says it; a cell that the form lacks stays as it is."""
    held = sheet.held(week)
    entries: list[Entry] = []
    errors: dict[str, str] = {}
    for assignment in sheet.assignments:
        for day in range(7):
            name, there = _name(assignment, day), held.get((assignment.id, day), [])
            if name not in said:
                entries += there
                continue
            try:
                entries += cell_entries(
                    str(said[name]), held=there, names=sheet.names, assignment_id=assignment.id, week=week, weekday=day,
                    positions=MOST_POSITIONS,
                )  # fmt: skip
            except ValueError as wrong:
                errors[name] = str(wrong)
    return entries, errors


def _page(
    request: HttpRequest,
    sheet: Sheet,
    week: int,
    form: NameForm,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    info = sheet.detail.info
    rows = [
        {"assignment": one, "cells": _cells(sheet, one, week, typed or {}, errors or {})} for one in sheet.assignments
    ]
    context = {
        "section": "admin",
        "tab": "patterns",
        "pattern": info,
        "people": sheet.detail.people,
        "labels": sorted(sheet.names.labels.values(), key=str.casefold),
        "form": form,
        "week": week + 1,
        "weeks": range(1, info.weeks + 1),
        "days": [{"name": _DAYS[day], "is_weekend": day >= 5} for day in sheet.days],
        "rows": rows,
        "refused": refused,
        "errors": list((errors or {}).values()),
    }
    return render(request, "scheduling/planning/pattern.html", context, status=status)


def _cells(
    sheet: Sheet, assignment: AssignmentInfo, week: int, typed: Mapping[str, Any], errors: Mapping[str, str]
) -> list[Cell]:
    held = sheet.held(week)
    cells = []
    for day in sheet.days:
        entries = held.get((assignment.id, day), [])
        name = _name(assignment, day)
        cells.append(
            Cell(
                name=name,
                text=str(typed.get(name, cell_text(entries, sheet.names))),
                label=f"{assignment.name}, {_DAYS[day]}",
                times=", ".join(_times(one) for one in entries if one.start_time),
                is_weekend=day >= 5,
                error=errors.get(name, ""),
            )
        )
    return cells


def _times(one: Entry) -> str:
    if one.start_time is None or one.end_time is None:
        return ""
    return hours_text(datetime.combine(_ANY_DAY, one.start_time), datetime.combine(_ANY_DAY, one.end_time))


def _name(assignment: AssignmentInfo, weekday: int) -> str:
    return f"c-{assignment.public_id}-{weekday}"


def _week(request: HttpRequest, detail: PatternDetail) -> int:
    text = request.POST.get("week", "") if request.method == "POST" else request.GET.get("week", "")
    week = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(week, 1), detail.info.weeks) - 1


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
