"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.planning import (
    copyblock,
    export,
    handover,
    holidayimport,
    holidays,
    leaving,
    patternapply,
    patternedit,
    patterns,
)

_SCHEDULE = "schedules/<uuid:schedule_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_SCHEDULE}/copy", copyblock.schedule_copy, name="schedule-copy"),
    path(f"{_SCHEDULE}/save-template", patterns.pattern_of_block, name="pattern-of-block"),
    path("templates/", patterns.patterns, name="patterns"),
    path("templates.csv", patterns.patterns_csv, name="patterns-csv"),
    path("templates/new", patterns.pattern_new, name="pattern-new"),
    path("templates/<uuid:pattern_id>", patternedit.pattern, name="pattern"),
    path("templates/<uuid:pattern_id>/apply", patternapply.apply, name="pattern-apply"),
    path("templates/<uuid:pattern_id>/remove", patterns.pattern_delete, name="pattern-remove"),
    path(f"{_SCHEDULE}/export.csv", export.schedule_csv, name="schedule-csv"),
    path(f"{_SCHEDULE}/export.xlsx", export.schedule_xlsx, name="schedule-xlsx"),
    path("replace/", handover.replace_person, name="replace-person"),
    path("people/<uuid:person_id>/end", leaving.person_leaves, name="person-end"),
    path("holidays/", holidays.holidays, name="holidays"),
    path("holidays.csv", holidays.holidays_csv, name="holidays-csv"),
    path("holidays/new", holidays.holiday_new, name="holiday-new"),
    path("holidays/federal", holidays.federal, name="holidays-federal"),
    path("holidays/import", holidayimport.holidays_import, name="holidays-import"),
    path("holidays/<uuid:holiday_id>", holidays.holiday, name="holiday"),
    path("holidays/<uuid:holiday_id>/remove", holidays.remove, name="holiday-remove"),
]
