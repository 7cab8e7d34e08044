"""The month strip: who is off or has asked to be, person by day, against the limit."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.requests.common import asker_of, kind_choices, tabs_context
from scheduling.pages.requests.strip import strip_of
from scheduling.requesting.types import KINDS
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.wall import local_date
from tenancy.web import account_of, signed_in


@signed_in(Right.DECIDE_REQUESTS)
@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """The page."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        asker = asker_of(request)
        if not asker.departments:
            raise NotFoundError("You decide the requests of no department.")
        department = asker.department(request.GET.get("department", "")) or asker.departments[0]
        today = local_date(timezone.now(), department.zone)
        first = month_asked(request, today)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        kind = request.GET.get("kind", "")
        kind = kind if kind in KINDS else "time_off"
        strip = strip_of(department, first, last, kind=kind)
    return render(
        request,
        "requests/month.html",
        {
            **tabs_context(asker, "month"),
            "asker": asker,
            "department": department,
            "kind": kind,
            "kind_label": KINDS[kind].label,
            "kinds": kind_choices(),
            "strip": strip,
            "first": first,
            "today": today,
            "previous": (first - timedelta(days=1)).replace(day=1),
            "next": last + timedelta(days=1),
        },
    )


def month_asked(request: HttpRequest, today: date) -> date:
    """The first day of the month that the address asks for: this month when it says none or nonsense."""
    try:
        asked = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        asked = today
    return (asked if 1990 <= asked.year <= 2200 else today).replace(day=1)
