"""People: the list, one person, a new one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.forms import PageForm
from scheduling.pages.listing import ordered, paged
from scheduling.selectors.planning import later_shifts
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.staff import PeopleFilter, people_list, person_find, personnel_type_names
from scheduling.services import person_change, person_create
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

_SORTS = {
    "name": lambda row: row.name.casefold(),
    "type": lambda row: (row.type.casefold(), row.name.casefold()),
    "unique_id": lambda row: (row.unique_id == "", row.unique_id, row.name.casefold()),
    "upn": lambda row: (row.upn == "", row.upn.casefold(), row.name.casefold()),
    "department": lambda row: (row.department.casefold(), row.name.casefold()),
}
_TEXTS = (
    "last_name", "first_name", "short_name", "unique_id", "employee_id", "npi", "upn", "custom1", "custom2", "custom3",
    "custom4", "email", "cell", "pager", "office_phone",
)  # fmt: skip


@dataclass(frozen=True)
class PersonRow:
    """A person as the list shows them."""

    public_id: uuid.UUID
    name: str
    type: str
    unique_id: str
    upn: str
    contact: str
    department: str
    is_placeholder: bool
    active_to: date | None
    ended: bool


def _text(label: str, length: int, help_text: str = "", **attrs: str) -> forms.CharField:
    """Identifiers are opaque: nothing is trimmed, so that what was typed is what is sent."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, required=False, max_length=length, help_text=help_text, strip=False, widget=widget
    )


class PersonForm(PageForm):
    """One person or placeholder."""

    last_name = forms.CharField(
        label="Last name",
        max_length=120,
        help_text="Of a placeholder: its label.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    first_name = _text("First name", 120)
    short_name = _text("Short name", 40, "Shown in the grid's cells; empty takes the last name.")
    personnel_type = _text("Personnel type", 80, "Physician, CRNA, Resident …", list="personnel-types")
    department = forms.ChoiceField(label="Home department", required=False)
    is_placeholder = forms.BooleanField(
        label="Placeholder", required=False, help_text="A phone, a service or an agency instead of a human."
    )
    unique_id = _text("Unique id", 80)
    employee_id = _text("Employee id", 80)
    npi = _text("NPI", 10, "Ten digits; the check digit is verified.", inputmode="numeric")
    upn = _text("UPN", 254, "The sign-in name at Microsoft. Empty: this person's calendar receives nothing.")
    custom1 = _text("Custom 1", 120)
    custom2 = _text("Custom 2", 120)
    custom3 = _text("Custom 3", 120)
    custom4 = _text("Custom 4", 120)
    email = _text("E-mail", 254, inputmode="email")
    cell = _text("Cell", 40, inputmode="tel")
    pager = _text("Pager", 40, inputmode="tel")
    office_phone = _text("Office phone", 40, inputmode="tel")
    active_from = forms.DateField(label="Active from", required=False)
    active_to = forms.DateField(label="Active to", required=False, help_text="Their last day. Nobody is deleted.")

    def __init__(self, *args: Any, departments: list[DepartmentInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "None")] + [(str(one.public_id), one.name) for one in departments]
        self.fields["department"].choices = choices  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The fields that the service takes by name."""
        names = (*_TEXTS, "is_placeholder", "active_from", "active_to")
        return {name: self.cleaned_data[name] for name in names}


@signed_in(Right.MANAGE_PEOPLE)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The list."""
    rows, context = _listed(request)
    shown, sort = ordered(rows, request.GET.get("sort", ""), _SORTS, default="name")
    return render(
        request,
        "scheduling/people.html",
        {**context, "section": "admin", "tab": "people", "page": paged(shown, page_number(request)), "sort": sort},
    )


@signed_in(Right.MANAGE_PEOPLE)
@require_GET
def people_csv(request: HttpRequest) -> HttpResponse:
    """The same people as a file."""
    rows, _ = _listed(request)
    shown, _ = ordered(rows, request.GET.get("sort", ""), _SORTS, default="name")
    head = ["Name", "Type", "Unique id", "UPN", "Contact", "Home department", "Placeholder", "Active to"]
    lines = [
        [
            row.name, row.type, row.unique_id, row.upn, row.contact, row.department,
            "yes" if row.is_placeholder else "no", row.active_to.isoformat() if row.active_to else "",
        ]
        for row in shown
    ]  # fmt: skip
    return csv_response("people.csv", [head, *lines])


@signed_in(Right.MANAGE_PEOPLE)
def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    departments, types = _choices(request)
    form = PersonForm(request.POST or None, departments=departments)
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account_of(request).organization.id):
                made = person_create(
                    actor=actor_of(request),
                    now=timezone.now(),
                    fields=form.values(),
                    personnel_type=form.cleaned_data["personnel_type"],
                    department_id=_department(form, departments),
                )
                name = made.name
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{name} was added.")
            return redirect("people")
    return _form(request, form, types, "New person")


@signed_in(Right.MANAGE_PEOPLE)
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Look at and change one person."""
    account = account_of(request)
    departments, types = _choices(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        info = person_find(person_id)
    homes = {one.id: str(one.public_id) for one in departments}
    initial = {
        name: getattr(info, name) for name in (*_TEXTS, "is_placeholder", "active_from", "active_to", "personnel_type")
    }
    initial["short_name"] = "" if info.short_name == info.last_name else info.short_name
    initial["department"] = homes.get(info.department_id or 0, "")
    form = PersonForm(request.POST or None, departments=departments, initial=initial)
    more = {"person_info": info, "log_url": f"{reverse('change-log')}?person={info.public_id}"}
    if (
        request.method == "POST"
        and form.is_valid()
        and not _leaves(request, form, info)
        and _changed(request, form, info, departments)
    ):
        messages.success(request, f"{form.cleaned_data['last_name']} was saved.")
        return redirect("people")
    return _form(request, form, types, info.name, more)


def _leaves(request: HttpRequest, form: PersonForm, info: PersonInfo) -> bool:
    """A last day that takes shifts away is set where they are shown first."""
    on = form.cleaned_data["active_to"]
    if on is None or (info.active_to is not None and on >= info.active_to):
        return False
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        count = later_shifts(info.id, on)
    if count:
        shifts = "1 shift lies" if count == 1 else f"{count} shifts lie"
        form.add_error("active_to", f"{shifts} after that day. Use “End on…”, which shows what becomes of them.")
    return bool(count)


def _changed(request: HttpRequest, form: PersonForm, info: PersonInfo, departments: list[DepartmentInfo]) -> bool:
    try:
        with tenant_transaction(account_of(request).organization.id):
            person_change(
                person_id=info.public_id,
                actor=actor_of(request),
                now=timezone.now(),
                fields=form.values(),
                personnel_type=form.cleaned_data["personnel_type"],
                department_id=_department(form, departments),
            )
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return False
    return True


def _department(form: PersonForm, departments: list[DepartmentInfo]) -> int | None:
    chosen = form.cleaned_data["department"]
    return next((one.id for one in departments if str(one.public_id) == chosen), None)


def _choices(request: HttpRequest) -> tuple[list[DepartmentInfo], list[str]]:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        departments = sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))
        return departments, personnel_type_names()


def _form(
    request: HttpRequest, form: PersonForm, types: list[str], heading: str, more: dict[str, Any] | None = None
) -> HttpResponse:
    def fields(*names: str) -> list[forms.BoundField]:
        return [form[name] for name in names]

    return render(
        request,
        "scheduling/person.html",
        {
            **(more or {}),
            "section": "admin",
            "tab": "people",
            "heading": heading,
            "list_name": "People",
            "list_url": reverse("people"),
            "form": form,
            "types": types,
            "fieldsets": [
                (
                    "Name and work",
                    fields("last_name", "first_name", "short_name", "personnel_type", "department", "is_placeholder"),
                ),
                (
                    "Identifiers",
                    fields("unique_id", "employee_id", "npi", "upn", "custom1", "custom2", "custom3", "custom4"),
                ),
                ("Contacts", fields("email", "cell", "pager", "office_phone")),
                ("Active dates", fields("active_from", "active_to")),
            ],
        },
        status=422 if form.errors else 200,
    )


def _listed(request: HttpRequest) -> tuple[list[PersonRow], dict[str, Any]]:
    account = account_of(request)
    asked = request.GET
    show = asked.get("show", "")
    today = local_date(timezone.now(), account.organization.zone)
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = departments_by_id()
        chosen = next((one for one in departments.values() if str(one.public_id) == asked.get("department", "")), None)
        found = people_list(
            PeopleFilter(
                text=asked.get("q", "").strip()[:120],
                department_id=chosen.id if chosen else None,
                placeholders_only=show == "placeholders",
                without_upn=show == "no-upn",
                active_on=None if show == "all" else today,
            )
        )
    rows = [_row(one, departments, today) for one in found]
    return rows, {
        "q": asked.get("q", ""),
        "show": show,
        "department": chosen.public_id if chosen else "",
        "departments": sorted(departments.values(), key=lambda one: (one.order, one.name)),
    }


def _row(one: PersonInfo, departments: dict[int, DepartmentInfo], today: date) -> PersonRow:
    home = departments.get(one.department_id or 0)
    return PersonRow(
        public_id=one.public_id,
        name=one.name,
        type=one.personnel_type,
        unique_id=one.unique_id,
        upn=one.upn,
        contact=one.contact,
        department=home.name if home else "",
        is_placeholder=one.is_placeholder,
        active_to=one.active_to,
        ended=one.active_to is not None and one.active_to < today,
    )
