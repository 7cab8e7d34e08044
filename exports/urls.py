"""Addresses of the file connectors' own pages: layouts, hosted directories."""

from django.urls import URLPattern, URLResolver

app_name = "exports"

urlpatterns: list[URLPattern | URLResolver] = []
