"""Addresses of scheduling: the shell's pages have plain names, because every template links to them."""

from django.urls import URLPattern, URLResolver, include, path

from scheduling.pages import assignments, changes, departments, paycalendars, people, roster, schedules, search, signin

_SCHEDULE = "schedules/<uuid:schedule_id>"

_ROOMS = ["grid", "publishing", "planning", "rules", "today", "requests", "swaps", "tallies", "views", "me", "printing"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", signin.home, name="home"),
    path("signin", signin.signin, name="signin"),
    path("o/<slug:slug>/signin", signin.signin, name="signin-organization"),
    path("signout", signin.signout, name="signout"),
    path("search", search.search, name="search"),
    path("schedules/", schedules.schedules, name="schedules"),
    path("schedules.csv", schedules.schedules_csv, name="schedules-csv"),
    path("schedules/new", schedules.schedule_new, name="schedule-new"),
    path(f"{_SCHEDULE}/import/", roster.upload, name="roster-import"),
    path(f"{_SCHEDULE}/import/<str:token>", roster.check, name="roster-import-check"),
    path("changes/", changes.change_log, name="change-log"),
    path("changes.csv", changes.change_log_csv, name="change-log-csv"),
    path("people/", people.people, name="people"),
    path("people.csv", people.people_csv, name="people-csv"),
    path("people/new", people.person_new, name="person-new"),
    path("people/<uuid:person_id>", people.person, name="person"),
    path("assignments/", assignments.assignments, name="assignments"),
    path("assignments/new", assignments.assignment_new, name="assignment-new"),
    path("assignments/<uuid:assignment_id>", assignments.assignment, name="assignment"),
    path("departments/", departments.departments, name="departments"),
    path("departments/new", departments.department_new, name="department-new"),
    path("departments/<uuid:department_id>", departments.department, name="department"),
    path("departments/<uuid:department_id>/import/", roster.upload, name="department-roster-import"),
    path("departments/<uuid:department_id>/import/<str:token>", roster.check, name="department-roster-import-check"),
    path("pay-calendars/", paycalendars.calendars, name="pay-calendars"),
    path("pay-calendars/new", paycalendars.calendar_new, name="pay-calendar-new"),
    path("pay-calendars/<uuid:pay_calendar_id>", paycalendars.calendar, name="pay-calendar"),
    path("pay-calendars/<uuid:pay_calendar_id>/remove", paycalendars.calendar_remove, name="pay-calendar-remove"),
    *(path("", include(f"scheduling.pages.{room}.urls")) for room in _ROOMS),
]
