"""Every address of the product, by package."""

from django.urls import include, path

urlpatterns = [
    path("", include("scheduling.urls")),
    path("integrations/", include("integrations.urls")),
    path("integrations/", include("exports.urls")),
    path("api/", include("api.urls")),
]
