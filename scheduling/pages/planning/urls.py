"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.planning import copyblock, holidayimport, holidays

_SCHEDULE = "schedules/<uuid:schedule_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_SCHEDULE}/copy", copyblock.schedule_copy, name="schedule-copy"),
    path("holidays/", holidays.holidays, name="holidays"),
    path("holidays.csv", holidays.holidays_csv, name="holidays-csv"),
    path("holidays/new", holidays.holiday_new, name="holiday-new"),
    path("holidays/federal", holidays.federal, name="holidays-federal"),
    path("holidays/import", holidayimport.holidays_import, name="holidays-import"),
    path("holidays/<uuid:holiday_id>", holidays.holiday, name="holiday"),
    path("holidays/<uuid:holiday_id>/remove", holidays.remove, name="holiday-remove"),
]
