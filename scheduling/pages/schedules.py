"""The list of schedules, and making one."""

from __future__ import annotations

import uuid

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
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.workspace import Access, access_of, schedules_visible
from scheduling.services import schedule_create
from scheduling.types import DepartmentInfo
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


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def schedules(request: HttpRequest) -> HttpResponse:
    """Every schedule that the account may open."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        rows = schedules_visible(access)
        editable = _editable(access)
    return render(request, "scheduling/schedules.html", {"section": "schedule", "rows": rows, "editable": editable})


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
