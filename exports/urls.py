"""Addresses of the file connectors' own pages: layouts, keys, the hosted directory."""

from django.urls import URLPattern, URLResolver, path

from exports.pages import client_key, hosted, layout

app_name = "exports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("<uuid:connection_id>/layout", layout.layout, name="layout"),
    path("<uuid:connection_id>/layout/sample", layout.sample, name="layout-sample"),
    path("<uuid:connection_id>/layout.json", layout.layout_json, name="layout-json"),
    path("hosted/", hosted.hosted, name="hosted"),
    path("hosted/<uuid:hosted_key_id>/remove", hosted.hosted_remove, name="hosted-remove"),
    path("<uuid:connection_id>/key", client_key.client_key, name="key"),
]
