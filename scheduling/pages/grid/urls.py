"""Addresses of the grid."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.grid import edits, page

_SCHEDULE = "schedules/<uuid:schedule_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_SCHEDULE}/", page.schedule, name="schedule"),
    path(f"{_SCHEDULE}/cell", page.cell, name="schedule-cell"),
    path(f"{_SCHEDULE}/status", page.status, name="schedule-status"),
    path(f"{_SCHEDULE}/place", edits.place, name="schedule-place"),
    path(f"{_SCHEDULE}/clear", edits.clear, name="schedule-clear"),
    path(f"{_SCHEDULE}/shifts/<uuid:shift_id>/change", edits.change, name="shift-change"),
    path(f"{_SCHEDULE}/shifts/<uuid:shift_id>/remove", edits.remove, name="shift-remove"),
]
