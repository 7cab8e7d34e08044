"""Assignments: the list, one assignment, a new one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.models import AssignmentType, Department
from scheduling.pages.forms import PageForm
from scheduling.pages.listing import ordered, paged
from scheduling.selectors.eligibility import cover_of
from scheduling.selectors.rows import assignments_by_id, departments_by_id
from scheduling.selectors.staff import assignment_find, assignment_types
from scheduling.selectors.workspace import Access, access_of
from scheduling.services import assignment_change, assignment_create, assignment_type_named
from scheduling.types import AssignmentInfo, DepartmentInfo
from tenancy.lists import page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_SORTS = {
    "name": lambda row: row.name.casefold(),
    "department": lambda row: (row.department.casefold(), row.order, row.code),
    "type": lambda row: (row.type.casefold(), row.name.casefold()),
}
_NEW_TYPE = "new"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HUES = ("iris", "azure", "lagoon", "spruce", "fern", "olive", "honey", "clay", "rose", "orchid")


@dataclass(frozen=True)
class AssignmentRow:
    """An assignment as the list shows it."""

    public_id: uuid.UUID
    code: str
    name: str
    department: str
    type: str
    hue: str
    times: str
    order: int
    ended_on: date | None


class AssignmentForm(PageForm):
    """One assignment. Its department is chosen once."""

    department = forms.ChoiceField(label="Department")
    code = forms.CharField(label="Code", max_length=40, help_text="Short; shown in the grid by person.")
    name = forms.CharField(label="Name", max_length=120)
    type = forms.ChoiceField(label="Type", help_text="The type gives the colour.")
    new_type = forms.CharField(label="Name of the new type", required=False, max_length=80)
    hue = forms.ChoiceField(
        label="Colour of the new type", required=False, choices=[(hue, hue.capitalize()) for hue in _HUES]
    )
    is_off = forms.BooleanField(
        label="The new type is absence", required=False, help_text="Vacation, post-call …: no colour."
    )
    start_time = forms.TimeField(label="Starts")
    end_time = forms.TimeField(label="Ends")
    end_day_offset = forms.IntegerField(
        label="Ends days later", required=False, min_value=0, max_value=31,
        help_text="0 the same day, 1 the next. Empty works it out.",
    )  # fmt: skip
    order = forms.IntegerField(label="Order in the grid", required=False, min_value=0, max_value=9999)
    information = forms.CharField(label="Information", required=False, max_length=400)
    ended_on = forms.DateField(label="Ended on", required=False, help_text="The last date it can be scheduled.")

    def __init__(
        self, *args: Any, departments: list[DepartmentInfo], types: list[tuple[int, str, str, bool]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [(str(one.public_id), one.name) for one in departments]  # type: ignore[attr-defined]
        listed = [(str(type_id), name) for type_id, name, _, _ in types]
        self.fields["type"].choices = [*listed, (_NEW_TYPE, "A new type …")]  # type: ignore[attr-defined]
        for place, name in enumerate(_DAYS):
            self.fields[f"cover_{place}"] = forms.IntegerField(
                label=name,
                required=False,
                min_value=0,
                max_value=99,
                widget=forms.NumberInput(attrs={"class": "input"}),
            )

    def clean(self) -> dict[str, Any]:
        """A new type needs its name."""
        values = super().clean() or {}
        asked = [values.get(f"cover_{place}") for place in range(7)]
        if any(one is not None for one in asked) and None in asked and not self.errors:
            self.add_error(f"cover_{asked.index(None)}", "Fill all seven days, or none.")
        if values.get("type") == _NEW_TYPE and not values.get("new_type", "").strip():
            self.add_error("new_type", "Name the new type.")
        return values

    def cover(self) -> list[int]:
        """The people required by weekday, Monday first; empty asks for nothing."""
        asked = [self.cleaned_data[f"cover_{place}"] for place in range(7)]
        return [] if None in asked else asked

    def offset(self) -> int:
        """Days from the start's date to the end's: as typed, else the next day when the end is not after the start."""
        typed: int | None = self.cleaned_data["end_day_offset"]
        start: time = self.cleaned_data["start_time"]
        end: time = self.cleaned_data["end_time"]
        return typed if typed is not None else int(end <= start)


@signed_in(Right.MANAGE_ASSIGNMENTS)
@require_GET
def assignments(request: HttpRequest) -> HttpResponse:
    """The list."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = departments_by_id()
        found = assignments_by_id()
    asked = request.GET
    text, chosen = asked.get("q", "").strip().casefold(), asked.get("department", "")
    rows = [
        _row(one, departments)
        for one in found.values()
        if (not text or one.code.casefold().startswith(text) or text in one.name.casefold())
        and (not chosen or str(departments[one.department_id].public_id) == chosen)
    ]
    shown, sort = ordered(rows, asked.get("sort", ""), _SORTS, default="department")
    return render(
        request,
        "scheduling/assignments.html",
        {
            "section": "admin",
            "tab": "assignments",
            "page": paged(shown, page_number(request)),
            "sort": sort,
            "q": asked.get("q", ""),
            "department": chosen,
            "departments": [{"public_id": str(one.public_id), "name": one.name} for one in departments.values()],
        },
    )


@signed_in(Right.MANAGE_ASSIGNMENTS)
def assignment_new(request: HttpRequest) -> HttpResponse:
    """Add an assignment."""
    departments, types = _choices(request)
    form = AssignmentForm(
        request.POST or None, departments=departments, types=types, initial={"start_time": "07:00", "end_time": "17:00"}
    )
    if request.method == "POST" and form.is_valid() and _create(request, form):
        messages.success(request, f"{form.cleaned_data['name']} was added.")
        return redirect("assignments")
    return _form(request, form, "New assignment")


@signed_in(Right.MANAGE_ASSIGNMENTS)
def assignment(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """Look at and change one assignment."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = assignment_find(assignment_id)
        _permitted(access_of(account), info.department_id)
        cover = cover_of(info.id)
    departments, types = _choices(request)
    home = [one for one in departments if one.id == info.department_id]
    initial = {
        name: getattr(info, name)
        for name in ("code", "name", "start_time", "end_time", "end_day_offset", "order", "information", "ended_on")
    }
    initial |= {"type": str(info.type_id), **{f"cover_{place}": number for place, number in enumerate(cover)}}
    form = AssignmentForm(request.POST or None, departments=home, types=types, initial=initial)
    if request.method == "POST" and form.is_valid() and _change(request, form, info):
        messages.success(request, f"{form.cleaned_data['name']} was saved. Shifts already placed keep their times.")
        return redirect("assignments")
    return _form(request, form, info.name, info)


def _create(request: HttpRequest, form: AssignmentForm) -> bool:
    account, values = account_of(request), form.cleaned_data
    try:
        with tenant_transaction(account.organization.id):
            department = Department.objects.filter(public_id=values["department"]).first()
            if department is None:
                raise NotFoundError("There is no such department.")
            _permitted(access_of(account), department.id)
            actor, now = actor_of(request), timezone.now()
            made = assignment_create(
                actor=actor,
                now=now,
                department=department,
                type=_type(form),
                code=values["code"],
                name=values["name"],
                start_time=values["start_time"],
                end_time=values["end_time"],
                end_day_offset=form.offset(),
                information=values["information"],
                order=values["order"] or 0,
            )
            assignment_change(assignment_id=made.public_id, actor=actor, now=now, fields={"cover": form.cover()})
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return False
    return True


def _change(request: HttpRequest, form: AssignmentForm, info: AssignmentInfo) -> bool:
    account, values = account_of(request), form.cleaned_data
    try:
        with tenant_transaction(account.organization.id):
            assignment_change(
                assignment_id=info.public_id,
                actor=actor_of(request),
                now=timezone.now(),
                fields={
                    **{
                        name: values[name]
                        for name in ("code", "name", "start_time", "end_time", "information", "ended_on")
                    },
                    "end_day_offset": form.offset(),
                    "order": values["order"] or 0,
                    "cover": form.cover(),
                    "type_id": _type(form).id,
                },
            )
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return False
    return True


def _type(form: AssignmentForm) -> AssignmentType:
    values = form.cleaned_data
    if values["type"] == _NEW_TYPE:
        return assignment_type_named(name=values["new_type"], hue=values["hue"], is_off=values["is_off"])
    return AssignmentType.objects.get(id=int(values["type"]))


def _permitted(access: Access, department_id: int) -> None:
    if not access.may(Right.MANAGE_ASSIGNMENTS, department_id):
        raise PermissionDenied("This department is not among those you schedule.")


def _choices(request: HttpRequest) -> tuple[list[DepartmentInfo], list[tuple[int, str, str, bool]]]:
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        departments = [one for one in departments_by_id().values() if access.may(Right.MANAGE_ASSIGNMENTS, one.id)]
        return sorted(departments, key=lambda one: (one.order, one.name)), assignment_types()


def _form(request: HttpRequest, form: AssignmentForm, heading: str, info: AssignmentInfo | None = None) -> HttpResponse:
    def fields(*names: str) -> list[forms.BoundField]:
        return [form[name] for name in names]

    return render(
        request,
        "scheduling/assignment.html",
        {
            "section": "admin",
            "tab": "assignments",
            "heading": heading,
            "log_url": f"{reverse('change-log')}?assignment={info.public_id}" if info else "",
            "list_name": "Assignments",
            "list_url": reverse("assignments"),
            "form": form,
            "info": info,
            "fieldsets": [
                ("Assignment", fields("department", "code", "name", "order", "information")),
                ("Usual local times", fields("start_time", "end_time", "end_day_offset", "ended_on")),
                ("Required people, by day; empty asks for nobody", fields(*(f"cover_{place}" for place in range(7)))),
                ("Type", fields("type", "new_type", "hue", "is_off")),
            ],
        },
        status=422 if form.errors else 200,
    )


def _row(one: AssignmentInfo, departments: dict[int, DepartmentInfo]) -> AssignmentRow:
    later = f" +{one.end_day_offset} d" if one.end_day_offset > 1 else ""
    return AssignmentRow(
        public_id=one.public_id,
        code=one.code,
        name=one.name,
        department=departments[one.department_id].name,
        type=one.type_name,
        hue="" if one.is_off else one.hue,
        times=f"{one.start_time:%H:%M}–{one.end_time:%H:%M}{later}",
        order=one.order,
        ended_on=one.ended_on,
    )
