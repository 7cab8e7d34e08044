"""The list of schedules, and making one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.models import Department
from scheduling.pages.forms import PageForm
from scheduling.pages.listing import ordered, paged
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.unpublished import unpublished_counts
from scheduling.selectors.workspace import Access, access_of, schedules_visible
from scheduling.services import schedule_create
from scheduling.types import DepartmentInfo, ScheduleInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


class ScheduleForm(PageForm):
    """A department, its dates, and a name."""

    department = forms.ChoiceField(label="Department")
    starts_on = forms.DateField(label="First date")
    ends_on = forms.DateField(label="Last date")
    name = forms.CharField(
        label="Name", required=False, max_length=120, help_text="Empty takes the department and the first date."
    )

    def __init__(self, *args: object, departments: list[DepartmentInfo], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [(str(one.public_id), one.name) for one in departments]  # type: ignore[attr-defined]


_STATES = {
    "draft": "Draft",
    "administrators": "Published to administrators",
    "everyone": "Published to everyone",
    "recalled": "Taken back",
}


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule in the list. `unpublished` counts what its readers do not have yet, where the reader of the list may know."""

    public_id: uuid.UUID
    department: str
    department_id: uuid.UUID
    order: tuple[int, str]
    name: str
    starts_on: date
    ends_on: date
    state: str
    state_text: str
    unpublished: int


_SORTS = {
    "department": lambda row: (*row.order, -row.starts_on.toordinal()),
    "name": lambda row: (row.name.casefold(), row.order),
    "dates": lambda row: (row.starts_on, row.order),
    "state": lambda row: (list(_STATES).index(row.state), row.order, row.starts_on),
    "unpublished": lambda row: (row.unpublished, row.order, row.starts_on),
}


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def schedules(request: HttpRequest) -> HttpResponse:
    """Every schedule that the account may open."""
    rows, departments, editable = _listed(request)
    shown, sort = ordered(rows, request.GET.get("sort", ""), _SORTS, default="department")
    context = {
        "section": "schedule",
        "page": paged(shown, page_number(request)),
        "sort": sort,
        "departments": departments,
        "department": request.GET.get("department", ""),
        "states": list(_STATES.items()),
        "state": request.GET.get("state", ""),
        "editable": editable,
    }
    return render(request, "scheduling/schedules.html", context)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def schedules_csv(request: HttpRequest) -> HttpResponse:
    """The same schedules as a file."""
    rows, _, _ = _listed(request)
    shown, _ = ordered(rows, request.GET.get("sort", ""), _SORTS, default="department")
    head = ["Department", "Schedule", "From", "To", "State", "Unpublished changes"]
    lines = [
        [row.department, row.name, str(row.starts_on), str(row.ends_on), row.state_text, str(row.unpublished)]
        for row in shown
    ]
    return csv_response("schedules.csv", [head, *lines])


def _listed(request: HttpRequest) -> tuple[list[ScheduleRow], list[tuple[str, str]], list[DepartmentInfo]]:
    """The rows that the filters leave, the departments to choose from, and those in which a schedule may be made."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        found = schedules_visible(access)
        unpublished = unpublished_counts([one.id for one in found if access.may(Right.VIEW_DRAFT, one.department.id)])
        editable = _editable(access)
    departments = sorted({(one.department.order, one.department.name, str(one.department.public_id)) for one in found})
    rows = [_row(one, unpublished.get(one.id, 0)) for one in found]
    department, state = request.GET.get("department", ""), request.GET.get("state", "")
    if department:
        rows = [row for row in rows if str(row.department_id) == department]
    if state in _STATES:
        rows = [row for row in rows if row.state == state]
    elif state == "unpublished":
        rows = [row for row in rows if row.unpublished]
    return rows, [(public_id, name) for _, name, public_id in departments], editable


def _row(one: ScheduleInfo, unpublished: int) -> ScheduleRow:
    return ScheduleRow(
        public_id=one.public_id,
        department=one.department.name,
        department_id=one.department.public_id,
        order=(one.department.order, one.department.name),
        name=one.name,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        state=one.state,
        state_text=_STATES[one.state],
        unpublished=unpublished,
    )


@signed_in(Right.EDIT_SCHEDULE)
def schedule_new(request: HttpRequest) -> HttpResponse:
    """Make an empty draft."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = _editable(access_of(account))
    form = ScheduleForm(request.POST or None, departments=departments)
    if request.method == "POST" and form.is_valid():
        made = _create(request, form)
        if made is not None:
            messages.success(request, "The schedule is a draft now. Import a roster or choose a cell to begin.")
            return redirect("schedule", made)
    return render(
        request,
        "scheduling/form.html",
        {
            "section": "schedule",
            "heading": "New schedule",
            "list_name": "Schedules",
            "list_url": reverse("schedules"),
            "form": form,
            "fieldsets": [("Department and dates", [form[name] for name in form.fields])],
            "submit": "Make the draft",
        },
        status=422 if form.errors else 200,
    )


def _create(request: HttpRequest, form: ScheduleForm) -> uuid.UUID | None:
    account = account_of(request)
    values = form.cleaned_data
    try:
        with tenant_transaction(account.organization.id):
            department = Department.objects.filter(public_id=values["department"]).first()
            if department is None:
                raise NotFoundError("There is no such department.")
            if not access_of(account).may(Right.EDIT_SCHEDULE, department.id):
                raise PermissionDenied("This department is not among those you schedule.")
            made = schedule_create(
                department=department,
                name=values["name"],
                starts_on=values["starts_on"],
                ends_on=values["ends_on"],
                actor=actor_of(request),
                now=timezone.now(),
            )
            return made.public_id
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return None


def _editable(access: Access) -> list[DepartmentInfo]:
    """Departments in which the account may make a schedule, in order."""
    rows = [one for one in departments_by_id().values() if access.may(Right.EDIT_SCHEDULE, one.id)]
    return sorted((one for one in rows if one.ended_on is None), key=lambda one: (one.order, one.name))
