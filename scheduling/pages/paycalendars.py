"""Admin → Pay calendars: whom each governs, its next periods, and the published schedules that do not fit them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.forms import PageForm
from scheduling.selectors import departments_by_id, pay_calendars, personnel_types, schedule_spans
from scheduling.selectors.pay import pay_calendar_find
from scheduling.services.pay import (
    LONGEST,
    NAME_LIMIT,
    PayCalendarFields,
    pay_calendar_change,
    pay_calendar_create,
    pay_calendar_remove,
)
from scheduling.types import DepartmentInfo, KindInfo, PayCalendarInfo, ScheduleSpan
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

PERIODS = 6


class PayCalendarForm(PageForm):
    """One pay calendar."""

    name = forms.CharField(label="Name", max_length=NAME_LIMIT)
    anchor = forms.DateField(label="A period begins on", help_text="Any first day of a period, past or to come.")
    days = forms.IntegerField(label="Days in a period", min_value=1, max_value=LONGEST, help_text="14 for two weeks.")
    departments = forms.MultipleChoiceField(
        label="Departments", required=False, widget=forms.CheckboxSelectMultiple, help_text="None chosen: all of them."
    )
    personnel_types = forms.MultipleChoiceField(
        label="Personnel types",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: everybody.",
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, departments: list[DepartmentInfo], kinds: list[KindInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {"departments": departments, "personnel_types": kinds}
        for name, rows in choices.items():
            self.fields[name].choices = [(str(one.public_id), one.name) for one in rows]  # type: ignore[attr-defined]

    def wanted(self) -> PayCalendarFields:
        """What was filled in."""
        values = self.cleaned_data
        return PayCalendarFields(
            values["name"],
            values["anchor"],
            values["days"],
            [uuid.UUID(one) for one in values["departments"]],
            [uuid.UUID(one) for one in values["personnel_types"]],
        )


@dataclass(frozen=True)
class Misfit:
    """A published schedule that does not begin and end with a pay period."""

    span: ScheduleSpan
    first: date
    last: date


@dataclass(frozen=True)
class CalendarLine:
    """A pay calendar as the list shows it."""

    info: PayCalendarInfo
    departments: list[str]
    kinds: list[str]
    periods: list[tuple[date, date]]
    misfits: list[Misfit]


@signed_in(Right.MANAGE_DEPARTMENTS)
@require_GET
def calendars(request: HttpRequest) -> HttpResponse:
    """Each with its present and next periods, and what is published that does not fit."""
    organization = account_of(request).organization
    today = local_date(timezone.now(), organization.zone)
    with tenant_transaction(organization.id, snapshot=True):
        found = pay_calendars()
        departments, kinds = departments_by_id(), {one.id: one.name for one in personnel_types()}
        oldest = min((one.period(one.period(today)[0] - timedelta(days=1))[0] for one in found), default=today)
        spans = schedule_spans(oldest, None) if found else ()
    names = {one.id: one.name for one in departments.values()}
    lines = [
        CalendarLine(
            info=one,
            departments=sorted(names[id] for id in one.department_ids),
            kinds=sorted(kinds[id] for id in one.personnel_type_ids),
            periods=next_periods(one, today),
            misfits=misfits(one, spans, today),
        )
        for one in found
    ]
    return render(
        request,
        "scheduling/pay_calendars.html",
        {"section": "admin", "tab": "pay-calendars", "lines": lines, "today": today, "periods": PERIODS},
    )


def next_periods(calendar: PayCalendarInfo, today: date) -> list[tuple[date, date]]:
    """The period of today and those that follow, six in all."""
    first, _ = calendar.period(today)
    starts = [first + timedelta(days=calendar.days * number) for number in range(PERIODS)]
    return [calendar.period(start) for start in starts]


def misfits(calendar: PayCalendarInfo, spans: tuple[ScheduleSpan, ...], today: date) -> list[Misfit]:
    """The schedules of its departments, from the period before today's on, that do not equal the period they begin in."""
    since, _ = calendar.period(calendar.period(today)[0] - timedelta(days=1))
    found = []
    for span in spans:
        governed = not calendar.department_ids or span.department_id in calendar.department_ids
        first, last = calendar.period(span.first)
        if governed and span.last >= since and (span.first, span.last) != (first, last):
            found.append(Misfit(span, first, last))
    return found


@signed_in(Right.MANAGE_DEPARTMENTS)
def calendar_new(request: HttpRequest) -> HttpResponse:
    """Add a pay calendar."""
    form = _form_of(request, {"days": 14})
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account_of(request).organization.id):
                pay_calendar_create(fields=form.wanted(), actor=actor_of(request), now=timezone.now())
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} was added.")
            return redirect("pay-calendars")
    return _form(request, form, "New pay calendar")


@signed_in(Right.MANAGE_DEPARTMENTS)
def calendar(request: HttpRequest, pay_calendar_id: uuid.UUID) -> HttpResponse:
    """Look at and change one."""
    organization = account_of(request).organization
    with tenant_transaction(organization.id, snapshot=True):
        info = pay_calendar_find(pay_calendar_id)
        departments = [str(one.public_id) for one in departments_by_id(info.department_ids).values()]
        kinds = [str(one.public_id) for one in personnel_types() if one.id in info.personnel_type_ids]
    initial = {
        "name": info.name, "anchor": info.anchor, "days": info.days, "departments": departments,
        "personnel_types": kinds, "revision": info.revision,
    }  # fmt: skip
    form = _form_of(request, initial)
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(organization.id):
                pay_calendar_change(
                    pay_calendar_id=pay_calendar_id,
                    fields=form.wanted(),
                    revision=form.cleaned_data["revision"],
                    actor=actor_of(request),
                    now=timezone.now(),
                )
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(
                request, f"{form.cleaned_data['name']} was saved. Destinations that need it compare at once."
            )
            return redirect("pay-calendars")
    return _form(request, form, info.name, remove_url=reverse("pay-calendar-remove", args=[pay_calendar_id]))


@signed_in(Right.MANAGE_DEPARTMENTS)
@require_POST
def calendar_remove(request: HttpRequest, pay_calendar_id: uuid.UUID) -> HttpResponse:
    """Take one away."""
    with tenant_transaction(account_of(request).organization.id):
        info = pay_calendar_find(pay_calendar_id)
        pay_calendar_remove(pay_calendar_id=pay_calendar_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"{info.name} was removed.")
    return redirect("pay-calendars")


def _form_of(request: HttpRequest, initial: dict[str, Any]) -> PayCalendarForm:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        departments = sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))
        kinds = personnel_types()
    return PayCalendarForm(request.POST or None, initial=initial, departments=departments, kinds=kinds)


def _form(request: HttpRequest, form: PayCalendarForm, heading: str, *, remove_url: str = "") -> HttpResponse:
    return render(
        request,
        "scheduling/pay_calendar.html",
        {
            "section": "admin",
            "tab": "pay-calendars",
            "heading": heading,
            "list_name": "Pay calendars",
            "list_url": reverse("pay-calendars"),
            "form": form,
            "scope": [form["departments"], form["personnel_types"]],
            "remove_url": remove_url,
        },
        status=422 if form.errors else 200,
    )
