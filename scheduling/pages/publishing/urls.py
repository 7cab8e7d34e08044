"""Addresses of publishing."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.publishing import page

urlpatterns: list[URLPattern | URLResolver] = [
    path("schedules/<uuid:schedule_id>/publish", page.publish, name="schedule-publish"),
]
