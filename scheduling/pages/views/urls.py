"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.views import editor, page, share, sharing

_VIEW = "views/<uuid:view_id>"
_LINK = f"{_VIEW}/links/<uuid:link_id>"
_SHARE = "share/<slug:slug>/<str:token>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("views/", page.views, name="views"),
    path("views.csv", page.views_csv, name="views-csv"),
    path("views/new", editor.view_new, name="view-new"),
    path("views/preview", editor.preview, name="view-preview"),
    path(f"{_VIEW}/", page.view, name="view"),
    path(f"{_VIEW}/view.csv", page.view_csv, name="view-csv"),
    path(f"{_VIEW}/edit", editor.view_edit, name="view-edit"),
    path(f"{_VIEW}/remove", page.remove, name="view-remove"),
    path(f"{_VIEW}/sharing", sharing.sharing, name="view-sharing"),
    path(f"{_VIEW}/links", sharing.link_new, name="view-link-new"),
    path(f"{_LINK}/revoke", sharing.link_revoke, name="view-link-revoke"),
    path(f"{_LINK}/visits", sharing.visits, name="view-link-visits"),
    path(f"{_LINK}/visits.csv", sharing.visits_csv, name="view-link-visits-csv"),
    path(_SHARE, share.share, name="share"),
    path(f"{_SHARE}/view.csv", share.share_csv, name="share-csv"),
]
