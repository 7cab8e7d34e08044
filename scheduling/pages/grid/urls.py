"""Addresses of the grid."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.grid import edits, live, overrides, page, ranges, steps

_SCHEDULE = "schedules/<uuid:schedule_id>"
_SHIFT = f"{_SCHEDULE}/shifts/<uuid:shift_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_SCHEDULE}/", page.schedule, name="schedule"),
    path(f"{_SCHEDULE}/cell", page.cell, name="schedule-cell"),
    path(f"{_SCHEDULE}/status", live.status, name="schedule-status"),
    path(f"{_SCHEDULE}/since", live.since, name="schedule-since"),
    path(f"{_SCHEDULE}/tallies", live.tallies, name="schedule-tallies"),
    path(f"{_SCHEDULE}/place", edits.place, name="schedule-place"),
    path(f"{_SCHEDULE}/clear", edits.clear, name="schedule-clear"),
    path(f"{_SCHEDULE}/range", ranges.edit_range, name="schedule-range"),
    path(f"{_SCHEDULE}/undo", steps.undo, name="schedule-undo"),
    path(f"{_SCHEDULE}/redo", steps.redo, name="schedule-redo"),
    path(f"{_SHIFT}/change", edits.change, name="shift-change"),
    path(f"{_SHIFT}/remove", edits.remove, name="shift-remove"),
    path(f"{_SHIFT}/split", edits.split, name="shift-split"),
    path(f"{_SHIFT}/about", live.about, name="shift-about"),
    path(f"{_SHIFT}/override", overrides.override, name="shift-override"),
]
