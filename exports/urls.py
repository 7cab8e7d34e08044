"""Addresses of the file connectors' own pages: layouts, keys, the hosted directory."""

from django.urls import URLPattern, URLResolver, path

from exports.pages import layout

app_name = "exports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("<uuid:connection_id>/layout", layout.layout, name="layout"),
    path("<uuid:connection_id>/layout/sample", layout.sample, name="layout-sample"),
    path("<uuid:connection_id>/layout.json", layout.layout_json, name="layout-json"),
]
