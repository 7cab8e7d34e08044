"""Addresses of swaps. The public link names its organisation before its secret."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.swaps import inbox, link, offer, page, settings

urlpatterns: list[URLPattern | URLResolver] = [
    path("swaps/", inbox.swaps, name="swaps"),
    path("swaps.csv", inbox.swaps_csv, name="swaps-csv"),
    path("swaps/offer/<uuid:shift_id>", offer.offer, name="swap-offer"),
    path("swaps/<uuid:swap_id>/", page.swap, name="swap"),
    path("swaps/<uuid:swap_id>/accept", page.accept, name="swap-accept"),
    path("swaps/<uuid:swap_id>/decline", page.decline, name="swap-decline"),
    path("swaps/<uuid:swap_id>/cancel", page.cancel, name="swap-cancel"),
    path("swaps/<uuid:swap_id>/approve", page.approve, name="swap-approve"),
    path("swaps/<uuid:swap_id>/refuse", page.refuse, name="swap-refuse"),
    path("swap/<slug:slug>/<str:token>", link.link, name="swap-link"),
    path("departments/<uuid:department_id>/swaps", settings.settings, name="swap-settings"),
]
