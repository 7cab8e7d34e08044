"""How a department wants its swaps done."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.pages.forms import PageForm
from scheduling.selectors.staff import department_find
from scheduling.selectors.swaps import swap_settings
from scheduling.selectors.workspace import access_of
from scheduling.services.swaps import swap_settings_change
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in


class SettingsForm(PageForm):
    """Approval, the last day, the time to answer."""

    approval = forms.BooleanField(
        label="Swaps need approval",
        required=False,
        help_text="Off: what two people agree is done and published at once, unless it breaks a hard rule.",
    )
    days_before = forms.IntegerField(
        label="Days before the shift",
        min_value=0,
        max_value=60,
        help_text="So long before it a shift can be offered; 0: until it starts.",
    )
    expiry_hours = forms.IntegerField(
        label="Hours to answer",
        min_value=1,
        max_value=1440,
        help_text="What an offer begins with; never past the shift's start.",
    )


@signed_in(Right.DECIDE_SWAPS)
def settings(request: HttpRequest, department_id: uuid.UUID) -> HttpResponse:
    """Look at and change them."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        department = department_find(department_id)
        if not access_of(account).may(Right.DECIDE_SWAPS, department.id):
            raise PermissionDenied("This department is not among those whose swaps you decide.")
        now_set = swap_settings(department.id)
    initial = {"approval": now_set.approval, "days_before": now_set.days_before, "expiry_hours": now_set.expiry_hours}
    form = SettingsForm(request.POST or None, initial=initial)
    back = f"{reverse('swaps')}?show=all&department={department.public_id}"
    if request.method == "POST" and form.is_valid():
        try:
            with tenant_transaction(account.organization.id):
                swap_settings_change(
                    department_id=department_id, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
                )
        except NotFoundError:
            raise
        except RefusedError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"How {department.name} swaps was saved.")
            return redirect(back)
    return render(
        request,
        "scheduling/form.html",
        {
            "section": "swaps",
            "heading": f"How {department.name} swaps",
            "list_name": "Swaps",
            "list_url": back,
            "form": form,
            "fieldsets": [("Rules of the department", [form[name] for name in form.fields])],
        },
        status=422 if form.errors else 200,
    )
