"""Departments: the list, one department, a new one."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.forms import PageForm
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.staff import department_find
from scheduling.services import department_change, department_create
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


class DepartmentForm(PageForm):
    """A department. The zone is chosen once: changing it moves shifts and is another act."""

    name = forms.CharField(label="Name", max_length=120)
    code = forms.CharField(label="Code", max_length=40)
    zone = forms.CharField(
        label="Zone", max_length=64, help_text="Such as America/Chicago: the zone of its shifts.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )  # fmt: skip
    order = forms.IntegerField(label="Order in lists", required=False, min_value=0, max_value=9999)


class DepartmentChangeForm(PageForm):
    """What of a department can be changed here."""

    name = forms.CharField(label="Name", max_length=120)
    code = forms.CharField(label="Code", max_length=40)
    order = forms.IntegerField(label="Order in lists", required=False, min_value=0, max_value=9999)
    ended_on = forms.DateField(
        label="Ended on", required=False, help_text="Departments with history are ended, not deleted."
    )


@signed_in(Right.MANAGE_DEPARTMENTS)
@require_GET
def departments(request: HttpRequest) -> HttpResponse:
    """The list."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        rows = sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))
    return render(request, "scheduling/departments.html", {"section": "admin", "tab": "departments", "rows": rows})


@signed_in(Right.MANAGE_DEPARTMENTS)
def department_new(request: HttpRequest) -> HttpResponse:
    """Add a department."""
    account = account_of(request)
    form = DepartmentForm(request.POST or None, initial={"zone": account.organization.zone})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with tenant_transaction(account.organization.id):
                department_create(
                    actor=actor_of(request),
                    now=timezone.now(),
                    name=values["name"],
                    code=values["code"],
                    zone=values["zone"],
                    order=values["order"] or 0,
                )
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{values['name']} was added.")
            return redirect("departments")
    return _form(request, form, "New department")


@signed_in(Right.MANAGE_DEPARTMENTS)
def department(request: HttpRequest, department_id: uuid.UUID) -> HttpResponse:
    """Look at and change one department."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = department_find(department_id)
    initial = {name: getattr(info, name) for name in ("name", "code", "order", "ended_on")}
    form = DepartmentChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        try:
            with tenant_transaction(account.organization.id):
                department_change(
                    department_id=info.public_id,
                    actor=actor_of(request),
                    now=timezone.now(),
                    name=values["name"],
                    code=values["code"],
                    order=values["order"] or 0,
                    ended_on=values["ended_on"],
                )
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{values['name']} was saved.")
            return redirect("departments")
    return _form(request, form, info.name, lede=f"Its shifts are in {info.zone}.")


def _form(request: HttpRequest, form: PageForm, heading: str, *, lede: str = "") -> HttpResponse:
    return render(
        request,
        "scheduling/department.html",
        {
            "section": "admin",
            "tab": "departments",
            "heading": heading,
            "lede": lede,
            "list_name": "Departments",
            "list_url": reverse("departments"),
            "form": form,
            "fieldsets": [("Department", [form[name] for name in form.fields])],
            "zones": sorted(
                name for name in available_timezones() if name.startswith(("America/", "Pacific/", "Europe/"))
            ),
        },
        status=422 if form.errors else 200,
    )
