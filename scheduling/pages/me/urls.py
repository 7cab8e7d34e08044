"""Addresses of Me. The public calendar names its organisation before its secret."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.me import feed, page

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", page.me, name="me"),
    path("me/shifts.csv", page.me_csv, name="me-csv"),
    path("me/shifts/<uuid:shift_id>.ics", feed.shift, name="me-shift"),
    path("me/calendar", feed.make, name="me-calendar"),
    path("me/calendar/off", feed.revoke, name="me-calendar-off"),
    path("calendar/<slug:slug>/<str:token>.ics", feed.calendar, name="calendar-feed"),
]
