"""Addresses of publishing, and of what people are told."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.publishing import notices, page, recall, timeline

urlpatterns: list[URLPattern | URLResolver] = [
    path("schedules/<uuid:schedule_id>/publish", page.publish, name="schedule-publish"),
    path("schedules/<uuid:schedule_id>/recall", recall.recall, name="schedule-recall"),
    path("shifts/<uuid:shift_id>/timeline", timeline.timeline, name="shift-timeline"),
    path("notices/", notices.notices, name="notices"),
    path("notices.csv", notices.notices_csv, name="notices-csv"),
    path("notices/read", notices.notices_all_read, name="notices-read"),
    path("notices/preferences", notices.preferences, name="notice-preferences"),
    path("notices/<uuid:notice_id>", notices.notice, name="notice"),
]
