"""Templates: the list, a new one, one made of a block, and taking one away."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.models import Department
from scheduling.pages.forms import PageForm
from scheduling.pages.grid.page import grid_address
from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.listing import ordered, paged
from scheduling.pages.planning.common import departments_with, schedule_to_edit
from scheduling.selectors.patterns import PatternDetail, PatternInfo, pattern_find, patterns_list
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import Access, access_of, schedule_visible
from scheduling.services.patterns import (
    MOST_WEEKS,
    BlockTaken,
    pattern_create,
    pattern_from_block,
    pattern_remove,
)
from scheduling.types import AssignmentInfo, DepartmentInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import wall
from tenancy.web import account_of, actor_of, signed_in

_SORTS = {
    "name": lambda row: (row.name.casefold(), row.department.name),
    "department": lambda row: (row.department.order, row.department.name, row.name.casefold()),
    "weeks": lambda row: (row.weeks, row.name.casefold()),
    "changed": lambda row: (row.changed_at, row.name),
}
_WHO = [
    ("people", "These people by name"),
    ("positions", "Positions 1, 2, 3 … in the order people appear, for somebody to fill each time"),
    ("open", "Open shifts: the structure alone"),
]


class NewForm(PageForm):
    """An empty template."""

    department = forms.ChoiceField(label="Department")
    name = forms.CharField(label="Name", max_length=120)
    weeks = forms.IntegerField(label="Weeks until it repeats", min_value=1, max_value=MOST_WEEKS)

    def __init__(self, *args: Any, departments: list[DepartmentInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [(str(one.public_id), one.name) for one in departments]  # type: ignore[attr-defined]


class TakeForm(PageForm):
    """A block of a schedule as a template."""

    name = forms.CharField(label="Name of the template", max_length=120)
    first = forms.DateField(label="From")
    last = forms.DateField(label="Until", help_text="Its calendar weeks become the weeks of the template.")
    who = forms.ChoiceField(label="Keep", choices=_WHO, widget=forms.RadioSelect)
    notes = forms.BooleanField(label="Keep notes too", required=False)
    assignments = forms.MultipleChoiceField(
        label="Assignments", required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked takes all."
    )

    def __init__(self, *args: Any, assignments: list[AssignmentInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignments"].choices = [(str(one.public_id), one.name) for one in assignments]  # type: ignore[attr-defined]


@signed_in(Right.MANAGE_RULES)
@require_GET
def patterns(request: HttpRequest) -> HttpResponse:
    """The list. With `schedule` its rows lead to applying to that one."""
    rows, context = _listed(request)
    shown, sort = ordered(rows, request.GET.get("sort", ""), _SORTS, default="department")
    context |= {"page": paged(shown, page_number(request)), "sort": sort, "section": "admin", "tab": "patterns"}
    return render(request, "scheduling/planning/patterns.html", context)


@signed_in(Right.MANAGE_RULES)
@require_GET
def patterns_csv(request: HttpRequest) -> HttpResponse:
    """The same templates as a file."""
    rows, _ = _listed(request)
    shown, _ = ordered(rows, request.GET.get("sort", ""), _SORTS, default="department")
    zone = account_of(request).organization.zone
    lines = [
        [
            row.department.name, row.name, str(row.weeks), str(row.entries), str(row.positions),
            "yes" if row.rotates else "no", row.anchor.isoformat() if row.anchor else "", row.changed_by,
            f"{wall(row.changed_at, zone):%Y-%m-%d %H:%M}",
        ]
        for row in shown
    ]  # fmt: skip
    head = [
        "Department",
        "Template",
        "Weeks",
        "Shifts",
        "Positions",
        "Rotates",
        "First week of",
        "Changed by",
        f"Changed ({zone})",
    ]
    return csv_response("templates.csv", [head, *lines])


@signed_in(Right.MANAGE_RULES)
def pattern_new(request: HttpRequest) -> HttpResponse:
    """Make an empty one."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = departments_with(access_of(account), Right.MANAGE_RULES)
    form = NewForm(request.POST or None, departments=departments, initial={"weeks": 1})
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                department = Department.objects.filter(public_id=form.cleaned_data["department"]).first()
                if department is None or not access_of(account).may(Right.MANAGE_RULES, department.id):
                    raise NotFoundError("There is no such department.")
                made = pattern_create(
                    department=department, name=form.cleaned_data["name"], weeks=form.cleaned_data["weeks"],
                    actor=actor_of(request), now=timezone.now(),
                ).public_id  # fmt: skip
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            return redirect("pattern", made)
    context = {
        "section": "admin", "tab": "patterns", "heading": "New template", "list_name": "Templates",
        "list_url": reverse("patterns"), "form": form, "submit": "Make it",
        "fieldsets": [("Template", [form[name] for name in form.fields])],
    }  # fmt: skip
    return render(request, "scheduling/form.html", context, status=422 if form.errors else 200)


@signed_in(Right.EDIT_SCHEDULE)
def pattern_of_block(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Save a block of a schedule as a template."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_to_edit(access, schedule_id)
        may_or_deny(access, info.department.id)
        assignments = list(assignments_by_id(department_id=info.department.id).values())
    first = max(info.starts_on, min(date_or_none(request.GET.get("start", "")) or info.starts_on, info.ends_on))
    initial = {"first": first, "last": min(first + timedelta(days=6), info.ends_on), "who": "people"}
    form = TakeForm(request.POST or None, assignments=assignments, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        taken = BlockTaken(
            source=info, first=said["first"], last=said["last"], name=said["name"], who=said["who"],
            keep_notes=said["notes"], assignment_ids=frozenset(map(uuid.UUID, said["assignments"])) or None,
        )  # fmt: skip
        try:
            with tenant_transaction(account.organization.id):
                made = pattern_from_block(
                    taken=taken, week_start=account.organization.week_start, actor=actor_of(request), now=timezone.now()
                ).public_id
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(
                request, "The template was made. Look at its weeks; apply it from here or from any schedule."
            )
            return redirect("pattern", made)
    context = {
        "section": "schedule",
        "schedule": info,
        "form": form,
        "back_url": grid_address(info, start=request.GET.get("start", "")),
    }
    return render(request, "scheduling/planning/take.html", context, status=422 if form.errors else 200)


@signed_in(Right.MANAGE_RULES)
@require_POST
def pattern_delete(request: HttpRequest, pattern_id: uuid.UUID) -> HttpResponse:
    """Take a template away."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        pattern_to_edit(access_of(account), pattern_id)
        name = pattern_remove(pattern_id=pattern_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"The template {name} was removed. Schedules it was applied to stay as they are.")
    return redirect("patterns")


def pattern_to_edit(access: Access, pattern_id: uuid.UUID) -> PatternDetail:
    """A template of a department whose rules the account manages. Raises NotFoundError or PermissionDenied."""
    detail = pattern_find(pattern_id)
    may_or_deny(access, detail.info.department.id)
    return detail


def may_or_deny(access: Access, department_id: int) -> None:
    """Raises PermissionDenied for departments whose templates the account does not manage."""
    if not access.may(Right.MANAGE_RULES, department_id):
        raise PermissionDenied("The templates of this department are not yours to change.")


def _listed(request: HttpRequest) -> tuple[list[PatternInfo], dict[str, Any]]:
    account = account_of(request)
    asked = request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        departments = departments_with(access, Right.MANAGE_RULES)
        rows = patterns_list([one.id for one in departments])
        try:
            schedule = schedule_visible(access, uuid.UUID(asked.get("schedule", "")))
        except (ValueError, NotFoundError):
            schedule = None
    chosen = next((one for one in departments if str(one.public_id) == asked.get("department", "")), None)
    if schedule is not None:
        chosen = next((one for one in departments if one.id == schedule.department.id), chosen)
    text = asked.get("q", "").strip()[:120]
    rows = [row for row in rows if chosen is None or row.department.id == chosen.id]
    rows = [row for row in rows if text.casefold() in row.name.casefold()]
    return rows, {
        "q": text,
        "departments": departments,
        "department": str(chosen.public_id) if chosen else "",
        "schedule": schedule,
    }
