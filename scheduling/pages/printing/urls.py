"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.printing import calls, sheets

_SCHEDULE = "schedules/<uuid:schedule_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_SCHEDULE}/print/month", sheets.month, name="print-month"),
    path(f"{_SCHEDULE}/print/week", sheets.week, name="print-week"),
    path("print/calls", calls.call_list, name="print-call-list"),
]
