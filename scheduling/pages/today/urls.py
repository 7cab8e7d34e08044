"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.today import page, replace, wallboard

urlpatterns: list[URLPattern | URLResolver] = [
    path("today", page.today, name="today"),
    path("today.csv", page.today_csv, name="today-csv"),
    path("today/board", page.board, name="today-board"),
    path("today/wallboard", wallboard.wallboard, name="today-wallboard"),
    path("today/wallboard/board", wallboard.board, name="today-wallboard-board"),
    path("today/replace/<uuid:shift_id>", replace.replace, name="today-replace"),
    path("today/replace/<uuid:shift_id>/confirm", replace.confirm, name="today-replace-confirm"),
]
